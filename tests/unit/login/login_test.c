/* Logins as protocols see them: what is offered where, lines in and lines out, and what each error
 * of the auth role becomes. */
#include "../rt/stream_harness.h"
#include "base/base64.h"
#include "calls/auth.h"
#include "login/login.h"

static struct settings set;
static struct stream *client, *ours;

/* In the auth role's place. */
static struct {
	int answer;
	char name[64], password[64], message[256];
	unsigned n_asked;
} auth;

static int check(const struct auth_check_args *a, struct arena *mem, struct auth_check_reply *out)
{
	auth.n_asked++;
	snprintf(auth.name, sizeof auth.name, "%.*s", SPAN_ARG(a->name));
	snprintf(auth.password, sizeof auth.password, "%.*s", SPAN_ARG(a->password));
	CHECK_SPAN(a->client, SPAN("127.0.0.1"));
	CHECK_INT(a->protocol, TICKET_POP3);
	if (auth.answer < 0)
		return err(auth.answer, "as the test says");
	*out = (struct auth_check_reply){ SPAN("alice@home.test"), SPAN("ticket"), 7 };
	return 0;
}

static int begin_scram(const struct auth_scram_begin_args *a, struct arena *mem,
                       struct auth_scram_begin_reply *out)
{
	snprintf(auth.name, sizeof auth.name, "%.*s", SPAN_ARG(a->name));
	CHECK_INT(a->protocol, TICKET_POP3);
	*out = (struct auth_scram_begin_reply){ SPAN("eighteen octets..\0"), SPAN("salt"), 4096 };
	return 0;
}

static int prove(const struct auth_scram_proof_args *a, struct arena *mem,
                 struct auth_scram_proof_reply *out)
{
	auth.n_asked++;
	snprintf(auth.message, sizeof auth.message, "%.*s", SPAN_ARG(a->message));
	CHECK_SPAN(a->proof, SPAN("0123456789abcdef0123456789abcdef"));
	CHECK_SPAN(a->client, SPAN("127.0.0.1"));
	if (auth.answer < 0)
		return err(auth.answer, "as the test says");
	*out = (struct auth_scram_proof_reply){ SPAN("alice@home.test"), SPAN("ticket"), 7,
		                                SPAN("signature") };
	return 0;
}

static WAITS void begin(bool permitted, int answer)
{
	set = (struct settings){ .smtp_plain_auth_on_loopback = permitted };
	memset(&auth, 0, sizeof auth);
	auth.answer = answer;
	auth_check_serve(check);
	auth_scram_begin_serve(begin_scram);
	auth_scram_proof_serve(prove);
	tcp_pair(&client, &ours);
}

static void end(void)
{
	stream_close(client);
	stream_close(ours);
}

static struct login_from here(void)
{
	return (struct login_from){ ours, &set, TICKET_POP3 };
}

