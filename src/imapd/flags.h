/* imapd/flags.h - flags as the store has them and as a client is told them. */
#ifndef IMAPD_FLAGS_H
#define IMAPD_FLAGS_H

#include "imapd/session.h"
#include "wire/imap/flags.h"

/* The store's bits of an OR of imap_flag. */
uint64_t imapd_stored_flags(unsigned system);
/* The store's bits of a client's flags; keywords that the account does not have are made. */
NODISCARD WAITS int imapd_flags(struct imapd_session *s, struct imapd_call *c,
                                const struct imap_flags *flags, uint64_t *out);
/* The bit of a keyword; 0: the account does not have it. */
NODISCARD WAITS int imapd_keyword(struct imapd_session *s, struct imapd_call *c, struct span name,
                                  uint64_t *out);
/* Puts "(\Seen $Junk)". */
NODISCARD WAITS int imapd_put_flags(struct imapd_session *s, struct imapd_call *c, uint64_t flags,
                                    const char *extra);
/* Puts "* n FETCH (FLAGS ...)", with UID and MODSEQ where they are due. */
NODISCARD WAITS int imapd_put_change(struct imapd_session *s, struct imapd_call *c, uint32_t number,
                                     uint32_t uid, uint64_t flags, uint64_t modseq);
/* Bits of all that the account has. */
NODISCARD WAITS int imapd_flags_all(struct imapd_session *s, struct imapd_call *c, uint64_t *out);

#endif
