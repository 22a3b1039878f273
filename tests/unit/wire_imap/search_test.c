/* SEARCH, SORT, THREAD.  RFC 3501 6.4.4; RFC 4731 3; RFC 5182 2; RFC 5032; RFC 7162 3.1.5; RFC
 * 5256 3. */
#include "wire/imap/args/search.h"

#include "imap_test.h"
#include "wire/imap/flags.h"

/* The leaf's key and argument. */
static void print_leaf(const struct imap_search_node *n, struct buf *out)
{
	switch (n->key) {
	case IMAP_KEY_FLAG: buf_printf(out, "%sflag%u", n->no ? "no-" : "", n->flag); return;
	case IMAP_KEY_SET:
	case IMAP_KEY_UID:
		buf_puts(out, n->key == IMAP_KEY_UID ? "uid" : "set");
		buf_puts(out, n->set.saved ? "$" : n->set.star ? "*" : "");
		imap_put_runs(out, n->set.runs, n->set.n_runs);
		return;
	default: break;
	}
	buf_puts(out, imap_key_word(n->key));
	switch (n->key) {
	case IMAP_KEY_HEADER: buf_printf(out, " %.*s", SPAN_ARG(n->field)); /* fallthrough */
	case IMAP_KEY_SUBJECT:
	case IMAP_KEY_FROM:
	case IMAP_KEY_TEXT:
	case IMAP_KEY_KEYWORD:
	case IMAP_KEY_UNKEYWORD:
	case IMAP_KEY_EMAILID: buf_printf(out, " %.*s", SPAN_ARG(n->text)); break;
	case IMAP_KEY_SINCE:
	case IMAP_KEY_SAVEDBEFORE: buf_printf(out, " %d", n->day); break;
	case IMAP_KEY_LARGER:
	case IMAP_KEY_MODSEQ:
	case IMAP_KEY_OLDER: buf_printf(out, " %ju", (uintmax_t)n->number); break;
	default: break;
	}
}

/* The tree as an expression: what ends where is what `end` says. */
static void print(const struct imap_search *s, struct buf *out)
{
	static const char *const names[] = { "and(", "or(", "not(" };
	size_t ends[IMAP_SEARCH_DEPTH_MAX + 1], n_ends = 0;

	for (size_t i = 0; i < s->n_nodes; i++) {
		const struct imap_search_node *n = &s->nodes[i];

		if (n->key <= IMAP_KEY_NOT) {
			buf_puts(out, names[n->key]);
			ends[n_ends++] = n->end;
		} else {
			CHECK_INT(n->end, i + 1);
			print_leaf(n, out);
		}
		while (n_ends > 0 && ends[n_ends - 1] == i + 1) {
			buf_puts(out, ")");
			n_ends--;
		}
		if (n->key > IMAP_KEY_NOT && i + 1 < s->n_nodes)
			buf_puts(out, ", ");
	}
	CHECK_INT(n_ends, 0);
}

static void check(struct span in, int err, struct span want)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1000);
	struct imap_cursor c = args_of(in, false, &mem);
	struct imap_search got = { 0 };

	CHECK_INT(imap_search_parse(&c, &got), err);
	if (got.has_return)
		buf_printf(&text, "%u ", got.returns);
	print(&got, &text);
	CHECK_SPAN(buf_span(&text), want);
}

