/* Names and records as DNS carries them, one row a rule; the cache of finished answers. */
#include "resolver/resolver_rdata.h"

#include "resolver/resolver_cache.h"
#include "resolver/resolver_unbound.h"
#include "test.h"

#define L10 "abcdefghij"
#define L60 L10 L10 L10 L10 L10 L10
#define L63 L60 "abc"

/* RFC 1035 3.1, 3.3.9, 3.3.12; RFC 7505 3. */
TEST(resolver_rdata_names)
{
	static const struct {
		enum resolver_type type;
		struct span in;
		int r;
		const char *name;
		uint16_t preference;
	} t[] = {
		{ RESOLVER_PTR, SPAN("\4mail\7Example\3ORG\0"), 0, "mail.example.org", 0 },
		{ RESOLVER_PTR, SPAN("\0"), 0, "", 0 },
		{ RESOLVER_PTR, SPAN("\1_\3a-1\0"), 0, "_.a-1", 0 },
		{ RESOLVER_PTR, SPAN("\077" L63 "\0"), 0, L63, 0 },
		{ RESOLVER_PTR, SPAN(""), ERR_SYNTAX, NULL, 0 },
		{ RESOLVER_PTR, SPAN("\4mail"), ERR_SYNTAX, NULL, 0 },    /* no root */
		{ RESOLVER_PTR, SPAN("\5mail\0"), ERR_SYNTAX, NULL, 0 },  /* past the end */
		{ RESOLVER_PTR, SPAN("\4mail\0x"), ERR_SYNTAX, NULL, 0 }, /* behind the end */
		{ RESOLVER_PTR, SPAN("\300\14"), ERR_SYNTAX, NULL, 0 },   /* a pointer */
		{ RESOLVER_PTR, SPAN("\100" L63 "d\0"), ERR_SYNTAX, NULL, 0 },
		{ RESOLVER_PTR, SPAN("\3a.b\0"), ERR_SYNTAX, NULL, 0 }, /* a dot in a label */
		{ RESOLVER_PTR, SPAN("\3a\0b\0"), ERR_SYNTAX, NULL, 0 },
		{ RESOLVER_PTR, SPAN("\3a\nb\0"), ERR_SYNTAX, NULL, 0 },
		{ RESOLVER_PTR, SPAN("\3a b\0"), ERR_SYNTAX, NULL, 0 },
		{ RESOLVER_PTR, SPAN("\3a\177b\0"), ERR_SYNTAX, NULL, 0 },
		{ RESOLVER_PTR, SPAN("\3a\303\251\0"), ERR_SYNTAX, NULL, 0 },
		/* 255 octets on the wire are the most: three labels of 63, one of 61. */
		{ RESOLVER_PTR, SPAN("\077" L63 "\077" L63 "\077" L63 "\075" L60 "a\0"), 0,
		  L63 "." L63 "." L63 "." L60 "a", 0 },
		{ RESOLVER_PTR, SPAN("\077" L63 "\077" L63 "\077" L63 "\076" L60 "ab\0"),
		  ERR_SYNTAX, NULL, 0 },
		{ RESOLVER_MX, SPAN("\0\12\2MX\0"), 0, "mx", 10 },
		{ RESOLVER_MX, SPAN("\377\377\0"), 0, "", 65535 },
		{ RESOLVER_MX, SPAN("\0\0\0"), 0, "", 0 }, /* the null MX */
		{ RESOLVER_MX, SPAN("\0\12"), ERR_SYNTAX, NULL, 0 },
		{ RESOLVER_MX, SPAN("\0"), ERR_SYNTAX, NULL, 0 },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct resolver_record got = { .preference = 7777 };

		CHECK_INT(resolver_rdata_parse(t[row].type, exact(t[row].in), &mem, &got),
		          t[row].r);
		CHECK_INT(got.preference, t[row].r < 0 ? 7777 : t[row].preference);
		if (t[row].r == 0)
			CHECK_SPAN(got.name, span_str(t[row].name));
	}
}

