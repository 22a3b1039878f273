/* wire/imap/put.h - what a server writes: strings and lines.
 *
 * Sources: RFC 3501 and RFC 9051 7, 9.  Pure.  Floor 1 (wire).  Sets are put by set.h, flags by
 * flags.h, dates by date.h, capabilities by capability.h, BODY[...] by args/fetch.h.  Each returns
 * what buf_put does: a writer may look at out->err once, at its end.
 */
#ifndef WIRE_IMAP_PUT_H
#define WIRE_IMAP_PUT_H

#include "base/buf.h"

enum { IMAP_QUOTED_MAX = 1000 }; /* octets; longer strings are literals */

/* Quoted when it can be, else a literal.  utf8: 8-bit text may be quoted when it is valid UTF-8
 * (UTF8=ACCEPT or IMAP4rev2 enabled).  A NUL goes in a literal8 (RFC 3516): only BINARY and message
 * text may hold one. */
int imap_put_string(struct buf *out, struct span s, bool utf8);
/* As an atom, when it is one and not NIL. */
int imap_put_astring(struct buf *out, struct span s, bool utf8);
int imap_put_nstring(struct buf *out, struct span s, bool nil, bool utf8);
/* A name in UTF-8, as the session has it: modified UTF-7 unless utf8. */
int imap_put_mailbox(struct buf *out, struct span name, bool utf8);
/* "{n}\r\n" or "~{n}\r\n": the octets are the caller's to send behind it. */
int imap_put_literal_head(struct buf *out, uint64_t n, bool literal8);

/* resp-text for people: one line of printable US-ASCII, never empty; other octets become
 * "?". */
int imap_put_text(struct buf *out, struct span s);
/* "TAG OK [CODE] text\r\n".  tag "*" for an untagged one; code, without its brackets, may be empty.
 */
int imap_put_status(struct buf *out, struct span tag, const char *ok, struct span code,
                    struct span text);

#endif
