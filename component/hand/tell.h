/* component/hand/tell.h - what the server tells of a recipient, as a row of the result has it. */
#ifndef COMPONENT_HAND_TELL_H
#define COMPONENT_HAND_TELL_H

#include "component/result.h"

struct hand_change {
	uint64_t recipient;
	struct span address;
	bool ended; /* an attempt; or it is final */
	struct result_told told;
	struct span text;
};

/* A line of `changes`; all in mem.  ERR_SYNTAX: it is none; ERR_NO_MEMORY. */
NODISCARD int hand_change_read(struct span line, struct arena *mem, struct hand_change *out);
/* The server refused the whole: {"ok":false,"error":"SYNTAX","what":"..."}. */
NODISCARD int hand_refusal_read(struct span line, struct arena *mem, struct hand_change *out);
/* Which of two is to be told of an address that leads to several. */
bool hand_change_is_worse(const struct result_told *a, const struct result_told *b);

#endif
