/* wire/message/compose.h: RFC 5322 3.6, RFC 2046 5.1; threats: header injection by libraries. */
#include "test.h"

#include <stdlib.h>

#include "base/clock.h"
#include "wire/message/write/compose.h"
#include "wire/message/decode.h"
#include "wire/message/encode.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"
#include "wire/message/words.h"

#define HEAD                                                                                       \
	"Date: Mon, 23 Nov 2026 19:05:07 +0000\r\nFrom: a@b\r\nTo: c@d\r\nSubject: Hello\r\n"      \
	"Message-ID: <i@h>\r\nMIME-Version: 1.0\r\n"
#define TEXT_7BIT(type)                                                                            \
	"Content-Type: " type "; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"

static const struct message_person c_at_d = { .address = SPAN("c@d") };

static struct message_draft draft(void)
{
	return (struct message_draft){
		.from = { .address = SPAN("a@b") },
		.to = &c_at_d,
		.n_to = 1,
		.subject = SPAN("Hello"),
		.time_ms = 1795460707000,
		.message_id = SPAN("i@h"),
		.seed = 1,
	};
}

TEST(compose_prints)
{
	static const struct message_attachment png = { .file_name = SPAN("a.png"),
		                                       .octets = SPAN("\x89PNG") };
	static const struct {
		struct span text, html;
		const struct message_attachment *attachment;
		struct span out;
	} t[] = {
		{ SPAN("Hi\nthere"), SPAN(""), NULL,
		  SPAN(HEAD TEXT_7BIT("text/plain") "Hi\r\nthere\r\n") },
		{ SPAN(""), SPAN(""), NULL, SPAN(HEAD TEXT_7BIT("text/plain")) },
		{ SPAN("Hi"), SPAN("<p>Hi</p>"), NULL,
		  SPAN(HEAD
		       "Content-Type: multipart/alternative;\r\n boundary=\"=_a0000000000001\"\r\n"
		       "\r\n\r\n--=_a0000000000001\r\n" TEXT_7BIT(
		               "text/plain") "Hi\r\n"
		                             "\r\n--=_a0000000000001\r\n" TEXT_7BIT(
		                                     "text/html") "<p>Hi</p>\r\n"
		                                                  "\r\n--=_a0000000000001--\r\n") },
		{ SPAN("Hi"), SPAN(""), &png,
		  SPAN(HEAD "Content-Type: multipart/mixed;\r\n boundary=\"=_m0000000000001\"\r\n"
		            "\r\n\r\n--=_m0000000000001\r\n" TEXT_7BIT(
		                    "text/plain") "Hi\r\n"
		                                  "\r\n--=_m0000000000001\r\nContent-Type: "
		                                  "image/png; name=a.png\r\n"
		                                  "Content-Transfer-Encoding: base64\r\n"
		                                  "Content-Disposition: attachment; "
		                                  "filename=a.png\r\n\r\niVBORw==\r\n"
		                                  "\r\n--=_m0000000000001--\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(4000);
		struct message_draft d = draft();
		struct message_composed composed = { .smtputf8_needed = true };

		d.text = t[row].text;
		d.html = t[row].html;
		d.attachments = t[row].attachment;
		d.n_attachments = t[row].attachment != NULL;
		CHECK_INT(message_compose(&d, &out, &composed), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
		CHECK_INT(composed.smtputf8_needed, false);
	}
}

/* Composes and takes apart again. */
static int round_trip(const struct message_draft *d, struct buf *out, struct arena *arena,
                      struct message_mime *mime, struct message_composed *composed)
{
	int r = message_compose(d, out, composed);

	return r < 0 ? r : message_mime_parse(buf_span(out), arena, mime);
}

static void check_body(struct span message, const struct message_part *part, struct span want)
{
	AUTO_BUF body = BUF(1 << 20);

	CHECK_INT(message_decode(message_part_body(message, part), part->encoding, &body), 0);
	CHECK_SPAN(buf_span(&body), want);
}

TEST(compose_nests)
{
	static const struct message_attachment attachments[] = {
		{ .file_name = SPAN("\xe2\x82\xac.txt"), .octets = SPAN("a\nb") },
		{ .file_name = SPAN("x"), .type = SPAN("Text/X"), .octets = SPAN("a\r\nb") },
		{ .octets = SPAN("") },
		{ .file_name = SPAN("m.eml"), .octets = SPAN("Subject: x\r\n\r\nbody") },
		{ .file_name = SPAN("m.eml"), .octets = SPAN("Subject: x\n\nbare") },
		{ .file_name = SPAN("b.txt"), .octets = SPAN("\r\n--=_m0000000000001--\r\n") },
	};
	static const struct {
		const char *type, *subtype;
		struct span name, body;
		enum message_encoding encoding;
		int parent;
	} want[] = {
		{ "multipart", "mixed", SPAN(""), SPAN(""), MESSAGE_ENCODING_7BIT, -1 },
		{ "multipart", "alternative", SPAN(""), SPAN(""), MESSAGE_ENCODING_7BIT, 0 },
		{ "text", "plain", SPAN(""), SPAN("\xc3\xa9 Hi\r\n"), MESSAGE_ENCODING_QP, 1 },
		{ "text", "html", SPAN(""), SPAN("<b>\xc3\xa9</b> Hi\r\n"), MESSAGE_ENCODING_QP,
		  1 },
		{ "text", "plain", SPAN("\xe2\x82\xac.txt"), SPAN("a\nb"), MESSAGE_ENCODING_BASE64,
		  0 },
		{ "Text", "X", SPAN("x"), SPAN("a\r\nb"), MESSAGE_ENCODING_7BIT, 0 },
		{ "application", "octet-stream", SPAN(""), SPAN(""), MESSAGE_ENCODING_BASE64, 0 },
		{ "message", "rfc822", SPAN("m.eml"), SPAN("Subject: x\r\n\r\nbody"),
		  MESSAGE_ENCODING_7BIT, 0 },
		{ "text", "plain", SPAN(""), SPAN("body"), MESSAGE_ENCODING_7BIT, 7 },
		/* RFC 2046 5.2.1: a message part cannot be encoded */
		{ "application", "octet-stream", SPAN("m.eml"), SPAN("Subject: x\n\nbare"),
		  MESSAGE_ENCODING_BASE64, 0 },
		{ "text", "plain", SPAN("b.txt"), SPAN("\r\n--=_m0000000000001--\r\n"),
		  MESSAGE_ENCODING_BASE64, 0 },
	};
	AUTO_ARENA arena = { 0 };
	AUTO_BUF out = BUF(1 << 20);
	struct message_draft d = draft();
	struct message_composed composed;
	struct message_mime mime = { 0 };

	d.html = SPAN("<b>\xc3\xa9</b> Hi");
	d.attachments = attachments;
	d.n_attachments = N_ELEMS(attachments);
	CHECK_INT(round_trip(&d, &out, &arena, &mime, &composed), 0);
	CHECK_INT(mime.n_parts, N_ELEMS(want));
	CHECK_INT(mime.faults, 0);
	if (mime.n_parts != N_ELEMS(want))
		return;
	EACH_ROW(want) {
		const struct message_part *p = &mime.parts[row];

		CHECK(message_part_is(p, want[row].type, want[row].subtype));
		CHECK_SPAN(p->name, want[row].name);
		CHECK_INT(p->encoding, want[row].encoding);
		CHECK_INT(p->parent, want[row].parent);
		if (row > 1)
			check_body(buf_span(&out), p, want[row].body);
	}
}

TEST(compose_writes_fields)
{
	static const struct message_person people[] = {
		{ SPAN("J\xc3\xb6rg, \"X\""), SPAN("j@b") },
		{ SPAN(""), SPAN("\"a b\"@c") },
		{ SPAN("B"), SPAN("\xc3\xb6@b") },
	};
	static const struct {
		const char *name;
		struct span value;
	} want[] = {
		{ "From", SPAN("=?UTF-8?Q?J=C3=B6rg=2C_=22X=22?= <j@b>") },
		{ "Reply-To", SPAN("\"a b\"@c") },
		{ "To", SPAN("=?UTF-8?Q?J=C3=B6rg=2C_=22X=22?= <j@b>, \"a b\"@c, B <\xc3\xb6@b>") },
		{ "Cc", SPAN("\"a b\"@c, B <\xc3\xb6@b>") },
		{ "In-Reply-To", SPAN("<x@y>") },
		{ "References", SPAN("<w@y> <x@y>") },
	};
	AUTO_BUF out = BUF(4000);
	struct message_draft d = draft();
	struct message_composed composed = { 0 };

	d.from = people[0];
	d.reply_to = people[1];
	d.to = people;
	d.n_to = 3;
	d.cc = people + 1;
	d.n_cc = 2;
	d.in_reply_to = SPAN("x@y");
	d.references = SPAN(" <w@y>  x@y ");
	CHECK_INT(message_compose(&d, &out, &composed), 0);
	CHECK_INT(composed.smtputf8_needed, true);
	EACH_ROW(want) {
		AUTO_BUF value = BUF(1000);
		struct message_field field = { 0 };

		CHECK(message_header_find(buf_span(&out), span_str(want[row].name), &field));
		message_unfold(field.value, &value);
		CHECK_SPAN(buf_span(&value), want[row].value);
	}
}

/* Each place of a draft that a caller fills. */
enum place {
	FROM_NAME,
	FROM,
	REPLY_TO,
	TO_NAME,
	TO,
	CC,
	SUBJECT,
	ID,
	IN_REPLY_TO,
	REFERENCES,
	FILE_NAME,
	TYPE,
	TEXT,
	HTML,
	PLACES
};

static int compose_with(enum place place, struct span s, struct buf *out)
{
	struct message_person to = c_at_d, cc = c_at_d;
	struct message_attachment a = { .file_name = SPAN("x.txt"), .octets = SPAN("x") };
	struct message_draft d = draft();
	struct message_composed composed;
	struct span *places[PLACES] = { &d.from.name,  &d.from.address, &d.reply_to.address,
		                        &to.name,      &to.address,     &cc.address,
		                        &d.subject,    &d.message_id,   &d.in_reply_to,
		                        &d.references, &a.file_name,    &a.type,
		                        &d.text,       &d.html };

	d.to = &to;
	d.cc = &cc;
	d.n_cc = 1;
	d.attachments = &a;
	d.n_attachments = 1;
	*places[place] = s;
	return message_compose(&d, out, &composed);
}

TEST(compose_refuses_controls)
{
	static const struct span t[] = {
		SPAN("x@y\r\nBcc: z@w"), SPAN("x@y\nBcc: z@w"), SPAN("x@y\rBcc: z@w"),
		SPAN("x\0@y"),           SPAN("x\x1b@y"),       SPAN("x\x7f@y"),
		SPAN("x\xe2\x80\xa8@y"), SPAN("x\xc2\x85@y"),   SPAN("\xff@y"),
		SPAN("x@y\r\n"),         SPAN("x@y\r\n z"),     SPAN("\r\n x@y"),
	};
	for (enum place place = 0; place < TEXT; place++)
		EACH_ROW(t) {
			AUTO_BUF out = BUF(4000);
			int r = compose_with(place, exact(t[row]), &out);

			if (r != ERR_SYNTAX)
				CHECK_INT(place * 1000 + r, place * 1000 + ERR_SYNTAX);
			CHECK(err_str(r)[0]);
		}
}

TEST(compose_refuses)
{
	static const struct {
		enum place place;
		struct span s;
	} t[] = {
		{ FROM, SPAN("") },
		{ FROM, SPAN("a") },
		{ TO, SPAN("a@b, c@d") },
		{ TO, SPAN("a@b>, <c@d") },
		{ TO, SPAN("<a@b>") },
		{ TO, SPAN("X <a@b>") },
		{ TO, SPAN("a@b (x)") },
		{ TO, SPAN("g:a@b;") },
		{ TO, SPAN("victim@x y@evil") },
		{ ID, SPAN("") },
		{ ID, SPAN("a") },
		{ ID, SPAN("@a") },
		{ ID, SPAN("a@") },
		{ ID, SPAN("a@b@c") },
		{ ID, SPAN("a@b> <c@d") },
		{ ID, SPAN("\xc3\xa9@b") },
		{ REFERENCES, SPAN("<a@b><c@d>") },
		{ TYPE, SPAN("text") },
		{ TYPE, SPAN("text/plain; x=y") },
		{ TYPE, SPAN("multipart/mixed") },
		{ TYPE, SPAN("text/\xc3\xa9") },
		{ TEXT, SPAN("\xff") },
		{ HTML, SPAN("\xff") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(4000);

		CHECK_INT(compose_with(t[row].place, exact(t[row].s), &out), ERR_SYNTAX);
	}
}

TEST(compose_accepts)
{
	static const struct {
		enum place place;
		struct span s;
	} t[] = {
		{ FROM, SPAN("\"victim@x y\"@evil") },
		{ TO, SPAN("a@[192.0.2.1]") },
		{ ID, SPAN("<a@b>") },
		{ REFERENCES, SPAN("no-at-sign") },
		{ SUBJECT, SPAN("Bcc: x@y") },
		{ FILE_NAME, SPAN("a\"; b=c") },
		{ TEXT, SPAN("a\0b\x1b\r\nBcc: x\r\n\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(4000);

		CHECK_INT(compose_with(t[row].place, exact(t[row].s), &out), 0);
		CHECK(span_find_span(buf_span(&out), SPAN("\nBcc")) < 0 || t[row].place == TEXT);
	}
}

TEST(compose_refuses_what_is_long)
{
	static const struct {
		enum place place;
		size_t n; /* octets before "@b" */
		int r;
	} t[] = {
		{ TO, 398, 0 },         { TO, 399, ERR_SYNTAX },
		{ TO_NAME, 9000, 0 },   { SUBJECT, 9000, 0 },
		{ ID, 993, 0 },         { ID, 994, ERR_SYNTAX },
		{ FILE_NAME, 998, 0 },  { FILE_NAME, 999, ERR_SYNTAX },
		{ REFERENCES, 993, 0 }, { REFERENCES, 994, ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_BUF in = BUF(10000);
		AUTO_BUF out = BUF(40000);
		struct span rest, line, text;

		for (size_t i = 0; i < t[row].n; i++)
			buf_putc(&in, 'x');
		buf_puts(&in, "@b");
		CHECK_INT(compose_with(t[row].place, exact(buf_span(&in)), &out), t[row].r);
		for (rest = buf_span(&out); message_line_next(&rest, &line, &text);)
			CHECK(text.n <= MESSAGE_LINE_MAX);
	}
}

TEST(compose_counts_recipients)
{
	static const struct {
		size_t n;
		int r;
	} t[] = { { 10000, 0 }, { 10001, ERR_LIMIT } };
	struct message_person *many = calloc(10001, sizeof *many);

	CHECK(many != NULL);
	for (size_t i = 0; many && i < 10001; i++)
		many[i] = c_at_d;
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1 << 20);
		struct message_draft d = draft();
		struct message_composed composed;

		d.to = many;
		d.n_to = t[row].n;
		CHECK_INT(message_compose(&d, &out, &composed), t[row].r);
	}
	free(many);
}

TEST(compose_keeps_the_cap)
{
	AUTO_BUF whole = BUF(4000);

	CHECK_INT(compose_with(HTML, SPAN("<p>x"), &whole), 0);
	for (size_t cap = 0; cap < whole.n; cap++) {
		AUTO_BUF out = BUF(cap);

		CHECK_INT(compose_with(HTML, SPAN("<p>x"), &out), ERR_TOO_LONG);
		CHECK(out.n <= cap);
	}
}

/* RFC 2387: within the alternative, so that a reader of text sees no pictures of the html. */
TEST(compose_shows_pictures_in_the_html)
{
	static const struct message_attachment parts[] = {
		{ .file_name = SPAN("a.png"),
		  .octets = SPAN("\x89PNG"),
		  .content_id = SPAN("a@b") },
		{ .file_name = SPAN("b.txt"), .octets = SPAN("b\r\n") },
	};
	struct message_draft d = draft();
	AUTO_BUF out = BUF(10000);
	struct message_composed made;

	d.html = SPAN("<img src=\"cid:a@b\">");
	d.attachments = parts;
	d.n_attachments = N_ELEMS(parts);
	CHECK_INT(message_compose(&d, &out, &made), 0);
	ptrdiff_t mixed = span_find_span(buf_span(&out), SPAN("multipart/mixed"));
	ptrdiff_t either = span_find_span(buf_span(&out), SPAN("multipart/alternative"));
	ptrdiff_t related =
	        span_find_span(buf_span(&out), SPAN("multipart/related; type=\"text/html\""));
	ptrdiff_t id = span_find_span(buf_span(&out), SPAN("\r\nContent-ID: <a@b>\r\n"));
	CHECK(0 < mixed && mixed < either && either < related && related < id);
	CHECK(id < span_find_span(buf_span(&out), SPAN("filename=b.txt")));

	d.html = SPAN("");
	buf_reset(&out);
	CHECK_INT(message_compose(&d, &out, &made), ERR_SYNTAX);
}

/* What is put where the places say makes the message that has the octets within. */
TEST(compose_leaves_places)
{
	size_t place[2] = { 0 };
	struct message_attachment apart[] = {
		{ .file_name = SPAN("a.bin"), .octets = SPAN("\x00\x01 octets") },
		{ .file_name = SPAN("p.png"), .octets = SPAN("\x89PNG"), .content_id = SPAN("p") },
	};
	AUTO_BUF whole = BUF(4000);
	AUTO_BUF rest = BUF(4000);
	AUTO_BUF joined = BUF(4000);
	struct message_draft d = draft();
	struct message_composed made;

	d.html = SPAN("<img src=cid:p>");
	d.attachments = apart;
	d.n_attachments = 2;
	CHECK_INT(message_compose(&d, &whole, &made), 0);
	apart[0].place = &place[0];
	apart[1].place = &place[1];
	CHECK_INT(message_compose(&d, &rest, &made), 0);
	CHECK(place[1] < place[0]); /* the picture stands with the html, before the files */
	buf_put(&joined, span_sub(buf_span(&rest), 0, place[1]));
	message_base64_put(&joined, apart[1].octets);
	buf_put(&joined, span_sub(buf_span(&rest), place[1], place[0] - place[1]));
	message_base64_put(&joined, apart[0].octets);
	buf_put(&joined, span_sub(buf_span(&rest), place[0], SIZE_MAX));
	CHECK_SPAN(buf_span(&joined), buf_span(&whole));
}

/* RFC 2046 5.2.1: a message may not be base64; a text is one of UTF-8 where that is known. */
TEST(compose_says_what_stands_apart)
{
	static const struct {
		const char *name, *type;
		bool utf8;
	} t[] = {
		{ "m.eml", "Content-Type: application/octet-stream;", false },
		{ "t.txt", "Content-Type: text/plain; charset=utf-8;", true },
		{ "t.txt", "Content-Type: text/plain; name=t.txt", false },
	};
	EACH_ROW(t) {
		size_t place = 0;
		struct message_attachment a = { .file_name = span_str(t[row].name),
			                        .place = &place,
			                        .utf8 = t[row].utf8 };
		AUTO_BUF out = BUF(4000);
		struct message_draft d = draft();
		struct message_composed made;

		d.attachments = &a;
		d.n_attachments = 1;
		CHECK_INT(message_compose(&d, &out, &made), 0);
		CHECK(span_find_span(buf_span(&out), span_str(t[row].type)) >= 0);
		CHECK(span_ends_nocase(span_sub(buf_span(&out), 0, place), SPAN("\r\n\r\n")));
	}
}

TEST(compose_writes_further_fields)
{
	static const struct {
		struct message_extra x;
		const char *out; /* NULL: refused */
	} t[] = {
		{ { SPAN("X-Tag"), SPAN("one two") }, "\r\nX-Tag: one two\r\n" },
		{ { SPAN("X-Tag"), SPAN("gr\xc3\xbcn") }, "\r\nX-Tag: =?UTF-8?Q?gr=C3=BCn?=\r\n" },
		{ { SPAN("X-Tag"), SPAN("a\r\nBcc: x@y") }, NULL },
		{ { SPAN("X-Tag"), SPAN("a\nb") }, NULL },
		{ { SPAN("X-Tag\r\nBcc"), SPAN("a") }, NULL },
		{ { SPAN("X Tag"), SPAN("a") }, NULL },
		{ { SPAN("X:"), SPAN("a") }, NULL },
		{ { SPAN(""), SPAN("a") }, NULL },
	};

	EACH_ROW(t) {
		struct message_draft d = draft();
		AUTO_BUF out = BUF(10000);
		struct message_composed made;

		d.extras = &t[row].x;
		d.n_extras = 1;
		CHECK_INT(message_compose(&d, &out, &made), t[row].out ? 0 : ERR_SYNTAX);
		if (t[row].out)
			CHECK(span_find_span(buf_span(&out), span_str(t[row].out)) > 0);
	}
}
