/* wire/smtp/client/client.c - the engine's outside, and which reply answers what; see client.h. */
#include "wire/smtp/client/client.h"

#include <assert.h>
#include <stdlib.h>

#include "base/os.h"
#include "wire/smtp/client/client_state.h"
#include "wire/smtp/domain.h"

enum { OUT_CAP = SMTP_CLIENT_OUT_LOW + SMTP_DATA_OUT_MAX(SMTP_CLIENT_CHUNK_MAX) };

static const enum smtp_stage STAGE_OF[] = {
	[EXPECT_GREETING] = SMTP_STAGE_GREETING,  [EXPECT_EHLO] = SMTP_STAGE_EHLO,
	[EXPECT_HELO] = SMTP_STAGE_EHLO,          [EXPECT_STARTTLS] = SMTP_STAGE_TLS,
	[EXPECT_AUTH_PLAIN] = SMTP_STAGE_AUTH,    [EXPECT_AUTH_USER] = SMTP_STAGE_AUTH,
	[EXPECT_AUTH_PASSWORD] = SMTP_STAGE_AUTH, [EXPECT_AUTH] = SMTP_STAGE_AUTH,
	[EXPECT_AUTH_SCRAM] = SMTP_STAGE_AUTH,    [EXPECT_AUTH_PROOF] = SMTP_STAGE_AUTH,
	[EXPECT_AUTH_TOKEN] = SMTP_STAGE_AUTH,    [EXPECT_AUTH_VERDICT] = SMTP_STAGE_AUTH,
	[EXPECT_RSET] = SMTP_STAGE_MAIL,          [EXPECT_MAIL] = SMTP_STAGE_MAIL,
	[EXPECT_RCPT] = SMTP_STAGE_RCPT,          [EXPECT_DATA] = SMTP_STAGE_DATA,
	[EXPECT_DOT] = SMTP_STAGE_BODY,
};

static bool is_text(struct span s, size_t max, unsigned char least)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < least || s.p[i] == 0x7f)
			return false;
	return s.n <= max;
}

static struct span keep_word(struct smtp_client *c, struct span s)
{
	char *p = c->words + c->n_words;

	if (s.n)
		memcpy(p, s.p, s.n);
	c->n_words += s.n;
	return span_make(p, s.n);
}

struct smtp_client *smtp_client_new(const struct smtp_client_conf *conf)
{
	struct smtp_client *c;

	if (conf->name.n == 0 || !is_text(conf->name, SMTP_DOMAIN_MAX, ' ' + 1) ||
	    !is_text(conf->user, SMTP_CLIENT_SECRET_MAX, ' ') ||
	    !is_text(conf->password, SMTP_CLIENT_SECRET_MAX, ' ') ||
	    !is_text(conf->token, SMTP_CLIENT_TOKEN_MAX, ' ' + 1) ||
	    !is_text(conf->host, SMTP_DOMAIN_MAX, ' ' + 1))
		return NULL;
	c = calloc(1, sizeof *c + conf->name.n + conf->user.n + conf->password.n + conf->token.n +
	                      conf->host.n);
	if (!c)
		return NULL;
	c->conf = *conf;
	c->conf.name = keep_word(c, conf->name);
	c->conf.user = keep_word(c, conf->user);
	c->conf.password = keep_word(c, conf->password);
	c->conf.token = keep_word(c, conf->token);
	c->conf.host = keep_word(c, conf->host);
	if (conf->tls == SMTP_TLS_IMPLICIT)
		c->state = CLIENT_HANDSHAKE;
	c->out = BUF(OUT_CAP);
	smtp_reply_init(&c->reply);
	client_expect(c, EXPECT_GREETING, 0);
	return c;
}

/* Forgets what `out` holds. */
static void drop_output(struct smtp_client *c)
{
	if (c->out_secret && c->out.p)
		os_wipe(c->out.p, c->out.n);
	c->out_secret = false;
	c->out_from = 0;
	buf_reset(&c->out);
}

void smtp_client_free(struct smtp_client *c)
{
	if (!c)
		return;
	drop_output(c);
	buf_fini(&c->out);
	smtp_reply_fini(&c->reply);
	smtp_scram_fini(&c->scram);
	arena_fini(&c->mem);
	os_wipe(c->words, c->n_words);
	free(c);
}

