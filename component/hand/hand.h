/* component/hand/hand.h - a mail for the Postrider server of this machine, and what it tells. */
#ifndef COMPONENT_HAND_H
#define COMPONENT_HAND_H

#include "component/sending.h"

/* Hands the mail over for recipients of the group that has some left; it ends by itself, its rows
 * decided, the group back in waiting when there are more. */
void hand_begin(struct sending *s, struct sending_group *g);
/* All that are under way end at once. */
void hands_stop(struct sending *s);

#endif
