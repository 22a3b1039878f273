/* webhooks/webhooks_impl.h - what this folder's files share.  Not for other folders. */
#ifndef WEBHOOKS_WEBHOOKS_IMPL_H
#define WEBHOOKS_WEBHOOKS_IMPL_H

#include "base/json.h"
#include "base/list.h"
#include "calls/webhooks.h"
#include "queue/schedule/retry.h"
#include "rt/timer.h"
#include "webhooks/sign.h"
#include "webhooks/webhooks.h"

enum {
	WHY_MAX = 300,
	OLD_SECRET_MS = 24 * 60 * 60 * 1000,
	RETRY_AFTER_MAX_MS = 24 * 60 * 60 * 1000, /* that is honoured */
};

/* What its owner says of it. */
struct endpoint_def {
	char *url, *tags; /* tags: a JSON array, [] for any message */
	uint32_t states;  /* 1 << enum recipient_state; 0: any */
	uint8_t secret[SIGN_SECRET_BYTES], old_secret[SIGN_SECRET_BYTES];
	int64_t old_until_ms; /* until then both sign */
};

/* How far it has come.  Times are of the wall: they outlive a restart. */
struct endpoint_state {
	bool enabled;
	char why[WHY_MAX]; /* where it is not */
	uint64_t cursor;   /* changes up to this one are done with */
	int64_t cursor_ms; /* when that one was, or when there was none behind it */
	uint32_t failures; /* in a row */
	int64_t failing_since_ms, next_ms;
};

struct endpoint {
	struct list link; /* of all */
	struct list line; /* waits for its turn, or has it */
	uint64_t id, owner;
	char *account;
	int64_t made_ms;
	struct endpoint_def def;
	struct endpoint_state is;
	uint64_t kept_cursor; /* as the file has it */
	unsigned refs;        /* the list's, and of who waits with it */
	unsigned epoch;       /* rises when it was ordered to be another */
	bool gone, running, testing;
	bool news;   /* there may be something behind the cursor */
	bool waits;  /* until the timer says so it is not tried */
	bool closed; /* its account is */
	bool lives;  /* it has taken the latest that it was given */
	struct loop_timer timer;
};

/* A row of its log. */
struct attempt {
	uint64_t number, seq;
	int64_t time_ms, elapsed_ms, next_ms;
	struct span kind, webhook_id, words, answer;
	uint16_t status;
};

struct webhooks {
	const struct settings *set;
	struct store *store;
	struct retry_rule rule;
	struct list all, line, running;
	size_t n, n_running, n_doubtful; /* n_doubtful: of those that run */
	uint64_t seq; /* changes up to this one were looked at for whose they are */
	struct nursery fibres;
	struct cond some; /* there is an endpoint */
	bool open, busy;  /* busy: an order is carried out */
	struct cond free;
};
extern struct webhooks webhooks;

/* ---- endpoints.c ---- */

/* With the list's reference; NULL without memory.  Strings are copied. */
struct endpoint *endpoint_add(uint64_t id, struct span account, struct span url, struct span tags);
/* It is no more, for who comes; who waits with it sees that it is gone. */
void endpoint_drop(struct endpoint *e);
void endpoint_unref(struct endpoint *e);
void endpoints_forget_closed(void);
/* NULL: there is none, or it is another's. */
struct endpoint *endpoint_find(struct span account, uint64_t id);

/* ---- kept.c: the file ---- */

/* Its endpoints are added to the list. */
NODISCARD WAITS int kept_open(const char *data_dir);
void kept_close(void);
NODISCARD WAITS int kept_put(const struct endpoint *e);
NODISCARD WAITS int kept_remove(uint64_t id);
/* A row of the log and, unless NULL, the state that follows: both or none. */
NODISCARD WAITS int kept_log(uint64_t id, const struct endpoint_state *is, const struct attempt *a);
NODISCARD WAITS int kept_reached(uint64_t id, uint64_t cursor, int64_t cursor_ms);
/* The latest first, before a number; up to max, in mem. */
NODISCARD WAITS int kept_attempts(uint64_t id, uint64_t before, size_t max, struct arena *mem,
                                  struct attempt **out, size_t *n);

/* ---- row.c: their JSON ---- */

/* secret: shown; else it is not in it. */
void row_endpoint(struct json *j, const struct endpoint *e, bool secret);
void row_attempt(struct json *j, const struct attempt *a);

/* ---- post.c ---- */

struct record_change;
/* One change.  1: taken; 0: not, and what follows was done; negative: it was not tried, the fault
 * is ours. */
NODISCARD WAITS int post_change(struct endpoint *e, const struct record_change *f);
/* Beside the order, and whatever state it is in.  *out lives in mem.  Negative: as above. */
NODISCARD WAITS int post_test(struct endpoint *e, struct arena *mem, struct attempt *out);
/* A note for its owner. */
WAITS void post_note(struct endpoint *e, const char *fmt, ...) PRINTF(2, 3);

/* ---- line.c ---- */

/* There may be something for it. */
void line_news(struct endpoint *e);
/* Not before that many milliseconds. */
void line_wait(struct endpoint *e, int64_t ms);
/* What the state says of when it is tried next, after a start or an order. */
void line_resume(struct endpoint *e);
void line_leave(struct endpoint *e);

/* ---- follow.c ---- */

WAITS void follow(void *arg);

/* ---- letter.c ---- */

/* Nothing more is sent to it, for e->is.why. */
WAITS void letter_disabled(const struct endpoint *e);

/* ---- order.c ---- */

WAITS webhook_order_fn webhooks_order_here;
/* Whoever is between the two has the file, beside the fibres of the line. */
NODISCARD WAITS int orders_enter(void);
void orders_leave(void);

#endif
