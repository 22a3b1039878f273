/* wire/dns/reply: aliases, compression, and replies that lie.  RFC 1035 4.1. */
#include "wire/dns/reply.h"

#include "base/buf.h"
#include "test.h"

/* a.test asked for; \300\014 is a pointer to that name. */
#define HEAD(flags, answers) "\1\2\201" flags "\0\1\0" answers "\0\0\0\0"
#define QUESTION(type)       "\1a\4test\0\0" type "\0\1"
#define RR(type, n)          "\0" type "\0\1\0\0\0\74\0" n
#define ASKED                "\300\014"

static const struct {
	struct span packet;
	enum dns_type type;
	int r;
	enum dns_status status;
	size_t n;
	const char *canonical, *name;
	unsigned preference;
} t[] = {
	{ SPAN(HEAD("\200", "\1") QUESTION("\17") ASKED RR("\17", "\7") "\0\12\2mx\300\014"),
	  DNS_MX, 0, DNS_FOUND, 1, "", "mx.a.test", 10 },
	{ SPAN(HEAD("\200", "\2") QUESTION("\17")
	               ASKED RR("\5", "\4") "\1b\300\016" /* b.test */
	                                    "\1b\4test\0" RR("\17", "\4") "\0\1\1x\0"),
	  DNS_MX, ERR_SYNTAX },
	{ SPAN(HEAD("\200", "\2") QUESTION("\17")
	               ASKED RR("\5", "\4") "\1b\300\016"
	                                    "\1b\4test\0" RR("\17", "\5") "\0\1\1x\0"),
	  DNS_MX, 0, DNS_FOUND, 1, "b.test", "x", 1 },
	{ SPAN(HEAD("\200", "\1") QUESTION("\17") ASKED RR("\17", "\3") "\0\0\0"), DNS_MX, 0,
	  DNS_FOUND, 1, "", "", 0 }, /* RFC 7505 */
	/* RFC 2782: a target, compressed all the same; none; too short */
	{ SPAN(HEAD("\200", "\1") QUESTION("\41")
	               ASKED RR("\41", "\13") "\0\1\0\2\3\341\2mx\300\014"),
	  DNS_SRV, 0, DNS_FOUND, 1, "", "mx.a.test", 0 },
	{ SPAN(HEAD("\200", "\1") QUESTION("\41") ASKED RR("\41", "\7") "\0\0\0\0\0\0\0"), DNS_SRV,
	  0, DNS_FOUND, 1, "", "", 0 },
	{ SPAN(HEAD("\200", "\1") QUESTION("\41") ASKED RR("\41", "\5") "\0\0\0\0\0"), DNS_SRV,
	  ERR_SYNTAX },
	{ SPAN(HEAD("\203", "\0") QUESTION("\1")), DNS_A, 0, DNS_NO_NAME, 0, "", NULL, 0 },
	{ SPAN(HEAD("\200", "\0") QUESTION("\1")), DNS_A, 0, DNS_NO_DATA, 0, "", NULL, 0 },
	{ SPAN(HEAD("\202", "\0") QUESTION("\1")), DNS_A, 0, DNS_FAILED, 0, "", NULL, 0 },
	{ SPAN(HEAD("\200", "\1") QUESTION("\1") ASKED RR("\1", "\4") "\300\0\2\1"), DNS_A, 0,
	  DNS_FOUND, 1, "", "", 0 },
	/* of another name: not ours */
	{ SPAN(HEAD("\200", "\1") QUESTION("\1") "\1z\0" RR("\1", "\4") "\300\0\2\1"), DNS_A, 0,
	  DNS_NO_DATA, 0, "", NULL, 0 },
	/* a pointer to itself, one forwards, an alias of itself, an address of 3 octets, cut */
	{ SPAN(HEAD("\200", "\1") QUESTION("\1") "\300\30" RR("\1", "\4") "\300\0\2\1"), DNS_A,
	  ERR_SYNTAX },
	{ SPAN(HEAD("\200", "\1") QUESTION("\1") "\300\60" RR("\1", "\4") "\300\0\2\1"), DNS_A,
	  ERR_SYNTAX },
	{ SPAN(HEAD("\200", "\1") QUESTION("\1") ASKED RR("\5", "\2") ASKED), DNS_A, ERR_SYNTAX },
	{ SPAN(HEAD("\200", "\1") QUESTION("\1") ASKED RR("\1", "\3") "\300\0\2"), DNS_A,
	  ERR_SYNTAX },
	{ SPAN(HEAD("\200", "\1") QUESTION("\1") ASKED RR("\1", "\4") "\300\0\2"), DNS_A,
	  ERR_SYNTAX },
	{ SPAN("\1\2\201\200\0\1"), DNS_A, ERR_SYNTAX },
	{ SPAN(""), DNS_A, ERR_SYNTAX },
};

TEST(replies)
{
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct dns_reply got;

		CHECK_INT(dns_reply_parse(exact(t[row].packet), SPAN("a.test"), t[row].type, &mem,
		                          &got),
		          t[row].r);
		if (t[row].r < 0)
			continue;
		CHECK_INT(got.status, t[row].status);
		CHECK_INT(got.n, t[row].n);
		CHECK_SPAN(got.canonical, span_str(t[row].canonical));
		if (!t[row].n)
			continue;
		CHECK_SPAN(got.records[0].name, span_str(t[row].name));
		CHECK_INT(got.records[0].preference, t[row].preference);
		if (t[row].type == DNS_SRV && *t[row].name)
			CHECK_SPAN(got.records[0].text, SPAN("1 2 993"));
	}
}

TEST(each_cut_is_refused_or_read)
{
	AUTO_ARENA mem = { 0 };
	struct dns_reply got;

	EACH_ROW(t) {
		for (size_t n = 0; n < t[row].packet.n; n++)
			if (dns_reply_parse(exact(span_sub(t[row].packet, 0, n)), SPAN("a.test"),
			                    t[row].type, &mem, &got) == 0)
				CHECK_INT(got.n, 0);
		arena_reset(&mem);
	}
}
