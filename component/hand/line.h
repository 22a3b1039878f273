/* component/hand/line.h - a line of the control socket: one JSON object without others in it.
 *
 * RFC 8259.  Pure.  It comes from a server of this machine; bounded and checked all the same.
 */
#ifndef COMPONENT_HAND_LINE_H
#define COMPONENT_HAND_LINE_H

#include "base/arena.h"
#include "base/err.h"

/* A member's value: a string decoded, in mem; a number, true, false as it stands; null and a member
 * that is missing are empty.  ERR_SYNTAX: the line is no such object; ERR_NO_MEMORY. */
NODISCARD int line_get(struct span line, const char *member, struct arena *mem, struct span *out);

#endif