TEST(imap_search_is_read)
{
	static const struct {
		struct span in, want;
	} t[] = {
		/* RFC 3501 6.4.4 */
		{ SPAN("A282 SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\""),
		  SPAN("and(flag2, SINCE 8797, not(FROM Smith))") },
		{ SPAN("A283 SEARCH TEXT \"string not in mailbox\""),
		  SPAN("and(TEXT string not in mailbox)") },
		{ SPAN("A284 SEARCH CHARSET UTF-8 TEXT {4}\r\n\xc3\xa9\xc3\xa9"),
		  SPAN("and(TEXT \xc3\xa9\xc3\xa9)") },
		{ SPAN("a SEARCH ALL "), SPAN("and(ALL)") },
		{ SPAN("a SEARCH 1:3 uid 7,9 $ *"), SPAN("and(set1:3, uid7,9, set$, set*)") },
		{ SPAN("a SEARCH OR SEEN OR UNSEEN NEW ALL"),
		  SPAN("and(or(flag8, or(no-flag8, NEW)), ALL)") },
		{ SPAN("a SEARCH (OR (SEEN DRAFT) NOT NOT OLD) RECENT"),
		  SPAN("and(and(or(and(flag8, flag16), not(not(OLD)))), RECENT)") },
		{ SPAN("a SEARCH HEADER Message-ID \"\" KEYWORD $Junk UNKEYWORD x LARGER "
		       "4294967296"),
		  SPAN("and(HEADER Message-ID , KEYWORD $Junk, UNKEYWORD x, LARGER 4294967296)") },
		/* RFC 4731 3.1, RFC 5182 2.3 */
		{ SPAN("A282 SEARCH RETURN (MIN COUNT) FLAGGED"), SPAN("9 and(flag2)") },
		{ SPAN("A SEARCH RETURN () ALL"), SPAN("4 and(ALL)") },
		{ SPAN("A283 SEARCH RETURN (SAVE) CHARSET us-ascii SUBJECT x"),
		  SPAN("16 and(SUBJECT x)") },
		/* RFC 5032 3 */
		{ SPAN("a1 SEARCH UNSEEN OLDER 259200"), SPAN("and(no-flag8, OLDER 259200)") },
		/* RFC 7162 3.1.5 */
		{ SPAN("a SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338"),
		  SPAN("and(MODSEQ 620162338)") },
		{ SPAN("a SEARCH OR NOT MODSEQ 720162338 LARGER 50000"),
		  SPAN("and(or(not(MODSEQ 720162338), LARGER 50000))") },
		{ SPAN("a SEARCH EMAILID M6d99ac3275bb4e SAVEDBEFORE 1-Jan-1970 SAVEDATESUPPORTED"),
		  SPAN("and(EMAILID M6d99ac3275bb4e, SAVEDBEFORE 0, SAVEDATESUPPORTED)") },
	};
	EACH_ROW(t)
		check(t[row].in, 0, t[row].want);
}

TEST(imap_search_refuses)
{
	static const struct {
		struct span in;
		int err;
		const char *says;
	} t[] = {
		{ SPAN("a SEARCH"), ERR_SYNTAX, "SEARCH: an argument is missing" },
		{ SPAN("a SEARCH "), ERR_SYNTAX, "a search key is missing" },
		{ SPAN("a SEARCH FOO"), ERR_SYNTAX, "FOO is no search key" },
		{ SPAN("a SEARCH NOT"), ERR_SYNTAX, "an argument is missing" },
		{ SPAN("a SEARCH OR SEEN"), ERR_SYNTAX, "an argument is missing" },
		{ SPAN("a SEARCH (SEEN"), ERR_SYNTAX, "a ) is missing" },
		{ SPAN("a SEARCH (SEEN "), ERR_SYNTAX, "a search key is missing" },
		{ SPAN("a SEARCH SEEN)"), ERR_SYNTAX, "a space is missing" },
		{ SPAN("a SEARCH (OR SEEN) ALL"), ERR_SYNTAX, "a space is missing" },
		{ SPAN("a SEARCH ()"), ERR_SYNTAX, "a search key is missing" },
		{ SPAN("a SEARCH SEENALL"), ERR_SYNTAX, "no search key" },
		{ SPAN("a SEARCH SINCE yesterday"), ERR_SYNTAX, "a date is missing" },
		{ SPAN("a SEARCH LARGER x"), ERR_SYNTAX, "a number of octets is missing" },
		{ SPAN("a SEARCH OLDER 0"), ERR_SYNTAX, "a number of seconds is 0" },
		{ SPAN("a SEARCH SUBJECT {1}\r\n\xff"), ERR_SYNTAX, "no UTF-8" },
		{ SPAN("a SEARCH CHARSET US-ASCII (SEEN SUBJECT {2}\r\n\xc3\xa9)"), ERR_SYNTAX,
		  "not US-ASCII" },
		{ SPAN("a SEARCH RETURN (FOO) ALL"), ERR_SYNTAX, "RETURN's options are" },
		{ SPAN("a SEARCH RETURN (MIN)"), ERR_SYNTAX, "an argument is missing" },
		{ SPAN("a SEARCH CHARSET KOI8-R TEXT x"), ERR_REFUSED, "US-ASCII and UTF-8" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_search got;

		CHECK_INT(imap_search_parse(&c, &got), t[row].err);
		CHECK_SAYS(t[row].err, t[row].says);
	}
}

/* n times `before`, a key, n times `behind`. */
static int search_deep(const char *before, int n, const char *behind)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(100000);
	struct imap_cursor c;
	struct imap_search got;

	buf_puts(&text, "a SEARCH ");
	for (int i = 0; i < n; i++)
		buf_puts(&text, before);
	buf_puts(&text, "ALL");
	for (int i = 0; i < n; i++)
		buf_puts(&text, behind);
	c = args_of(buf_span(&text), false, &mem);
	return imap_search_parse(&c, &got);
}

