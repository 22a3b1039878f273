/* wire/smtp/client/client.h - the client's side of SMTP and LMTP, without I/O.
 *
 * Sources: RFC 5321 3-4, RFC 2033 (LMTP), RFC 2920 (PIPELINING), RFC 3207
 *          (STARTTLS), RFC 4954 (AUTH), RFC 5802 and 7677 (SCRAM), RFC 7628 (tokens), RFC 1870
 *(SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8), RFC 3461 (DSN), RFC 9422 (LIMITS). No I/O, no
 *clock; memory is bounded and reused.  Floor 1 (wire).
 *
 * One engine is one connection.  The caller turns this loop:
 *
 *	for (;;)
 *		switch (smtp_client_want(c)) {
 *		case SMTP_WANT_WRITE:    n = send(smtp_client_output(c)); smtp_client_sent(c, n);
 *		case SMTP_WANT_READ:     smtp_client_recv(c, what arrived);
 *		case SMTP_WANT_STARTTLS: handshake; smtp_client_tls_done(c);
 *		case SMTP_WANT_BODY:     smtp_client_body(c, chunk) ... smtp_client_body_end(c);
 *		case SMTP_WANT_IDLE:     smtp_client_begin(c, &tx) or smtp_client_quit(c);
 *		case SMTP_WANT_CLOSED:   close the socket;
 *		}
 *
 * with a time limit that follows smtp_client_phase.  On a failure of its own
 * (time out, reset, handshake) it says smtp_client_closed(c, cause), and every
 * recipient not yet decided gets a temporary outcome, which says so where the message may have
 * been taken (SMTP_STAGE_END).  Report what was written
 * with smtp_client_sent before giving what was read: a reply to a command that
 * was not yet sent is taken as an attack.
 */
#ifndef WIRE_SMTP_CLIENT_H
#define WIRE_SMTP_CLIENT_H

#include "base/err.h"
#include "base/span.h"
#include "wire/smtp/client/scram.h"
#include "wire/smtp/ehlo.h"
#include "wire/smtp/params.h"
#include "wire/smtp/verdict/verdict.h"

struct smtp_client;

enum {
	SMTP_CLIENT_CHUNK_MAX = 64 << 10, /* octets of one smtp_client_body        */
	SMTP_CLIENT_OUT_LOW = 16 << 10,   /* BODY is wanted only below this output */
	SMTP_CLIENT_WINDOW = 64,          /* commands without a reply (RFC 2920)   */
	SMTP_CLIENT_TEXT_MAX = 512,       /* octets of a result's text             */
	SMTP_CLIENT_RCPTS_MAX = 10000,
	SMTP_CLIENT_SECRET_MAX = 1024, /* octets of a login name or password    */
	SMTP_CLIENT_TOKEN_MAX = 8 << 10,
};

enum smtp_client_want {
	SMTP_WANT_READ,
	SMTP_WANT_WRITE,
	SMTP_WANT_STARTTLS, /* the handshake's first octet is the caller's to send */
	SMTP_WANT_BODY,
	SMTP_WANT_IDLE,   /* session open, no transaction: results are final      */
	SMTP_WANT_CLOSED, /* session over: results are final                      */
};

/* Which time limit holds: RFC 5321 4.5.3.2. */
enum smtp_client_phase {
	SMTP_PHASE_GREETING,   /* 4.5.3.2.1: 5 min                          */
	SMTP_PHASE_COMMAND,    /* 4.5.3.2.2-3: 5 min; also EHLO, AUTH, QUIT */
	SMTP_PHASE_DATA_INIT,  /* 4.5.3.2.4: 2 min                          */
	SMTP_PHASE_DATA_BLOCK, /* 4.5.3.2.5: 3 min each write               */
	SMTP_PHASE_DATA_END,   /* 4.5.3.2.6: 10 min                         */
};

enum smtp_client_tls {
	SMTP_TLS_NONE,          /* never STARTTLS                             */
	SMTP_TLS_OPPORTUNISTIC, /* STARTTLS if offered, else in the clear     */
	SMTP_TLS_REQUIRED,      /* no MAIL and no AUTH without TLS            */
	SMTP_TLS_IMPLICIT,      /* STARTTLS is wanted first of all (RFC 8314 3.3) */
};

struct smtp_client_conf {
	struct span name; /* ours, for EHLO: a domain or address literal; copied */
	bool lmtp;
	bool no_pipelining;
	enum smtp_client_tls tls;
	struct span user, password; /* empty user: no AUTH; copied, wiped at the end   */
	/* Not empty: AUTH by this token (RFC 6750 2.1) and no password.  host and port are the
	 * server's, as RFC 7628 3.1 wants them told.  Copied and wiped likewise. */
	struct span token, host;
	uint16_t port;
	bool auth_in_clear; /* permits AUTH without TLS: loopback only         */
	/* NULL: no SCRAM-SHA-256, which comes before PLAIN and LOGIN where the server has it. */
	const struct smtp_scram_crypto *scram;
};

