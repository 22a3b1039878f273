/* smtpd/smtpd.h - the SMTP server: transfer (RFC 5321), submission (RFC 6409), LMTP (RFC 2033).
 *
 * Floor 5.  Runs in the edge role.
 */
#ifndef SMTPD_SMTPD_H
#define SMTPD_SMTPD_H

#include "config/settings.h"
#include "rt/stream/stream.h"
#include "rt/stream/tls.h"

enum smtpd_kind {
	SMTPD_SMTP,        /* 25: mail from other servers; no AUTH         */
	SMTPD_SUBMISSION,  /* 587: mail from clients, STARTTLS             */
	SMTPD_SUBMISSIONS, /* 465: mail from clients, TLS from the start   */
	SMTPD_LMTP,        /* mail to be kept here, from servers of ours   */
};

/* One listener's service.  Borrowed for as long as sessions live. */
struct smtpd_server {
	enum smtpd_kind kind;
	const struct settings *set;
	struct tls_context *tls; /* NULL: no TLS is offered */
};

/* A new connection (listener_open's callback); arg is the struct smtpd_server. */
void smtpd_accept(struct stream *stream, void *arg);

/* Sessions now. */
size_t smtpd_sessions(void);

#endif
