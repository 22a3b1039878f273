/* policy_rdns: a name counts when its own address leads back (RFC 8601 2.7.3). */
#include "courier/courier.h"

#include "harness.h"

#define PTR RESOLVER_PTR
#define A   RESOLVER_A

static const struct {
	const char *ip, *want;
	unsigned n_asked;
	struct dns_row zone[5];
} rows[] = {
	{ "11.0.0.1",
	  "m1.test",
	  2,
	  { { "11.0.0.1", PTR, "m1.test" }, { "m1.test", A, "11.0.0.1" } } },
	{ "11.0.0.1",
	  "m1.test",
	  2,
	  { { "11.0.0.1", PTR, "m1.test" }, { "m1.test", A, "11.0.0.9,11.0.0.1" } } },
	{ "2620:fe::1",
	  "m6.test",
	  2,
	  { { "2620:fe::1", PTR, "m6.test" }, { "m6.test", RESOLVER_AAAA, "2620:fe::1" } } },
	/* The second of two names. */
	{ "11.0.0.1",
	  "m2.test",
	  3,
	  { { "11.0.0.1", PTR, "m1.test,m2.test" },
	    { "m1.test", A, "11.0.0.9" },
	    { "m2.test", A, "11.0.0.1" } } },
	/* No more than three. */
	{ "11.0.0.1",
	  "",
	  4,
	  { { "11.0.0.1", PTR, "m1.test,m2.test,m3.test,m4.test" },
	    { "m4.test", A, "11.0.0.1" } } },
	/* Claims that do not lead back. */
	{ "11.0.0.1", "", 2, { { "11.0.0.1", PTR, "m1.test" }, { "m1.test", A, "11.0.0.2" } } },
	{ "11.0.0.1", "", 2, { { "11.0.0.1", PTR, "m1.test" } } },
	{ "11.0.0.1", "", 2, { { "11.0.0.1", PTR, "m1.test" }, { "m1.test", A, "SERVFAIL" } } },
	{ "11.0.0.1", "", 1, { { "11.0.0.1", PTR, "SERVFAIL" } } },
	{ "11.0.0.1", "", 1, { { "11.0.0.1", A, "11.0.0.1" } } },
	/* What no host name is goes nowhere. */
	{ "11.0.0.1",
	  "",
	  1,
	  { { "11.0.0.1", PTR, "m1.test\x1b[2J" }, { "m1.test\x1b[2J", A, "11.0.0.1" } } },
	{ "11.0.0.1",
	  "",
	  1,
	  { { "11.0.0.1", PTR, "a\r\nb.test" }, { "a\r\nb.test", A, "11.0.0.1" } } },
	{ "11.0.0.1",
	  "",
	  1,
	  { { "11.0.0.1", PTR, "\xc3\xa9.test" }, { "\xc3\xa9.test", A, "11.0.0.1" } } },
	/* Special addresses: no question. */
	{ "127.0.0.1",
	  "",
	  0,
	  { { "127.0.0.1", PTR, "localhost" }, { "localhost", A, "127.0.0.1" } } },
	{ "10.0.0.1", "", 0, { { "10.0.0.1", PTR, "m1.test" }, { "m1.test", A, "10.0.0.1" } } },
	{ "::1", "", 0, { { "::1", PTR, "m1.test" } } },
	{ "fe80::1", "", 0, { { "fe80::1", PTR, "m1.test" } } },
};

static void check_rows(void)
{
	EACH_ROW(rows) {
		AUTO_ARENA mem = { 0 };
		struct policy_rdns_args args = { .ip = exact(span_str(rows[row].ip)) };
		struct policy_rdns_reply reply = { 0 };
		size_t n = 0;

		while (n < N_ELEMS(rows[row].zone) && rows[row].zone[n].name)
			n++;
		dns_zone(rows[row].zone, n);
		CHECK_INT(policy_rdns_here(&args, &mem, &reply), 0);
		CHECK_SPAN(reply.name, span_str(rows[row].want));
		CHECK_INT(reply.iprev == POLICY_IPREV_PASS, reply.name.n > 0);
		CHECK_INT(reply.iprev == POLICY_IPREV_UNKNOWN, rows[row].n_asked == 0);
		CHECK_INT(dns_n_asked, rows[row].n_asked);
	}
}

TEST(names_of_addresses)
{
	in_fibre(check_rows);
}

static void check_no_address(void)
{
	static const char *const t[] = { "elsewhere",     "",
		                         "11.0.0.1:25",   "11.0.0",
		                         "2620:fe::1::2", "[2620:fe::1]",
		                         "11.0.0.1 " };
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct policy_rdns_args args = { .ip = exact(span_str(t[row])) };
		struct policy_rdns_reply reply;

		CHECK_INT(policy_rdns_here(&args, &mem, &reply), ERR_SYNTAX);
	}
}

TEST(what_is_no_address_is_refused)
{
	in_fibre(check_no_address);
}
