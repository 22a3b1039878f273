/* smtpd/session.h - one SMTP conversation: what its command handlers share.
 *
 * A handler reads: syntax, policy, action, reply; that its verb may come now was seen (verbs.h). It
 * returns 0 to go on, or a negative error that ends the session (the reply, if any, was sent).
 */
#ifndef SMTPD_SESSION_H
#define SMTPD_SESSION_H

#include "intake/intake.h"
#include "login/kept.h"
#include "smtpd/smtpd.h"
#include "wire/smtp/command.h"
#include "wire/smtp/params.h"

/* LMTP (each.c): what RCPTs of the transaction stand for, in their order; in tx->mem. */
struct smtpd_each {
	struct smtpd_range {
		uint32_t begin, end; /* in tx->rcpts; an alias may have several, one that was named
		                        before none */
	} * v;
	size_t n, room;
};

struct smtpd_session {
	struct stream *stream;
	const struct smtpd_server *server;
	const struct settings *set;
	struct intake *tx; /* NULL outside a transaction          */
	char *helo;        /* NULL before HELO or EHLO            */
	struct login_kept login;
	char *rdns;   /* verified name; NULL until asked     */
	char *listed; /* what lists of addresses say against the client; NULL: nothing */
	int64_t login_until_at, command_until_at;
	unsigned extensions; /* OR of enum smtp_ext: whose parameters EHLO opened */
	unsigned n_free;     /* refusals since MAIL that were no error of the client's */
	struct smtpd_each each;
	unsigned n_errors, n_messages, n_auth_failures, n_idle_talk;
	int code;         /* of the latest reply                            */
	int mail_refused; /* the code that refused MAIL; 0 after RSET and the like */
	bool ehlo, quit;
	bool counted;       /* by policy/limits */
	bool is_known_good; /* defence.dnswl has the client */
	bool lists_asked;
	bool early;       /* it spoke before it was greeted */
	uint8_t harm;     /* enum bans_harm: what the next error is */
	uint8_t iprev;    /* enum policy_iprev: of its name */
	uint32_t rdns_us; /* that asking took */
	bool put_off;     /* a recipient of tx was refused for now, by our fault */
};

/* Sends a reply; its text is formatted, control octets escaped.  A 5xx counts as an error:
 * it says what the client did wrong.  A 4xx is about us. */
NODISCARD WAITS int smtpd_reply(struct smtpd_session *s, int code, const char *enhanced,
                                const char *fmt, ...) PRINTF(4, 5);
/* The reply for an error: from the table, always 4xx for our own fault, whose words are logged. */
NODISCARD WAITS int smtpd_reply_err(struct smtpd_session *s, int r);
/* The reply to a refusal of what the client only passes on: with LMTP it costs nothing, for the
 * mistake is somebody else's. */
NODISCARD WAITS int smtpd_reply_no(struct smtpd_session *s, const struct intake_no *no);
/* The same where whatever went wrong is our fault: always 4xx.  ERR_TICKET ends the
 * session. */
NODISCARD WAITS int smtpd_reply_ours(struct smtpd_session *s, int r);
/* Sends a reply that costs nothing, of several lines when the text has LFs. */
NODISCARD WAITS int smtpd_reply_lines(struct smtpd_session *s, int code, const char *enhanced,
                                      struct span text);

/* The session is at its end, or its fibre: there is nobody to say r to. */
bool smtpd_is_end(int r);
/* What a fault of ours is called outside; its words are logged. */
struct intake_no smtpd_no_ours(int r);

/* LMTP, RFC 2033 4.2.  A RCPT that was taken, with what tx has since `begin`; ERR_NO_MEMORY. */
NODISCARD int smtpd_each_add(struct smtpd_session *s, size_t begin);
/* One reply for each of these: `all`, but to whom tx has refused it by itself that. */
NODISCARD WAITS int smtpd_each_reply(struct smtpd_session *s, const struct intake_no *all);

/* Refuses what is no error of the client's, unless it never stops: past some thousands since MAIL
 * each counts as one. */
NODISCARD WAITS int smtpd_reply_free(struct smtpd_session *s, int code, const char *enhanced,
                                     struct span text);

/* Past errors_max the session ends with 421; past errors_soft each error of the source costs time.
 */
NODISCARD WAITS int smtpd_count_error(struct smtpd_session *s);

/* What it has come to: an OR of enum smtpd_fact (verbs.h). */
unsigned smtpd_facts(const struct smtpd_session *s);

/* Forgets the transaction (RFC 5321 4.1.1.5). */
WAITS void smtpd_tx_end(struct smtpd_session *s);
/* The login's ticket, renewed where it is time, also for the transaction that is open.  As
 * login_renew. */
NODISCARD WAITS int smtpd_login_renew(struct smtpd_session *s);
/* Forgets what was said before TLS or before a new EHLO; login only with `login`. */
WAITS void smtpd_forget(struct smtpd_session *s, bool login);

/* client.c.  Waits defence.greeting_delay, where there is one, and looks whether the client speaks
 * before we do.  ERR_CANCELLED, ERR_CLOSED. */
NODISCARD WAITS int smtpd_client_await(struct smtpd_session *s);
/* Once a session: lists, and the name.  What could not be asked says nothing.  ERR_CANCELLED. */
NODISCARD WAITS int smtpd_client_ask(struct smtpd_session *s);
/* What was found, for the transaction that is open.  ERR_NO_MEMORY. */
NODISCARD int smtpd_client_note(struct smtpd_session *s);

bool smtpd_is_submission(const struct smtpd_session *s);
bool smtpd_is_lmtp(const struct smtpd_session *s);
/* The client may send to anywhere. */
bool smtpd_may_relay(const struct smtpd_session *s);

typedef int smtpd_handler(struct smtpd_session *s, struct span args);
#define VERB(NAME, handler, ...) WAITS smtpd_handler smtpd_cmd_##handler;
#define NO_VERB(NAME)
#include "wire/smtp/verbs.def"
#undef NO_VERB
#undef VERB

#endif
