/* What is parsed prints as an address that parses as the same mailbox (RFC 5322 3.4). */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/message/address.h"

static void check_line(struct span s)
{
	MUST(span_find(s, '\r') < 0 && span_find(s, '\n') < 0 && utf8_valid(s));
}

static void check_mailbox(const struct message_mailbox *m, size_t size)
{
	AUTO_BUF address = BUF(2 * size + 8);
	AUTO_BUF again = BUF(2 * size + 8);
	AUTO_BUF name = BUF(2 * size + 8);
	struct message_mailbox back;

	MUST(m->local.n && m->domain.n && m->whole.n >= m->local.n + m->domain.n + 1);
	MUST(message_address_put(&address, m) == 0 && message_name_put(&name, m) == 0);
	check_line(buf_span(&address));
	check_line(buf_span(&name));
	MUST(message_mailbox_parse(buf_span(&address), &back) == 0);
	MUST(message_address_eq(m, &back) && message_address_eq(&back, m));
	MUST(message_address_put(&again, &back) == 0);
	MUST(span_eq(buf_span(&address), buf_span(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	struct message_addresses it;
	struct message_mailbox m, one;
	size_t n = 0;
	int r;

	message_addresses_begin(&it, in);
	while ((r = message_addresses_next(&it, &m)) > 0) {
		check_mailbox(&m, size);
		n++;
	}
	MUST(it.n_mailboxes == n);
	MUST((message_mailbox_parse(in, &one) == 0) == (r == 0 && n == 1 && !it.n_groups));
	return 0;
}
