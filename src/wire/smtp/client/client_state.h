/* wire/smtp/client/client_state.h - the client engine's inside; see client.h.
 *
 * client.c          the outside: wants, input, output, and which reply goes where
 * client_session.c  greeting, EHLO, STARTTLS, AUTH, QUIT
 * client_token.c    AUTH by a token
 * client_tx.c       MAIL, RCPT, DATA, the message, its replies
 * client_result.c   outcomes: each recipient gets one, once
 */
#ifndef WIRE_SMTP_CLIENT_STATE_H
#define WIRE_SMTP_CLIENT_STATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "wire/smtp/client/client.h"
#include "wire/smtp/data.h"
#include "wire/smtp/reply.h"

enum client_state {
	CLIENT_OPENING,   /* greeting to AUTH                             */
	CLIENT_HANDSHAKE, /* STARTTLS was granted, or TLS comes first     */
	CLIENT_IDLE,
	CLIENT_SENDING, /* RSET, MAIL, RCPT, DATA                         */
	CLIENT_BODY,    /* behind 354: the message                        */
	CLIENT_DOT,     /* behind its end                                 */
	CLIENT_QUITTING,
	CLIENT_CLOSED,
};

/* What a reply answers. */
enum client_expect {
	EXPECT_GREETING,
	EXPECT_EHLO,
	EXPECT_HELO,
	EXPECT_STARTTLS,
	EXPECT_AUTH_PLAIN,    /* 334, then the credentials      */
	EXPECT_AUTH_USER,     /* 334, then the user             */
	EXPECT_AUTH_PASSWORD, /* 334, then the password         */
	EXPECT_AUTH_SCRAM,    /* 334 with the challenge         */
	EXPECT_AUTH_PROOF,    /* 334 with the server's proof    */
	EXPECT_AUTH_TOKEN,    /* 334, then the token            */
	EXPECT_AUTH_VERDICT,  /* 235, or 334 with what is wrong */
	EXPECT_AUTH,          /* 235                            */
	EXPECT_RSET,
	EXPECT_MAIL,
	EXPECT_RCPT,
	EXPECT_DATA,
	EXPECT_DOT,
	EXPECT_QUIT,
};

struct client_pending {
	enum client_expect kind;
	uint32_t rcpt;
	uint64_t end; /* octets sent on the connection once the command is out */
};

struct smtp_client {
	struct smtp_client_conf conf; /* its spans point into `words` */
	enum client_state state;
	enum smtp_stage stage; /* of the latest reply */
	struct smtp_client_facts facts;
	bool greeted_again; /* within TLS */

	struct smtp_reply reply; /* being read */
	struct smtp_scram scram;
	struct buf out;
	size_t out_from; /* octets of `out` that were sent           */
	bool out_secret; /* `out` holds credentials                  */
	uint64_t n_sent; /* octets sent on this connection           */
	struct client_pending pending[SMTP_CLIENT_WINDOW]; /* a ring */
	unsigned pending_first, n_pending;

	struct smtp_client_tx tx;
	bool has_tx;
	bool rset_due, mail_due, mail_refused, data_sent;
	bool dirty;       /* the server may hold a transaction open   */
	size_t n_send;    /* recipients that are named to the server  */
	size_t next_rcpt; /* of them: the next to be named            */
	size_t dot_rcpt;  /* LMTP: where the next accepted one may be */
	size_t n_accepted, n_done;
	bool *accepted;                     /* a recipient each */
	struct smtp_client_result *results; /* a recipient each */
	size_t n_results;
	struct arena mem; /* of the transaction */
	struct smtp_data_out data;

	struct smtp_client_result end;
	char end_text[SMTP_CLIENT_TEXT_MAX];
	size_t n_words;
	char words[]; /* name, user, password, token, host */
};

/* client.c */

static inline size_t client_n_queued(const struct smtp_client *c)
{
	return c->out.n - c->out_from;
}

/* Ends the command that was put into c->out with CRLF and waits for its reply. */
void client_command(struct smtp_client *c, enum client_expect kind, uint32_t rcpt);
/* Waits for a reply to all that was put into c->out. */
void client_expect(struct smtp_client *c, enum client_expect kind, uint32_t rcpt);
/* Ends the session when `out` could not take a command: to be asked after putting any. */
void client_check_output(struct smtp_client *c);
/* The session is over: nothing more is sent. */
void client_close(struct smtp_client *c);

/* client_session.c: one reply each. */
void client_on_greeting(struct smtp_client *c, const struct smtp_reply *r);
void client_on_ehlo(struct smtp_client *c, const struct smtp_reply *r);
void client_on_helo(struct smtp_client *c, const struct smtp_reply *r);
void client_on_starttls(struct smtp_client *c, const struct smtp_reply *r);
void client_on_auth(struct smtp_client *c, const struct smtp_reply *r, enum client_expect step);
void client_send_quit(struct smtp_client *c);

/* client_token.c */
void client_send_token(struct smtp_client *c);
void client_answer_token(struct smtp_client *c, enum client_expect step);

/* client_tx.c */
void client_tx_start(struct smtp_client *c);
/* Sends what may be sent now, and ends the transaction when nothing is due. */
void client_tx_advance(struct smtp_client *c);
void client_on_rset(struct smtp_client *c, const struct smtp_reply *r);
void client_on_mail(struct smtp_client *c, const struct smtp_reply *r);
void client_on_rcpt(struct smtp_client *c, const struct smtp_reply *r, size_t rcpt);
void client_on_data(struct smtp_client *c, const struct smtp_reply *r);
void client_on_dot(struct smtp_client *c, const struct smtp_reply *r);

/* client_result.c */
struct smtp_client_result client_reply_result(struct smtp_client *c, enum smtp_stage stage,
                                              const struct smtp_reply *r);
struct smtp_client_result client_cause_result(enum smtp_stage stage, enum smtp_cause cause);
/* Room for n undecided results; 0 or ERR_NO_MEMORY. */
NODISCARD int client_results_new(struct smtp_client *c, size_t n);
void client_decide(struct smtp_client *c, size_t rcpt, const struct smtp_client_result *result);
void client_decide_rest(struct smtp_client *c, const struct smtp_client_result *result);
/* Decides the rest, notes why the session ended. */
void client_end_with(struct smtp_client *c, const struct smtp_client_result *result);
/* The same by our own finding, and closes at once. */
void client_fail(struct smtp_client *c, enum smtp_cause cause);
/* The same in words of the caller's, in the transaction's memory; empty: the cause's. */
void client_fail_saying(struct smtp_client *c, enum smtp_cause cause, struct span text);

#endif
