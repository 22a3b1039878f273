/* component/mail/contact.c - a person as a card that readers can keep.
 *
 * RFC 2426 (vCard 3.0, which everybody reads): 2.4.2 and 4 (escapes), 2.6 (folding), 3.1 (N, FN).
 */
#include "component/mail/mail.h"

#include "base/utf8.h"
#include "wire/message/address.h"
#include "wire/message/write/field.h"

enum { CARD_MAX = 16 << 10, CARD_LINE_MAX = 75, FILE_NAME_MAX = 100 };

static void put_escaped(struct buf *line, struct span value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (strchr("\\,;", value.p[i]))
			buf_putc(line, '\\');
		buf_putc(line, value.p[i]);
	}
}

/* Folded between characters. */
static void put_line(struct buf *out, struct span line)
{
	size_t column = 0;

	while (line.n) {
		struct span rest = line;
		uint32_t c;

		utf8_next(&rest, &c);
		size_t n = line.n - rest.n;
		if (column + n > CARD_LINE_MAX) {
			buf_puts(out, "\r\n ");
			column = 1;
		}
		buf_put(out, span_sub(line, 0, n));
		column += n;
		line = rest;
	}
	buf_puts(out, "\r\n");
}

static void put_property(struct buf *out, const char *name, struct span value, const char *behind)
{
	AUTO_BUF line = BUF(CARD_MAX);

	if (!value.n)
		return;
	buf_puts(&line, name);
	put_escaped(&line, value);
	buf_puts(&line, behind);
	put_line(out, buf_span(&line));
	if (line.err < 0)
		out->err = line.err;
}

static int check(struct span s, const char *what)
{
	if (s.n > CARD_MAX / 8)
		return err(ERR_LIMIT, "%s: more than %d octets", what, CARD_MAX / 8);
	return message_field_check(s, what);
}

/* "Alice Example.vcf", with nothing that a file's name must not hold. */
static void put_file_name(struct buf *out, struct span name)
{
	while (name.n && out->n < FILE_NAME_MAX) {
		struct span rest = name;
		uint32_t c;

		utf8_next(&rest, &c);
		if (c < 0x80 && strchr("/\\:*?\"<>|", (int)c))
			buf_putc(out, '_');
		else
			buf_put(out, span_sub(name, 0, name.n - rest.n));
		name = rest;
	}
	buf_puts(out, ".vcf");
}

int postrider_mail_contact(struct postrider_mail *m, const char *name, const char *address,
                           const char *phone)
{
	AUTO_BUF card = BUF(CARD_MAX), file = BUF(FILE_NAME_MAX + 16);
	struct span who = span_str(name), mail = span_str(address), tel = span_str(phone);
	struct message_mailbox mailbox;
	int r = mail_begin(m, name, "contact");

	if (!r && !*name)
		r = mail_fail(m, err(ERR_SYNTAX, "the name is empty"), "contact");
	if (r)
		return r;
	r = check(who, "contact");
	if (r >= 0)
		r = check(mail, "contact");
	if (r >= 0)
		r = check(tel, "contact");
	if (r >= 0 && mail.n && message_mailbox_parse(mail, &mailbox) < 0)
		r = err(ERR_SYNTAX, "%.200s is no address: write local@domain", address);
	if (r < 0)
		return mail_fail(m, r, "contact");
	buf_puts(&card, "BEGIN:VCARD\r\nVERSION:3.0\r\n");
	put_property(&card, "N:", who, ";;;;");
	put_property(&card, "FN:", who, "");
	put_property(&card, "EMAIL;TYPE=INTERNET:", mail, "");
	put_property(&card, "TEL;TYPE=VOICE:", tel, "");
	buf_puts(&card, "END:VCARD\r\n");
	put_file_name(&file, who);
	if (card.err < 0 || !buf_str(&file))
		return mail_fail(m, err(ERR_NO_MEMORY, "out of memory"), NULL);
	return postrider_mail_attach_memory(m, buf_str(&file), "text/vcard", card.p, card.n);
}
