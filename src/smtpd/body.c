/* smtpd/body.c - the text of one message, from the 354 to the final dot. */
#include "smtpd/body.h"

#include "rt/loop.h"
#include "wire/smtp/data.h"

enum { STORE_MS = 120000 };

int64_t smtpd_body_patience(const struct settings *set, uint64_t n_bytes, int64_t waited_ms)
{
	int64_t block_ms = set->smtp_data_time, left_ms;

	if (!set->smtp_data_rate)
		return block_ms;
	left_ms = block_ms + (int64_t)(n_bytes * 1000 / (uint64_t)set->smtp_data_rate) - waited_ms;
	if (left_ms < 0)
		left_ms = 0;
	return left_ms < block_ms ? left_ms : block_ms;
}

/* Waits for the client; what we spend ourselves is not its time. */
static WAITS int fill(struct smtpd_session *s, uint64_t n_bytes, int64_t *waited_ms)
{
	int64_t from_at = loop_now_at();

	fibre_deadline_set(clock_add(from_at, smtpd_body_patience(s->set, n_bytes, *waited_ms)));
	int r = stream_fill(s->stream); /* WAITS */
	*waited_ms += loop_now_at() - from_at;
	if (r == ERR_WOKEN) { /* the login may have ended */
		(void)stream_woken(s->stream);
		r = 0;
	}
	return r;
}

WAITS int smtpd_body_recv(struct smtpd_session *s)
{
	struct smtp_data_in scan;
	int64_t waited_ms = 0;
	int r;

	smtp_data_in_init(&scan);
	for (;;) {
		struct span in = stream_peek(s->stream);
		size_t had = in.n;
		struct span run;
		while (smtp_data_in_next(&scan, &in, &run))
			intake_put(s->tx, run);
		stream_consume(s->stream, had - in.n);
		if (scan.bare_cr || scan.bare_lf)
			intake_refuse(s->tx, 550, "5.6.0",
			              "Bare CR or LF in the message; lines must end in CRLF");
		if (scan.ended)
			return 0;
		fibre_deadline_set(clock_add(loop_now_at(), STORE_MS));
		(void)!smtpd_login_renew(s); /* WAITS; that it has ended is told at the end */
		r = intake_settle(s->tx);    /* WAITS */
		if (r >= 0)
			r = fill(s, scan.n_bytes, &waited_ms); /* WAITS */
		if (r < 0)
			return r;
	}
}
