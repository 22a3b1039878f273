/* component/send.h - the send that a client has under way. */
#ifndef COMPONENT_SEND_H
#define COMPONENT_SEND_H

#include "component/client.h"

/* Waits until then for what happens next, and does what follows.  0: all is decided; else 1. */
int send_turn(struct postrider_client *c, int64_t until_at);
/* Who is not decided is deferred; there may be none under way. */
void send_end(struct postrider_client *c);

#endif
