/* httpd/held.c - what requests hold in memory, all together (http.memory). */
#include "httpd/session.h"

enum { SMALL = 64 << 10 };

static size_t held_bytes; /* by all */

int httpd_hold(struct httpd_request *q, size_t n)
{
	bool is_alone = held_bytes == q->held_bytes;

	if (!is_alone && q->held_bytes + n > SMALL &&
	    held_bytes + n > (size_t)q->s->set->http_memory)
		return err(ERR_LIMIT, "so much is being taken in that there is no room for this "
		                      "request (http.memory)");
	q->held_bytes += n;
	held_bytes += n;
	return 0;
}

void httpd_held_end(struct httpd_request *q)
{
	held_bytes -= q->held_bytes;
	q->held_bytes = 0;
}
