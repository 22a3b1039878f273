/* imapd/fetch.h - what cmd_fetch.c and fetch_section.c share. */
#ifndef IMAPD_FETCH_H
#define IMAPD_FETCH_H

#include "imapd/message.h"
#include "wire/imap/args/fetch.h"
#include "wire/imap/date.h"

/* Puts "BODY[1]<0> {n}" and its octets, which are read while they are sent.  *begun is SIZE_MAX
 * once some are sent: after that an error ends the session. */
NODISCARD WAITS int imapd_put_section(struct imapd_session *s, struct imapd_call *c,
                                      struct imapd_message *m, const struct imap_section *section,
                                      size_t *begun);
/* The same of BINARY[...] and BINARY.SIZE[...] (fetch_binary.c). */
NODISCARD WAITS int imapd_put_binary(struct imapd_session *s, struct imapd_call *c,
                                     struct imapd_message *m, const struct imap_section *section,
                                     size_t *begun);

#endif