/* RFC 8314 3: what carries no password carries none of the mechanisms. */
FIBRE_TEST(login_is_offered)
{
	static const struct {
		bool permitted;
		int result, plus;
		const char *mechanisms;
	} t[] = {
		{ false, ERR_TLS, ERR_UNKNOWN, "" },
		{ true, 0, ERR_UNKNOWN, "SCRAM-SHA-256 PLAIN LOGIN" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF names = BUF(256);
		struct login *l = NULL;
		struct login_step step;

		begin(t[row].permitted, 0);
		const struct login_from from = here();
		CHECK_INT(login_mechanisms_put(ours, &set, &names), 0);
		CHECK_SPAN(buf_span(&names), span_str(t[row].mechanisms));
		CHECK_INT(login_open(&from, SPAN("plain"), &l), t[row].result);
		login_close(TAKE(l));
		CHECK_INT(login_open(&from, SPAN("Scram-Sha-256-Plus"), &l), t[row].plus);
		CHECK_INT(login_open(&from, SPAN("CRAM-MD5"), &l), ERR_UNKNOWN);
		CHECK_INT(login_password(&from, SPAN("alice"), SPAN("x"), &mem, &step),
		          t[row].result);
		end();
	}
}

FIBRE_TEST(login_by_plain)
{
	static const struct {
		struct span line;
		bool given;
		int answer, result;
		unsigned n_asked;
	} t[] = {
		{ SPAN("AGFsaWNlAHNlY3JldA=="), true, 0, LOGIN_DONE, 1 },
		{ SPAN(""), false, 0, LOGIN_CHALLENGE, 0 },
		{ SPAN("AGFsaWNlAHNlY3JldA=="), true, ERR_AUTH, ERR_AUTH, 1 },
		{ SPAN("AGFsaWNlAHNlY3JldA=="), true, ERR_LIMIT, ERR_LIMIT, 1 },
		{ SPAN("AGFsaWNlAHNlY3JldA=="), true, ERR_UNAVAILABLE, ERR_UNAVAILABLE, 1 },
		{ SPAN("Ym9iAGFsaWNlAHNlY3JldA=="), true, 0, ERR_AUTH, 0 }, /* as bob */
		{ SPAN("*"), true, 0, ERR_REFUSED, 0 },
		{ SPAN("="), true, 0, ERR_SYNTAX, 0 },
		{ SPAN(""), true, 0, ERR_SYNTAX, 0 },
		{ SPAN("AGFsaWNl*"), true, 0, ERR_SYNTAX, 0 },
	};
	EACH_ROW(t) {
		struct login_step step = { 0 };
		struct login *l;

		begin(true, t[row].answer);
		const struct login_from from = here();
		int64_t before_at = loop_now_at();
		CHECK_INT(login_open(&from, SPAN("PLAIN"), &l), 0);
		CHECK_INT(login_feed(l, exact(t[row].line), t[row].given, &step), t[row].result);
		CHECK_INT(auth.n_asked, t[row].n_asked);
		/* Threats 3.23: a wrong one costs its time. */
		CHECK_INT(loop_now_at() - before_at >= 1000, t[row].result == ERR_AUTH);
		if (t[row].n_asked) {
			CHECK_STR(auth.name, "alice");
			CHECK_STR(auth.password, "secret");
		}
		if (t[row].result == LOGIN_DONE) {
			CHECK_SPAN(step.account, SPAN("alice@home.test"));
			CHECK_SPAN(step.ticket, SPAN("ticket"));
			CHECK_INT(step.renew_at, 7);
		}
		login_close(l);
		end();
	}
}

/* Lines of the client in turn, each with what comes of it; the last challenge is kept. */
static WAITS int say(struct login *l, const char *line, char challenge[256])
{
	AUTO_BUF octets = BUF(256);
	struct login_step step = { 0 };
	int r = login_feed(l, line ? exact(span_str(line)) : SPAN(""), line != NULL, &step);

	CHECK_INT(base64_decode(step.challenge, &octets), 0);
	snprintf(challenge, 256, "%.*s", SPAN_ARG(buf_span(&octets)));
	if (r == LOGIN_DONE)
		CHECK_SPAN(step.account, SPAN("alice@home.test"));
	return r;
}

FIBRE_TEST(login_by_login)
{
	char challenge[256];
	struct login *l;

	begin(true, 0);
	const struct login_from from = here();
	CHECK_INT(login_open(&from, SPAN("LOGIN"), &l), 0);
	CHECK_INT(say(l, NULL, challenge), LOGIN_CHALLENGE);
	CHECK_STR(challenge, "Username:");
	CHECK_INT(say(l, "YWxpY2U=", challenge), LOGIN_CHALLENGE);
	CHECK_STR(challenge, "Password:");
	CHECK_INT(say(l, "c2VjcmV0", challenge), LOGIN_DONE);
	CHECK_STR(auth.password, "secret");
	login_close(l);
	end();
}

/* RFC 5802 5: salt, proof, signature, and the client's empty last word. */
FIBRE_TEST(login_by_scram)
{
#define NONCE "ZWlnaHRlZW4gb2N0ZXRzLi4A"
	static const int results[] = { LOGIN_CHALLENGE, ERR_AUTH, ERR_LIMIT, ERR_UNAVAILABLE };

	EACH_ROW(results) {
		AUTO_BUF line = BUF(512);
		char challenge[256];
		struct login *l;

		begin(true, results[row] < 0 ? results[row] : 0);
		const struct login_from from = here();
		CHECK_INT(login_open(&from, SPAN("SCRAM-SHA-256"), &l), 0);
		CHECK_INT(say(l, NULL, challenge), LOGIN_CHALLENGE);
		CHECK_STR(challenge, "");
		base64_encode(&line, SPAN("n,,n=alice,r=abc"));
		CHECK_INT(say(l, buf_str(&line), challenge), LOGIN_CHALLENGE);
		CHECK_STR(challenge, "r=abc" NONCE ",s=c2FsdA==,i=4096");
		buf_reset(&line);
		base64_encode(&line, SPAN("c=biws,r=abc" NONCE
		                          ",p=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="));
		CHECK_INT(say(l, buf_str(&line), challenge), results[row]);
		CHECK_INT(auth.n_asked, 1);
		CHECK_STR(auth.name, "alice");
		CHECK_STR(auth.message,
		          "n=alice,r=abc,r=abc" NONCE ",s=c2FsdA==,i=4096,c=biws,r=abc" NONCE);
		if (results[row] == LOGIN_CHALLENGE) {
			CHECK_STR(challenge, "v=c2lnbmF0dXJl");
			CHECK_INT(say(l, "", challenge), LOGIN_DONE);
		}
		login_close(l);
		end();
	}
}

FIBRE_TEST(login_by_password)
{
	static const int results[] = { LOGIN_DONE, ERR_AUTH, ERR_LIMIT, ERR_UNAVAILABLE };

	EACH_ROW(results) {
		AUTO_ARENA mem = { 0 };
		struct login_step step = { 0 };

		begin(true, results[row]);
		const struct login_from from = here();
		CHECK_INT(login_password(&from, SPAN("alice"), SPAN("secret"), &mem, &step),
		          results[row]);
		CHECK_STR(auth.name, "alice");
		CHECK_STR(auth.password, "secret");
		if (results[row] == LOGIN_DONE)
			CHECK_SPAN(step.ticket, SPAN("ticket"));
		end();
	}
}
