/* queue/attempts/attempt.c - see attempt.h.
 *
 * Reads top to bottom: the text, the courier, the records, the schedule.  An attempt that
 * the courier did not make, because it is not there, does not count; every other end is
 * recorded before the entry moves on.
 */
#include "queue/attempts/attempt.h"

#include "metrics/metrics.h"
#include "queue/attempts/bounce.h"
#include "queue/attempts/here.h"
#include "queue/attempts/outcome.h"
#include "queue/attempts/rehearsed.h"
#include "queue/state/hop.h"
#include "queue/state/record.h"
#include "queue/state/returns.h"
#include "wire/smtp/verdict/verdict.h"

enum {
	ATTEMPT_MS = 3 * 60 * 60 * 1000, /* the courier ends every attempt sooner */
	PUT_BACK_MS = 2000,
	PUT_BACK_DOUBLINGS = 5,
};

/* From memory when it is still there.  *file: of a large body. */
static WAITS int text_of(struct queue *q, const struct entry *e, struct buf *held,
                         struct span *front, int *file)
{
	int r;

	if (e->body) {
		*front = span_make(e->body->octets, e->body->n);
		return 0;
	}
	r = store_text(q->store, e->message, held, file); /* WAITS */
	if (r < 0)
		return r;
	if (*file < 0 && held->n != e->size_bytes)
		return err(ERR_CORRUPT, "the text has %zu octets, not %ju", held->n,
		           (uintmax_t)e->size_bytes);
	*front = buf_span(held);
	return 0;
}

static WAITS int ask_courier(struct entry *e, const struct text *text, struct arena *mem,
                             struct courier_outcomes *out)
{
	struct courier_attempt_args args = {
		.message = e->message,
		.return_path = e->return_path,
		.domain = e->destination->domain,
		.size_bytes = e->size_bytes,
		.body_8bit = e->body_8bit,
		.smtputf8 = e->smtputf8,
		.is_signed = e->is_signed,
		.recipients = e->rcpts,
		.n_recipients = e->n_rcpts,
		.front = text->front,
	};
	int r = hop_put(e->destination->domain, mem, &args); /* WAITS */

	if (r >= 0 && e->returns && e->return_path.n && !args.user.n)
		r = returns_path(e->return_path, e->message, mem, &args.return_path); /* WAITS */
	if (r >= 0)
		r = courier_attempt(&args, text->file, mem, out); /* WAITS */
	return r < 0 ? r : outcome_check(e, out);
}

static WAITS int deliver(struct queue *q, struct entry *e, struct arena *mem,
                         struct courier_outcomes *out)
{
	FIBRE_TIMEOUT(ATTEMPT_MS);
	AUTO_BUF held = BUF(QUEUE_TEXT_BYTES_MAX);
	AUTO_FD int file = -1;
	struct text text = { .size_bytes = e->size_bytes };
	int r = text_of(q, e, &held, &text.front, &file); /* WAITS */

	text.file = file;
	if (r < 0)
		return r;
	return span_eq(e->destination->domain, SPAN(HOP_HERE))
	               ? here_deliver(e, &text, mem, out) /* WAITS */
	               : ask_courier(e, &text, mem, out); /* WAITS */
}

/* What the destination's latest failure says of a message that was not even tried. */
static struct courier_outcome dead_outcome(const struct destination *d, struct arena *mem)
{
	const struct health_cause *why = d->health.cause;
	AUTO_BUF when = BUF(64);

	clock_put_rfc3339(&when, why->time_ms);
	return (struct courier_outcome){
		.temporary = true,
		.stage = SMTP_STAGE_CONNECT,
		.class = why->class,
		.enhanced = SPAN("4.4.1"),
		.text = span_str(arena_printf(mem,
		                              "not tried: the last %u attempts there failed, the "
		                              "latest at %.*s: %s",
		                              d->health.failures, SPAN_ARG(buf_span(&when)),
		                              why->text)),
	};
}

static void note_health(struct queue *q, struct entry *e, const struct courier_outcomes *got)
{
	const struct courier_outcome *o = &got->outcomes[0];
	struct health *health = &e->destination->health;
	struct health_cause cause = { .class = o->class, .time_ms = clock_wall_time_ms() };

	if (!outcome_is_unreached(got)) {
		if (o->class != SMTP_CLASS_LOCAL_TROUBLE)
			health_good(health);
		return;
	}
	if (o->text.n)
		memcpy(cause.text, o->text.p,
		       o->text.n < HEALTH_TEXT_MAX ? o->text.n : HEALTH_TEXT_MAX - 1);
	health_failed(health, &q->rule, e->message, loop_now_at(), &cause);
}

/* The courier was not there: as if nothing had been.  Queued even when it was tried before:
 * deferred would count as one more attempt in the ledger. */
static void put_back(struct queue *q, struct entry *e)
{
	unsigned doublings = e->put_backs < PUT_BACK_DOUBLINGS ? e->put_backs : PUT_BACK_DOUBLINGS;
	int64_t wait_ms = (int64_t)PUT_BACK_MS << doublings;
	struct smtp_verdict local = { SMTP_CLASS_LOCAL_TROUBLE, false };

	e->put_backs++;
	record_note(q, e, RECIPIENT_QUEUED, e->attempt, SMTP_CLASS_LOCAL_TROUBLE,
	            span_str(smtp_verdict_sentence(local)), clock_wall_time_ms() + wait_ms);
	queue_pause(q, PUT_BACK_MS);
	schedule_again(&q->schedule, e, clock_add(loop_now_at(), wait_ms));
}

