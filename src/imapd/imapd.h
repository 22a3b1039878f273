/* imapd/imapd.h - the IMAP server: IMAP4rev1 (RFC 3501) and IMAP4rev2 (RFC 9051).
 *
 * Floor of smtpd.  Runs in the edge role; mailboxes are the store's (calls/mailbox.h).
 */
#ifndef IMAPD_IMAPD_H
#define IMAPD_IMAPD_H

#include "config/settings.h"
#include "rt/stream/stream.h"
#include "rt/stream/tls.h"

enum imapd_kind {
	IMAPD_IMAP,  /* 143: STARTTLS                     */
	IMAPD_IMAPS, /* 993: TLS from the start (RFC 8314) */
};

/* One listener's service.  Borrowed for as long as sessions live. */
struct imapd_server {
	enum imapd_kind kind;
	const struct settings *set;
	struct tls_context *tls; /* NULL: no TLS is offered */
};

/* A new connection (listener_open's callback); arg is the struct imapd_server. */
void imapd_accept(struct stream *stream, void *arg);

/* Sessions now. */
size_t imapd_sessions(void);

#endif
