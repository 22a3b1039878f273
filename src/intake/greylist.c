/* intake/greylist.c - who is new has to come again: at RCPT, before there is a message.
 *
 * RFC 6647 2.3, 5.  Not asked: who may relay, is on a list of known senders, writes to postmaster
 * or abuse; where greylist_spf is set, whom the sender's domain permits.
 */
#include "intake/intake_impl.h"

#include <stdio.h>

#include "base/event.h"
#include "calls/dns.h"
#include "calls/greylist.h"
#include "calls/inspect.h"
#include "directory/route.h"
#include "metrics/metrics.h"
#include "wire/spf/spf.h"

enum { NETWORK_TEXT_BYTES = IP_TEXT_BYTES + 4, SPF_MS = 10 * 1000 };

/* RFC 5321 4.5.1, RFC 2142 2 and 4: where somebody who is kept out in error can write to. */
bool intake_is_always_open(const struct smtp_path *to)
{
	return span_eq_nocase(to->local, SPAN("postmaster")) ||
	       span_eq_nocase(to->local, SPAN("abuse"));
}

/* Of several whom an address leads to, each has to want it. */
static enum step_action action_for(const struct intake *in, const struct directory_route *route)
{
	struct step_actions server, a;
	enum step_action least = STEP_REJECT;

	intake_server_actions(in, STEP_IN, &server);
	for (size_t i = 0; i < (route->n_targets ? route->n_targets : 1); i++) {
		a = server;
		intake_add_actions(route->n_targets ? route->targets[i].defence : route->defence,
		                   STEP_IN, &a);
		least = a.of[STEP_greylist] < least ? a.of[STEP_greylist] : least;
	}
	return least;
}

/* RFC 6647 2.2: large senders come again from another address of the same network. */
static int network_of(struct span address, char out[NETWORK_TEXT_BYTES])
{
	char text[IP_TEXT_BYTES];
	struct ip ip;
	int r = ip_parse(address, &ip);

	if (r < 0)
		return r;
	size_t kept = ip.n == 4 ? 3 : 8;
	memset(ip.octets + kept, 0, ip.n - kept);
	snprintf(out, NETWORK_TEXT_BYTES, "%s/%zu", ip_text(&ip, text), kept * 8);
	return 0;
}

static int spf_subject(struct intake *in, struct spf_subject *out)
{
	ptrdiff_t at = span_find_last(in->return_path, '@');
	struct span domain;

	*out = (struct spf_subject){ .sender = in->return_path,
		                     .helo = in->from.trace.helo,
		                     .receiver = span_str(in->set->server_hostname),
		                     .now_s = clock_wall_time_ms() / 1000 };
	int r = ip_parse(in->from.client_address, &out->ip);
	if (r < 0 || at < 0)
		return r;
	r = directory_domain_ascii(span_sub(in->return_path, (size_t)at + 1, in->return_path.n),
	                           &in->mem, &domain);
	if (r < 0)
		return r;
	out->sender = span_str(
	        arena_printf(&in->mem, "%.*s@%.*s", (int)at, in->return_path.p, SPAN_ARG(domain)));
	return 0;
}

/* Once a message; what is not known is no pass. */
static WAITS bool spf_passes(struct intake *in)
{
	FIBRE_TIMEOUT(SPF_MS);
	struct spf_subject subject;
	struct spf *spf;
	struct dns_question q;

	if (in->spf_asked || !in->set->defence_greylist_spf)
		return in->spf_passed;
	in->spf_asked = true;
	int r = spf_subject(in, &subject);
	if (r >= 0)
		r = spf_start(&subject, &in->mem, &spf);
	while (r >= 0 && spf_next(spf, &q)) {
		AUTO_ARENA answers = { 0 };
		struct dns_answer answer;
		r = dns_look_up(&q, &answers, &answer); /* WAITS */
		if (r >= 0)
			spf_answer(spf, &answer);
	}
	in->spf_passed = r >= 0 && spf_verdict(spf)->result == SPF_PASS;
	return in->spf_passed;
}

/* Who cannot be asked about comes in: the store's trouble is not the sender's. */
static WAITS int64_t ask(struct intake *in, const struct greylist_ask_args *a)
{
	struct greylist_ask_reply got;
	int r = greylist_ask(a, &in->mem, &got); /* WAITS */

	if (r >= 0)
		return got.wait_ms;
	event_log(EVENT_internal_error, "what=%s reason=%s",
	          "who is new was let in, for it is not known who has come before", err_str(r));
	return 0;
}

static void tell(const struct intake *in, const struct greylist_ask_args *a,
                 enum step_action action)
{
	metrics_add(METRIC_FOUND, STEP_greylist, INSPECT_FAILED, 1);
	metrics_add(METRIC_FOLLOWED, STEP_greylist, action, 1);
	event_log(EVENT_message_found,
	          "client=%.*s return_path=%.*s step=greylist value=new action=%s us=0 "
	          "reason=%.*s",
	          SPAN_ARG(in->from.client_address), SPAN_ARG(in->return_path),
	          action == STEP_OBSERVE ? "observe" : "450", SPAN_ARG(a->recipient));
}

static int put_off(const struct intake *in, const struct greylist_ask_args *a,
                   enum step_action action, int64_t wait_ms, struct intake_no *no)
{
	int64_t s = (wait_ms + 999) / 1000;

	if (!in->trial)
		tell(in, a, action);
	if (action == STEP_OBSERVE)
		return 0;
	*no = (struct intake_no){ .code = 450, .enhanced = "4.7.1" };
	snprintf(no->text, sizeof no->text,
	         "Greylisted: mail from %.*s by this sender to this recipient is new here; send it "
	         "again in %jd %s, as mail servers do",
	         SPAN_ARG(a->client), (intmax_t)(s < 120 ? s : (s + 59) / 60),
	         s < 120 ? "seconds" : "minutes");
	return ERR_REFUSED;
}

WAITS int intake_greylist(struct intake *in, const struct smtp_path *to, struct span address,
                          const struct directory_route *route, struct intake_no *no)
{
	char network[NETWORK_TEXT_BYTES];
	struct greylist_ask_args a = { .sender = in->return_path,
		                       .recipient = address,
		                       .looks = in->trial };
	enum step_action action =
	        in->from.greylisted && intake_client_tells(in) && !intake_is_always_open(to)
	                ? action_for(in, route)
	                : STEP_OFF;

	in->greyed = INTAKE_NOT_GREYED;
	if (action == STEP_OFF || network_of(in->from.client_address, network) < 0)
		return 0;
	a.client = span_str(network);
	int64_t wait_ms = ask(in, &a); /* WAITS */
	in->greyed = !wait_ms         ? INTAKE_KNOWN
	             : spf_passes(in) ? INTAKE_PERMITTED
	                              : INTAKE_NEW; /* WAITS */
	return in->greyed == INTAKE_NEW ? put_off(in, &a, action, wait_ms, no) : 0;
}
