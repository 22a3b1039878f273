/* defence/client.c - see client.h. */
#include "defence/client.h"

#include <stdio.h>

#include "base/os.h"
#include "defence/helo.h"

enum { RDNS_MS = 2000, HELO_SHOWN_MAX = 100 };

static bool is_this_machine(const struct address *client)
{
	char text[ADDRESS_TEXT_BYTES];
	struct span ip = span_str(address_text(client, false, text));

	return span_eq(ip, SPAN("127.0.0.1")) || span_eq(ip, SPAN("::1"));
}

/* A special address has no name, unless mail is exchanged with such. */
WAITS void client_name_ask(const struct settings *set, const struct address *client,
                           struct arena *mem, struct client_name *out)
{
	FIBRE_TIMEOUT(RDNS_MS);
	struct policy_rdns_reply found = { .iprev = POLICY_IPREV_UNKNOWN };
	char ip[ADDRESS_TEXT_BYTES];
	bool special = set->delivery_private_addresses && !is_this_machine(client);
	int64_t since = os_took_us();
	struct policy_rdns_args a = { span_str(address_text(client, false, ip)), special };

	if ((special || !address_is_special(client)) &&
	    policy_rdns(&a, mem, &found) < 0) /* WAITS */
		found = (struct policy_rdns_reply){ .iprev = POLICY_IPREV_TEMPERROR };
	*out = (struct client_name){ found.iprev, found.name, (uint32_t)(os_took_us() - since) };
}

/* ---- what is found ---- */

static const struct {
	const char *value;
	enum inspect_result result;
	const char *before, *behind; /* the address; of who passes, its name is told behind it */
} of_name[] = {
	[POLICY_IPREV_UNKNOWN] = { "not-asked", INSPECT_PASSED, "",
	                           " is no address of the Internet (private, or of this machine), "
	                           "so "
	                           "nobody asked for its name; delivery.private_addresses = true "
	                           "has "
	                           "it asked" },
	[POLICY_IPREV_PASS] = { "pass", INSPECT_PASSED, "the name of ", " is " },
	[POLICY_IPREV_FAIL] = { "fail", INSPECT_FAILED, "the name that DNS has for ",
	                        " does not lead back to it; whoever gave the address can mend its "
	                        "PTR record" },
	[POLICY_IPREV_NONE] = { "permerror", INSPECT_FAILED, "",
	                        " has no name in DNS; whoever gave the address can set its PTR "
	                        "record" },
	[POLICY_IPREV_TEMPERROR] = { "temperror", INSPECT_UNABLE,
	                             "DNS does not say now what the name of ", " is" },
};

void client_name_find(const struct client_name *name, const struct address *client,
                      struct client_words *words, struct inspect_finding *out)
{
	char ip[ADDRESS_TEXT_BYTES];
	size_t i = name->iprev < N_ELEMS(of_name) ? name->iprev : POLICY_IPREV_UNKNOWN;

	snprintf(words->words, sizeof words->words, "%s%s%s%.*s", of_name[i].before,
	         address_text(client, false, ip), of_name[i].behind, SPAN_ARG(name->name));
	*out = (struct inspect_finding){ .step = STEP_rdns,
		                         .result = (uint8_t)of_name[i].result,
		                         .most = STEP_REJECT,
		                         .value = span_str(of_name[i].value),
		                         .words = span_str(words->words),
		                         .us = name->us };
}

void client_helo_find(const struct settings *set, struct span helo, const struct ip *client,
                      const struct ip *here, struct client_words *words,
                      struct inspect_finding *out)
{
	enum helo_word w = helo_judge(helo, client, here, span_str(set->server_hostname));
	struct span shown = span_sub(helo, 0, HELO_SHOWN_MAX);

	snprintf(words->words, sizeof words->words, "it says that it is %.*s, %s", SPAN_ARG(shown),
	         helo_meaning(w));
	snprintf(words->told, sizeof words->told,
	         "Your server says that it is %.*s (HELO, EHLO), %s; let it give its own full name "
	         "in DNS",
	         SPAN_ARG(shown), helo_meaning(w));
	*out = (struct inspect_finding){ .step = STEP_helo,
		                         .result = w == HELO_GOOD ? INSPECT_PASSED : INSPECT_FAILED,
		                         .most = STEP_REJECT,
		                         .value = span_str(helo_word(w)),
		                         .words = span_str(words->words),
		                         .told = span_str(words->told) };
}
