/* imapd/search/search.h - which messages fit the keys of SEARCH? */
#ifndef IMAPD_SEARCH_SEARCH_H
#define IMAPD_SEARCH_SEARCH_H

#include "imapd/message.h"
#include "wire/imap/args/search.h"
#include "wire/message/search/search.h"

enum { IMAPD_SEARCH_TEXTS_MAX = 64 }; /* strings that are looked for in texts */

/* What the index of texts said, sift.h: of UIDs as far as `upto`, which are asked for in order. */
struct imapd_sift {
	bool off; /* there is none, or nothing to ask it */
	struct mailbox_needle *needles;
	size_t n_needles;
	uint8_t needle_of[IMAPD_SEARCH_TEXTS_MAX]; /* of each text, from 1; 0: none */
	struct arena mem;
	struct mailbox_sift_reply got;
	size_t n;           /* UIDs that it knows */
	size_t run, before; /* in got.uids, and UIDs before that one */
	uint32_t upto;
	bool known; /* the message that is looked at, */
	size_t at;  /* and which of the n it is */
};

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
	struct imapd_sift sift;
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
/* The same for one that is unknown, once the index was asked. */
NODISCARD WAITS int imapd_search_sift(struct imapd_search *x, const struct mailbox_entry *e);
/* Of one that is unknown.  front: what is at hand of it; NULL: nothing. */
NODISCARD WAITS int imapd_search_read(struct imapd_search *x, const struct mailbox_entry *e,
                                      const struct mailbox_front *front);

/* What the index of texts says of messages before they are read, sift.c: only ever that one does
 * not hold a string.  What it does not know is read as without it. */

/* Of the search's texts; none: it is not asked. */
NODISCARD int imapd_sift_begin(struct imapd_search *x, struct arena *mem);
void imapd_sift_fini(struct imapd_search *x);
/* From now on imapd_sift_denies tells of this message; those that follow have higher UIDs. */
WAITS void imapd_sift_look(struct imapd_search *x, uint32_t uid);
/* The message that was looked at does not hold the text, an index into x->keys. */
bool imapd_sift_denies(const struct imapd_search *x, size_t text);

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
