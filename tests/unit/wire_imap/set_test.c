/* Sets of numbers.  RFC 3501 and RFC 9051 9 (sequence-set); RFC 5182 2.1. */
#include "wire/imap/set.h"

#include "imap_test.h"

/* What the set is with `max` for `*`. */
static void print(const struct imap_set *set, uint32_t max, struct arena *mem, struct buf *out)
{
	struct imap_set whole = { 0 };

	CHECK_INT(imap_set_resolve(set, max, mem, &whole), 0);
	CHECK_INT(imap_put_runs(out, whole.runs, whole.n_runs), 0);
}

TEST(imap_sets_are_normalised)
{
	static const struct {
		struct span in;
		uint32_t max;
		struct span want;
	} t[] = {
		{ SPAN("1"), 9, SPAN("1") },
		{ SPAN("2:4,1"), 9, SPAN("1:4") },
		{ SPAN("4:2,9,9,9"), 9, SPAN("2:4,9") },
		{ SPAN("5,3,1,3:4"), 9, SPAN("1,3:5") },
		{ SPAN("4294967295,4294967294"), 9, SPAN("4294967294:4294967295") },
		{ SPAN("1:4294967295,7"), 9, SPAN("1:4294967295") },
		/* RFC 3501 9: "2,4:7,9,12:*" for 15 messages, "*:4,5:7" for 10 */
		{ SPAN("2,4:7,9,12:*"), 15, SPAN("2,4:7,9,12:15") },
		{ SPAN("*:4,5:7"), 10, SPAN("4:10") },
		{ SPAN("*"), 7, SPAN("7") },
		/* RFC 3501 6.4.8: 559:* always includes the last one */
		{ SPAN("559:*"), 20, SPAN("20:559") },
		{ SPAN("4:*,10:*"), 7, SPAN("4:10") },
		{ SPAN("4:*,10:*"), 3, SPAN("3:10") },
		{ SPAN("*,1"), 3, SPAN("1,3") },
		{ SPAN("1:*"), 0, SPAN("") },
		{ SPAN("1:2,*"), 0, SPAN("1:2") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF text = BUF(1000);
		struct imap_cursor c = cursor_at(t[row].in, &mem);
		struct imap_set set = { 0 };

		CHECK_INT(imap_take_set(&c, &set), 0);
		CHECK_INT(c.rest.n, 0);
		print(&set, t[row].max, &mem, &text);
		CHECK_SPAN(buf_span(&text), t[row].want);
	}
}

TEST(imap_sets_refuse)
{
	static const struct span t[] = { SPAN(""),     SPAN("0"),  SPAN("1,"),  SPAN(",1"),
		                         SPAN("1:"),   SPAN(":1"), SPAN("1:0"), SPAN("4294967296"),
		                         SPAN("1,,2"), SPAN("a"),  SPAN("1:x"), SPAN("1,$") };
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = cursor_at(t[row], &mem);
		struct imap_set set;

		CHECK_INT(imap_take_set(&c, &set), ERR_SYNTAX);
	}
	AUTO_ARENA mem = { 0 };
	struct imap_cursor c = cursor_at(SPAN("1:*"), &mem);
	struct imap_set set;

	CHECK_INT(imap_take_plain_set(&c, &set), ERR_SYNTAX);
	c = cursor_at(SPAN("$"), &mem);
	CHECK_INT(imap_take_plain_set(&c, &set), ERR_SYNTAX);
	c = cursor_at(SPAN("$ x"), &mem);
	CHECK_INT(imap_take_set(&c, &set), 0);
	CHECK(set.saved);
	CHECK_SPAN(c.rest, SPAN(" x"));
}

/* n elements that do not touch, in order or against it. */
static int take_many(unsigned n, bool down, struct arena *mem, struct imap_set *out)
{
	AUTO_BUF text = BUF(1 << 20);
	struct imap_cursor c;

	for (unsigned i = 0; i < n; i++)
		buf_printf(&text, "%s%u", i ? "," : "", 2 * (down ? n - i : i + 1));
	c = cursor_at(buf_span(&text), mem);
	return imap_take_set(&c, out);
}

TEST(imap_sets_have_a_maximum)
{
	AUTO_ARENA mem = { 0 };
	struct imap_set set = { 0 };

	CHECK_INT(take_many(IMAP_RUNS_MAX, true, &mem, &set), 0);
	CHECK_INT(set.n_runs, IMAP_RUNS_MAX);
	CHECK_INT(take_many(IMAP_RUNS_MAX + 1, false, &mem, &set), ERR_LIMIT);
}

/* What a set takes of memory is its own, not that of a literal behind it. */
TEST(imap_sets_take_what_they_need)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1 << 20);
	struct imap_cursor c;
	struct imap_set set = { 0 };

	buf_puts(&text, "1{100000}\r\n");
	for (int i = 0; i < 100000; i++)
		buf_putc(&text, ',');
	c = cursor_at(buf_span(&text), &mem);
	CHECK_INT(imap_take_set(&c, &set), 0);
	CHECK(mem.used < 1000);
}

TEST(imap_sets_are_asked)
{
	AUTO_ARENA mem = { 0 };
	struct imap_cursor c = cursor_at(SPAN("2:4,7,9:4294967295"), &mem);
	struct imap_set set = { 0 };

	CHECK_INT(imap_take_set(&c, &set), 0);
	CHECK(imap_set_count(&set) == 3 + 1 + UINT64_C(4294967295) - 8);
	for (uint32_t i = 0; i < 12; i++)
		CHECK_INT(imap_set_has(&set, i), (i >= 2 && i <= 4) || i == 7 || i >= 9);
	CHECK(imap_set_has(&set, UINT32_MAX));
	set.n_runs = 0;
	CHECK(!imap_set_has(&set, 1));
}

TEST(imap_runs_are_collected)
{
	static const uint32_t numbers[] = { 1, 2, 3, 7, 9, 10, 4, UINT32_MAX, 1 };
	AUTO_BUF text = BUF(100);
	struct imap_runs_writer w = { 0 };

	CHECK_INT(imap_runs_end(&w, &text), 0);
	CHECK_INT(text.n, 0);
	for (size_t i = 0; i < N_ELEMS(numbers); i++)
		CHECK_INT(imap_runs_add(&w, &text, numbers[i]), 0);
	CHECK_INT(imap_runs_end(&w, &text), 0);
	CHECK_SPAN(buf_span(&text), SPAN("1:3,7,9:10,4,4294967295,1"));
}

TEST(imap_sets_meet)
{
	static const struct {
		struct span a, b, want;
	} t[] = {
		{ SPAN("1:10"), SPAN("3,5:7,9:20"), SPAN("3,5:7,9:10") },
		{ SPAN("1,3,5"), SPAN("2,4"), SPAN("") },
		{ SPAN("1:4294967295"), SPAN("7,4294967295"), SPAN("7,4294967295") },
		{ SPAN("1:3,7:9"), SPAN("3:7"), SPAN("3,7") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF text = BUF(100);
		struct imap_cursor a = cursor_at(t[row].a, &mem), b = cursor_at(t[row].b, &mem);
		struct imap_set x, y, both;

		CHECK_INT(imap_take_set(&a, &x), 0);
		CHECK_INT(imap_take_set(&b, &y), 0);
		CHECK_INT(imap_set_meet(&x, &y, &mem, &both), 0);
		CHECK_INT(imap_put_runs(&text, both.runs, both.n_runs), 0);
		CHECK_SPAN(buf_span(&text), t[row].want);
	}
}
