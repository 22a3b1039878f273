/* wire/dmarc/author.c - see author.h. */
#include "wire/dmarc/author.h"

#include "wire/message/address.h"
#include "wire/message/header.h"

enum { ADDRESS_MAX = 4096 };

/* The domain of one mailbox, in its simplest form. */
static bool put_domain(const struct message_mailbox *m, struct buf *out)
{
	AUTO_BUF address = BUF(ADDRESS_MAX);
	struct span text;

	if (message_address_put(&address, m) < 0)
		return false;
	text = buf_span(&address);
	ptrdiff_t at = span_find_last(text, '@');
	for (size_t i = (size_t)(at + 1); i < text.n; i++) {
		char c = text.p[i];

		(void)buf_putc(out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
	}
	return at >= 0 && out->err == 0;
}

/* Each mailbox of one From; all must be of the domain that *found has, once it has one. */
static enum dmarc_author look_at(struct span value, struct buf *found)
{
	struct message_addresses it;
	struct message_mailbox m;
	int r;

	message_addresses_begin(&it, value);
	while ((r = message_addresses_next(&it, &m)) > 0) {
		AUTO_BUF domain = BUF(ADDRESS_MAX);

		if (!put_domain(&m, &domain))
			return DMARC_AUTHOR_NONE;
		if (found->n == 0 && buf_put(found, buf_span(&domain)) < 0)
			return DMARC_AUTHOR_NONE;
		if (!span_eq(buf_span(found), buf_span(&domain)))
			return DMARC_AUTHOR_MANY;
	}
	return r < 0 || found->n == 0 ? DMARC_AUTHOR_NONE : DMARC_AUTHOR_ONE;
}

enum dmarc_author dmarc_author(struct span header, struct buf *domain)
{
	AUTO_BUF found = BUF(ADDRESS_MAX);
	enum dmarc_author author = DMARC_AUTHOR_NONE;
	struct message_header h;
	struct message_field f;
	size_t n = 0;

	message_header_begin(&h, header);
	while (message_header_next(&h, &f)) {
		if (!span_eq_nocase(f.name, SPAN("From")))
			continue;
		if (n++)
			return DMARC_AUTHOR_MANY;
		author = look_at(f.value, &found);
	}
	if (author == DMARC_AUTHOR_ONE && buf_put(domain, buf_span(&found)) < 0)
		return DMARC_AUTHOR_NONE;
	return author;
}
