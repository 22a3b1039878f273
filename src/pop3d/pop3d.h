/* pop3d/pop3d.h - the POP3 server: RFC 1939, with what CAPA tells (cmd_capa.c).
 *
 * Floor of smtpd.  Runs in the edge role; the mailbox is the store's (calls/mailbox.h).
 */
#ifndef POP3D_POP3D_H
#define POP3D_POP3D_H

#include "config/settings.h"
#include "rt/stream/stream.h"
#include "rt/stream/tls.h"

enum pop3d_kind {
	POP3D_POP3,  /* 110: STLS                          */
	POP3D_POP3S, /* 995: TLS from the start (RFC 8314) */
};

/* One listener's service.  Borrowed for as long as sessions live. */
struct pop3d_server {
	enum pop3d_kind kind;
	const struct settings *set;
	struct tls_context *tls; /* NULL: no TLS is offered */
};

/* A new connection (listener_open's callback); arg is the struct pop3d_server. */
void pop3d_accept(struct stream *stream, void *arg);

/* Sessions now. */
size_t pop3d_sessions(void);

#endif
