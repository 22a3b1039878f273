/* wire/message/write/people.h - whom a message is from and to, read from text (RFC 5322 3.4).
 * Pure. */
#ifndef WIRE_MESSAGE_PEOPLE_H
#define WIRE_MESSAGE_PEOPLE_H

#include "wire/message/write/compose.h"

struct message_people {
	struct message_person *v;
	size_t n;
};

/* "Bob <bob@b.example>", exactly one; it lives in mem.  ERR_SYNTAX, ERR_NO_MEMORY. */
NODISCARD int message_person_read(struct span text, struct arena *mem, struct message_person *out);
/* Adds the mailboxes of a list: "Bob <bob@b.example>, c@d".  ERR_SYNTAX, ERR_LIMIT, ERR_NO_MEMORY.
 */
NODISCARD int message_people_add(struct message_people *p, struct span text, struct arena *mem);

#endif
