/* wire/message/header.h, a row a rule of RFC 5322 2.1-2.2, 3.6.8, 4.5. */
#include "test.h"

#include <stdlib.h>

#include "wire/message/header.h"

TEST(header_reads_fields)
{
	static const struct {
		struct span in, name, value, whole; /* of the first field */
		size_t n_fields, body;
		enum message_header_end end;
	} t[] = {
		{ SPAN("A: b\r\n\r\nbody"), SPAN("A"), SPAN(" b"), SPAN("A: b\r\n"), 1, 8,
		  MESSAGE_HEADER_BLANK },
		{ SPAN("A:\r\n\r\n"), SPAN("A"), SPAN(""), SPAN("A:\r\n"), 1, 6,
		  MESSAGE_HEADER_BLANK },
		{ SPAN("A: b"), SPAN("A"), SPAN(" b"), SPAN("A: b"), 1, 4, MESSAGE_HEADER_ALL },
		{ SPAN("A: b\r\n"), SPAN("A"), SPAN(" b"), SPAN("A: b\r\n"), 1, 6,
		  MESSAGE_HEADER_ALL },
		/* 2.2.3: folds belong to the value; so does a line of white space, 4.2 */
		{ SPAN("A: b\r\n c\r\n\td\r\nE: f\r\n\r\n"), SPAN("A"), SPAN(" b\r\n c\r\n\td"),
		  SPAN("A: b\r\n c\r\n\td\r\n"), 2, 22, MESSAGE_HEADER_BLANK },
		{ SPAN("A: b\r\n \r\nE: f\r\n\r\n"), SPAN("A"), SPAN(" b\r\n "),
		  SPAN("A: b\r\n \r\n"), 2, 17, MESSAGE_HEADER_BLANK },
		/* 4.5: white space before the colon */
		{ SPAN("A \t: b\r\n\r\n"), SPAN("A"), SPAN(" b"), SPAN("A \t: b\r\n"), 1, 10,
		  MESSAGE_HEADER_BLANK },
		/* RFC 6532 3.2: UTF-8 in a value */
		{ SPAN("A: \xc3\xa9\r\n\r\n"), SPAN("A"), SPAN(" \xc3\xa9"),
		  SPAN("A: \xc3\xa9\r\n"), 1, 9, MESSAGE_HEADER_BLANK },
		/* a bare CR or LF ends no line */
		{ SPAN("A: b\nC: d\r\n\r\n"), SPAN("A"), SPAN(" b\nC: d"), SPAN("A: b\nC: d\r\n"),
		  1, 13, MESSAGE_HEADER_BLANK },
		{ SPAN("A: b\rC: d\r\n\r\n"), SPAN("A"), SPAN(" b\rC: d"), SPAN("A: b\rC: d\r\n"),
		  1, 13, MESSAGE_HEADER_BLANK },
		{ SPAN("A: b:c\r\n\r\n"), SPAN("A"), SPAN(" b:c"), SPAN("A: b:c\r\n"), 1, 10,
		  MESSAGE_HEADER_BLANK },
		{ SPAN("A: b\r\nno field\r\nC: d\r\n"), SPAN("A"), SPAN(" b"), SPAN("A: b\r\n"), 1,
		  6, MESSAGE_HEADER_MALFORMED },
	};
	EACH_ROW(t) {
		struct message_header h;
		struct message_field first = { 0 }, field;

		message_header_begin(&h, exact(t[row].in));
		CHECK(message_header_next(&h, &first));
		while (message_header_next(&h, &field))
			;
		CHECK_SPAN(first.name, t[row].name);
		CHECK_SPAN(first.value, t[row].value);
		CHECK_SPAN(first.whole, t[row].whole);
		CHECK_INT(h.n_fields, t[row].n_fields);
		CHECK_INT(h.at, t[row].body);
		CHECK_INT(h.end, t[row].end);
		CHECK_INT(message_header_body(exact(t[row].in)), t[row].body);
	}
}

TEST(header_without_fields)
{
	static const struct {
		struct span in;
		size_t body;
		enum message_header_end end;
	} t[] = {
		{ SPAN(""), 0, MESSAGE_HEADER_ALL },
		{ SPAN("\r\nbody"), 2, MESSAGE_HEADER_BLANK },
		{ SPAN("\r\n"), 2, MESSAGE_HEADER_BLANK },
		{ SPAN("hello\r\n"), 0, MESSAGE_HEADER_MALFORMED },
		{ SPAN(": no name\r\n"), 0, MESSAGE_HEADER_MALFORMED },
		{ SPAN(" continues nothing\r\n"), 0, MESSAGE_HEADER_MALFORMED },
		{ SPAN("A b: c\r\n"), 0, MESSAGE_HEADER_MALFORMED },
		{ SPAN("\xc3\xa9: c\r\n"), 0, MESSAGE_HEADER_MALFORMED }, /* RFC 6532 3.2 */
		{ SPAN("A\0: c\r\n"), 0, MESSAGE_HEADER_MALFORMED },
		{ SPAN("A\x7f: c\r\n"), 0, MESSAGE_HEADER_MALFORMED },
		{ SPAN("From a@b Mon Nov 23\r\n"), 0, MESSAGE_HEADER_MALFORMED },
		{ SPAN("\n"), 0, MESSAGE_HEADER_MALFORMED },
	};
	EACH_ROW(t) {
		struct message_header h;
		struct message_field field;

		message_header_begin(&h, exact(t[row].in));
		CHECK(!message_header_next(&h, &field));
		CHECK(!message_header_next(&h, &field));
		CHECK_INT(h.at, t[row].body);
		CHECK_INT(h.end, t[row].end);
	}
}