/* RFC 1035 3.4.1, 3.3.14; RFC 3596 2.2; RFC 6698 2.1. */
TEST(resolver_rdata_others)
{
	static const struct {
		enum resolver_type type;
		struct span in;
		int r;
		struct span text;
		const char *address;
	} t[] = {
		{ RESOLVER_A, SPAN("\300\0\2\1"), 0, SPAN(""), "192.0.2.1" },
		{ RESOLVER_A, SPAN("\300\0\2"), ERR_SYNTAX, SPAN(""), NULL },
		{ RESOLVER_A, SPAN("\300\0\2\1\0"), ERR_SYNTAX, SPAN(""), NULL },
		{ RESOLVER_A, SPAN(""), ERR_SYNTAX, SPAN(""), NULL },
		{ RESOLVER_AAAA, SPAN("\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"), 0, SPAN(""),
		  "2001:db8::1" },
		{ RESOLVER_AAAA, SPAN("\300\0\2\1"), ERR_SYNTAX, SPAN(""), NULL },
		{ RESOLVER_TXT, SPAN("\3abc"), 0, SPAN("abc"), NULL },
		{ RESOLVER_TXT, SPAN("\3abc\0\2de"), 0, SPAN("abcde"), NULL },
		{ RESOLVER_TXT, SPAN("\0"), 0, SPAN(""), NULL },
		{ RESOLVER_TXT, SPAN("\3a\0b"), 0, SPAN("a\0b"), NULL },
		{ RESOLVER_TXT, SPAN(""), ERR_SYNTAX, SPAN(""), NULL },
		{ RESOLVER_TXT, SPAN("\4abc"), ERR_SYNTAX, SPAN(""), NULL },
		{ RESOLVER_TXT, SPAN("\3abc\1"), ERR_SYNTAX, SPAN(""), NULL },
		{ RESOLVER_TLSA, SPAN("\3\1\1xyz"), 0, SPAN("\3\1\1xyz"), NULL },
		{ RESOLVER_TLSA, SPAN("\3\1\1"), ERR_SYNTAX, SPAN(""), NULL },
		{ RESOLVER_TLSA, SPAN("\3\1"), ERR_SYNTAX, SPAN(""), NULL },
		{ (enum resolver_type)99, SPAN("\3abc"), ERR_SYNTAX, SPAN(""), NULL },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct resolver_record got = { 0 };
		char text[ADDRESS_TEXT_BYTES];

		CHECK_INT(resolver_rdata_parse(t[row].type, exact(t[row].in), &mem, &got),
		          t[row].r);
		CHECK_SPAN(got.text, t[row].text);
		if (t[row].address)
			CHECK_STR(address_text(&got.address, false, text), t[row].address);
	}
}

TEST(resolver_names_of_questions)
{
	static const struct {
		struct span in;
		const char *out; /* NULL: refused */
	} t[] = {
		{ SPAN("Example.ORG"), "example.org" },
		{ SPAN("example.org."), "example.org" },
		{ SPAN("_25._tcp.mx-1.example.org"), "_25._tcp.mx-1.example.org" },
		{ SPAN("org"), "org" },
		{ SPAN("Bob+x=y@a.users.org"), "bob+x=y@a.users.org" },
		{ SPAN("a\"b.org"), NULL },
		{ SPAN("(a).org"), NULL },
		{ SPAN(L63 "." L63 "." L63 "." L60 "a"), L63 "." L63 "." L63 "." L60 "a" },
		{ SPAN(L63 "." L63 "." L63 "." L60 "a."), L63 "." L63 "." L63 "." L60 "a" },
		{ SPAN(L63 "." L63 "." L63 "." L60 "ab"), NULL },
		{ SPAN(L63 "d.org"), NULL },
		{ SPAN(""), NULL },
		{ SPAN("."), NULL },
		{ SPAN(".org"), NULL },
		{ SPAN("a..org"), NULL },
		{ SPAN("a.org.."), NULL },
		{ SPAN("a b.org"), NULL },
		{ SPAN("a\0b.org"), NULL },
		{ SPAN("a\\.org"), NULL },
		{ SPAN("b\303\274cher.example"), NULL },
		{ SPAN("[192.0.2.1]"), NULL },
	};
	EACH_ROW(t) {
		char out[RESOLVER_NAME_MAX + 1] = "";

		CHECK_INT(resolver_name_parse(exact(t[row].in), out), t[row].out ? 0 : ERR_SYNTAX);
		CHECK_STR(out, t[row].out ? t[row].out : "");
	}
}

