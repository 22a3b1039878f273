/* pop3d/session.h - one POP3 conversation: what its command handlers share.
 *
 * A handler reads: action, reply.  That its command may come now, and how it looks, was seen before
 * (wire/pop3).  It sends its own reply, and returns 0, or an error that ends the session.
 */
#ifndef POP3D_SESSION_H
#define POP3D_SESSION_H

#include "base/buf.h"
#include "calls/mailbox.h"
#include "login/kept.h"
#include "pop3d/maildrop.h"
#include "pop3d/pop3d.h"
#include "wire/pop3/command.h"

enum {
	POP3D_OUT_BYTES = 16 << 10, /* of a listing, gathered before they go to the stream */
	POP3D_WORK_MS = 300000,     /* one call of the store, and what is between two      */
};

/* Between commands, all that a session is. */
struct pop3d_session {
	struct stream *stream;
	const struct pop3d_server *server;
	const struct settings *set;
	char *user; /* said by USER, until a login is tried; NULL: none */
	struct login_kept login;
	int64_t login_until_at;
	uint32_t mailbox, uid_validity; /* INBOX */
	struct maildrop drop;
	unsigned n_errors, n_auth_failures, n_retrieved, n_removed;
	bool utf8, counted, quit;
};

static inline struct span pop3d_ticket(const struct pop3d_session *s)
{
	return buf_span(&s->login.ticket);
}

/* ---- reply.c ---- */

/* Their errors end the session: a client that does not read for pop3.write_time is one. */
NODISCARD WAITS int pop3d_put(struct pop3d_session *s, struct span octets);
NODISCARD WAITS int pop3d_ok(struct pop3d_session *s, const char *fmt, ...) PRINTF(2, 3);
/* code: of RFC 2449 8, RFC 3206 and RFC 6856 5, without brackets; "": none. */
NODISCARD WAITS int pop3d_err(struct pop3d_session *s, const char *code, const char *fmt, ...)
        PRINTF(3, 4);
/* As pop3d_err for a fault of the client; after smtp.errors_max of them the session ends. */
NODISCARD WAITS int pop3d_bad(struct pop3d_session *s, const char *fmt, ...) PRINTF(2, 3);
/* The reply to a command that failed by r, an error of a call. */
NODISCARD WAITS int pop3d_failed(struct pop3d_session *s, int r);
/* Lines of a listing: sends what is gathered once it is much; all of it, and the final dot. */
NODISCARD WAITS int pop3d_ease(struct pop3d_session *s, struct buf *lines);
NODISCARD WAITS int pop3d_end_lines(struct pop3d_session *s, struct buf *lines);

/* ---- login.c ---- */

/* Lines of CAPA: what logs in, and STLS. */
void pop3d_put_login_capabilities(const struct pop3d_session *s, struct buf *out);

/* ---- cmd_list.c ---- */

/* Fills s->drop from INBOX. */
NODISCARD WAITS int pop3d_open_maildrop(struct pop3d_session *s);
/* "+OK 2 messages (320 octets)". */
NODISCARD WAITS int pop3d_tell_maildrop(struct pop3d_session *s);
/* 0, or 1 when a refusal was sent: no such message, or it is marked. */
NODISCARD WAITS int pop3d_check_number(struct pop3d_session *s, uint32_t number);

typedef int pop3d_handler(struct pop3d_session *s, const struct pop3_command *cmd);
#define VERB(NAME, handler, ...) WAITS pop3d_handler pop3d_cmd_##handler;
#include "wire/pop3/verbs.def"
#undef VERB

#endif
