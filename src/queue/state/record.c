/* queue/state/record.c - see record.h. */
#include "queue/state/record.h"

enum { BACK_OFF_MS = 1000, BACK_OFF_DOUBLINGS = 5 };

WAITS int record_back_off(unsigned n_tries)
{
	unsigned doublings = n_tries < BACK_OFF_DOUBLINGS ? n_tries : BACK_OFF_DOUBLINGS;

	return fibre_sleep((int64_t)BACK_OFF_MS << doublings); /* WAITS */
}

void record_note(struct queue *q, const struct entry *e, uint8_t state, uint32_t attempt,
                 uint8_t class, struct span meaning, int64_t next_try_ms)
{
	for (size_t i = 0; i < e->n_rcpts; i++) {
		struct record_change f = {
			.message = e->message,
			.recipient = e->rcpts[i].recipient,
			.return_path = e->return_path,
			.address = e->rcpts[i].address,
			.state = state,
			.attempt = attempt,
			.class = class,
			.meaning = meaning,
			.next_try_ms = next_try_ms,
		};
		store_note(q->store, &f);
	}
}