/* RFC 1035 3.5, RFC 3596 2.5. */
TEST(resolver_reverse_names)
{
	static const struct {
		struct span address;
		const char *name;
	} t[] = {
		{ SPAN("192.0.2.17"), "17.2.0.192.in-addr.arpa" },
		{ SPAN("[::ffff:192.0.2.17]"), "17.2.0.192.in-addr.arpa" },
		{ SPAN("[2001:db8::567:89ab]"),
		  "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
	};
	struct address none = { 0 };
	char out[RESOLVER_REVERSE_BYTES];

	EACH_ROW(t) {
		struct address a;

		CHECK_INT(address_parse(t[row].address, 25, &a), 0);
		CHECK_INT(resolver_reverse_name(&a, out), 0);
		CHECK_STR(out, t[row].name);
	}
	CHECK_INT(resolver_reverse_name(&none, out), ERR_SYNTAX);
}

/* ---- the cache ----------------------------------------------------------------- */

static struct resolver_key key_of(int n)
{
	struct resolver_key key = { .n = sizeof n };

	memcpy(key.octets, &n, sizeof n);
	return key;
}

static void put(struct resolver_cache *c, int n, size_t bytes, int64_t expires_at, int64_t now_at)
{
	struct resolver_key key = key_of(n);
	struct resolver_entry *e = resolver_entry_new(&key);

	CHECK(arena_alloc(&e->mem, bytes) != NULL);
	e->expires_at = expires_at;
	resolver_cache_put(c, e, now_at);
	resolver_entry_unref(e);
}

static bool has(struct resolver_cache *c, int n, int64_t now_at)
{
	struct resolver_key key = key_of(n);

	return resolver_cache_get(c, span_make(key.octets, key.n), now_at) != NULL;
}

TEST(resolver_cache_forgets_in_order)
{
	struct resolver_cache c;

	resolver_cache_init(&c, 3, 1 << 20);
	for (int i = 1; i <= 3; i++)
		put(&c, i, 10, 1000, 0);
	CHECK(has(&c, 1, 0));
	put(&c, 4, 10, 1000, 0); /* 2 was not used for longest */
	CHECK(!has(&c, 2, 0));
	CHECK(has(&c, 1, 0) && has(&c, 3, 0) && has(&c, 4, 0));
	put(&c, 3, 10, 2000, 0); /* replaced: nothing else leaves */
	CHECK(has(&c, 1, 0) && has(&c, 4, 0));
	CHECK(has(&c, 1, 999) && !has(&c, 1, 1000) && has(&c, 3, 1000));
	put(&c, 5, 10, 1000, 1000); /* over before it began */
	CHECK(!has(&c, 5, 0));
	resolver_cache_fini(&c);
}

TEST(resolver_cache_is_bounded_in_octets)
{
	enum { BIG = 10000, ROOM = 3 };
	struct resolver_cache c;

	resolver_cache_init(&c, 1000, ROOM * (BIG + BIG / 10));
	for (int i = 0; i < 20; i++) {
		put(&c, i, BIG, 1000, 0);
		CHECK(c.bytes <= c.bytes_max);
	}
	CHECK_INT(c.entries.n, ROOM);
	CHECK(has(&c, 19, 0) && has(&c, 17, 0) && !has(&c, 16, 0));
	put(&c, 99, ROOM * BIG * 2, 1000, 0);
	CHECK(!has(&c, 99, 0));
	CHECK_INT(c.entries.n, ROOM);
	for (int i = 17; i < 20; i++)
		CHECK(!has(&c, i, 1000));
	CHECK_INT(c.bytes, 0);
	resolver_cache_fini(&c);
}

TEST(resolver_cache_may_be_off)
{
	struct resolver_cache c;

	resolver_cache_init(&c, 0, 1 << 20);
	put(&c, 1, 10, 1000, 0);
	CHECK(!has(&c, 1, 0));
	resolver_cache_fini(&c);
}

/* RFC 5321 5.1: of more MX records than we keep, the preferred ones stay, wherever they stand; what
 * is malformed takes nobody's place. */
TEST(resolver_keeps_the_best_mx)
{
	enum { N = 3 * RESOLVER_RECORDS_MAX };
	static char data[N][5];
	static char *pointers[N + 1];
	static int lengths[N];
	struct ub_result res = { .data = pointers, .len = lengths, .havedata = 1, .ttl = 60 };
	struct resolver_key key = { .octets = "xxd", .n = 3 };
	struct resolver_entry *e = resolver_entry_new(&key);
	unsigned worst = 0;
	bool best = false;

	for (int i = 0; i < N; i++) {
		int preference = N - i;
		char rdata[] = { (char)(preference >> 8), (char)preference, 1, 'm', 0 };

		memcpy(data[i], rdata, sizeof rdata);
		pointers[i] = data[i];
		lengths[i] = i < RESOLVER_RECORDS_MAX ? 3 : 5; /* cut short at first */
	}
	resolver_unbound_take(&res, 0, RESOLVER_MX, 1000, e);
	CHECK(!e->failure);
	CHECK_INT(e->answer.n_records, RESOLVER_RECORDS_MAX);
	for (size_t i = 0; i < e->answer.n_records; i++) {
		unsigned preference = e->answer.records[i].preference;

		best |= preference == 1;
		worst = preference > worst ? preference : worst;
	}
	CHECK(best);
	CHECK_INT(worst, RESOLVER_RECORDS_MAX);
	resolver_entry_unref(e);
}

/* RFC 7208 4.5: the record is one of all texts, however many a domain has. */
TEST(resolver_keeps_all_texts)
{
	enum { N = 3 * 100 };
	static char other[] = "\x05other", spf[] = "\x06v=spf1";
	static char *pointers[N + 1];
	static int lengths[N];
	struct ub_result res = { .data = pointers, .len = lengths, .havedata = 1, .ttl = 60 };
	struct resolver_key key = { .octets = "xxd", .n = 3 };
	struct resolver_entry *e = resolver_entry_new(&key);

	for (int i = 0; i < N; i++) {
		pointers[i] = i == N - 1 ? spf : other;
		lengths[i] = 1 + pointers[i][0];
	}
	resolver_unbound_take(&res, 0, RESOLVER_TXT, 1000, e);
	CHECK(!e->failure);
	CHECK_INT(e->answer.n_records, N);
	CHECK_SPAN(e->answer.records[N - 1].text, SPAN("v=spf1"));
	resolver_entry_unref(e);
}
