/* wire/smtp/client/client_session.c - from the greeting to an open session, and QUIT.
 *
 * RFC 5321 3.1-3.2 and 4.2.4 (greeting, EHLO, HELO), 4.1.1.10 (QUIT); RFC 2033 4.1
 * (LHLO); RFC 3207 4 (STARTTLS); RFC 4954 4 (AUTH), RFC 4616 (PLAIN).
 */
#include "base/base64.h"
#include "base/os.h"
#include "wire/smtp/client/client_state.h"
#include "wire/smtp/command.h"

enum { TOKEN_MECHS = SMTP_MECH_OAUTHBEARER | SMTP_MECH_XOAUTH2 };

static bool is_refusal(const struct smtp_reply *r)
{
	return r->code >= 400;
}

void client_send_quit(struct smtp_client *c)
{
	buf_put(&c->out, SPAN("QUIT"));
	client_command(c, EXPECT_QUIT, 0);
	c->state = CLIENT_QUITTING;
}

/* The session does not come about; the server is told goodbye (RFC 5321 4.1.1.10). */
static void refuse_by_reply(struct smtp_client *c, const struct smtp_reply *r)
{
	struct smtp_client_result result = client_reply_result(c, c->stage, r);

	client_end_with(c, &result);
	client_send_quit(c);
}

static void refuse_by_cause(struct smtp_client *c, enum smtp_stage stage, enum smtp_cause cause)
{
	struct smtp_client_result result = client_cause_result(stage, cause);

	client_end_with(c, &result);
	client_send_quit(c);
}

/* Why none of the server's ways to log in will do. */
static void refuse_login(struct smtp_client *c)
{
	bool tokens_alone = !c->conf.token.n && (c->facts.ehlo.mechs & TOKEN_MECHS);
	struct smtp_client_result result =
	        client_cause_result(SMTP_STAGE_AUTH, SMTP_CAUSE_AUTH_OFFER);

	if (c->conf.token.n)
		result.text = SPAN("the server offers no login by an OAuth 2.0 token (OAUTHBEARER, "
		                   "XOAUTH2), and no other was to be tried");
	else if (tokens_alone)
		result.text = SPAN("the server logs in by an OAuth 2.0 token alone (OAUTHBEARER, "
		                   "XOAUTH2), and there is none");
	client_end_with(c, &result);
	client_send_quit(c);
}

static void send_hello(struct smtp_client *c)
{
	buf_puts(&c->out, c->conf.lmtp ? "LHLO " : "EHLO ");
	buf_put(&c->out, c->conf.name);
	client_command(c, EXPECT_EHLO, 0);
}

static size_t base64_size(size_t n)
{
	return (n + 2) / 3 * 4;
}

/* RFC 4616 2: [authzid] NUL authcid NUL passwd, without an authzid. */
static void put_plain(struct smtp_client *c, struct buf *out)
{
	AUTO_BUF plain = BUF(c->conf.user.n + c->conf.password.n + 2);

	/* Room for all at once: growing would leave copies behind. */
	if (buf_reserve(&plain, plain.cap) < 0 || buf_reserve(out, base64_size(plain.cap)) < 0) {
		out->err = ERR_NO_MEMORY;
		return;
	}
	buf_putc(&plain, '\0');
	buf_put(&plain, c->conf.user);
	buf_putc(&plain, '\0');
	buf_put(&plain, c->conf.password);
	base64_encode(out, buf_span(&plain));
	os_wipe(plain.p, plain.n);
}

/* An initial response where the line stays within RFC 5321 4.5.3.1.4, since old
 * servers cut longer ones; else it waits for the 334 (RFC 4954 4). */
static void send_auth_plain(struct smtp_client *c)
{
	size_t n = base64_size(c->conf.user.n + c->conf.password.n + 2);

	c->out_secret = true;
	buf_put(&c->out, SPAN("AUTH PLAIN"));
	if (sizeof "AUTH PLAIN \r\n" - 1 + n > SMTP_REPLY_LINE_MAX) {
		client_command(c, EXPECT_AUTH_PLAIN, 0);
		return;
	}
	buf_putc(&c->out, ' ');
	put_plain(c, &c->out);
	client_command(c, EXPECT_AUTH, 0);
}

static bool can_scram(const struct smtp_client *c)
{
	return c->conf.scram && (c->facts.ehlo.mechs & SMTP_MECH_SCRAM_SHA_256) &&
	       smtp_scram_can(c->conf.user, c->conf.password);
}

