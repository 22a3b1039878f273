/* wire/message/thread/thread_impl.h - what the ways of threading share. */
#ifndef WIRE_MESSAGE_THREAD_THREAD_IMPL_H
#define WIRE_MESSAGE_THREAD_THREAD_IMPL_H

#include "wire/message/thread/thread.h"

enum { THREAD_MESSAGES_MAX = 1 << 28 };

/* What siblings are in order of: RFC 5256 2.2, the sent date, then the number. */
struct thread_key {
	int64_t sent_s;
	uint32_t number;
	int node;
	const struct message_sort_entry *entry;
};

static inline struct thread_key message_thread_key(const struct message_sort_entry *e, int node)
{
	return (struct thread_key){ e->sent_s, e->number, node, e };
}

void message_thread_sort(struct thread_key *keys, size_t n);

#endif
