/* policy/bans_kept.c - the table of bans.c over restarts: what has changed is told to the store. */
#include "policy/bans_impl.h"

#include <stdio.h>
#include <string.h>

#include "base/coding/pack.h"
#include "base/event.h"
#include "rt/loop.h"

enum { RECALL_MS = 2000, CALL_MS = 30 * 1000 };
static const int64_t SHUT_MAX_MS = INT64_C(10) * 365 * 24 * 60 * 60 * 1000;

static struct {
	struct cond changed;
	bool recalled; /* what the store remembers is in the table */
	bool any;      /* a row is to be kept  */
	bool keeping;  /* the fibre is there  */
	bool failed;   /* the last time, and it was told */
} self = { .changed = { LIST_INIT(self.changed.waiters) } };

void bans_changed(struct ban *b)
{
	b->changed = true;
	self.any = true;
	cond_signal(&self.changed);
}

/* ---- one row ---- */

/* When nothing of it matters any more. */
static int64_t forgotten_at(const struct ban *b, int64_t half_ms)
{
	int64_t at = b->good_until_at > b->shut_until_at ? b->good_until_at : b->shut_until_at;
	int64_t forgiven_at = b->debt_at;

	for (uint32_t debt = b->debt; debt; debt /= 2)
		forgiven_at = clock_add(forgiven_at, half_ms);
	return b->debt && forgiven_at > at ? forgiven_at : at;
}

static int put_row(const struct ban *b, int64_t half_ms, int64_t now_at, struct arena *mem,
                   struct ban_memory *out)
{
	const int64_t wall = clock_wall_time_ms() - now_at;
	struct ban_count counts[BANS_HARMS];
	struct ban_kept kept = { .address = span_str(b->address),
		                 .debt = b->debt,
		                 .debt_ms = wall + b->debt_at,
		                 .good_until_ms = wall + b->good_until_at,
		                 .shut_until_ms = wall + b->shut_until_at,
		                 .n_turned_away = b->n_turned_away,
		                 .why = span_str(b->why),
		                 .counts = counts,
		                 .n_counts = BANS_HARMS };
	AUTO_BUF octets = BUF(BAN_OCTETS_MAX);

	for (size_t i = 0; i < BANS_HARMS; i++)
		counts[i].n = b->n[i];
	int r = ban_kept_pack(&kept, &octets);
	*out = (struct ban_memory){ .source = span_make(b->source, sizeof b->source),
		                    .until_ms = wall + forgotten_at(b, half_ms) };
	return r < 0 ? r : arena_copy(mem, buf_span(&octets), &out->octets);
}

/* Never later than now: a clock that was set back keeps nobody's debt for longer. */
static int64_t past(int64_t ms, int64_t now_at)
{
	int64_t at = now_at + (ms - clock_wall_time_ms());

	return at < now_at ? at : now_at;
}

/* 0: it is over. */
static int64_t ahead(int64_t ms, int64_t now_at, int64_t most_ms)
{
	int64_t left_ms = ms - clock_wall_time_ms();

	if (left_ms <= 0)
		return 0;
	return now_at + (left_ms < most_ms ? left_ms : most_ms);
}

/* What has happened since this process began counts besides. */
static int take_row(const struct ban_memory *row, int64_t now_at, struct arena *mem)
{
	struct ban_kept kept;
	struct address source;
	struct ip ip;
	int r = ban_kept_unpack(row->octets, mem, &kept);

	if (r >= 0)
		r = ip_parse(kept.address, &ip);
	if (r < 0)
		return r;
	address_from_ip(&ip, 0, &source);
	struct ban *b = bans_find(&source, true);
	if (!b)
		return ERR_SYNTAX;
	b->debt += kept.debt;
	b->debt_at = past(kept.debt_ms, now_at);
	b->good_until_at = ahead(kept.good_until_ms, now_at, BANS_GOOD_MS);
	b->shut_until_at = ahead(kept.shut_until_ms, now_at, SHUT_MAX_MS);
	b->n_turned_away += kept.n_turned_away;
	snprintf(b->why, sizeof b->why, "%.*s", SPAN_ARG(kept.why));
	for (size_t i = 0; i < BANS_HARMS && i < kept.n_counts; i++)
		b->n[i] += kept.counts[i].n;
	return 0;
}