/* RFC 5802 5; the first message as initial response (RFC 4954 4). */
static void send_scram(struct smtp_client *c)
{
	AUTO_BUF first = BUF(SMTP_SCRAM_MESSAGE_MAX);

	if (smtp_scram_first(&c->scram, c->conf.scram, c->conf.user, &first) < 0) {
		refuse_by_cause(c, SMTP_STAGE_AUTH, SMTP_CAUSE_LOCAL);
		return;
	}
	buf_put(&c->out, SPAN("AUTH SCRAM-SHA-256 "));
	base64_encode(&c->out, buf_span(&first));
	client_command(c, EXPECT_AUTH_SCRAM, 0);
}

/* A 334 within SCRAM: the challenge, then the server's proof. */
static void answer_scram(struct smtp_client *c, const struct smtp_reply *r, enum client_expect step)
{
	AUTO_BUF said = BUF(SMTP_SCRAM_MESSAGE_MAX), answer = BUF(SMTP_SCRAM_MESSAGE_MAX);
	int n = base64_decode(buf_span(&r->text), &said);

	if (n >= 0 && step == EXPECT_AUTH_SCRAM)
		n = smtp_scram_final(&c->scram, c->conf.password, buf_span(&said), &answer);
	else if (n >= 0)
		n = smtp_scram_check(&c->scram, buf_span(&said));
	if (n < 0) {
		client_fail(c, n == ERR_AUTH     ? SMTP_CAUSE_AUTH_PROOF
		               : n == ERR_SYNTAX ? SMTP_CAUSE_PROTOCOL
		                                 : SMTP_CAUSE_LOCAL);
		return;
	}
	base64_encode(&c->out, buf_span(&answer));
	client_command(c, step == EXPECT_AUTH_SCRAM ? EXPECT_AUTH_PROOF : EXPECT_AUTH, 0);
}

static void send_auth(struct smtp_client *c)
{
	if (!c->facts.tls_used && !c->conf.auth_in_clear) {
		refuse_by_cause(c, SMTP_STAGE_AUTH, SMTP_CAUSE_TLS_REQUIRED);
	} else if (c->conf.token.n && (c->facts.ehlo.mechs & TOKEN_MECHS)) {
		client_send_token(c);
	} else if (c->conf.token.n) {
		refuse_login(c);
	} else if (can_scram(c)) {
		send_scram(c);
	} else if (c->facts.ehlo.mechs & SMTP_MECH_PLAIN) {
		send_auth_plain(c);
	} else if (c->facts.ehlo.mechs & SMTP_MECH_LOGIN) {
		buf_put(&c->out, SPAN("AUTH LOGIN"));
		client_command(c, EXPECT_AUTH_USER, 0);
	} else {
		refuse_login(c);
	}
}

/* What comes next once the server has said what it can do. */
static void next_step(struct smtp_client *c)
{
	bool offered = c->facts.ehlo.ext & SMTP_EXT_STARTTLS;
	bool wanted = c->conf.tls != SMTP_TLS_NONE && !c->facts.tls_used;

	if (!c->facts.tls_used)
		c->facts.tls_offered |= offered;
	if (wanted && offered && !c->facts.tls_tried) {
		c->facts.tls_tried = true;
		buf_put(&c->out, SPAN("STARTTLS"));
		client_command(c, EXPECT_STARTTLS, 0);
	} else if (wanted && c->conf.tls != SMTP_TLS_OPPORTUNISTIC) {
		refuse_by_cause(c, SMTP_STAGE_TLS, SMTP_CAUSE_TLS_REQUIRED);
	} else if (c->conf.user.n && !c->facts.logged_in) {
		send_auth(c);
	} else {
		c->state = CLIENT_IDLE;
		if (c->has_tx)
			client_tx_start(c);
	}
}

void client_on_greeting(struct smtp_client *c, const struct smtp_reply *r)
{
	AUTO_BUF banner = BUF(sizeof c->facts.banner - 1);

	if (is_refusal(r)) {
		refuse_by_reply(c, r);
	} else if (r->code != 220) {
		client_fail(c, SMTP_CAUSE_PROTOCOL);
	} else {
		if (smtp_reply_put_flat(buf_span(&r->text), banner.cap, &banner) == 0 && banner.n)
			memcpy(c->facts.banner, banner.p, banner.n);
		send_hello(c);
	}
}

