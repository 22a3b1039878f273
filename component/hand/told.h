/* component/hand/told.h - what a Postrider server tells of those recipients of a message that it
 * was given for: by the control socket (hand.h), or by HTTP (component/web/web.h). */
#ifndef COMPONENT_HAND_TOLD_H
#define COMPONENT_HAND_TOLD_H

#include "component/hand/tell.h"
#include "component/sending.h"

struct told {
	struct sending *sending;
	struct sending_group *group;
	const uint32_t *rows;
	size_t n_rows, n_left;
	struct arena mem;
	struct span id; /* of the server's message; empty: it may not have it */
	int64_t began_at;
	bool *decided;
	struct buf recipients; /* of the server's message: how far each is */
	size_t n_seen, n_ended;
	struct hand_change other; /* the worst of those whom an address of ours leads to */
	bool given, done;         /* given: all was written */
};

/* For recipients of the group that has some left, at most so many.  ERR_NO_MEMORY: with rows that
 * nothing was told of. */
NODISCARD int told_begin(struct told *t, struct sending *s, struct sending_group *g, size_t most);
/* The same without even that: they are told of, and the next may follow. */
void told_no_memory(struct sending *s, struct sending_group *g, size_t most);
/* The group is back in waiting when there are more. */
void told_end(struct told *t);

/* A change, as a line of `changes` or a record.  ERR_SYNTAX, ERR_NO_MEMORY. */
NODISCARD int told_take(struct told *t, struct span line);
/* The end of all that are not decided: as told; it was not handed over, as far as we know; the
 * server goes on by itself; or the last of these that is so. */
void told_rest(struct told *t, const struct hand_change *c);
void told_fail(struct told *t, enum smtp_class class, const char *why);
void told_left(struct told *t, enum smtp_class class);
void told_give_up(struct told *t, enum smtp_class class, const char *why);
/* What is ours to say: deferred. */
struct hand_change told_ours(struct told *t, enum smtp_class class, const char *text);
/* Each recipient that the server has was told of; what is left leads to others. */
bool told_is_over(const struct told *t);
void told_finish(struct told *t);

#endif
