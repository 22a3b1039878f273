/* base/coding/pack.h: both ways, older and newer records, and input that lies. */
#include "test.h"

#include "base/coding/pack.h"

#define LEAF_FIELDS(F, L) F(span, name) F(u8, flags)
#define TREE_FIELDS(F, L) F(u16, kind) L(leaf, leaves) F(bool, last)
#define TYPES_FIELDS(F, L)                                                                         \
	F(u8, a) F(u16, b) F(u32, c) F(u64, d) F(i64, e) F(bool, f) F(span, g) L(tree, h)
#define OLD_FIELDS(F, L) F(u8, a) F(u16, b)
PACK_DECLARE(leaf, LEAF_FIELDS)
PACK_DECLARE(tree, TREE_FIELDS)
PACK_DECLARE(types, TYPES_FIELDS)
PACK_DECLARE(old, OLD_FIELDS)
PACK_DEFINE(leaf, LEAF_FIELDS)
PACK_DEFINE(tree, TREE_FIELDS)
PACK_DEFINE(types, TYPES_FIELDS)
PACK_DEFINE(old, OLD_FIELDS)

static struct types sample(void)
{
	static struct leaf leaves[] = { { SPAN("x"), 1 }, { SPAN(""), 2 } };
	static struct tree trees[] = { { 7, leaves, 2, true }, { 8, NULL, 0, false } };

	return (struct types){ .a = 0xfe,
		               .b = 0xfedc,
		               .c = 0xfedcba98,
		               .d = 0xfedcba9876543210,
		               .e = -2,
		               .f = true,
		               .g = SPAN("a\0b"),
		               .h = trees,
		               .n_h = 2 };
}

TEST(pack_has_one_form)
{
	/* Journals hold it: it may not change. */
	static const struct span want = SPAN("\xfe"
	                                     "\xdc\xfe"
	                                     "\x98\xba\xdc\xfe"
	                                     "\x10\x32\x54\x76\x98\xba\xdc\xfe"
	                                     "\xfe\xff\xff\xff\xff\xff\xff\xff"
	                                     "\x01"
	                                     "\x03\0\0\0"
	                                     "a\0b"
	                                     "\x02\0\0\0"
	                                     "\x1a\0\0\0"
	                                     "\x07\0"
	                                     "\x02\0\0\0"
	                                     "\x06\0\0\0"
	                                     "\x01\0\0\0"
	                                     "x"
	                                     "\x01"
	                                     "\x05\0\0\0"
	                                     "\0\0\0\0"
	                                     "\x02"
	                                     "\x01"
	                                     "\x07\0\0\0"
	                                     "\x08\0"
	                                     "\0\0\0\0"
	                                     "\0");
	struct types v = sample();
	AUTO_BUF b = BUF(1000);

	CHECK_INT(types_pack(&v, &b), 0);
	CHECK_SPAN(buf_span(&b), want);
}

TEST(pack_round_trip)
{
	struct types v = sample(), got;
	AUTO_BUF b = BUF(1000);
	AUTO_ARENA a = { 0 };

	CHECK_INT(types_pack(&v, &b), 0);
	CHECK_INT(types_unpack(exact(buf_span(&b)), &a, &got), 0);
	CHECK_INT(got.a, v.a);
	CHECK_INT(got.b, v.b);
	CHECK_INT(got.c, v.c);
	CHECK(got.d == v.d);
	CHECK_INT(got.e, -2);
	CHECK_INT(got.f, true);
	CHECK_SPAN(got.g, v.g);
	CHECK_INT(got.n_h, 2);
	CHECK_INT(got.h[0].kind, 7);
	CHECK_INT(got.h[0].last, true);
	CHECK_INT(got.h[0].n_leaves, 2);
	CHECK_SPAN(got.h[0].leaves[0].name, SPAN("x"));
	CHECK_INT(got.h[0].leaves[1].flags, 2);
	CHECK_INT(got.h[1].n_leaves, 0);
	CHECK(got.h[1].leaves == NULL);
}

TEST(pack_older_and_newer_records_are_read)
{
	static const struct {
		struct span in;
		int r;
		unsigned a, b, c;
	} t[] = {
		{ SPAN(""), 0, 0, 0, 0 },
		{ SPAN("\x05"), 0, 5, 0, 0 },
		{ SPAN("\x05\x06\0"), 0, 5, 6, 0 },
		{ SPAN("\x05\x06"), ERR_SYNTAX, 0, 0, 0 }, /* within a field is no older record */
		{ SPAN("\x05\x06\0\x07\0\0\0"), 0, 5, 6, 7 },
	};
	EACH_ROW(t) {
		AUTO_ARENA a = { 0 };
		struct types got = { .a = 99 };
		struct old old = { 0 };

		CHECK_INT(types_unpack(exact(t[row].in), &a, &got), t[row].r);
		CHECK_INT(got.a, t[row].r < 0 ? 99 : t[row].a);
		CHECK_INT(old_unpack(exact(t[row].in), &a, &old), t[row].r);
		CHECK_INT(old.a, t[row].a);
		CHECK_INT(old.b, t[row].b);
		if (t[row].r == 0)
			CHECK_INT(got.c, t[row].c);
	}
}

