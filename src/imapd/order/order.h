/* imapd/order/order.h - what SORT and THREAD know of the messages that a search finds. */
#ifndef IMAPD_ORDER_ORDER_H
#define IMAPD_ORDER_ORDER_H

#include "imapd/session.h"
#include "wire/imap/args/search.h"
#include "wire/message/thread/sort.h"

enum {
	IMAPD_ORDER_BYTES_MAX = 192 << 20, /* of all that are gathered at once in this process */
	IMAPD_ORDER_TEXT_MAX = 16 << 20,   /* octets of one answer */
};

/* Of one command; imapd_order_fini. */
struct imapd_order {
	struct imapd_session *session;
	bool by_uid, caches;
	unsigned want;    /* OR of message_sort_want */
	struct arena mem; /* of the entries' texts */
	struct message_sort_entry *entries;
	size_t n, room, charged;
	uint64_t modseq; /* the highest (RFC 7162 3.1.6) */
};

/* Gathers what fits the keys, in order of numbers.
 *   by_uid  an entry's number is its UID
 *   caches  more is wanted than size and arrival
 *   want    what of the envelope
 * ERR_REFUSED, told with LIMIT: there are too many.  ERR_SYNTAX: for BAD. */
NODISCARD WAITS int imapd_order_gather(struct imapd_order *o, struct imapd_session *s,
                                       struct imapd_call *c, const struct imap_search *keys,
                                       bool caches, unsigned want);
void imapd_order_fini(struct imapd_order *o);

#endif
