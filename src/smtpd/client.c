/* smtpd/client.c - what is known of a client before its message comes: lists of addresses, its name
 * in DNS, what it calls itself, whether it waited for us.  Of the smtp port alone.
 */
#include "smtpd/session.h"

#include <stdlib.h>

#include "defence/client.h"
#include "defence/lists.h"

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

static WAITS void ask_name(struct smtpd_session *s)
{
	AUTO_ARENA mem = { 0 };
	struct client_name found;

	client_name_ask(s->set, stream_peer(s->stream), &mem, &found); /* WAITS */
	s->iprev = found.iprev;
	s->rdns_us = found.us;
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

static int note_early(struct smtpd_session *s)
{
	static const struct inspect_finding early = {
		.step = STEP_early,
		.result = INSPECT_FAILED,
		.most = STEP_REJECT,
		.value = SPAN("early"),
		.words = SPAN("it spoke before it was greeted (RFC 5321 3.1: wait for the 220)"),
		.told = SPAN(
		        "Your server spoke before it was greeted; let it wait for the 220 (RFC "
		        "5321 3.1)"),
	};

	return intake_found(s->tx, &early);
}

static int note_name(struct smtpd_session *s)
{
	const struct client_name name = { s->iprev, span_str(s->rdns), s->rdns_us };
	struct client_words words;
	struct inspect_finding f;

	client_name_find(&name, stream_peer(s->stream), &words, &f);
	return intake_found(s->tx, &f);
}

static int note_helo(struct smtpd_session *s)
{
	struct client_words words;
	struct address here = { .len = sizeof here.in6 };
	struct ip client, ours = { 0 };
	struct inspect_finding f;

	if (getsockname(stream_fd(s->stream), &here.sa, &here.len) == 0)
		address_ip(&here, &ours);
	address_ip(stream_peer(s->stream), &client);
	client_helo_find(s->set, span_str(s->helo), &client, &ours, &words, &f);
	return intake_found(s->tx, &f);
}

int smtpd_client_note(struct smtpd_session *s)
{
	int r = 0;

	if (s->server->kind != SMTPD_SMTP || smtpd_may_relay(s))
		return 0;
	if (s->early)
		r = note_early(s);
	if (r >= 0)
		r = note_helo(s);
	return r < 0 || s->listed ? r : note_name(s); /* of who is listed it was not asked */
}
