/* login/login.c - see login.h. */
#include "login/login.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/event.h"
#include "base/os.h"
#include "calls/auth.h"
#include "metrics/metrics.h"
#include "policy/bans.h"
#include "rt/loop.h"
#include "wire/sasl/sasl.h"

enum { FAILURE_MS = 1000 };

struct login {
	struct login_from from;
	struct sasl sasl;
	struct arena mem; /* of what auth said */
	struct buf challenge;
	struct login_step done;
};

bool login_permitted(const struct stream *stream, const struct settings *set)
{
	return stream_tls(stream) || stream_is_local(stream) ||
	       (set->smtp_plain_auth_on_loopback && address_is_loopback(stream_peer(stream)));
}

static bool can_bind(const struct stream *stream)
{
	AUTO_BUF octets = BUF(SASL_OCTETS_MAX);

	return stream_tls_binding(stream, SPAN("tls-exporter"), &octets) >= 0;
}

int login_mechanisms_put(const struct stream *stream, const struct settings *set, struct buf *out)
{
	bool plus = can_bind(stream);
	const char *between = "";

	for (enum sasl_mechanism m = 0; login_permitted(stream, set) && m < SASL_MECHANISMS; m++) {
		if (m == SASL_SCRAM_SHA_256_PLUS && !plus)
			continue;
		buf_printf(out, "%s%s", between, sasl_name(m));
		between = " ";
	}
	return out->err;
}

static int permit(const struct login_from *from)
{
	return login_permitted(from->stream, from->set)
	               ? 0
	               : err(ERR_TLS, "No logins in clear text: STARTTLS first");
}

int login_open(const struct login_from *from, struct span mechanism, struct login **out)
{
	bool plus = can_bind(from->stream);
	enum sasl_mechanism m;
	int r = sasl_find(mechanism, &m);

	if (r >= 0 && m == SASL_SCRAM_SHA_256_PLUS && !plus)
		r = err(ERR_UNKNOWN, "nothing to bind to");
	if (r >= 0)
		r = permit(from);
	if (r < 0)
		return r;
	struct login *l = calloc(1, sizeof *l);
	if (!l)
		return ERR_NO_MEMORY;
	l->from = *from;
	l->challenge = BUF(LOGIN_LINE_MAX);
	sasl_init(&l->sasl, m, plus);
	*out = l;
	return 0;
}

void login_close(struct login *l)
{
	if (!l)
		return;
	sasl_fini(&l->sasl);
	buf_fini(&l->challenge);
	arena_fini(&l->mem);
	free(l);
}

static struct span client_of(const struct login_from *from, char ip[ADDRESS_TEXT_BYTES])
{
	return span_str(address_text(stream_peer(from->stream), false, ip));
}

static WAITS int ask_salt(struct login *l)
{
	AUTO_ARENA mem = { 0 };
	struct auth_scram_begin_args a = { l->sasl.name, (uint8_t)l->from.protocol };
	struct auth_scram_begin_reply got;
	int r = auth_scram_begin(&a, &mem, &got); /* WAITS */

	if (r < 0)
		return r;
	if (got.nonce.n != SASL_NONCE_BYTES)
		return err(ERR_BUG, "a nonce of %zu octets", got.nonce.n);
	return sasl_salt(&l->sasl, (const uint8_t *)got.nonce.p, got.salt, got.iterations);
}

static WAITS int ask_proof(struct login *l)
{
	char ip[ADDRESS_TEXT_BYTES];
	struct auth_scram_proof_args a = { .name = l->sasl.name,
		                           .message = l->sasl.message,
		                           .proof = span_make(l->sasl.proof, SASL_HASH_BYTES),
		                           .client = client_of(&l->from, ip),
		                           .protocol = (uint8_t)l->from.protocol };
	struct auth_scram_proof_reply ok;
	int r = auth_scram_proof(&a, &l->mem, &ok); /* WAITS */

	if (r < 0)
		return r;
	l->done = (struct login_step){ .account = ok.account,
		                       .ticket = ok.ticket,
		                       .renew_at = ok.renew_at };
	return sasl_right(&l->sasl, ok.signature);
}

static WAITS int check_password(const struct login_from *from, struct span name,
                                struct span password, struct arena *mem, struct login_step *out)
{
	char ip[ADDRESS_TEXT_BYTES];
	struct auth_check_args a = { name, password, client_of(from, ip), (uint8_t)from->protocol };
	struct auth_check_reply ok;
	int r = auth_check(&a, mem, &ok); /* WAITS */

	if (r >= 0)
		*out = (struct login_step){ .account = ok.account,
			                    .ticket = ok.ticket,
			                    .renew_at = ok.renew_at,
			                    .rights = ok.rights,
			                    .senders = ok.senders };
	return r;
}

static WAITS int ask_password(struct login *l)
{
	int r = check_password(&l->from, l->sasl.name, l->sasl.password, &l->mem,
	                       &l->done); /* WAITS */

	return r < 0 ? r : sasl_right(&l->sasl, SPAN(""));
}

