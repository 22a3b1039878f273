/* component/attempt.h - one attempt: turns the engine of deliver/deliver.h, which decides. */
#ifndef COMPONENT_ATTEMPT_H
#define COMPONENT_ATTEMPT_H

#include "component/sending.h"

/* Begins an attempt for recipients of the group that has some left; it ends by itself, its rows
 * decided, the group back in waiting when there are more. */
void attempt_begin(struct sending *s, struct sending_group *g);
/* All that are under way end at once. */
void attempts_stop(struct sending *s);

#endif
