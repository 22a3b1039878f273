/* wire/dns/query: a question as RFC 1035 4.1 has it, and which packets are its reply (RFC
 * 5452 9.1). */
#include "wire/dns/query.h"

#include "test.h"

#define HEAD(flags, questions) "\1\2" flags "\0" questions "\0\0\0\0\0\0"
#define NAME                   "\1a\4test\0"

static const struct dns_question question = { "a.test", DNS_MX };

TEST(a_question_as_it_is_sent)
{
	struct dns_query q;

	dns_query_print(&question, 0x102, &q);
	CHECK_SPAN(span_make(q.octets, q.n), SPAN(HEAD("\1\0", "\1") NAME "\0\17\0\1"));
}

TEST(the_longest_name_has_room)
{
	struct dns_question longest = { .type = DNS_A };
	struct dns_query q;

	memset(longest.name, 'a', DNS_NAME_BYTES - 1);
	for (size_t i = 63; i < DNS_NAME_BYTES - 1; i += 64)
		longest.name[i] = '.';
	dns_query_print(&longest, 1, &q);
	CHECK_INT(q.n, 12 + 255 + 4);
}

static const struct {
	struct span packet;
	bool answered, cut;
} t[] = {
	{ SPAN(HEAD("\201\200", "\1") NAME "\0\17\0\1"), true, false },
	{ SPAN(HEAD("\203\200", "\1") NAME "\0\17\0\1"), true, true },
	{ SPAN(HEAD("\201\203", "\1") NAME "\0\17\0\1and more"), true, false },
	{ SPAN(HEAD("\1\0", "\1") NAME "\0\17\0\1") },             /* our own, sent back */
	{ SPAN("\1\3\201\200\0\1\0\0\0\0\0\0" NAME "\0\17\0\1") }, /* another number */
	{ SPAN(HEAD("\201\200", "\2") NAME "\0\17\0\1") },
	{ SPAN(HEAD("\211\200", "\1") NAME "\0\17\0\1") }, /* another opcode */
	{ SPAN(HEAD("\201\200", "\1") "\1b\4test\0\0\17\0\1") },
	{ SPAN(HEAD("\201\200", "\1") NAME "\0\1\0\1") },
	{ SPAN(HEAD("\201\200", "\1") NAME "\0\17\0") },
	{ SPAN("") },
};

TEST(which_packets_are_its_reply)
{
	struct dns_query q;

	dns_query_print(&question, 0x102, &q);
	EACH_ROW(t) {
		struct span packet = exact(t[row].packet);

		CHECK_INT(dns_query_is_answered_by(&q, packet), t[row].answered);
		if (t[row].answered)
			CHECK_INT(dns_query_is_cut(packet), t[row].cut);
	}
}
