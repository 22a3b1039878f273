/* component/net/session.c - see session.h. */
#include "component/net/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "wire/smtp/domain.h"

enum {
	READ_BYTES = 1024,
	SETTLED_MS = 5000, /* nothing that is waited for decides anything any more */
	NAME_BYTES = 256,
	TURN_MS = 10, /* others wait, the program's loop among them; so do cancel and time */
};

static uint64_t login_of(const struct deliver_plan *plan)
{
	uint64_t key[3] = { plan->conf.lmtp, map_hash(plan->conf.user),
		            map_hash(plan->conf.password) };

	return map_hash(MAP_KEY(key));
}

int session_open(const struct options *o, struct link_tls *tls, const struct deliver_plan *plan,
                 bool unverified, struct session **out)
{
	const struct deliver_candidate *to = &plan->candidates[0];
	struct session *s = calloc(1, sizeof *s);
	int r;

	if (!s || to->host.n >= sizeof s->host) {
		free(s);
		return err(ERR_NO_MEMORY, "no memory for a session");
	}
	s->options = o;
	s->tls_contexts = tls;
	s->tls = to->tls;
	s->unverified = unverified;
	s->dane = to->dane;
	s->by_dane = to->dane != NULL;
	s->ip = to->ip;
	s->port = to->port;
	s->login = login_of(plan);
	s->renew = true;
	memcpy(s->host, to->host.p, to->host.n);
	r = link_open(&s->link, to);
	if (r < 0)
		free(s);
	else
		*out = s;
	return r;
}

/* RFC 5321 4.1.3, 4.1.4: our domain, else the address that we speak from. */
static struct span own_name(const struct session *s, char out[NAME_BYTES])
{
	char ip[IP_TEXT_BYTES];
	struct ip own;

	if (s->options->name)
		return span_str(s->options->name);
	if (socket_host_name(out, NAME_BYTES) && strchr(out, '.') &&
	    smtp_domain_check(span_str(out), NULL) >= 0)
		return span_str(out);
	own = link_own_ip(&s->link);
	if (!own.n)
		return SPAN("localhost");
	ip_text(&own, ip); /* an IPv4-mapped address as IPv4 */
	snprintf(out, NAME_BYTES, "[%s%s]", strchr(ip, ':') ? "IPv6:" : "", ip);
	return span_str(out);
}

/* RFC 7628: instead of a password, where the program has one. */
static int take_token(const struct session *s, struct smtp_client_conf *conf)
{
	const struct options *o = s->options;
	char user[SMTP_CLIENT_SECRET_MAX + 1];
	const char *token = o->token;

	if (!conf->user.n || (!token && !o->give_token))
		return 0;
	if (o->give_token) {
		snprintf(user, sizeof user, "%.*s", SPAN_ARG(conf->user));
		token = o->give_token(o->token_arg, user, s->host);
	}
	if (!token)
		return err(ERR_CANCELLED,
		           "the program has no token for %.*s (postrider_client_token gave none), "
		           "and nobody was logged in",
		           SPAN_ARG(conf->user));
	conf->token = span_str(token);
	conf->host = span_str(s->host);
	conf->port = s->port;
	return 0;
}

int session_opened(struct session *s, const struct deliver_plan *plan)
{
	struct smtp_client_conf conf = plan->conf;
	char name[NAME_BYTES];
	int r = link_opened(&s->link);

	if (r < 0)
		return r;
	conf.name = own_name(s, name);
	r = take_token(s, &conf);
	if (r < 0)
		return r;
	s->client = smtp_client_new(&conf);
	return s->client ? 0
	                 : err(ERR_NO_MEMORY,
	                       "no memory for a session, or a login that SMTP cannot hold");
}

void session_free(struct session *s)
{
	if (!s)
		return;
	poller_forget(&s->wait);
	list_remove(&s->list);
	link_close(&s->link);
	smtp_client_free(s->client);
	free(s);
}

struct span session_tls_version(const struct session *s)
{
	return span_str(link_tls_version(&s->link));
}

bool session_serves(const struct session *s, const struct deliver_candidate *to,
                    const struct deliver_plan *plan)
{
	return !s->by_dane && !to->dane && s->port == to->port && s->ip.n == to->ip.n &&
	       memcmp(s->ip.octets, to->ip.octets, s->ip.n) == 0 &&
	       span_eq(span_str(s->host), to->host) && s->login == login_of(plan) &&
	       deliver_tls_serves(s->tls, to->tls);
}

/* ---- time ----------------------------------------------------------------------------- */

/* RFC 5321 4.5.3.2. */
static int64_t phase_ms(const struct session *s, enum smtp_client_phase phase)
{
	if (smtp_client_results_done(s->client))
		return SETTLED_MS;
	switch (phase) {
	case SMTP_PHASE_GREETING: return s->options->greeting_ms;
	case SMTP_PHASE_DATA_END: return s->options->data_ms;
	case SMTP_PHASE_COMMAND:
	case SMTP_PHASE_DATA_INIT:
	case SMTP_PHASE_DATA_BLOCK: break;
	}
	return s->options->command_ms;
}

/* The limit starts over with each thing that is waited for, not with each octet: a trickle does not
 * keep us. */