void client_expect(struct smtp_client *c, enum client_expect kind, uint32_t rcpt)
{
	unsigned at = (c->pending_first + c->n_pending) % SMTP_CLIENT_WINDOW;

	assert(c->n_pending < SMTP_CLIENT_WINDOW);
	c->pending[at] = (struct client_pending){
		.kind = kind,
		.rcpt = rcpt,
		.end = c->n_sent + client_n_queued(c),
	};
	c->n_pending++;
}

void client_command(struct smtp_client *c, enum client_expect kind, uint32_t rcpt)
{
	buf_put(&c->out, SPAN("\r\n"));
	client_expect(c, kind, rcpt);
}

void client_close(struct smtp_client *c)
{
	drop_output(c);
	c->n_pending = 0;
	c->has_tx = false;
	c->state = CLIENT_CLOSED;
}

void client_check_output(struct smtp_client *c)
{
	if (c->out.err && c->state == CLIENT_QUITTING)
		client_close(c);
	else if (c->out.err)
		client_fail(c, SMTP_CAUSE_LOCAL);
}

enum smtp_client_want smtp_client_want(const struct smtp_client *c)
{
	if (c->state == CLIENT_CLOSED)
		return SMTP_WANT_CLOSED;
	if (c->state == CLIENT_BODY && client_n_queued(c) < SMTP_CLIENT_OUT_LOW)
		return SMTP_WANT_BODY;
	if (client_n_queued(c))
		return SMTP_WANT_WRITE;
	if (c->state == CLIENT_HANDSHAKE)
		return SMTP_WANT_STARTTLS;
	return c->state == CLIENT_IDLE ? SMTP_WANT_IDLE : SMTP_WANT_READ;
}

enum smtp_client_phase smtp_client_phase(const struct smtp_client *c)
{
	if (c->state == CLIENT_BODY)
		return SMTP_PHASE_DATA_BLOCK;
	if (c->state == CLIENT_DOT)
		return client_n_queued(c) ? SMTP_PHASE_DATA_BLOCK : SMTP_PHASE_DATA_END;
	if (c->n_pending && c->pending[c->pending_first].kind == EXPECT_GREETING)
		return SMTP_PHASE_GREETING;
	if (c->n_pending && c->pending[c->pending_first].kind == EXPECT_DATA)
		return SMTP_PHASE_DATA_INIT;
	return SMTP_PHASE_COMMAND;
}

enum smtp_stage smtp_client_stage(const struct smtp_client *c)
{
	if (c->state == CLIENT_HANDSHAKE)
		return SMTP_STAGE_TLS;
	if (c->state == CLIENT_BODY)
		return SMTP_STAGE_BODY;
	if (c->state == CLIENT_IDLE)
		return SMTP_STAGE_MAIL;
	if (c->n_pending && c->pending[c->pending_first].kind != EXPECT_QUIT)
		return STAGE_OF[c->pending[c->pending_first].kind];
	return c->stage;
}

struct span smtp_client_output(const struct smtp_client *c)
{
	return span_sub(buf_span(&c->out), c->out_from, c->out.n);
}

void smtp_client_sent(struct smtp_client *c, size_t n)
{
	if (c->state == CLIENT_CLOSED)
		return;
	n = n < client_n_queued(c) ? n : client_n_queued(c);
	c->out_from += n;
	c->n_sent += n;
	if (client_n_queued(c) == 0)
		drop_output(c);
}

/* The server ends the session with this reply (421, or one that nothing asked for). */
static void end_by_reply(struct smtp_client *c)
{
	struct smtp_client_result result = client_reply_result(c, smtp_client_stage(c), &c->reply);

	client_end_with(c, &result);
	client_close(c);
}

/* A reply that cannot be an answer: nothing was asked, or not all of it was sent
 * yet.  A refusal may come early, since servers run out of time or patience; it
 * then ends the session, as what follows could not be told apart.  Good news may
 * not: a 250 that stands ready before the final dot is out accepts nothing. */
static void on_unasked(struct smtp_client *c)
{
	bool refusal = c->reply.code >= 400;

	if (c->state == CLIENT_QUITTING)
		client_close(c);
	else if (refusal && (c->reply.code == 421 || c->state == CLIENT_IDLE ||
	                     c->state == CLIENT_BODY || c->state == CLIENT_DOT))
		end_by_reply(c);
	else
		client_fail(c, SMTP_CAUSE_PROTOCOL);
}