struct smtp_client_rcpt {
	struct span address; /* local@domain as in RCPT, without < >          */
	unsigned notify;     /* OR of enum smtp_notify; 0 says nothing        */
	struct span orcpt;   /* "rfc822;xtext" as it came; empty says nothing */
};

/* What is borrowed here must stay until the transaction ends. */
struct smtp_client_tx {
	struct span return_path; /* without < >; empty is the null sender     */
	const struct smtp_client_rcpt *rcpts;
	size_t n_rcpts;
	uint64_t size;     /* octets with CRLF, dots not doubled; 0: unknown   */
	bool eight_bit;    /* needs 8BITMIME                                   */
	bool smtputf8;     /* the message needs it; addresses are looked at    */
	enum smtp_ret ret; /* sent when the server offers DSN                  */
	struct span envid; /* xtext, likewise                                  */
};

/* One recipient's outcome, or the session's. */
struct smtp_client_result {
	bool done; /* final; the rest means nothing before          */
	enum smtp_stage stage;
	enum smtp_cause cause;         /* SMTP_CAUSE_NONE: the server's reply decided   */
	int code;                      /* the server's reply; 0 when it gave none       */
	struct smtp_enhanced enhanced; /* as sent, or ours for a cause                  */
	struct span text;              /* the server's words or ours: one line of UTF-8
	                                * without control characters                    */
	struct smtp_verdict verdict;
};

struct smtp_client_facts {
	char banner[256];      /* text of the greeting, as a result's text */
	struct smtp_ehlo ehlo; /* the latest; all zero after HELO          */
	bool esmtp;            /* EHLO or LHLO was accepted, not HELO      */
	bool tls_offered, tls_tried, tls_used, logged_in;
	unsigned n_transactions; /* that were begun on this connection    */
};

/* NULL when out of memory, or when name, user or password hold a control octet
 * or exceed a limit.  The engine waits for the greeting. */
struct smtp_client *smtp_client_new(const struct smtp_client_conf *conf);
void smtp_client_free(struct smtp_client *c);

enum smtp_client_want smtp_client_want(const struct smtp_client *c);
enum smtp_client_phase smtp_client_phase(const struct smtp_client *c);
/* How far the session or its transaction has come; idle is before MAIL. */
enum smtp_stage smtp_client_stage(const struct smtp_client *c);

/* Octets from the server.  Takes all of them. */
void smtp_client_recv(struct smtp_client *c, struct span in);
/* Octets for the server, borrowed until the next call; may be asked at any time. */
struct span smtp_client_output(const struct smtp_client *c);
/* n of them were written; more than there are: all. */
void smtp_client_sent(struct smtp_client *c, size_t n);
/* The handshake that SMTP_WANT_STARTTLS asked for succeeded, and the
 * certificate was good enough for the caller. */
void smtp_client_tls_done(struct smtp_client *c);
/* The connection is gone, or the caller will close it.  No-op on a closed one. */
void smtp_client_closed(struct smtp_client *c, enum smtp_cause cause);
/* The same, saying why: "the cause's text: why" is told. */
void smtp_client_failed(struct smtp_client *c, enum smtp_cause cause, struct span why);

/* Begins a transaction: at once when idle, else as soon as the session is open,
 * so that it may stand before the greeting and gets whatever outcome that has.
 * Without effect unless 0 is returned:
 *   ERR_CLOSED    the session is over or being ended
 *   ERR_EXISTS    a transaction is running
 *   ERR_SYNTAX    no recipient, or an address, envid or orcpt that would not
 *                 survive its command line
 *   ERR_TOO_LONG  more than SMTP_CLIENT_RCPTS_MAX
 *   ERR_NO_MEMORY */
NODISCARD int smtp_client_begin(struct smtp_client *c, const struct smtp_client_tx *tx);

/* The next octets of the message, at most SMTP_CLIENT_CHUNK_MAX, only when BODY
 * is wanted.  Dots are doubled and line ends made CRLF here.  ERR_TOO_LONG,
 * ERR_NO_MEMORY; ERR_BUG when not wanted.  After an error, close. */
NODISCARD int smtp_client_body(struct smtp_client *c, struct span chunk);
/* All was given: sends the final dot.  May follow smtp_client_body at once, however
 * much output waits.  ERR_BUG before 354 and behind the end; else as above. */
NODISCARD int smtp_client_body_end(struct smtp_client *c);

/* Idle: sends QUIT, then CLOSED comes.  Otherwise as smtp_client_closed with
 * SMTP_CAUSE_SHUTDOWN. */
void smtp_client_quit(struct smtp_client *c);

/* One a recipient of the latest transaction, in its order; borrowed until the
 * next begin.  *n is 0 before the first. */
const struct smtp_client_result *smtp_client_results(const struct smtp_client *c, size_t *n);
/* True once each recipient is done, which may be before IDLE or CLOSED. */
bool smtp_client_results_done(const struct smtp_client *c);
/* Why the session ended; done is false while it goes on, after a plain quit, and when
 * we hung up because DATA was granted though every recipient had been refused. */
const struct smtp_client_result *smtp_client_end(const struct smtp_client *c);
const struct smtp_client_facts *smtp_client_facts(const struct smtp_client *c);

#endif
