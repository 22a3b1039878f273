/* tests/unit/wire_smtp/talk.c - see talk.h. */
#include "talk.h"

#include "test.h"

static const struct smtp_client_rcpt RCPTS[] = { { .address = SPAN("b@mx.example") },
	                                         { .address = SPAN("c@mx.example") },
	                                         { .address = SPAN("d@mx.example") } };

const struct smtp_client_tx TALK_TX = { .return_path = SPAN("a@me.example"),
	                                .rcpts = RCPTS,
	                                .n_rcpts = N_ELEMS(RCPTS) };
const struct smtp_client_conf TALK_CONF = { .name = SPAN("me.example") };

void talk_open(struct talk *t, const struct smtp_client_conf *conf, size_t piece)
{
	*t = (struct talk){ .tx = TALK_TX, .piece = piece, .seen = BUF(1 << 20) };
	t->c = smtp_client_new(conf);
	CHECK(t->c != NULL);
	if (conf->tls == SMTP_TLS_IMPLICIT)
		smtp_client_tls_done(t->c);
}

void talk_close(struct talk *t)
{
	smtp_client_free(t->c);
	buf_fini(&t->seen);
}

/* Lets the client write. */
static void drain(struct talk *t)
{
	struct span out;

	while ((out = smtp_client_output(t->c)).n) {
		out = span_sub(out, 0, t->piece ? t->piece : out.n);
		buf_put(&t->seen, out);
		smtp_client_sent(t->c, out.n);
	}
}

static void server_says(struct talk *t, struct span text)
{
	if (t->budget && text.n >= t->budget) {
		text.n = t->budget;
		t->broken = true;
	}
	t->budget -= t->budget ? text.n : 0;
	while (text.n) {
		struct span part = span_sub(text, 0, t->piece ? t->piece : text.n);

		smtp_client_recv(t->c, exact(part));
		text = span_sub(text, part.n, text.n);
	}
	if (t->broken)
		smtp_client_closed(t->c, SMTP_CAUSE_CLOSED);
}

static void give_line(struct talk *t, struct span line)
{
	AUTO_BUF b = BUF(1 << 20);
	struct span all;

	buf_put(&b, line);
	buf_puts(&b, "\r\n");
	for (all = buf_span(&b); all.n;) {
		struct span part = span_sub(all, 0, t->piece ? t->piece : all.n);

		if (smtp_client_want(t->c) == SMTP_WANT_WRITE)
			drain(t);
		CHECK_INT(smtp_client_want(t->c), SMTP_WANT_BODY);
		CHECK_INT(smtp_client_phase(t->c), SMTP_PHASE_DATA_BLOCK);
		CHECK_INT(smtp_client_body(t->c, exact(part)), 0);
		all = span_sub(all, part.n, all.n);
	}
}

/* Gathers the lines of one letter in a row, each with CRLF. */
static void gather(struct span *script, char letter, struct buf *out)
{
	struct span line;

	while (script->n && script->p[0] == letter && span_split(script, '\n', &line)) {
		buf_put(out, span_sub(line, 2, line.n));
		buf_puts(out, "\r\n");
	}
}

static void client_says(struct talk *t, struct span text)
{
	drain(t);
	CHECK_SPAN(buf_span(&t->seen), text);
	buf_reset(&t->seen);
}

static void do_other(struct talk *t, char letter, struct span rest)
{
	switch (letter) {
	case 'T':
		CHECK_INT(smtp_client_want(t->c), SMTP_WANT_STARTTLS);
		smtp_client_tls_done(t->c);
		break;
	case 'M': CHECK_INT(smtp_client_begin(t->c, &t->tx), 0); break;
	case 'B': give_line(t, rest); break;
	case 'E': CHECK_INT(smtp_client_body_end(t->c), 0); break;
	case 'I': CHECK_INT(smtp_client_want(t->c), SMTP_WANT_IDLE); break;
	case 'X': CHECK_INT(smtp_client_want(t->c), SMTP_WANT_CLOSED); break;
	case 'Q': smtp_client_quit(t->c); break;
	default: CHECK_INT(letter, 0); /* no letter that talk.h names */
	}
}

void talk(struct talk *t, const char *text)
{
	struct span script = span_str(text), line;

	while (script.n && !t->broken) {
		AUTO_BUF lines = BUF(1 << 20);
		char letter = script.p[0];

		if (letter == 'S' || letter == 'C')
			gather(&script, letter, &lines);
		if (letter == 'S')
			server_says(t, buf_span(&lines));
		else if (letter == 'C')
			client_says(t, buf_span(&lines));
		else if (span_split(&script, '\n', &line))
			do_other(t, letter, span_sub(line, 2, line.n));
	}
}

static void put_result(struct buf *b, const struct smtp_client_result *r)
{
	if (!r->done) {
		buf_puts(b, "-");
		return;
	}
	buf_puts(b, smtp_stage_name(r->stage));
	if (r->code)
		buf_printf(b, " %d", r->code);
	if (r->enhanced.class) {
		buf_putc(b, ' ');
		smtp_enhanced_print(r->enhanced, b);
	}
	buf_printf(b, " %s", smtp_class_name(r->verdict.class));
	if (r->verdict.class != SMTP_CLASS_DELIVERED)
		buf_puts(b, r->verdict.permanent ? " P" : " T");
}

const char *talk_outcomes(const struct talk *t)
{
	static struct buf b = BUF(1 << 16);
	const struct smtp_client_result *results;
	size_t n, n_done = 0;

	buf_reset(&b);
	results = smtp_client_results(t->c, &n);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_puts(&b, "; ");
		put_result(&b, &results[i]);
		n_done += results[i].done;
	}
	CHECK_INT(smtp_client_results_done(t->c), n > 0 && n_done == n);
	return buf_str(&b);
}

const char *talk_end(const struct talk *t)
{
	static struct buf b = BUF(1 << 12);

	buf_reset(&b);
	put_result(&b, smtp_client_end(t->c));
	return buf_str(&b);
}

void talk_check(const struct smtp_client_conf *conf, const struct smtp_client_tx *tx,
                const char *script, const char *outcomes)
{
	static const size_t pieces[] = { 0, 1, 3 };

	for (size_t i = 0; i < N_ELEMS(pieces); i++) {
		struct talk t;

		talk_open(&t, conf, pieces[i]);
		t.tx = *tx;
		talk(&t, script);
		CHECK_STR(talk_outcomes(&t), outcomes);
		talk_close(&t);
	}
}
