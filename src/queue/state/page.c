/* queue/state/page.c - see page.h. */
#include "queue/state/page.h"

WAITS int page_begin(struct queue *q)
{
	while (q->paging) {
		int r = cond_wait(&q->page_free, "its page of the queue"); /* WAITS */

		if (r < 0) {
			cond_signal(&q->page_free); /* it may have been our turn */
			return r;
		}
	}
	q->paging = true;
	schedule_remember_begin(&q->schedule);
	return 0;
}

void page_end(struct queue *q)
{
	schedule_remember_end(&q->schedule);
	q->paging = false;
	cond_signal(&q->page_free);
}