void client_on_ehlo(struct smtp_client *c, const struct smtp_reply *r)
{
	if (r->code == 220 && c->facts.tls_used && !c->greeted_again) {
		/* Some servers greet once more within TLS; the answer to EHLO follows. */
		c->greeted_again = true;
		client_expect(c, EXPECT_EHLO, 0);
	} else if (r->code == 250) {
		smtp_ehlo_parse(buf_span(&r->text), &c->facts.ehlo);
		c->facts.esmtp = true;
		next_step(c);
	} else if (r->code >= 500 && !c->conf.lmtp) {
		buf_put(&c->out, SPAN("HELO "));
		buf_put(&c->out, c->conf.name);
		client_command(c, EXPECT_HELO, 0);
	} else if (is_refusal(r)) {
		refuse_by_reply(c, r);
	} else {
		client_fail(c, SMTP_CAUSE_PROTOCOL);
	}
}

void client_on_helo(struct smtp_client *c, const struct smtp_reply *r)
{
	if (r->code == 250)
		next_step(c);
	else if (is_refusal(r))
		refuse_by_reply(c, r);
	else
		client_fail(c, SMTP_CAUSE_PROTOCOL);
}

/* RFC 3207 4. */
void client_on_starttls(struct smtp_client *c, const struct smtp_reply *r)
{
	if (r->code == 220)
		c->state = CLIENT_HANDSHAKE;
	else if (!is_refusal(r))
		client_fail(c, SMTP_CAUSE_PROTOCOL);
	else if (c->conf.tls != SMTP_TLS_OPPORTUNISTIC)
		refuse_by_cause(c, SMTP_STAGE_TLS, SMTP_CAUSE_TLS);
	else
		next_step(c);
}

/* RFC 3207 4.2: what was learned in the clear is forgotten. */
void smtp_client_tls_done(struct smtp_client *c)
{
	if (c->state != CLIENT_HANDSHAKE)
		return;
	c->state = CLIENT_OPENING;
	c->facts.tls_used = true;
	if (c->n_pending)
		return; /* the greeting is yet to come */
	c->facts.esmtp = false;
	c->facts.ehlo = (struct smtp_ehlo){ 0 };
	smtp_reply_reset(&c->reply);
	send_hello(c);
	client_check_output(c);
}

static void send_answer(struct smtp_client *c, enum client_expect step)
{
	c->out_secret = true;
	if (step == EXPECT_AUTH_PLAIN)
		put_plain(c, &c->out);
	else
		base64_encode(&c->out, step == EXPECT_AUTH_USER ? c->conf.user : c->conf.password);
	client_command(c, step == EXPECT_AUTH_USER ? EXPECT_AUTH_PASSWORD : EXPECT_AUTH, 0);
}

static void wipe(struct span *secret)
{
	if (secret->n)
		os_wipe((char *)secret->p, secret->n); /* in c->words */
	*secret = (struct span){ 0 };
}

/* A session logs in once: however long it is kept, the secret is not. */
static void log_in(struct smtp_client *c)
{
	c->facts.logged_in = true;
	wipe(&c->conf.password);
	wipe(&c->conf.token);
	smtp_scram_fini(&c->scram);
	next_step(c);
}

void client_on_auth(struct smtp_client *c, const struct smtp_reply *r, enum client_expect step)
{
	if (is_refusal(r)) {
		refuse_by_reply(c, r);
	} else if ((step == EXPECT_AUTH || step == EXPECT_AUTH_VERDICT) && r->code == 235) {
		log_in(c);
	} else if ((step == EXPECT_AUTH_SCRAM || step == EXPECT_AUTH_PROOF) && r->code == 334) {
		answer_scram(c, r, step);
	} else if ((step == EXPECT_AUTH_TOKEN || step == EXPECT_AUTH_VERDICT) && r->code == 334) {
		client_answer_token(c, step);
	} else if (step == EXPECT_AUTH_PROOF && r->code == 235) {
		client_fail(c, SMTP_CAUSE_AUTH_PROOF); /* RFC 5802 3: it must be shown */
	} else if (step != EXPECT_AUTH && r->code == 334) {
		send_answer(c, step);
	} else {
		client_fail(c, SMTP_CAUSE_PROTOCOL);
	}
}
