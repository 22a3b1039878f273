/* wire/message/thread/root.h - the conversation that a message says it belongs to.
 *
 * Sources: RFC 8474 5.2 (THREADID); RFC 5322 3.6.4 (References begin with the conversation's first
 *          message); RFC 5256 3 (which ids are valid, and when two are one).
 * From the message alone, so that it needs no look at others and is the same in every mailbox, for
 * ever.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_THREAD_ROOT_H
#define WIRE_MESSAGE_THREAD_ROOT_H

#include "base/span.h"

/* The number of the message id that the conversation began with: the first one of References, else
 * of In-Reply-To, else of Message-ID; of a field that is there twice the first counts.  The number
 * is FNV-1a (64 bits) of the id as message_id_put has it.  0: it names none. */
uint64_t message_thread_root(struct span header);

#endif