TEST(pack_refuses_what_does_not_fit)
{
	static const struct {
		struct span in;
		int r;
	} t[] = {
		{ SPAN("\x07\0"
		       "\x01\0\0\0"),
		  ERR_SYNTAX }, /* no element */
		{ SPAN("\x07\0"
		       "\x01\0\0\0"
		       "\x01\0\0\0"),
		  ERR_SYNTAX }, /* no octet of it */
		{ SPAN("\x07\0"
		       "\x01\0\0\0"
		       "\xff\xff\xff\xff"
		       "x"),
		  ERR_SYNTAX },
		{ SPAN("\x07\0"
		       "\x02\0\0\0"
		       "\0\0\0\0"
		       "\0\0\0"),
		  ERR_SYNTAX }, /* half a length */
		{ SPAN("\x07\0"
		       "\x01\0\0\0"
		       "\x05\0\0\0"
		       "\x02\0\0\0x"),
		  ERR_SYNTAX }, /* inner length */
		{ SPAN("\x07\0"
		       "\x01\0\x01\0"),
		  ERR_TOO_LONG },
		{ SPAN("\x07\0"
		       "\xff\xff\xff\xff"),
		  ERR_TOO_LONG },
		{ SPAN("\x07\0"
		       "\0\0\x01\0"
		       "\0\0\0\0"),
		  ERR_SYNTAX }, /* 65536, and room for 1 */
		{ SPAN("\x07\0"
		       "\0\0\0\0"
		       "\x02"),
		  ERR_SYNTAX }, /* a bool of 2 */
		{ SPAN("\x07\0"
		       "\0\0\0\0"
		       "\xff"),
		  ERR_SYNTAX },
		{ SPAN("\x07\0"
		       "\x01\0\0\0"
		       "\0\0\0\0"
		       "\x01"),
		  0 }, /* an empty element */
	};
	EACH_ROW(t) {
		AUTO_ARENA a = { 0 };
		struct tree got = { .kind = 99 };

		CHECK_INT(tree_unpack(exact(t[row].in), &a, &got), t[row].r);
		CHECK_INT(got.kind, t[row].r < 0 ? 99 : 7);
	}
}

TEST(pack_every_cut_is_refused_or_read)
{
	struct types v = sample();
	AUTO_BUF b = BUF(1000);

	CHECK_INT(types_pack(&v, &b), 0);
	for (size_t n = 0; n <= b.n; n++) {
		AUTO_ARENA a = { 0 };
		struct types got;
		int r = types_unpack(exact(span_make(b.p, n)), &a, &got);

		CHECK(r == 0 || r == ERR_SYNTAX);
	}
}

TEST(pack_list_max_holds_both_ways)
{
	static const struct {
		size_t n;
		int r;
	} t[] = { { PACK_LIST_MAX, 0 }, { PACK_LIST_MAX + 1, ERR_TOO_LONG } };
	static struct leaf leaves[PACK_LIST_MAX + 1];

	EACH_ROW(t) {
		AUTO_BUF b = BUF(1 << 20);
		AUTO_ARENA a = { 0 };
		struct tree v = { .leaves = leaves, .n_leaves = t[row].n }, got = { 0 };

		CHECK_INT(tree_pack(&v, &b), t[row].r);
		if (t[row].r == 0)
			CHECK_INT(tree_unpack(buf_span(&b), &a, &got), 0);
		CHECK_INT(got.n_leaves, t[row].r == 0 ? t[row].n : 0);
	}
}

TEST(pack_fails_when_the_buffer_is_full)
{
	struct types v = sample();
	AUTO_BUF whole = BUF(1000);

	CHECK_INT(types_pack(&v, &whole), 0);
	for (size_t cap = 0; cap < whole.n; cap++) {
		AUTO_BUF b = BUF(cap);

		CHECK_INT(types_pack(&v, &b), ERR_TOO_LONG);
	}
}

TEST(pack_arena_cap_bounds_a_list)
{
	AUTO_ARENA a = { .cap = 10 };
	struct tree got;

	CHECK_INT(tree_unpack(SPAN("\x07\0"
	                           "\x01\0\0\0"
	                           "\0\0\0\0"),
	                      &a, &got),
	          ERR_NO_MEMORY);
}

TEST(pack_lengths_fit_32_bits)
{
	AUTO_BUF b = BUF(100);
	size_t mark;

	CHECK_INT(pack_put_span(&b, span_make("", (size_t)UINT32_MAX + 1)), ERR_TOO_LONG);
	buf_reset(&b);
	mark = pack_begin(&b);
	b.n += (size_t)UINT32_MAX + 1; /* as if so much had been put */
	pack_end(&b, mark);
	CHECK_INT(b.err, ERR_TOO_LONG);
	buf_reset(&b);
}