static void answer(struct smtp_client *c, struct client_pending p)
{
	const struct smtp_reply *r = &c->reply;

	switch (p.kind) {
	case EXPECT_GREETING: client_on_greeting(c, r); break;
	case EXPECT_EHLO: client_on_ehlo(c, r); break;
	case EXPECT_HELO: client_on_helo(c, r); break;
	case EXPECT_STARTTLS: client_on_starttls(c, r); break;
	case EXPECT_AUTH_PLAIN:
	case EXPECT_AUTH_USER:
	case EXPECT_AUTH_PASSWORD:
	case EXPECT_AUTH_SCRAM:
	case EXPECT_AUTH_PROOF:
	case EXPECT_AUTH_TOKEN:
	case EXPECT_AUTH_VERDICT:
	case EXPECT_AUTH: client_on_auth(c, r, p.kind); break;
	case EXPECT_RSET: client_on_rset(c, r); break;
	case EXPECT_MAIL: client_on_mail(c, r); break;
	case EXPECT_RCPT: client_on_rcpt(c, r, p.rcpt); break;
	case EXPECT_DATA: client_on_data(c, r); break;
	case EXPECT_DOT: client_on_dot(c, r); break;
	case EXPECT_QUIT: client_close(c); break;
	}
}

/* c->reply is complete. */
static void on_reply(struct smtp_client *c)
{
	struct client_pending p = c->pending[c->pending_first];

	if (c->n_pending == 0 || p.end > c->n_sent) {
		on_unasked(c);
		return;
	}
	/* RFC 5321 3.8: 421 may answer any command, and ends the session. */
	if (c->reply.code == 421 && p.kind != EXPECT_QUIT) {
		end_by_reply(c);
		return;
	}
	c->stage = smtp_client_stage(c);
	c->pending_first = (c->pending_first + 1) % SMTP_CLIENT_WINDOW;
	c->n_pending--;
	answer(c, p);
	if (c->state == CLIENT_SENDING)
		client_tx_advance(c);
	client_check_output(c);
}

void smtp_client_recv(struct smtp_client *c, struct span in)
{
	while (in.n && c->state != CLIENT_CLOSED) {
		int r;

		/* Octets behind the 220 of STARTTLS, in the same read or later, came in
		 * the clear and would be taken for answers within TLS: whoever sent
		 * them, the session is not to be trusted (RFC 3207 4.2). */
		if (c->state == CLIENT_HANDSHAKE) {
			client_fail(c, SMTP_CAUSE_INJECTED);
			return;
		}
		r = smtp_reply_feed(&c->reply, &in);
		if (r < 0)
			client_fail(c, r == ERR_NO_MEMORY ? SMTP_CAUSE_LOCAL : SMTP_CAUSE_PROTOCOL);
		else if (r > 0)
			on_reply(c);
	}
}

void smtp_client_closed(struct smtp_client *c, enum smtp_cause cause)
{
	if (c->state == CLIENT_QUITTING)
		client_close(c);
	else if (c->state != CLIENT_CLOSED)
		client_fail(c, cause);
}

void smtp_client_failed(struct smtp_client *c, enum smtp_cause cause, struct span why)
{
	char *text;

	if (why.n && c->state != CLIENT_QUITTING && c->state != CLIENT_CLOSED) {
		text = arena_printf(&c->mem, "%s: %.*s", smtp_cause_text(cause), SPAN_ARG(why));
		client_fail_saying(c, cause, span_str(text));
	} else {
		smtp_client_closed(c, cause);
	}
}

void smtp_client_quit(struct smtp_client *c)
{
	if (c->state == CLIENT_IDLE)
		client_send_quit(c);
	else if (c->state != CLIENT_QUITTING)
		smtp_client_closed(c, SMTP_CAUSE_SHUTDOWN);
	client_check_output(c);
}

const struct smtp_client_result *smtp_client_results(const struct smtp_client *c, size_t *n)
{
	*n = c->n_results;
	return c->results;
}

bool smtp_client_results_done(const struct smtp_client *c)
{
	return c->n_results > 0 && c->n_done == c->n_results;
}

const struct smtp_client_result *smtp_client_end(const struct smtp_client *c)
{
	return &c->end;
}

const struct smtp_client_facts *smtp_client_facts(const struct smtp_client *c)
{
	return &c->facts;
}
