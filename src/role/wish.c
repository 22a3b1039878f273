/* role/wish.c - see wish.h. */
#include "role/wish.h"

#include "rt/fibre.h"

/* One thing that is wished for, by one after the other. */
struct wish {
	bool under_way, answered;
	uint8_t arg; /* of the answer */
	struct cond turn, came;
	struct buf *text; /* NULL: who asked has gone */
	int r;
};

#define WISH(w)                                                                                    \
	{                                                                                          \
		.turn = { LIST_INIT((w).turn.waiters) }, .came = { LIST_INIT((w).came.waiters) }   \
	}
static struct wish reloading = WISH(reloading), renewing = WISH(renewing);
static wish_reload_fn *alone;

void wish_alone(wish_reload_fn *fn)
{
	alone = fn;
}

void wish_take(struct boot_message *m)
{
	struct wish *w = m->type == BOOT_RELOAD ? &reloading : &renewing;

	w->arg = m->arg;
	w->answered = true;
	w->r = w->text ? boot_read_text(m, w->text) : 0;
	cond_signal(&w->came);
}

static WAITS int take_turn(struct wish *w, struct buf *text)
{
	int r = 0;

	while (r >= 0 && w->under_way)
		r = cond_wait(&w->turn, "its turn"); /* WAITS */
	if (r < 0)
		return r;
	w->under_way = true;
	w->answered = false;
	w->text = text;
	return 0;
}

/* Once it was sent, with r. */
static WAITS int await(struct wish *w, int r)
{
	while (r >= 0 && !w->answered)
		r = cond_wait(&w->came, "the parent"); /* WAITS */
	w->text = NULL;
	w->under_way = false;
	cond_signal(&w->turn);
	return r < 0 ? r : w->r;
}

WAITS int wish_reload(bool *good, struct buf *text)
{
	if (alone) {
		*good = alone(text);
		return 0;
	}
	int r = take_turn(&reloading, text); /* WAITS */
	if (r < 0)
		return r;
	r = await(&reloading, boot_send(BOOT_FD, BOOT_RELOAD, 0, NULL, -1)); /* WAITS */
	*good = !reloading.arg;
	return r;
}

WAITS int wish_certificates(struct span names, bool now, struct buf *text)
{
	if (alone)
		return err(ERR_UNKNOWN, "serve --one-process does not see to certificates");
	int r = take_turn(&renewing, text); /* WAITS */
	return r < 0 ? r
	             : await(&renewing, boot_send_text(BOOT_FD, BOOT_ACME, now, names)); /* WAITS */
}
