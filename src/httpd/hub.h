/* httpd/hub.h - what became of an account's messages, asked once in the process and handed to all
 * who listen.
 *
 * A listener is a parked session, which is woken with HTTPD_NEWS when there is something for it.
 */
#ifndef HTTPD_HUB_H
#define HTTPD_HUB_H

#include "base/list.h"
#include "httpd/session.h"

enum { HTTPD_NEWS = 1 }; /* of stream_woken */

struct hub;
struct hub_listener {
	struct list link;
	struct hub *hub;
	struct httpd_session *s;
	uint64_t after; /* the change that was told last */
};

/* One change, as it is told. */
struct hub_event {
	uint64_t seq, message;
	uint8_t event;    /* httpd_event_of */
	struct span json; /* valid until the next wait */
};

/* ERR_NO_MEMORY. */
NODISCARD int hub_enter(struct hub_listener *l, struct httpd_session *s, uint64_t after);
void hub_leave(struct hub_listener *l);
/* The next for it, behind l->after, which it moves.  1; 0: none now.  ERR_AGAIN: it is further
 * behind than what is kept here, and asks the store itself. */
NODISCARD int hub_next(struct hub_listener *l, struct hub_event *out);
/* The server stops: every listener is woken, and hub_stopping is true. */
void hub_stop(void);
bool hub_stopping(void);

#endif
