/* mailfile/maildir.h - names in a Maildir: folders, flags of messages, Dovecot's keywords.
 *
 * Sources: maildir(5) (cur, new, tmp; ":2,FRS"); Maildir++ (".A.B" are folders, INBOX is around
 * them), as Courier and Dovecot have it; Dovecot's dovecot-keywords ("0 $Forwarded": what the
 * letter a means) and subscriptions; Courier's courierimapsubscribed.  Pure.
 */
#ifndef MAILFILE_MAILDIR_H
#define MAILFILE_MAILDIR_H

#include "mailfile/flags.h"

enum {
	MAILDIR_LETTERS = 26,                  /* keywords of a folder */
	MAILDIR_KEYWORDS_BYTES_MAX = 64 << 10, /* of the file */
	MAILDIR_SUBSCRIPTIONS_BYTES_MAX = 1 << 20,
};

/* What a folder's small letters mean; empty: nothing. */
struct maildir_keywords {
	struct span words[MAILDIR_LETTERS];
};
/* Borrowed from the file.  Lines that are not understood are passed over. */
void maildir_keywords_parse(struct span file, struct maildir_keywords *out);
int maildir_keywords_put(const struct maildir_keywords *k, struct buf *out);
/* The letter of a word, which gets one when it has none; 0: all are taken. */
char maildir_letter(struct maildir_keywords *k, struct span word);

/* The flags behind ":2," of a message's name, in cur; keywords as words into mem.  ERR_NO_MEMORY.
 */
NODISCARD int maildir_flags_parse(struct span name, const struct maildir_keywords *k,
                                  struct arena *mem, struct mailfile_flags *out);
/* ":2,FRS": letters in order; words without one are left out and counted.  $Forwarded is 'P', and
 * has a small letter besides, since Dovecot does not know that one.  k NULL: no small letters. */
int maildir_flags_put(const struct mailfile_flags *flags, struct maildir_keywords *k,
                      struct buf *out, uint64_t *n_lost);
/* Of two names: by the time at the front, then as they are; below, 0, above 0. */
int maildir_name_cmp(struct span a, struct span b);

/* ".A.B" as "A/B" in UTF-8: out of modified UTF-7, or as it is when it is none but UTF-8.
 * ERR_SYNTAX. */
NODISCARD int maildir_folder_get(struct span name, struct buf *out);
/* Back, in modified UTF-7.  ERR_SYNTAX: no UTF-8; ERR_TOO_LONG. */
NODISCARD int maildir_folder_put(struct span path, struct buf *out);

/* The next mailbox of a file of subscriptions, as "A/B": Dovecot's of both versions, Courier's
 * "INBOX.A.B".  Appended to out.  False at the end. */
bool maildir_subscription_next(struct span *file, struct buf *out);
/* Dovecot's, second version: a line of it. */
int maildir_subscription_put(struct span path, struct buf *out);

#endif