/* n fields of `each`, the empty line, and a body. */
static struct span many(size_t n, struct span each)
{
	AUTO_BUF b = BUF(n * each.n + 16);

	for (size_t i = 0; i < n; i++)
		buf_put(&b, each);
	buf_puts(&b, "\r\nbody");
	CHECK_INT(b.err, 0);
	return exact(buf_span(&b));
}

TEST(header_caps_the_fields)
{
	static const struct {
		size_t n, seen;
		enum message_header_end end;
	} t[] = {
		{ MESSAGE_FIELDS_MAX, MESSAGE_FIELDS_MAX, MESSAGE_HEADER_BLANK },
		{ MESSAGE_FIELDS_MAX + 1, MESSAGE_FIELDS_MAX, MESSAGE_HEADER_CUT },
	};
	EACH_ROW(t) {
		struct message_header h;
		struct message_field field;

		message_header_begin(&h, many(t[row].n, SPAN("A: b\r\n")));
		while (message_header_next(&h, &field))
			;
		CHECK_INT(h.n_fields, t[row].seen);
		CHECK_INT(h.end, t[row].end);
		CHECK_INT(h.fields_n, t[row].seen * 6);
	}
}

/* 1,024 octets each, a kibibyte of them fills the limit. */
TEST(header_caps_the_octets)
{
	static const struct {
		size_t last; /* octets of the last field's value */
		size_t seen;
		enum message_header_end end;
	} t[] = {
		{ 1016, 1024, MESSAGE_HEADER_BLANK }, /* the empty line ends at the limit */
		{ 1017, 1024, MESSAGE_HEADER_CUT },
		{ 1020, 1023, MESSAGE_HEADER_CUT },
		{ 5000, 1023, MESSAGE_HEADER_CUT },
	};
	EACH_ROW(t) {
		AUTO_BUF b = BUF(2 << 20);
		struct message_header h;
		struct message_field field;

		for (size_t i = 0; i < 1023; i++)
			buf_printf(&b, "A: %01019d\r\n", 0);
		buf_printf(&b, "A: %0*d\r\n\r\nbody", (int)t[row].last + 1, 0);
		message_header_begin(&h, exact(buf_span(&b)));
		while (message_header_next(&h, &field))
			;
		CHECK_INT(h.end, t[row].end);
		CHECK_INT(h.n_fields, t[row].seen);
	}
}

TEST(header_finds)
{
	static const struct {
		struct span message, name;
		bool found;
		struct span value;
	} t[] = {
		{ SPAN("A: 1\r\nB: 2\r\na: 3\r\n\r\n"), SPAN("a"), true, SPAN(" 1") },
		{ SPAN("A: 1\r\nB: 2\r\n\r\n"), SPAN("b"), true, SPAN(" 2") },
		{ SPAN("A: 1\r\n\r\nB: 2\r\n"), SPAN("b"), false, SPAN("") },
		{ SPAN("AB: 1\r\n\r\n"), SPAN("A"), false, SPAN("") },
		{ SPAN(""), SPAN("A"), false, SPAN("") },
	};
	EACH_ROW(t) {
		struct message_field field = { 0 };

		CHECK_INT(message_header_find(exact(t[row].message), t[row].name, &field),
		          t[row].found);
		CHECK_SPAN(field.value, t[row].value);
	}
}

TEST(header_unfolds)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN(" b"), SPAN("b") },
		{ SPAN(" b\r\n c\r\n\td "), SPAN("b c\td") },
		{ SPAN(" \r\n b\r\n \r\n"), SPAN("b") },
		{ SPAN(""), SPAN("") },
		{ SPAN(" \r\n "), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(100);

		CHECK_INT(message_unfold(exact(t[row].in), &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
	AUTO_BUF small = BUF(1);
	CHECK_INT(message_unfold(SPAN("ab"), &small), ERR_TOO_LONG);
}

TEST(message_normalises)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN("a\nb\r\nc\rd"), SPAN("a\r\nb\r\nc\r\nd") },
		{ SPAN("\n\r"), SPAN("\r\n\r\n") },
		{ SPAN("\r\r\n"), SPAN("\r\n\r\n") },
		{ SPAN("a\r\n.\r\n"), SPAN("a\r\n.\r\n") },
		{ SPAN("a\r"), SPAN("a\r\n") },
		{ SPAN(""), SPAN("") },
		{ SPAN("\0"), SPAN("\0") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(100);

		CHECK_INT(message_normalise(exact(t[row].in), &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}
