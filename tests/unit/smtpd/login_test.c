/* A login lasts as long as its session: its ticket is renewed while commands and texts come (RFC
 * 5321 4.5.3.2 lets a message take hours), and not once the account is closed. */
#include "../rt/stream_harness.h"
#include "calls/ticket.h"
#include "smtpd/body.h"

static struct settings set;
static struct smtpd_server server;
static struct smtpd_session session;
static int client;

/* In the auth role's place. */
static struct {
	int answer;         /* 0: a fresh one */
	int64_t lasts_ms;   /* until it is to be renewed */
	unsigned n_renewed; /* times that it was asked */
	char shown[20], given[20];
} auth;

static int renew(const struct ticket_renew_args *a, struct arena *mem, struct ticket_carried *out)
{
	auth.n_renewed++;
	snprintf(auth.shown, sizeof auth.shown, "%.*s", SPAN_ARG(a->octets));
	if (auth.answer < 0)
		return err(auth.answer, "as the test says");
	snprintf(auth.given, sizeof auth.given, "ticket %u", auth.n_renewed);
	*out = (struct ticket_carried){ .octets = span_str(auth.given),
		                        .renew_at = clock_add(loop_now_at(), auth.lasts_ms) };
	return 0;
}

/* A session that has logged in; renew_at: of its ticket. */
static void begin(int64_t renew_at)
{
	static const struct intake_source who = { .kind = INTAKE_SUBMISSION };

	set = (struct settings){ .server_hostname = "mail.home.test",
		                 .smtp_errors_soft = 1000,
		                 .smtp_errors_max = 1000,
		                 .smtp_data_time = 60000,
		                 .smtp_size_max = 1 << 20,
		                 .smtp_memory = 1 << 20,
		                 .store_blob_threshold = 1 << 20 };
	server = (struct smtpd_server){ .kind = SMTPD_SUBMISSION, .set = &set };
	session = (struct smtpd_session){ .server = &server,
		                          .set = &set,
		                          .login.renew_at = renew_at };
	session.stream = stream_and_fd(&client);
	session.login.account = strdup("alice@home.test");
	buf_init(&session.login.ticket, TICKET_OCTETS_MAX);
	CHECK_INT(buf_puts(&session.login.ticket, "first"), 0);
	CHECK_INT(intake_open(&set, &who, &session.tx), 0);
	memset(&auth, 0, sizeof auth);
	ticket_renew_serve(renew);
	fibre_deadline_set(clock_add(loop_now_at(), 60 * 1000)); /* a test that hangs fails */
}

static WAITS void end(void)
{
	smtpd_forget(&session, true);
	stream_close(session.stream);
	close(client);
}

static void receiver(void *arg)
{
	*(int *)arg = smtpd_body_recv(&session);
}

/* The text of a message whose client stops for a while after each block. */
static WAITS int receive(size_t n_blocks)
{
	int r = 1;

	CHECK_INT(fibre_spawn("receiver", receiver, &r), 0);
	for (size_t i = 0; i < n_blocks; i++) {
		feed(client, SPAN("Subject: slow\r\n"));
		settle();
	}
	feed(client, SPAN("\r\n.\r\n"));
	while (r == 1)
		CHECK_INT(fibre_yield(), 0);
	return r;
}

FIBRE_TEST(login_is_renewed_while_a_text_comes)
{
	begin(loop_now_at()); /* at each block it is time again */
	CHECK_INT(receive(5), 0);
	CHECK(auth.n_renewed >= 5);
	CHECK_SPAN(buf_span(&session.login.ticket), span_str(auth.given));
	end();
}

FIBRE_TEST(login_is_renewed_when_it_is_time)
{
	begin(loop_now_at());
	auth.lasts_ms = 60000;
	CHECK_INT(receive(5), 0);
	CHECK_INT(auth.n_renewed, 1);
	CHECK(strcmp(auth.shown, "first") == 0);
	CHECK_INT(login_renew(&session.login), 0);
	CHECK_INT(auth.n_renewed, 1);
	session.login.renew_at = loop_now_at();
	CHECK_INT(login_renew(&session.login), 0);
	CHECK_INT(auth.n_renewed, 2);
	CHECK(strcmp(auth.shown, "ticket 1") == 0);
	end();
}

/* The text is taken to its end, the message is not: nothing shows any more whose it is. */
FIBRE_TEST(login_ends_with_the_account)
{
	begin(loop_now_at());
	auth.answer = ERR_TICKET;
	CHECK_INT(receive(5), 0);
	CHECK_INT(auth.n_renewed, 1); /* not asked at each block */
	CHECK_INT(session.login.ticket.n, 0);
	CHECK_INT(login_renew(&session.login), ERR_TICKET);
	end();
}

/* What cannot be had now is asked for again, and the ticket that is there goes on. */
FIBRE_TEST(login_outlives_the_auth_role)
{
	static const int t[] = { ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_LIMIT };

	EACH_ROW(t) {
		begin(loop_now_at());
		auth.answer = t[row];
		CHECK_INT(receive(5), 0);
		CHECK_INT(login_renew(&session.login), 0);
		CHECK_INT(auth.n_renewed, 1); /* in a while */
		CHECK(session.login.renew_at > loop_now_at());
		CHECK_SPAN(buf_span(&session.login.ticket), SPAN("first"));
		session.login.renew_at = loop_now_at();
		auth.answer = 0;
		CHECK_INT(login_renew(&session.login), 0);
		CHECK_SPAN(buf_span(&session.login.ticket), SPAN("ticket 2"));
		end();
	}
}

FIBRE_TEST(login_none_nothing_to_renew)
{
	begin(loop_now_at());
	login_forget(&session.login);
	CHECK_INT(receive(2), 0);
	CHECK_INT(login_renew(&session.login), 0);
	CHECK_INT(auth.n_renewed, 0);
	end();
}
