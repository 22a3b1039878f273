/* wire/message/thread/thread.h - THREAD: messages and those that answer them.
 *
 * Source: RFC 5256 4 (ORDEREDSUBJECT, REFERENCES), 5 (thread-list).
 * O(n log n) in messages and references; no recursion.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_THREAD_THREAD_H
#define WIRE_MESSAGE_THREAD_THREAD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "wire/message/thread/sort.h"

enum {
	MESSAGE_THREAD_STEPS =
	        1000, /* a message, on average, that a look for circles may go up; a link
	                 that would need more is not made: only made-up mail gets there */
	MESSAGE_THREAD_NONE = -1,
};

/* A message, or (entry NULL) the missing first one of a thread whose messages are siblings. */
struct message_thread {
	const struct message_sort_entry *entry;
	int parent, child, next; /* indices into nodes, or MESSAGE_THREAD_NONE */
};

struct message_threads {
	struct message_thread *nodes;
	int first; /* of the threads; `next` leads on; MESSAGE_THREAD_NONE without messages */
};

/* entries: the messages found, by number; borrowed by the result.  mem: some 150 octets a message.
 * ERR_LIMIT for 2^28 messages; ERR_NO_MEMORY. */
NODISCARD int message_thread_subjects(const struct message_sort_entry *entries, size_t n,
                                      struct arena *mem, struct message_threads *out);
NODISCARD int message_thread_references(const struct message_sort_entry *entries, size_t n,
                                        struct arena *mem, struct message_threads *out);

/* Appends "(2)(3 6 (4 23)(44 7 96))"; nothing without messages. */
int message_threads_print(struct buf *out, const struct message_threads *t);

#endif
