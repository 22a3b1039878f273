/* mailbox/watch.h - readers of events, and the mailboxes that each watches. */
#ifndef MAILBOX_WATCH_H
#define MAILBOX_WATCH_H

#include "mailbox/mailbox_impl.h"

struct reader {
	uint64_t number;
	int64_t asked_at;
	struct list watches; /* struct watch; those with news first */
	unsigned n_asking;
	struct cond news;
};

struct watch {
	struct list link;
	struct reader *reader;
	uint32_t mailbox;
	struct watch *next; /* others of the mailbox */
	bool has_news, removed, more;
	uint64_t since, modseq;
	struct mailbox_change *changes; /* up to MAILBOX_EVENT_CHANGES_MAX, on the heap */
	size_t n_changes;
};

/* A reader, made when missing; ERR_LIMIT. */
NODISCARD int reader_get(uint64_t number, struct reader **out);
/* One that is there is no mistake; ERR_LIMIT. */
NODISCARD int watch_begin(struct reader *r, const struct mailbox *m);
void watch_end(struct watch *w);
/* NULL: none. */
struct watch *watch_find(const struct reader *r, uint32_t mailbox);
/* The next with news; NULL: none has. */
struct watch *watch_news(const struct reader *r);
/* Its news were told. */
void watch_settle(struct watch *w);

#endif
