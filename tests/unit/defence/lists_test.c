/* Lists of addresses: what is asked again, and what is kept. */
#include "defence/lists.h"

#include "calls/dns.h"
#include "fibre_harness.h"
#include "test.h"

static unsigned n_asked;
static bool silent;

/* bad.test has 192.0.2.1, all.test everybody. */
static int answer(const struct dns_ask_args *a, struct arena *mem, struct dns_ask_reply *out)
{
	static const uint8_t value[] = { 127, 0, 0, 2 };
	bool found = span_eq(a->name, SPAN("1.2.0.192.bad.test")) ||
	             span_eq(a->name, SPAN("2.0.0.127.bad.test")) ||
	             span_ends_nocase(a->name, SPAN(".all.test"));

	n_asked++;
	*out = (struct dns_ask_reply){ .status = DNS_NO_NAME, .ttl = 300 };
	if (silent)
		return ERR_UNAVAILABLE;
	if (!found || a->type != DNS_A)
		return 0;
	out->records = arena_array(mem, struct dns_ask_record, 1);
	out->records[0] = (struct dns_ask_record){ .ip = span_make(value, sizeof value) };
	out->n_records = 1;
	out->status = DNS_FOUND;
	return 0;
}

FIBRE_TEST(lists_are_asked_once)
{
	static const char *zones[] = { "bad.test*2", "all.test" };
	static const struct settings set = { .defence_dnsbl = { zones, N_ELEMS(zones) },
		                             .defence_reject_score = 2,
		                             .defence_list_time = 1000 };
	static const struct {
		const char *ip;
		int64_t after_ms;
		bool silent;
		int64_t score;
		unsigned n_asked;
		const char *words;
	} t[] = {
		/* 127.0.0.1 of each, 127.0.0.2 and the client of bad.test, its words */
		{ "192.0.2.1", 0, false, 2, 5, "bad.test (127.0.0.2)" },
		{ "192.0.2.1", 0, false, 2, 0, "bad.test (127.0.0.2)" },
		{ "192.0.2.2", 0, false, 0, 1, "" },
		{ "192.0.2.2", 0, true, 0, 0, "" },
		/* what nobody knew is asked again */
		{ "192.0.2.3", 0, true, 0, 1, "" },
		{ "192.0.2.3", 0, false, 0, 1, "" },
		{ "192.0.2.3", 0, true, 0, 0, "" },
		/* as long as the answers may be kept; each hour all.test gets another chance */
		{ "192.0.2.1", 299000, false, 2, 0, "bad.test (127.0.0.2)" },
		{ "192.0.2.1", 2000, false, 2, 2, "bad.test (127.0.0.2)" },
		{ "192.0.2.1", 60 * 60 * 1000, false, 2, 5, "bad.test (127.0.0.2)" },
	};

	lists_forget();
	dns_ask_serve(answer);
	EACH_ROW(t) {
		struct lists_said said;
		struct ip ip;

		CHECK_INT(fibre_sleep(t[row].after_ms), 0);
		n_asked = 0;
		silent = t[row].silent;
		CHECK_INT(ip_parse(span_str(t[row].ip), &ip), 0);
		CHECK_INT(lists_ask(&set, &ip, &said), 0);
		CHECK_INT(said.score, t[row].score);
		CHECK_INT(n_asked, t[row].n_asked);
		CHECK_STR(said.words, t[row].words);
	}
	dns_ask_serve(NULL);
}
