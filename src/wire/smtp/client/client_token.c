/* wire/smtp/client/client_token.c - a login by an OAuth 2.0 token.
 *
 * RFC 7628 (OAUTHBEARER), RFC 6750 2.1 (bearer tokens), RFC 4954 4 (AUTH); XOAUTH2 is
 * what Google and Microsoft had before.  A refusal comes as a 334 with JSON, which wants an
 * empty answer before the server says its code (RFC 7628 3.2.3).
 */
#include "base/base64.h"
#include "base/os.h"
#include "wire/smtp/client/client_state.h"

static bool is_bearer(const struct smtp_client *c)
{
	return c->facts.ehlo.mechs & SMTP_MECH_OAUTHBEARER;
}

/* RFC 5801 4: a saslname. */
static void put_name(struct buf *out, struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == ',')
			buf_puts(out, "=2C");
		else if (name.p[i] == '=')
			buf_puts(out, "=3D");
		else
			buf_putc(out, name.p[i]);
}

/* RFC 7628 3.1. */
static void put_response(const struct smtp_client *c, struct buf *out)
{
	if (is_bearer(c)) {
		buf_puts(out, "n,a=");
		put_name(out, c->conf.user);
		buf_printf(out, ",\x01host=%.*s\x01port=%u", SPAN_ARG(c->conf.host), c->conf.port);
	} else {
		buf_puts(out, "user=");
		buf_put(out, c->conf.user);
	}
	buf_puts(out, "\x01"
	              "auth=Bearer ");
	buf_put(out, c->conf.token);
	buf_puts(out, "\x01\x01");
}

/* Encoded; wiped by whoever gives it. */
static int make_response(const struct smtp_client *c, struct buf *out)
{
	AUTO_BUF plain = BUF(SMTP_CLIENT_TOKEN_MAX + 4 * SMTP_CLIENT_SECRET_MAX);
	int r = buf_reserve(&plain, plain.cap); /* growing would leave copies behind */

	if (r >= 0)
		put_response(c, &plain);
	if (r >= 0 && !plain.err)
		r = buf_reserve(out, 4 * plain.n / 3 + 4);
	if (r >= 0 && !plain.err)
		r = base64_encode(out, buf_span(&plain));
	if (plain.p)
		os_wipe(plain.p, plain.n);
	return plain.err ? plain.err : r;
}

static void put_secret(struct smtp_client *c, struct span octets)
{
	c->out_secret = true;
	buf_put(&c->out, octets);
}

void client_send_token(struct smtp_client *c)
{
	AUTO_BUF response = BUF(2 * (SMTP_CLIENT_TOKEN_MAX + 4 * SMTP_CLIENT_SECRET_MAX));
	struct span verb = is_bearer(c) ? SPAN("AUTH OAUTHBEARER") : SPAN("AUTH XOAUTH2");
	bool fits;

	if (make_response(c, &response) < 0) {
		client_fail(c, SMTP_CAUSE_LOCAL);
		return;
	}
	fits = verb.n + 3 + response.n <= SMTP_REPLY_LINE_MAX;
	buf_put(&c->out, verb);
	if (fits) {
		buf_putc(&c->out, ' ');
		put_secret(c, buf_span(&response));
	}
	client_command(c, fits ? EXPECT_AUTH_VERDICT : EXPECT_AUTH_TOKEN, 0);
	os_wipe(response.p, response.n);
}

/* A 334: the server waits for the token, or tells in JSON why it refuses it. */
void client_answer_token(struct smtp_client *c, enum client_expect step)
{
	AUTO_BUF response = BUF(2 * (SMTP_CLIENT_TOKEN_MAX + 4 * SMTP_CLIENT_SECRET_MAX));

	if (step == EXPECT_AUTH_VERDICT) {
		if (is_bearer(c))
			buf_puts(&c->out, "AQ=="); /* RFC 7628 3.2.3: one ^A */
		client_command(c, EXPECT_AUTH, 0);
		return;
	}
	if (make_response(c, &response) < 0) {
		client_fail(c, SMTP_CAUSE_LOCAL);
		return;
	}
	put_secret(c, buf_span(&response));
	client_command(c, EXPECT_AUTH_VERDICT, 0);
	os_wipe(response.p, response.n);
}