/* Makes the attempt.  False: there was none, and e is in the schedule again. */
static WAITS bool try_it(struct queue *q, struct entry *e, struct arena *mem,
                         struct courier_outcomes *out)
{
	struct courier_outcome trouble;
	int r;

	record_note(q, e, RECIPIENT_TRYING, e->attempt + 1, 0, (struct span){ 0 }, 0);
	r = deliver(q, e, mem, out); /* WAITS */
	if (r >= 0)
		note_health(q, e, out);
	schedule_release(&q->schedule, e);
	queue_kick(q);
	if (r == ERR_CANCELLED || (r == ERR_UNAVAILABLE && e->put_backs < ATTEMPT_PUT_BACKS_MAX)) {
		put_back(q, e);
		return false;
	}
	e->put_backs = 0;
	if (r >= 0)
		return true;
	trouble = outcome_local(arena_str(mem, span_str(err_str(r))));
	if (outcome_same(e, &trouble, mem, out) < 0) {
		put_back(q, e);
		return false;
	}
	return true;
}

/* A place for the records is had before anything is tried: what was delivered must not
 * fail to be recorded for want of memory. */
struct result {
	struct record_change *changes;
	bool *final;
	size_t n;
};

static int prepare(const struct entry *e, struct arena *mem, struct result *out)
{
	*out = (struct result){
		.changes = arena_array(mem, struct record_change, e->n_rcpts),
		.final = arena_array(mem, bool, e->n_rcpts),
		.n = e->n_rcpts,
	};
	return out->changes && out->final ? 0 : ERR_NO_MEMORY;
}

static uint32_t step_of(const struct entry *e, uint32_t attempt)
{
	uint32_t rounds = e->destination->health.rounds;

	return rounds > attempt ? rounds : attempt;
}

/* Records the outcomes and moves e on. */
static WAITS void finish(struct queue *q, struct entry *e, const struct courier_outcomes *got,
                         bool tried, struct result *res, struct arena *mem)
{
	uint32_t attempt = e->attempt + tried;
	struct outcome_time time = { queue_clock(q), step_of(e, attempt) };
	struct bounce_about about;
	int64_t next_ms = 0;

	for (size_t i = 0; i < res->n; i++) {
		struct record_change *f = &res->changes[i];

		outcome_record(&q->rule, e, i, &got->outcomes[i], attempt, &time, mem, f);
		res->final[i] = recipient_state_is_final(f->state);
		if (f->state == RECIPIENT_DELIVERED)
			metrics_time(METRIC_ARRIVAL, 0, 0,
			             (time.now.wall_ms - e->accepted_ms) * 1000);
		if (!res->final[i])
			next_ms = f->next_try_ms;
	}
	/* Cut short, the disk still has e as it was. */
	about = (struct bounce_about){ e->message, e->return_path, e->accepted_ms, e->body };
	if (bounce_record(q, &about, res->changes, res->n) < 0) { /* WAITS */
		schedule_done(&q->schedule, e);
		return;
	}
	if (span_eq_nocase(e->destination->domain, SPAN(REHEARSE_DOMAIN)))
		rehearsed_record(q, got, res->changes, res->n); /* WAITS */
	schedule_body_unref(&q->schedule, TAKE(e->body));
	schedule_finish(e, res->final);
	if (!e->n_rcpts) {
		schedule_done(&q->schedule, e);
		return;
	}
	e->attempt = attempt;
	e->due_ms = next_ms;
	schedule_again(&q->schedule, e, queue_at(q, next_ms));
}

/* Is this the attempt with which e is given up?  That one is made, whatever is known of the
 * destination. */
static bool is_last(const struct queue *q, const struct entry *e)
{
	struct retry_clock now = queue_clock(q);

	return retry_next_ms(&q->rule, e->accepted_ms, &now, e->attempt, step_of(e, e->attempt),
	                     e->message) == 0;
}

WAITS void attempt_run(struct queue *q, struct entry *e)
{
	AUTO_ARENA mem = { 0 };
	bool tried = !health_is_dead(&e->destination->health, loop_now_at()) || is_last(q, e);
	struct courier_outcomes got;
	struct courier_outcome dead;
	struct result res;
	int r = prepare(e, &mem, &res);

	if (r >= 0 && tried) {
		if (!try_it(q, e, &mem, &got)) /* WAITS */
			return;
		finish(q, e, &got, tried, &res, &mem); /* WAITS */
		return;
	}
	if (r >= 0) {
		dead = dead_outcome(e->destination, &mem);
		r = outcome_same(e, &dead, &mem, &got);
	}
	schedule_release(&q->schedule, e);
	if (r >= 0)
		finish(q, e, &got, tried, &res, &mem); /* WAITS */
	else
		schedule_again(&q->schedule, e, clock_add(loop_now_at(), PUT_BACK_MS));
}
