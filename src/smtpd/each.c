/* smtpd/each.c - LMTP: after the text each recipient has an answer of its own.
 *
 * RFC 2033 4.2: one reply for each RCPT that was taken, in their order, also where two named the
 * same.
 */
#include "smtpd/session.h"

int smtpd_each_add(struct smtpd_session *s, size_t begin)
{
	struct smtpd_each *e = &s->each;

	if (e->n == e->room) {
		size_t room = e->room ? 2 * e->room : 4;
		struct smtpd_range *more = arena_array(&s->tx->mem, struct smtpd_range, room);
		if (!more)
			return err(ERR_NO_MEMORY, "no memory for %zu recipients", room);
		if (e->n)
			memcpy(more, e->v, e->n * sizeof *more);
		e->v = more;
		e->room = room;
	}
	e->v[e->n++] = (struct smtpd_range){ (uint32_t)begin, (uint32_t)s->tx->n_rcpts };
	return 0;
}

/* Why none of those that a RCPT stands for gets it; false: one does. */
static bool refused(const struct intake *tx, struct smtpd_range of, struct intake_no *out)
{
	for (uint32_t i = of.begin; i < of.end; i++)
		if (!intake_refused(tx, i, out))
			return false;
	return of.begin < of.end;
}

WAITS int smtpd_each_reply(struct smtpd_session *s, const struct intake_no *all)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->each.n; i++) {
		struct intake_no own;
		bool alone = refused(s->tx, s->each.v[i], &own);

		r = smtpd_reply_no(s, alone ? &own : all); /* WAITS */
	}
	return r;
}
