/* imapd/search/search.h - which messages fit the keys of SEARCH? */
#ifndef IMAPD_SEARCH_SEARCH_H
#define IMAPD_SEARCH_SEARCH_H

#include "imapd/message.h"
#include "wire/imap/args/search.h"
#include "wire/message/search/search.h"

enum { IMAPD_SEARCH_TEXTS_MAX = 64 }; /* strings that are looked for in texts */

/* Of one command; everything lives in its arena. */
struct imapd_search {
	struct imapd_session *session;
	const struct imap_search *args;
	uint8_t *values;                 /* of each node: enum of search.c */
	uint64_t *keywords;              /* of KEYWORD and UNKEYWORD: the store's bit */
	struct imap_set *sets;           /* of SET and UID: UIDs */
	uint16_t *texts;                 /* of what is looked for in the text: index into keys */
	struct message_search_key *keys; /* room for IMAPD_SEARCH_TEXTS_MAX */
	size_t n_texts;
	bool bodies;     /* more than the header section is to be read */
	unsigned fields; /* of the envelope, that decide: message_envelope_fields */
	bool envelope;   /* it may decide */
	int64_t now_s;
};

/* ERR_SYNTAX, for BAD: numbers beyond the end.  ERR_REFUSED, told with LIMIT: too many texts. */
NODISCARD WAITS int imapd_search_begin(struct imapd_search *x, struct imapd_session *s,
                                       struct imapd_call *c, const struct imap_search *args);
enum imapd_search_fit { IMAPD_SEARCH_NO, IMAPD_SEARCH_YES, IMAPD_SEARCH_UNKNOWN };
/* enum imapd_search_fit, UNKNOWN where the text of the message decides. */
NODISCARD WAITS int imapd_search_decide(struct imapd_search *x, const struct mailbox_entry *e);
/* Of one that is unknown.  front: what is at hand of it; NULL: nothing. */
NODISCARD WAITS int imapd_search_read(struct imapd_search *x, const struct mailbox_entry *e,
                                      const struct mailbox_front *front);

/* Where to look, range.c: only rows of these UIDs, changed after `since`, with and without flags,
 * can fit. */
struct imapd_search_range {
	struct imap_set uids;
	uint64_t since, with, without;
};
/* From the keys that all must fit. */
NODISCARD int imapd_search_narrow(const struct imapd_search *x, struct arena *mem,
                                  struct imapd_search_range *out);

/* A message that fits, by number.  1: that is enough.  Negative ends the search. */
typedef int imapd_found(void *arg, const struct mailbox_entry *e, uint32_t number);
/* Looks through the mailbox by pages, and lets others run between them.
 *   caches  fn wants the entries with them */
NODISCARD WAITS int imapd_search_each(struct imapd_session *s, struct imapd_call *c,
                                      const struct imap_search *args, bool caches, imapd_found *fn,
                                      void *arg);

#endif