/* ---- all of them ---- */

WAITS int bans_recall(void)
{
	AUTO_BUF after = BUF(BAN_SOURCE_BYTES_MAX);
	bool more = true;
	int r = 0;
	FIBRE_TIMEOUT(RECALL_MS);

	while (r >= 0 && more) {
		AUTO_ARENA mem = { 0 };
		struct ban_recall_args a = { .after = buf_span(&after) };
		struct ban_recall_reply got;

		r = ban_recall(&a, &mem, &got); /* WAITS */
		for (size_t i = 0; r >= 0 && i < got.n_rows; i++)
			(void)!take_row(&got.rows[i], loop_now_at(), &mem);
		more = r >= 0 && got.more && got.n_rows;
		buf_reset(&after);
		if (more)
			r = buf_put(&after, got.rows[got.n_rows - 1].source);
	}
	self.recalled = r >= 0;
	return r;
}

/* The next rows that have changed, from *at on. */
static int gather(const struct settings *set, size_t *at, struct arena *mem,
                  struct ban_keep_args *out)
{
	int r = 0;

	*out = (struct ban_keep_args){ .rows = arena_array(mem, struct ban_memory,
		                                           BAN_MEMORY_ROWS_MAX) };
	if (!out->rows)
		return err(ERR_NO_MEMORY, "no memory for who is shut out");
	for (; r >= 0 && *at < BANS_ALL && out->n_rows < BAN_MEMORY_ROWS_MAX; ++*at) {
		struct ban *b = &bans[*at / BANS_OF_ROW][*at % BANS_OF_ROW];

		if (!b->changed)
			continue;
		b->changed = false;
		r = put_row(b, set->defence_ban_half, loop_now_at(), mem,
		            &out->rows[out->n_rows++]);
	}
	return r;
}

/* All of them again, for nobody knows which were kept. */
static void change_all(void)
{
	for (size_t i = 0; i < BANS_ROWS; i++)
		for (size_t k = 0; k < BANS_OF_ROW; k++)
			bans[i][k].changed = *bans[i][k].address;
	self.any = true;
}

WAITS int bans_keep(const struct settings *set)
{
	int r = 0;
	FIBRE_TIMEOUT(CALL_MS);

	self.any = false;
	for (size_t at = 0; r >= 0 && at < BANS_ALL;) {
		AUTO_ARENA mem = { 0 };
		struct ban_keep_args a;
		struct ban_keep_reply kept;

		r = gather(set, &at, &mem, &a);
		if (r >= 0 && a.n_rows)
			r = ban_keep(&a, &mem, &kept); /* WAITS */
	}
	if (r < 0)
		change_all();
	return r;
}

/* What could not be kept is forgotten by a restart, and no mail is the worse for it. */
static void keep_on(void *arg)
{
	const struct settings *set = arg;
	int r = 0;

	while (r != ERR_CANCELLED) {
		r = self.recalled && !self.any
		            ? cond_wait(&self.changed, "a source that does harm") /* WAITS */
		            : 0;
		if (r >= 0)
			r = fibre_sleep(BANS_KEEP_MS); /* WAITS */
		if (r >= 0 && !self.recalled)
			r = bans_recall(); /* WAITS */
		if (r >= 0)
			r = bans_keep(set); /* WAITS */
		if (r < 0 && r != ERR_CANCELLED && !self.failed)
			event_log(EVENT_internal_error, "what=%s reason=%s",
			          "who is shut out is not kept over a restart", err_str(r));
		self.failed = r < 0;
	}
	self.keeping = false;
}

void bans_keep_on(const struct settings *set)
{
	self.keeping = self.keeping || fibre_spawn("bans", keep_on, (void *)(uintptr_t)set) >= 0;
}
