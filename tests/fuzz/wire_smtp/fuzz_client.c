/* A server that says anything at any time.  Each recipient gets one outcome, which stays; nobody
 * is delivered before the whole message was sent; what is sent holds CRLF only, and no credential
 * in the clear; the end comes. */
#include "fuzz.h"

#include "base/buf.h"
#include "wire/smtp/client/client.h"

enum { N_RCPTS = 3, TX_MAX = 3, SENT_MAX = 1 << 20 };

/* The first octet of an input. */
enum {
	CONF_LMTP = 1,
	CONF_TLS = 2,
	CONF_REQUIRE = 4,
	CONF_AUTH = 8, /* by SCRAM where it is offered         */
	CONF_NO_PIPELINING = 16,
	CONF_SLOW = 32,   /* the client's writes are cut short      */
	CONF_LINES = 64,  /* a read is a line, else a fixed size    */
	CONF_EARLY = 128, /* the transaction stands before the greeting */
};

/* Hashes of zeros, so that an input can hold a whole exchange of SCRAM. */
static int zeros(uint8_t *out, size_t n)
{
	memset(out, 0, n);
	return 0;
}

static int zero_hash(struct span in, uint8_t out[SMTP_SCRAM_HASH])
{
	return zeros(out, SMTP_SCRAM_HASH);
}

static int zero_hmac(struct span key, struct span in, uint8_t out[SMTP_SCRAM_HASH])
{
	return zeros(out, SMTP_SCRAM_HASH);
}

static int zero_pbkdf2(struct span password, struct span salt, uint32_t n,
                       uint8_t out[SMTP_SCRAM_HASH])
{
	MUST(n >= SMTP_SCRAM_ITERATIONS_MIN && n <= SMTP_SCRAM_ITERATIONS_MAX);
	MUST(salt.n > 0 && salt.n <= SMTP_SCRAM_SALT_MAX);
	return zeros(out, SMTP_SCRAM_HASH);
}

static const struct smtp_scram_crypto SCRAM = { zeros, zero_hash, zero_hmac, zero_pbkdf2 };

static const struct smtp_client_rcpt RCPTS[N_RCPTS] = { { .address = SPAN("b@c") },
	                                                { .address = SPAN("d@e") },
	                                                { .address = SPAN("f@g") } };
static const struct smtp_client_tx TX = {
	.return_path = SPAN("a@b"), .rcpts = RCPTS, .n_rcpts = N_RCPTS, .size = 100
};

struct run {
	struct smtp_client *c;
	unsigned flags;
	unsigned n_tx;
	unsigned n_pieces; /* of the message, given in this transaction */
	bool all_given, all_sent;
	bool scram; /* begun: then no password follows */
	size_t n_sent;
	char last;
	struct smtp_client_result seen[N_RCPTS];
};

static void check_results(struct run *r)
{
	size_t n, n_done = 0;
	const struct smtp_client_result *now = smtp_client_results(r->c, &n);

	MUST(n == (r->n_tx ? N_RCPTS : 0));
	for (size_t i = 0; i < n; i++) {
		MUST(!r->seen[i].done || (now[i].done && now[i].code == r->seen[i].code &&
		                          now[i].cause == r->seen[i].cause &&
		                          now[i].verdict.class == r->seen[i].verdict.class));
		if (now[i].done && now[i].verdict.class == SMTP_CLASS_DELIVERED)
			MUST(r->all_sent && now[i].cause == SMTP_CAUSE_NONE);
		MUST(now[i].text.n <= SMTP_CLIENT_TEXT_MAX);
		n_done += now[i].done;
		r->seen[i] = now[i];
	}
	MUST(smtp_client_results_done(r->c) == (n > 0 && n_done == n));
	if (smtp_client_want(r->c) == SMTP_WANT_CLOSED)
		MUST(n_done == n && smtp_client_output(r->c).n == 0);
	if (smtp_client_want(r->c) == SMTP_WANT_IDLE)
		MUST(n_done == n);
}

static void begin(struct run *r)
{
	if (r->n_tx == TX_MAX || smtp_client_begin(r->c, &TX) < 0)
		return;
	r->n_tx++;
	r->n_pieces = 0;
	r->all_given = r->all_sent = false;
	memset(r->seen, 0, sizeof r->seen);
}

