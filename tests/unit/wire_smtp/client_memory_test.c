/* Each allocation of a session fails once: the session ends, or loses words, and
 * nobody is refused for good or delivered on account of it. */
#include "wire/smtp/client/client.h"

#include <stdlib.h>

#include "test.h"

/* The linker puts these before the C library's (--wrap). */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static int fail_in; /* allocations until the one that fails; 0 is none */

static bool fails(void)
{
	return fail_in > 0 && --fail_in == 0;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

/* What the server says each time the client wants to read. */
static const char *const REPLIES[] = {
	"220 mx\r\n",       "250-mx\r\n250 STARTTLS\r\n",
	"220 go\r\n",       "250-mx\r\n250-AUTH PLAIN\r\n250 PIPELINING\r\n",
	"235 in\r\n",       "250 a\r\n250 b\r\n450 4.2.0 c\r\n250 d\r\n354 go\r\n",
	"250 2.0.0 ok\r\n", "250 a\r\n450 4.2.0 b\r\n450 4.2.0 c\r\n450 4.2.0 d\r\n503 e\r\n",
	"221 bye\r\n",
};

static const struct smtp_client_rcpt RCPTS[] = { { .address = SPAN("b@mx.example") },
	                                         { .address = SPAN("c@mx.example") },
	                                         { .address = SPAN("d@mx.example") } };

struct run {
	struct smtp_client *c;
	size_t n_replies, n_tx, n_delivered;
	bool end_sent;
};

static void count(struct run *r)
{
	const struct smtp_client_result *results;
	size_t n;

	results = smtp_client_results(r->c, &n);
	for (size_t i = 0; i < n; i++) {
		CHECK(results[i].done);
		CHECK(!results[i].verdict.permanent);
		if (results[i].verdict.class != SMTP_CLASS_DELIVERED)
			continue;
		CHECK(r->end_sent);
		r->n_delivered++;
	}
}

static void on_idle(struct run *r)
{
	static const struct smtp_client_tx tx = { .return_path = SPAN("a@me.example"),
		                                  .rcpts = RCPTS,
		                                  .n_rcpts = N_ELEMS(RCPTS) };

	if (r->n_tx)
		count(r);
	r->end_sent = false;
	if (r->n_tx++ == 2 || smtp_client_begin(r->c, &tx) < 0)
		smtp_client_quit(r->c);
}

static void give_message(struct run *r)
{
	if (smtp_client_body(r->c, SPAN("hello")) < 0 || smtp_client_body_end(r->c) < 0)
		smtp_client_closed(r->c, SMTP_CAUSE_LOCAL);
	else
		r->end_sent = true;
}

/* Recipients delivered. */
static size_t run_session(void)
{
	static const struct smtp_client_conf conf = { .name = SPAN("me.example"),
		                                      .tls = SMTP_TLS_REQUIRED,
		                                      .user = SPAN("user"),
		                                      .password = SPAN("pass") };
	struct run r = { .c = smtp_client_new(&conf) };
	enum smtp_client_want want;

	if (!r.c)
		return 0;
	while ((want = smtp_client_want(r.c)) != SMTP_WANT_CLOSED) {
		if (want == SMTP_WANT_WRITE)
			smtp_client_sent(r.c, smtp_client_output(r.c).n);
		else if (want == SMTP_WANT_READ && r.n_replies < N_ELEMS(REPLIES))
			smtp_client_recv(r.c, span_str(REPLIES[r.n_replies++]));
		else if (want == SMTP_WANT_READ)
			smtp_client_closed(r.c, SMTP_CAUSE_CLOSED);
		else if (want == SMTP_WANT_STARTTLS)
			smtp_client_tls_done(r.c);
		else if (want == SMTP_WANT_BODY)
			give_message(&r);
		else
			on_idle(&r);
	}
	if (r.n_tx && r.n_tx < 3)
		count(&r);
	smtp_client_free(r.c);
	return r.n_delivered;
}

TEST(smtp_client_survives_each_failed_allocation)
{
	int n = 0, left;

	CHECK_INT(run_session(), 2);
	do {
		fail_in = ++n;
		CHECK(run_session() <= 2);
		left = fail_in;
		fail_in = 0;
	} while (left == 0 && n < 1000);
	CHECK(n > 10 && n < 1000);
}
