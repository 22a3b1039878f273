/* FETCH.  RFC 3501 and RFC 9051 6.4.5; RFC 3516 4; RFC 7162 3.1.4, 3.2.6; RFC 8474 5; RFC 8514 4.2.
 */
#include "wire/imap/args/fetch.h"

#include "imap_test.h"

enum {
	UID = IMAP_FETCH_UID,
	FLAGS = IMAP_FETCH_FLAGS,
	FAST = IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_RFC822_SIZE,
	MODSEQ = IMAP_FETCH_MODSEQ,
};

/* The sections by name, "!" before those that set \Seen, and the partial's length behind. */
static void print(const struct imap_fetch *f, struct buf *out)
{
	for (size_t i = 0; i < f->n_sections; i++) {
		const struct imap_section *s = &f->sections[i];

		buf_puts(out, i ? " " : "");
		buf_puts(out, s->peek ? "" : "!");
		imap_put_section(out, s);
		if (s->partial)
			buf_printf(out, "%ju", (uintmax_t)s->n_bytes);
	}
	if (f->has_changed_since)
		buf_printf(out, " since %ju%s", (uintmax_t)f->changed_since,
		           f->vanished ? " vanished" : "");
}

TEST(imap_fetch_is_read)
{
	static const struct {
		struct span in;
		unsigned items;
		struct span want;
	} t[] = {
		{ SPAN("A FETCH 1 ALL"), FAST | IMAP_FETCH_ENVELOPE, SPAN("") },
		{ SPAN("A FETCH 1 fast"), FAST, SPAN("") },
		{ SPAN("A FETCH 1 FULL"), FAST | IMAP_FETCH_ENVELOPE | IMAP_FETCH_BODY, SPAN("") },
		{ SPAN("A UID FETCH 1 FLAGS"), UID | FLAGS, SPAN("") },
		{ SPAN("A FETCH 1 BODYSTRUCTURE"), IMAP_FETCH_BODYSTRUCTURE, SPAN("") },
		{ SPAN("A FETCH 1 BODY"), IMAP_FETCH_BODY, SPAN("") },
		/* RFC 3501 6.4.5 */
		{ SPAN("A654 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])"), FLAGS,
		  SPAN("!BODY[HEADER.FIELDS (DATE FROM)]") },
		{ SPAN("A FETCH 1 BODY[]<0.2048>"), 0, SPAN("!BODY[]<0>2048") },
		{ SPAN("A FETCH 1 body.peek[3.header]"), 0, SPAN("BODY[3.HEADER]") },
		{ SPAN("A FETCH 1 (BODY.PEEK[4.2.2.1] BODY[4.1.MIME] BODY[4.2.TEXT] BODY[TEXT] "
		       "BODY[HEADER])"),
		  0,
		  SPAN("BODY[4.2.2.1] !BODY[4.1.MIME] !BODY[4.2.TEXT] !BODY[TEXT] !BODY[HEADER]") },
		{ SPAN("A FETCH 1 BODY.PEEK[1.HEADER.FIELDS.NOT (\"x y\" {4}\r\nDate)]<5.1>"), 0,
		  SPAN("BODY[1.HEADER.FIELDS.NOT (\"x y\" Date)]<5>1") },
		{ SPAN("A FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE)"),
		  IMAP_FETCH_RFC822_SIZE, SPAN("!RFC822 RFC822.HEADER !RFC822.TEXT") },
		/* RFC 3516 4.2 */
		{ SPAN("A FETCH 1 (BINARY[1] BINARY.PEEK[1.2]<0.9> BINARY.SIZE[3] BINARY[])"), 0,
		  SPAN("!BINARY[1] BINARY[1.2]<0>9 BINARY.SIZE[3] !BINARY[]") },
		/* RFC 7162 3.1.4.1, 3.2.6 */
		{ SPAN("s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)"), UID | FLAGS | MODSEQ,
		  SPAN(" since 12345") },
		{ SPAN("s100 UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)"),
		  UID | FLAGS | MODSEQ, SPAN(" since 12345 vanished") },
		{ SPAN("A FETCH 1 (EMAILID THREADID SAVEDATE MODSEQ INTERNALDATE UID ENVELOPE)"),
		  UID | MODSEQ | IMAP_FETCH_EMAILID | IMAP_FETCH_THREADID | IMAP_FETCH_SAVEDATE |
		          IMAP_FETCH_INTERNALDATE | IMAP_FETCH_ENVELOPE,
		  SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF text = BUF(1000);
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_fetch got = { 0 };

		CHECK_INT(
		        imap_fetch_parse(&c, span_find_nocase(t[row].in, SPAN(" UID F")) > 0, &got),
		        0);
		CHECK_INT(got.items, t[row].items);
		print(&got, &text);
		CHECK_SPAN(buf_span(&text), t[row].want);
		CHECK_INT(got.sets_seen, span_find(t[row].want, '!') >= 0);
	}
}

TEST(imap_fetch_refuses)
{
	static const struct {
		struct span in;
		const char *says;
	} t[] = {
		{ SPAN("A FETCH"), "FETCH: an argument is missing" },
		{ SPAN("A FETCH 1"), "an argument is missing" },
		{ SPAN("A FETCH 1 ()"), "an item to fetch is missing" },
		{ SPAN("A FETCH 1 (ALL)"), "ALL is no item to fetch" },
		{ SPAN("A FETCH 1 (UID SNIPPET FLAGS)"), "SNIPPET is no item to fetch" },
		{ SPAN("A FETCH 1 FOO"), "FOO is no item to fetch" },
		{ SPAN("A FETCH 1 (FLAGS"), "the ) of the items is missing" },
		{ SPAN("A FETCH 1 FLAGS UID"), "the ( of the modifiers is missing" },
		{ SPAN("A FETCH 1 BODY["), "no section" },
		{ SPAN("A FETCH 1 BODY[TEXT"), "the ] of a section is missing" },
		{ SPAN("A FETCH 1 BODY[1."), "no section" },
		{ SPAN("A FETCH 1 BODY[1.]"), "no section" },
		{ SPAN("A FETCH 1 BODY[0]"), "the number of a part is 0" },
		{ SPAN("A FETCH 1 BODY[4294967296]"), "is over" },
		{ SPAN("A FETCH 1 BODY[MIME]"), "MIME is of a part" },
		{ SPAN("A FETCH 1 BODY[HEADER.FIELDS]"), "a space is missing" },
		{ SPAN("A FETCH 1 BODY[HEADER.FIELDS ()]"), "a header field is missing" },
		{ SPAN("A FETCH 1 BODY[HEADER.FIELDS (a]"),
		  "the ) of the header fields is missing" },
		{ SPAN("A FETCH 1 BODY[]<0>"), "the . between octets is missing" },
		{ SPAN("A FETCH 1 BODY[]<0.0>"), "the number of octets is 0" },
		{ SPAN("A FETCH 1 BODY[]<0.1"), "the > of the octets is missing" },
		{ SPAN("A FETCH 1 BODY[]<9223372036854775808.1>"), "is over" },
		{ SPAN("A FETCH 1 BINARY[TEXT]"), "BINARY is of parts only" },
		{ SPAN("A FETCH 1 BINARY.SIZE[1]<0.1>"), "a space is missing" },
		{ SPAN("A FETCH 1 FLAGS (VANISHED)"), "VANISHED goes with" },
		{ SPAN("A FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)"), "VANISHED goes with" },
		{ SPAN("A FETCH 1 FLAGS (FOO)"), "the modifiers are" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_fetch got;

		CHECK_INT(imap_fetch_parse(&c, false, &got), ERR_SYNTAX);
		CHECK_SAYS(ERR_SYNTAX, t[row].says);
	}
}

/* RFC 3501 6.4.5: they are other names of sections. */
TEST(imap_fetch_knows_the_old_names)
{
	AUTO_ARENA mem = { 0 };
	struct imap_cursor c = args_of(SPAN("A FETCH 1 (RFC822.HEADER RFC822.TEXT)"), false, &mem);
	struct imap_fetch got = { 0 };

	CHECK_INT(imap_fetch_parse(&c, false, &got), 0);
	CHECK_INT(got.sections[0].text, IMAP_SECTION_HEADER);
	CHECK_INT(got.sections[1].text, IMAP_SECTION_TEXT);
}

/* n times s between front and behind. */
static int fetch_many(const char *front, const char *s, int n, const char *behind)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(100000);
	struct imap_cursor c;
	struct imap_fetch got;

	buf_puts(&text, front);
	for (int i = 0; i < n; i++)
		buf_puts(&text, s);
	buf_puts(&text, behind);
	c = args_of(buf_span(&text), false, &mem);
	return imap_fetch_parse(&c, false, &got);
}

TEST(imap_fetch_has_maxima)
{
	CHECK_INT(fetch_many("A FETCH 1 (UID", " BODY[]", IMAP_SECTIONS_MAX, ")"), 0);
	CHECK_INT(fetch_many("A FETCH 1 (UID", " BODY[]", IMAP_SECTIONS_MAX + 1, ")"), ERR_LIMIT);
	CHECK_INT(fetch_many("A FETCH 1 BODY[1", ".1", IMAP_PART_DEPTH_MAX - 1, "]"), 0);
	CHECK_INT(fetch_many("A FETCH 1 BODY[1", ".1", IMAP_PART_DEPTH_MAX, "]"), ERR_LIMIT);
	CHECK_INT(fetch_many("A FETCH 1 BODY[HEADER.FIELDS (a", " a", IMAP_SECTION_FIELDS_MAX - 1,
	                     ")]"),
	          0);
	CHECK_INT(
	        fetch_many("A FETCH 1 BODY[HEADER.FIELDS (a", " a", IMAP_SECTION_FIELDS_MAX, ")]"),
	        ERR_LIMIT);
	CHECK_INT(fetch_many("A FETCH 1 ", "(", 10000, ""), ERR_SYNTAX);
}