static int ask_binding(struct login *l)
{
	AUTO_BUF octets = BUF(SASL_OCTETS_MAX);
	int r = stream_tls_binding(l->from.stream, l->sasl.binding_name, &octets);

	return r < 0 ? r : sasl_binding(&l->sasl, buf_span(&octets));
}

static WAITS int answer(struct login *l, enum sasl_step step)
{
	switch (step) {
	case SASL_ASK_SALT: return ask_salt(l);         /* WAITS */
	case SASL_ASK_PASSWORD: return ask_password(l); /* WAITS */
	case SASL_ASK_PROOF: return ask_proof(l);       /* WAITS */
	case SASL_ASK_BINDING: return ask_binding(l);
	case SASL_CHALLENGE:
	case SASL_DONE: break;
	}
	return err(ERR_BUG, "a question that is none");
}

static void wipe(struct buf *b)
{
	if (b->p)
		os_wipe(b->p, b->room);
	buf_fini(b);
}

static WAITS int take(struct login *l, struct span line, bool given)
{
	AUTO(wipe) struct buf octets = BUF(SASL_OCTETS_MAX);
	int r = 0;

	if (span_eq(line, SPAN("*")))
		return err(ERR_REFUSED, "the client gave up");
	if (!span_eq(line, SPAN("=")))
		r = base64_decode(line, &octets);
	if (r < 0)
		return err(ERR_SYNTAX,
		           r == ERR_TOO_LONG ? "the answer is too long" : "this is not base64");
	r = given ? sasl_feed(&l->sasl, buf_span(&octets)) : sasl_begin(&l->sasl);
	while (r > SASL_CHALLENGE && r < SASL_DONE)
		r = answer(l, (enum sasl_step)r); /* WAITS */
	return r;
}

static void count(const struct login_from *from, enum metrics_outcome outcome)
{
	static const uint8_t protocols[] = { [TICKET_SMTP] = METRICS_SUBMISSION,
		                             [TICKET_IMAP] = METRICS_IMAP,
		                             [TICKET_POP3] = METRICS_POP3,
		                             [TICKET_HTTP] = METRICS_HTTP };

	metrics_add(METRIC_LOGINS, protocols[from->protocol], outcome, 1);
}

/* What the client broke by itself is told to it, and is nobody's attempt. */
static WAITS int failed(const struct login_from *from, const char *mechanism, struct span name,
                        int why)
{
	char ip[ADDRESS_TEXT_BYTES];

	if (why == ERR_REFUSED || why == ERR_SYNTAX || why == ERR_CANCELLED)
		return why;
	event_log(EVENT_auth_failed, "client=%.*s account=%.*s mechanism=%s reason=%s",
	          SPAN_ARG(client_of(from, ip)), SPAN_ARG(name), mechanism, err_str(why));
	count(from, why == ERR_AUTH ? METRICS_LOGIN_REFUSED : METRICS_LOGIN_UNKNOWN);
	if (why == ERR_AUTH)
		(void)bans_harm(from->set, stream_peer(from->stream), BANS_LOGIN, loop_now_at());
	int r = why == ERR_AUTH ? fibre_sleep(FAILURE_MS) : 0; /* WAITS */
	return r < 0 ? r : why;
}

static void succeeded(const struct login_from *from, const char *mechanism, struct span account)
{
	char ip[ADDRESS_TEXT_BYTES];

	bans_login(stream_peer(from->stream), loop_now_at());
	count(from, METRICS_LOGGED_IN);
	event_log(EVENT_auth_succeeded, "client=%.*s account=%.*s mechanism=%s",
	          SPAN_ARG(client_of(from, ip)), SPAN_ARG(account), mechanism);
}

WAITS int login_feed(struct login *l, struct span line, bool given, struct login_step *out)
{
	const char *mechanism = sasl_name(l->sasl.mechanism);
	int r = take(l, line, given); /* WAITS */

	if (r < 0)
		return failed(&l->from, mechanism, l->sasl.name, r); /* WAITS */
	if (r == SASL_DONE) {
		succeeded(&l->from, mechanism, l->done.account);
		*out = l->done;
		return LOGIN_DONE;
	}
	buf_reset(&l->challenge);
	r = base64_encode(&l->challenge, buf_span(&l->sasl.out));
	*out = (struct login_step){ .challenge = buf_span(&l->challenge) };
	return r < 0 ? r : LOGIN_CHALLENGE;
}

/* As the log has it: what brought name and password. */
static const char *command_of(enum ticket_protocol protocol)
{
	return protocol == TICKET_POP3 ? "USER" : protocol == TICKET_HTTP ? "Bearer" : "LOGIN";
}

WAITS int login_password(const struct login_from *from, struct span name, struct span password,
                         struct arena *mem, struct login_step *out)
{
	int r = permit(from);

	if (r >= 0)
		r = check_password(from, name, password, mem, out); /* WAITS */
	if (r < 0)
		return failed(from, command_of(from->protocol), name, r); /* WAITS */
	succeeded(from, command_of(from->protocol), out->account);
	return LOGIN_DONE;
}

WAITS int login_key(const struct login_from *from, struct span name, int r)
{
	if (r < 0)
		return failed(from, command_of(from->protocol), name, r); /* WAITS */
	succeeded(from, command_of(from->protocol), name);
	return r;
}
