/* smtpd/verbs.h - which verb is allowed when, and what is said otherwise.  Pure.
 *
 * The rows are wire/smtp/verbs.def's.  RFC 5321 4.1.4 (order), 4.2.4 (502); RFC 3207 4, RFC 4954 4
 * and 6; RFC 2033 4 (LMTP).
 */
#ifndef SMTPD_VERBS_H
#define SMTPD_VERBS_H

#include "wire/smtp/command.h"
#include "wire/smtp/ext.h"

/* What a session has come to: it has its rights and its order from these alone. */
enum smtpd_fact {
	SMTPD_TLS_SERVED = 1 << 0,  /* there is a certificate                  */
	SMTPD_AUTH_SERVED = 1 << 1, /* a submission port                       */
	SMTPD_HELLO = 1 << 2,       /* HELO or EHLO was said                   */
	SMTPD_EHLO = 1 << 3,        /* EHLO was                                */
	SMTPD_CLEAR = 1 << 4,       /* no TLS yet                              */
	SMTPD_ANONYMOUS = 1 << 5,   /* nobody has logged in                    */
	SMTPD_LOGIN = 1 << 6,       /* somebody has, or need not here          */
	SMTPD_NO_TRANSACTION = 1 << 7,
	SMTPD_TRANSACTION = 1 << 8, /* MAIL was taken                          */
	SMTPD_RECIPIENT = 1 << 9,   /* a RCPT of it was                        */
	SMTPD_SAFE = 1 << 10,       /* for a password in plain text            */
	SMTPD_NEVER = 1 << 11,      /* what no session comes to                */
	SMTPD_SPEAKS_SMTP = 1 << 12,
	SMTPD_SPEAKS_LMTP = 1 << 13, /* RFC 2033: instead                       */
	/* No verb needs these; they change what is said. */
	SMTPD_MAIL_PUT_OFF = 1 << 14, /* by 4xx; no transaction since            */
	SMTPD_MAIL_REFUSED = 1 << 15, /* by 5xx                                  */
	SMTPD_RCPT_PUT_OFF = 1 << 16, /* a RCPT of the transaction, by our fault */
};

enum smtpd_trait {
	SMTPD_NO_ARGS = 1 << 0,
	SMTPD_IDLE_TALK = 1 << 1, /* it brings no message nearer */
};

struct smtpd_verb {
	unsigned traits, needs; /* OR of smtpd_trait; of smtpd_fact */
	enum smtp_ext word;     /* told by EHLO; 0: none           */
	const char *syntax, *help;
};

extern const struct smtpd_verb smtpd_verbs[SMTP_VERB_COUNT];

/* A refusal. */
struct smtpd_no {
	unsigned without, with; /* said when `without` is missing and all of `with` there */
	int code;
	const char *enhanced, *text;
	bool free; /* the client could not know: no error of its */
};

/* Why a verb (a known one) is not allowed to who has come to `facts`, an OR of smtpd_fact; NULL: it
 * is. */
const struct smtpd_no *smtpd_verb_no(enum smtp_verb verb, unsigned facts);
/* It is, at another moment of such a session. */
bool smtpd_verb_served(enum smtp_verb verb, unsigned facts);
/* The extensions that EHLO tells then, and those whose parameters it opens: OR of smtp_ext. */
unsigned smtpd_words_told(unsigned facts);
unsigned smtpd_words_open(unsigned facts);

#endif
