/* smtpd/client.c - what is known of a client before its message comes: lists of addresses, its name
 * in DNS, what it calls itself, whether it waited for us.  Of the smtp port alone.
 */
#include "smtpd/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/os.h"
#include "calls/policy.h"
#include "defence/helo.h"
#include "defence/lists.h"
#include "rt/loop.h"

enum { RDNS_MS = 2000, HELO_SHOWN_MAX = 100 };

/* RFC 5321 3.1: the client waits for the greeting. */
static WAITS int wait_for_greeting(struct smtpd_session *s)
{
	FIBRE_TIMEOUT(s->set->defence_greeting_delay);
	int r = s->set->defence_greeting_delay ? stream_fill(s->stream) /* WAITS */
	                                       : stream_try_fill(s->stream);

	return r == ERR_TIMEOUT || r == ERR_AGAIN ? 0 : r;
}

WAITS int smtpd_client_await(struct smtpd_session *s)
{
	if (s->server->kind != SMTPD_SMTP || smtpd_may_relay(s))
		return 0;
	int r = wait_for_greeting(s); /* WAITS */
	s->early = r >= 0 && stream_peek(s->stream).n > 0;
	return r;
}

static bool is_this_machine(const struct smtpd_session *s)
{
	char text[ADDRESS_TEXT_BYTES];
	const char *ip = address_text(stream_peer(s->stream), false, text);

	return strcmp(ip, "127.0.0.1") == 0 || strcmp(ip, "::1") == 0;
}

static WAITS void ask_name(struct smtpd_session *s)
{
	AUTO_ARENA mem = { 0 };
	struct policy_rdns_reply found = { .iprev = POLICY_IPREV_UNKNOWN };
	char ip[ADDRESS_TEXT_BYTES];
	bool special = s->set->delivery_private_addresses && !is_this_machine(s);
	int64_t since = os_took_us();

	/* A special address has no name, unless mail is exchanged with such. */
	if (special || !address_is_special(stream_peer(s->stream))) {
		FIBRE_TIMEOUT(RDNS_MS);
		struct policy_rdns_args a = {
			span_str(address_text(stream_peer(s->stream), false, ip)), special
		};
		if (policy_rdns(&a, &mem, &found) < 0) /* WAITS */
			found = (struct policy_rdns_reply){ .iprev = POLICY_IPREV_TEMPERROR };
	}
	s->iprev = found.iprev;
	s->rdns_us = (uint32_t)(os_took_us() - since);
	s->rdns = strndup(found.name.n ? found.name.p : "", found.name.n);
}

/* Of who may not relay. */
static WAITS int ask_lists(struct smtpd_session *s)
{
	struct lists_said said = { 0 };
	struct ip client;

	if (smtpd_may_relay(s))
		return 0;
	address_ip(stream_peer(s->stream), &client);
	int r = client.n ? lists_ask(s->set, &client, &said) : 0; /* WAITS */
	s->is_known_good = r >= 0 && said.score < 0;
	if (r >= 0 && *said.words)
		s->listed = strdup(said.words);
	return r == ERR_CANCELLED ? r : 0;
}

WAITS int smtpd_client_ask(struct smtpd_session *s)
{
	int r = 0;

	if (s->server->kind != SMTPD_SMTP)
		return 0;
	if (!s->lists_asked)
		r = ask_lists(s); /* WAITS */
	s->lists_asked = true;
	if (r >= 0 && !s->listed && !s->rdns)
		ask_name(s); /* WAITS */
	return r;
}

/* ---- what is found ---- */

static int note(struct smtpd_session *s, enum step step, bool good, const char *value,
                const char *words)
{
	return intake_found(
	        s->tx, &(struct inspect_finding){ .step = (uint8_t)step,
	                                          .result = good ? INSPECT_PASSED : INSPECT_FAILED,
	                                          .most = STEP_REJECT,
	                                          .value = span_str(value),
	                                          .words = span_str(words),
	                                          .us = step == STEP_rdns ? s->rdns_us : 0 });
}

static int note_name(struct smtpd_session *s)
{
	static const char *const values[] = { [POLICY_IPREV_PASS] = "pass",
		                              [POLICY_IPREV_FAIL] = "fail",
		                              [POLICY_IPREV_NONE] = "permerror",
		                              [POLICY_IPREV_TEMPERROR] = "temperror" };
	struct inspect_finding f = { .step = STEP_rdns, .most = STEP_REJECT, .us = s->rdns_us };
	char words[INSPECT_WORDS_MAX], ip[ADDRESS_TEXT_BYTES];
	const char *client = address_text(stream_peer(s->stream), false, ip);

	switch (s->iprev) {
	case POLICY_IPREV_PASS: snprintf(words, sizeof words, "its name is %s", s->rdns); break;
	case POLICY_IPREV_FAIL:
		f.result = INSPECT_FAILED;
		snprintf(words, sizeof words,
		         "the name that DNS has for %s does not lead back to it; whoever gave the "
		         "address can mend its PTR record",
		         client);
		break;
	case POLICY_IPREV_NONE:
		f.result = INSPECT_FAILED;
		snprintf(words, sizeof words,
		         "%s has no name in DNS; whoever gave the address can set its PTR record",
		         client);
		break;
	case POLICY_IPREV_TEMPERROR:
		f.result = INSPECT_UNABLE;
		snprintf(words, sizeof words, "DNS does not say now what the name of %s is",
		         client);
		break;
	default: return 0;
	}
	f.value = span_str(values[s->iprev]);
	f.words = span_str(words);
	return intake_found(s->tx, &f);
}

static int note_helo(struct smtpd_session *s)
{
	char words[INSPECT_WORDS_MAX];
	struct address here = { .len = sizeof here.in6 };
	struct ip client, ours = { 0 };

	if (getsockname(stream_fd(s->stream), &here.sa, &here.len) == 0)
		address_ip(&here, &ours);
	address_ip(stream_peer(s->stream), &client);
	enum helo_word w =
	        helo_judge(span_str(s->helo), &client, &ours, span_str(s->set->server_hostname));
	snprintf(words, sizeof words, "it says that it is %.*s, %s", HELO_SHOWN_MAX, s->helo,
	         helo_meaning(w));
	return note(s, STEP_helo, w == HELO_GOOD, helo_word(w), w == HELO_GOOD ? "" : words);
}

int smtpd_client_note(struct smtpd_session *s)
{
	int r = 0;

	if (s->server->kind != SMTPD_SMTP || smtpd_may_relay(s))
		return 0;
	if (s->early)
		r = note(s, STEP_early, false, "early",
		         "it spoke before it was greeted (RFC 5321 3.1: wait for the 220)");
	if (r >= 0)
		r = note_helo(s);
	return r < 0 ? r : note_name(s);
}
