/* queue/serve/bodies.h - bodies that came by queue_file, for another folder that commits messages.
 */
#ifndef QUEUE_SERVE_BODIES_H
#define QUEUE_SERVE_BODIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct blob;
/* It is busy until queue_body_end.  ERR_NOT_FOUND: none that is being filled; ERR_UNAVAILABLE. */
NODISCARD int queue_body_take(uint64_t number, struct blob **out);
/* kept: it is part of a message now. */
void queue_body_end(struct blob *body, bool kept);

#endif