static void drain(struct run *r)
{
	struct span out = smtp_client_output(r->c);

	if (r->flags & CONF_SLOW && out.n > 1)
		out.n = 1 + out.n / 2;
	for (size_t i = 0; i < out.n; i++) {
		MUST(out.p[i] != '\n' || r->last == '\r');
		MUST(r->last != '\r' || out.p[i] == '\n');
		r->last = out.p[i];
	}
	if (!smtp_client_facts(r->c)->tls_used)
		MUST(span_find_span(out, SPAN("AUTH")) < 0);
	if (r->scram)
		MUST(span_find_span(out, SPAN("AUTH PLAIN")) < 0 &&
		     span_find_span(out, SPAN("AUTH LOGIN")) < 0);
	r->scram |= span_find_span(out, SPAN("AUTH SCRAM-SHA-256 ")) >= 0;
	r->n_sent += out.n;
	MUST(r->n_sent < SENT_MAX);
	smtp_client_sent(r->c, out.n);
	r->all_sent = r->all_given && smtp_client_output(r->c).n == 0;
}

static void give(struct run *r)
{
	static const struct span pieces[] = { SPAN("Subject: x\r"), SPAN("\n\n.\r\n"), SPAN("."),
		                              SPAN("\r.\nQUIT") };

	if (r->n_pieces < N_ELEMS(pieces)) {
		MUST(smtp_client_body(r->c, pieces[r->n_pieces++]) == 0);
		return;
	}
	MUST(smtp_client_body_end(r->c) == 0);
	r->all_given = true;
}

/* Does what the client wants until it wants to read. */
static void serve(struct run *r)
{
	for (;;) {
		enum smtp_client_want want = smtp_client_want(r->c);

		check_results(r);
		(void)smtp_client_phase(r->c);
		MUST(smtp_client_stage(r->c) < SMTP_STAGE_COUNT);
		if (want == SMTP_WANT_WRITE)
			drain(r);
		else if (want == SMTP_WANT_BODY)
			give(r);
		else if (want == SMTP_WANT_STARTTLS)
			smtp_client_tls_done(r->c);
		else if (want == SMTP_WANT_IDLE && r->n_tx < TX_MAX)
			begin(r);
		else
			return;
		if (r->flags & CONF_SLOW && smtp_client_output(r->c).n)
			return;
	}
}

static struct span take_read(struct run *r, struct span *in, uint8_t size)
{
	ptrdiff_t lf = r->flags & CONF_LINES ? span_find(*in, '\n') : -1;
	struct span part = span_sub(*in, 0, lf >= 0 ? (size_t)lf + 1 : 1 + (size_t)size);

	*in = span_sub(*in, part.n, in->n);
	return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_client_conf conf = { .name = SPAN("me.example") };
	struct run r = { 0 };
	struct span in;

	if (size < 2)
		return 0;
	r.flags = data[0];
	conf.lmtp = r.flags & CONF_LMTP;
	conf.tls = !(r.flags & CONF_REQUIRE)
	                   ? r.flags & CONF_TLS ? SMTP_TLS_OPPORTUNISTIC : SMTP_TLS_NONE
	           : r.flags & CONF_TLS ? SMTP_TLS_IMPLICIT
	                                : SMTP_TLS_REQUIRED;
	conf.no_pipelining = r.flags & CONF_NO_PIPELINING;
	if (r.flags & CONF_AUTH) {
		conf.user = SPAN("user");
		conf.password = SPAN("pass");
		conf.scram = &SCRAM;
	}
	r.c = smtp_client_new(&conf);
	MUST(r.c != NULL);
	if (r.flags & CONF_EARLY)
		begin(&r);
	in = span_make(data + 2, size - 2);
	do {
		serve(&r);
		smtp_client_recv(r.c, take_read(&r, &in, data[1]));
	} while (in.n && smtp_client_want(r.c) != SMTP_WANT_CLOSED);
	serve(&r);
	smtp_client_quit(r.c);
	serve(&r);
	smtp_client_closed(r.c, SMTP_CAUSE_CLOSED);
	MUST(smtp_client_want(r.c) == SMTP_WANT_CLOSED);
	check_results(&r);
	smtp_client_free(r.c);
	return 0;
}