TEST(imap_search_has_maxima)
{
	CHECK_INT(search_deep("(", IMAP_SEARCH_DEPTH_MAX, ")"), 0);
	CHECK_INT(search_deep("(", IMAP_SEARCH_DEPTH_MAX + 1, ")"), ERR_LIMIT);
	CHECK_INT(search_deep("NOT ", IMAP_SEARCH_DEPTH_MAX, ""), 0);
	CHECK_INT(search_deep("NOT ", 10000, ""), ERR_LIMIT);
	CHECK_INT(search_deep("OR ", IMAP_SEARCH_DEPTH_MAX, " SEEN"), 0);
	CHECK_INT(search_deep("OR ", 1000, " SEEN"), ERR_LIMIT);
	CHECK_INT(search_deep("OR SEEN ", IMAP_SEARCH_DEPTH_MAX + 1, ""), ERR_LIMIT);
	CHECK_INT(search_deep("SEEN ", IMAP_SEARCH_KEYS_MAX - 2, ""), 0);
	CHECK_INT(search_deep("SEEN ", IMAP_SEARCH_KEYS_MAX - 1, ""), ERR_LIMIT);
	CHECK_INT(search_deep("(", 30000, ")"), ERR_LIMIT);
}

TEST(imap_sort_and_thread_are_read)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1000);
	struct imap_sort sort = { 0 };
	struct imap_thread thread = { 0 };
	struct imap_cursor c =
	        args_of(SPAN("A283 SORT (SUBJECT REVERSE DATE) UTF-8 ALL"), false, &mem);

	CHECK_INT(imap_sort_parse(&c, &sort), 0);
	CHECK_INT(sort.n_keys, 2);
	CHECK_INT(sort.keys[0].by, IMAP_SORT_SUBJECT);
	CHECK(!sort.keys[0].reverse);
	CHECK_INT(sort.keys[1].by, IMAP_SORT_DATE);
	CHECK(sort.keys[1].reverse);
	print(&sort.search, &text);
	c = args_of(SPAN("A285 THREAD REFERENCES US-ASCII OR SEEN TEXT \"gewp\""), false, &mem);
	CHECK_INT(imap_thread_parse(&c, &thread), 0);
	CHECK_INT(thread.by, IMAP_THREAD_REFERENCES);
	print(&thread.search, &text);
	CHECK_SPAN(buf_span(&text), SPAN("and(ALL)and(or(flag8, TEXT gewp))"));
	c = args_of(SPAN("A284 THREAD ORDEREDSUBJECT UTF-8 SINCE 5-MAR-2000"), false, &mem);
	CHECK_INT(imap_thread_parse(&c, &thread), 0);
	CHECK_INT(thread.by, IMAP_THREAD_ORDEREDSUBJECT);
	c = args_of(SPAN("a THREAD REFS UTF-8 ALL"), false, &mem);
	CHECK_INT(imap_thread_parse(&c, &thread), ERR_SYNTAX);
	c = args_of(SPAN("a SORT () UTF-8 ALL"), false, &mem);
	CHECK_INT(imap_sort_parse(&c, &sort), ERR_SYNTAX);
	c = args_of(SPAN("a SORT (REVERSE) UTF-8 ALL"), false, &mem);
	CHECK_INT(imap_sort_parse(&c, &sort), ERR_SYNTAX);
	c = args_of(SPAN("a SORT (DATE) ALL"), false, &mem);
	CHECK_INT(imap_sort_parse(&c, &sort), ERR_REFUSED);
}
