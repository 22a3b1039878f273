/* calls/ticket.h - the auth role's word that a session is an account's, carried by who listens to
 * strangers, shown to the store.
 *
 * Made and sealed by the auth role at a login; whoever carries it cannot make or change one.  It
 * ends by itself after TICKET_MS, or at once when the account is closed or its password changed.
 */
#ifndef CALLS_TICKET_H
#define CALLS_TICKET_H

#include "calls/call.h"

enum {
	TICKET_RENEW_MS = 10 * 60 * 1000, /* from this age on it should be renewed; */
	TICKET_MS = 2 * 60 * 60 * 1000, /* more than that and the longest wait for a client (1h) */
	TICKET_OCTETS_MAX = 2048,       /* packed and sealed */
	TICKET_MAC_BYTES = 32,
	TICKET_PROOF_BYTES = 16,
};

/* What it opens; OR of these. */
enum ticket_right {
	TICKET_SUBMIT = 1 << 0,   /* a message in the account's name */
	TICKET_MAILBOX = 1 << 1,  /* the account's mailboxes */
	TICKET_OPERATOR = 1 << 2, /* account empty: the mailboxes of all */
	TICKET_REPORT = 1 << 3,   /* what became of the messages that the account sent */
	TICKET_MANAGE = 1 << 4,   /* what the account has set for its programs, and its undecided */
};

/* How the session logged in. */
enum ticket_protocol {
	TICKET_SMTP = 1,
	TICKET_CONTROL = 2,
	TICKET_IMAP = 3,
	TICKET_POP3 = 4,
	TICKET_HTTP = 5, /* with a key alone, which says what it may */
};

/* proof: of the password that was given, so that another one ends it.  until_at: on the
 * clock of clock_now_at(), ms.  mac: HMAC-SHA-256 of all before it. */
#define TICKET_FIELDS(F, L)                                                                        \
	F(span, account)                                                                           \
	F(u8, rights)                                                                              \
	F(u8, protocol)                                                                            \
	F(span, proof)                                                                             \
	F(i64, until_at)                                                                           \
	F(span, mac)
PACK_DECLARE(ticket, TICKET_FIELDS)

/* A ticket as its carriers hold it: octets that say nothing to them.  renew_at: when to ask for a
 * fresh one.  account: whose it is. */
#define TICKET_CARRIED_FIELDS(F, L) F(span, octets) F(i64, renew_at) F(span, account)
PACK_DECLARE(ticket_carried, TICKET_CARRIED_FIELDS)

/* ---- asked of the auth role ---- */

/* A fresh one for one that still holds.  ERR_TICKET: it does not; log in again. */
#define TICKET_RENEW_ARGS(F, L) F(span, octets)
PACK_DECLARE(ticket_renew_args, TICKET_RENEW_ARGS)
CALL_DECLARE(ticket_renew, ticket_renew_args, ticket_carried);

/* The operator's, for who listens on the control socket.  account: it opens the mailboxes of that
 * one alone, and the calls of calls/mailbox.h want such a one (ERR_NOT_FOUND: there is no such
 * account); empty: what is asked by account's name, of all. */
#define TICKET_OPERATOR_ARGS(F, L) F(u8, protocol) F(span, account)
PACK_DECLARE(ticket_operator_args, TICKET_OPERATOR_ARGS)
CALL_DECLARE(ticket_operator, ticket_operator_args, ticket_carried);

/* Does the account have that password still?  Asked by the store. */
#define TICKET_CONFIRM_ARGS(F, L)  F(span, account) F(span, proof)
#define TICKET_CONFIRM_REPLY(F, L) F(bool, holds)
PACK_DECLARE(ticket_confirm_args, TICKET_CONFIRM_ARGS)
PACK_DECLARE(ticket_confirm_reply, TICKET_CONFIRM_REPLY)
CALL_DECLARE(ticket_confirm, ticket_confirm_args, ticket_confirm_reply);

#endif
