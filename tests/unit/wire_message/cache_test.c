/* What is kept of a message for FETCH: made as it comes in, checked where a stranger made it.
 * RFC 9051 7.5.2. */
#include "wire/message/structure/cache.h"
#include "wire/message/envelope/items.h"
#include "wire/message/structure/walk.h"
#include "test.h"

static void make(struct span header, const struct span *body, struct buf *out)
{
	buf_reset(out);
	CHECK_INT(message_cache_make(exact(header), body, out), 0);
	CHECK(out->n <= MESSAGE_CACHE_MADE_BYTES);
	CHECK_INT(message_cache_check(exact(buf_span(out))), 0);
}

/* One that is a single part is whole from the first; the others wait until somebody looks. */
TEST(cache_has_the_structure_of_a_single_part)
{
	static const struct {
		const char *header;
		bool whole;
	} t[] = {
		{ "Subject: x\r\n\r\n", true },
		{ "\r\n", true },
		{ "Content-Type: image/png; name=\"a b\"\r\nContent-Language: de, en\r\n\r\n",
		  true },
		{ "Content-Type: multipart/mixed; boundary=x\r\n\r\n", false },
		{ "Content-Type: multipart/mixed\r\n\r\n", false },
		{ "Content-Type: message/rfc822\r\n\r\n", false },
		{ "Subject: no empty line\r\n", false },
	};
	const struct span body = SPAN("one\r\ntwo\r\n");

	EACH_ROW(t) {
		AUTO_BUF made = BUF(1 << 20), want = BUF(1 << 20);
		struct span header = span_str(t[row].header);
		struct message_envelope e;
		struct message_cache c;

		make(header, &body, &made);
		message_cache_get(buf_span(&made), &c);
		CHECK_INT(message_envelope_unpack(c.envelope, &e), 0);
		CHECK_INT(c.structure.n > 0, t[row].whole);
		CHECK_INT(message_structure_pack(header, body, &want), 0);
		if (t[row].whole)
			CHECK_SPAN(c.structure, buf_span(&want));
		make(header, NULL, &made);
		message_cache_get(buf_span(&made), &c);
		CHECK(c.envelope.n && !c.structure.n);
	}
}

/* However long the fields are. */
TEST(cache_has_a_cap)
{
	AUTO_BUF header = BUF(1 << 20), made = BUF(1 << 20);
	const struct span body = SPAN("");

	buf_puts(&header, "Content-Type: text/plain");
	for (size_t i = 0; i < 20000; i++)
		buf_printf(&header, ";\r\n p%zu=v", i);
	buf_puts(&header, "\r\nTo: a@b");
	for (size_t i = 0; i < 20000; i++)
		buf_printf(&header, ",\r\n a%zu@b", i);
	buf_puts(&header, "\r\n\r\n");
	make(buf_span(&header), &body, &made);
}

/* Each octet changed, each length: nothing is read out of bounds, and what passes can be printed.
 */
TEST(cache_of_a_stranger)
{
	AUTO_BUF made = BUF(1 << 20), out = BUF(1 << 20);
	struct span body = SPAN("x\r\n");
	struct message_envelope e;
	struct message_cache c;

	make(SPAN("From: \"A\" <a@b.test>\r\nTo: g: c@d.test;\r\nContent-Type: text/html; "
	          "charset=x\r\n"
	          "Content-Language: de\r\nContent-Disposition: inline; a=b\r\n\r\n"),
	     &body, &made);
	for (size_t n = 0; n < made.n; n++) {
		struct span whole = exact(buf_span(&made)),
		            cut = exact(span_sub(buf_span(&made), 0, n));
		((char *)whole.p)[n] = (char)~whole.p[n];
		(void)!message_cache_check(cut);
		if (message_cache_check(whole) < 0)
			continue;
		message_cache_get(whole, &c);
		buf_reset(&out);
		if (c.envelope.n && message_envelope_unpack(c.envelope, &e) == 0)
			CHECK_INT(message_envelope_print(&out, &e, true), 0);
		if (c.structure.n)
			CHECK_INT(message_structure_print(&out, c.structure, true, true), 0);
	}
	CHECK_INT(message_cache_check(SPAN("")), 0);
	CHECK_INT(message_cache_check(SPAN("\3\1x")), ERR_CORRUPT);
	CHECK_INT(message_cache_check(SPAN("\1\1\1\1\1\1")), ERR_CORRUPT); /* twice */
	CHECK_INT(message_cache_check(SPAN("\1\2\1")), ERR_CORRUPT);
	CHECK_INT(message_cache_check(SPAN("\2\5\1\0\1\1\5")), ERR_CORRUPT);
	message_cache_get(SPAN("\1\2\1"), &c);
	CHECK(!c.envelope.n && !c.structure.n);
}