static void set_limit(struct session *s)
{
	enum smtp_client_phase phase = smtp_client_phase(s->client);

	if (s->renew || phase != s->phase)
		s->limit_at = clock_add(clock_now_at(), phase_ms(s, phase));
	s->phase = phase;
	s->renew = false;
}

/* ---- octets --------------------------------------------------------------------------- */

static int read_some(struct session *s)
{
	char octets[READ_BYTES];
	int n = link_read(&s->link, octets, sizeof octets);

	if (n < 0)
		return n;
	s->renew = s->renew || memchr(octets, '\n', (size_t)n);
	smtp_client_recv(s->client, span_make(octets, (size_t)n));
	return 0;
}

static int write_some(struct session *s)
{
	int n = link_write(&s->link, smtp_client_output(s->client));

	if (n < 0)
		return n;
	s->renew = true;
	smtp_client_sent(s->client, (size_t)n);
	return 0;
}

static bool must_verify(const struct session *s)
{
	return !s->unverified && (s->tls == DELIVER_TLS_REQUIRED ||
	                          s->tls == DELIVER_TLS_IMPLICIT || s->tls == DELIVER_TLS_STS);
}

static int begin_tls(struct session *s)
{
	char ip[IP_TEXT_BYTES];
	const char *name = s->host;

	if (s->host[0] == '[') /* RFC 6066 3: no literals; a certificate may name an address */
		name = must_verify(s) ? ip_text(&s->ip, ip) : NULL;
	if (s->host[0] == '/')
		name = NULL;
	s->in_handshake = true;
	return link_tls_begin(&s->link, s->tls_contexts, must_verify(s), name, TAKE(s->dane));
}

static int start_tls(struct session *s)
{
	int r = s->in_handshake ? 0 : begin_tls(s);

	if (r >= 0)
		r = link_tls_step(&s->link);
	if (r >= 0) {
		s->in_handshake = false;
		s->renew = true;
		smtp_client_tls_done(s->client);
	} else if (r != ERR_AGAIN && r != ERR_NO_MEMORY) {
		s->tls_broke = r == ERR_CERTIFICATE ? SMTP_CAUSE_CERTIFICATE : SMTP_CAUSE_TLS;
	}
	return r;
}

/* A server may refuse while we still send: it is spared the rest. */
static int give_body(struct session *s, struct body *body)
{
	if (body->begun && read_some(s) == 0)
		return 0;
	s->renew = true;
	return body_give(body, s->client);
}

static int step(struct session *s, enum smtp_client_want want, struct body *body)
{
	switch (want) {
	case SMTP_WANT_WRITE: return write_some(s);
	case SMTP_WANT_READ: return read_some(s);
	case SMTP_WANT_STARTTLS: return start_tls(s);
	case SMTP_WANT_BODY: return body ? give_body(s, body) : ERR_BUG;
	case SMTP_WANT_IDLE:
	case SMTP_WANT_CLOSED: break;
	}
	return 0;
}

static enum smtp_cause cause_of(const struct session *s, int r, enum smtp_client_want want)
{
	if (s->tls_broke)
		return s->tls_broke;
	return want == SMTP_WANT_BODY || r == ERR_NO_MEMORY ? SMTP_CAUSE_LOCAL : SMTP_CAUSE_CLOSED;
}

/* A server that hangs up often says why first: its words may have arrived though our writing
 * failed. */
static void give_up(struct session *s, int r, enum smtp_client_want want)
{
	struct span why = s->tls_broke ? span_str(err_str(r)) : (struct span){ 0 };
	enum smtp_cause cause = cause_of(s, r, want);

	if (want == SMTP_WANT_WRITE)
		while (read_some(s) >= 0)
			continue;
	smtp_client_failed(s->client, cause, why);
}

bool session_turn(struct session *s, struct body *body)
{
	int64_t until_at = clock_add(clock_now_at(), TURN_MS);
	enum smtp_client_want want;

	while ((want = smtp_client_want(s->client)) != SMTP_WANT_IDLE && want != SMTP_WANT_CLOSED) {
		if (want == SMTP_WANT_BODY && clock_now_at() >= until_at) {
			set_limit(s);
			return false;
		}
		int r = step(s, want, body);
		if (r == ERR_AGAIN) {
			set_limit(s);
			return false;
		}
		if (r < 0)
			give_up(s, r, want);
	}
	s->renew = true;
	return true;
}

short session_events(const struct session *s)
{
	enum smtp_client_want want = smtp_client_want(s->client);

	if (want == SMTP_WANT_BODY) /* the turn was over: no octets are on their way */
		return POLLOUT;
	return link_events(&s->link, want == SMTP_WANT_WRITE ? POLLOUT : POLLIN);
}

void session_fail(struct session *s, enum smtp_cause cause)
{
	if (s->in_handshake && cause == SMTP_CAUSE_TIMEOUT)
		cause = SMTP_CAUSE_TLS;
	smtp_client_failed(s->client, cause, (struct span){ 0 });
}

bool session_is_alive(struct session *s)
{
	int r = read_some(s);

	if (r < 0 && r != ERR_AGAIN)
		smtp_client_closed(s->client, SMTP_CAUSE_CLOSED);
	return smtp_client_want(s->client) == SMTP_WANT_IDLE;
}
