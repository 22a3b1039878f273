/* dns_ask, as the engines of other roles see it: what is found, what is not there, what nobody
 * knows. */
#include "courier/courier.h"

#include <stdio.h>

#include "harness.h"

static const struct dns_row zone[] = {
	{ "a.test", RESOLVER_A, "11.0.0.1,11.0.0.2" }, { "a.test", RESOLVER_AAAA, "2620:fe::1" },
	{ "11.0.0.1", RESOLVER_PTR, "a.test" },        { "m.test", RESOLVER_MX, "10 a.test" },
	{ "bad.test", RESOLVER_A, "SERVFAIL" },
};

static void check_answers(void)
{
	static const struct {
		const char *name;
		enum dns_type type;
		enum dns_status status;
		size_t n;
		const char *ip, *text;
	} t[] = {
		{ "a.test", DNS_A, DNS_FOUND, 2, "11.0.0.1", "" },
		{ "a.test", DNS_AAAA, DNS_FOUND, 1, "2620:fe::1", "" },
		{ "m.test", DNS_MX, DNS_FOUND, 1, "", "a.test" },
		{ "none.test", DNS_A, DNS_NO_NAME, 0, "", "" },
		{ "bad.test", DNS_A, DNS_FAILED, 0, "", "" },
		{ "a.test", (enum dns_type)99, DNS_FAILED, 0, "", "" },
	};

	dns_ask_serve(dns_ask_here);
	dns_zone(zone, N_ELEMS(zone));
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct dns_question q = { .type = t[row].type };
		struct dns_answer a;
		char ip[IP_TEXT_BYTES];

		snprintf(q.name, sizeof q.name, "%s", t[row].name);
		CHECK_INT(dns_look_up(&q, &mem, &a), 0);
		CHECK_INT(a.status, t[row].status);
		CHECK_INT(a.n, t[row].n);
		CHECK_STR(a.n ? ip_text(&a.records[0].ip, ip) : "", t[row].ip);
		CHECK_SPAN(a.n ? a.records[0].name : SPAN(""), span_str(t[row].text));
	}
	dns_ask_serve(NULL);
}

TEST(dns_for_other_roles)
{
	in_fibre(check_answers);
}
