/* wire/smtp/verdict/verdict.h - what an outcome means, for the person who sent the mail.
 *
 * Sources: RFC 5321 4.2 (codes), RFC 3463 3 (enhanced codes), RFC 7505 (null MX),
 *          and the words that large receivers use (verdict_rules.def).
 * Pure: tables and a function.  Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_SMTP_VERDICT_H
#define WIRE_SMTP_VERDICT_H

#include "base/span.h"
#include "wire/smtp/reply.h"

/* How far the attempt had come. */
enum smtp_stage {
	SMTP_STAGE_RESOLVE,
	SMTP_STAGE_CONNECT,
	SMTP_STAGE_GREETING,
	SMTP_STAGE_EHLO,
	SMTP_STAGE_TLS,
	SMTP_STAGE_AUTH,
	SMTP_STAGE_MAIL,
	SMTP_STAGE_RCPT,
	SMTP_STAGE_DATA, /* the DATA command                          */
	SMTP_STAGE_BODY, /* from the message's first octet to the reply to its end */
	SMTP_STAGE_END,  /* of a cause: its end was sent, and not answered          */
	SMTP_STAGE_COUNT
};

/* verdicts.def: VERDICT(NAME, number, "name", "what it means if temporary", "what we do then",
 * "sentence if permanent").
 * Numbers and names are API: records keep them. */
enum smtp_class {
#define VERDICT(name, number, text, undecided, doing, permanent) SMTP_CLASS_##name = (number),
#include "wire/smtp/verdict/verdicts.def"
#undef VERDICT
};

/* causes.def: why an attempt ended without a reply that says so.
 * CAUSE(NAME, CLASS, PERM or TEMP, "enhanced code for a DSN", "what happened"). */
enum smtp_cause {
	SMTP_CAUSE_NONE, /* the server's reply decided */
#define CAUSE(name, class, permanence, enhanced, text) SMTP_CAUSE_##name,
#include "wire/smtp/verdict/causes.def"
#undef CAUSE
	SMTP_CAUSE_COUNT
};

/* What stands behind a cause's text at SMTP_STAGE_END. */
#define SMTP_MAY_HAVE_ARRIVED                                                                      \
	"; the whole message was sent: it may have arrived, and sending it again may double it"

struct smtp_outcome {
	enum smtp_stage stage;
	enum smtp_cause cause;
	int code;                      /* reply code; ignored when there is a cause */
	struct smtp_enhanced enhanced; /* class 0: none */
	struct span text;              /* the server's words */
};

struct smtp_verdict {
	enum smtp_class class;
	bool permanent;      /* trying again is useless; false for a delivered one too */
	bool too_many_rcpts; /* the others of the transaction are too many: send these in another */
};

/* A 4xx is temporary and a 5xx permanent whatever the text says (RFC 5321
 * 4.2.1); the one exception is "too many recipients" at RCPT, for which servers have
 * 552 (4.5.3.1.10), 550 and 554.
 * 2xx is SMTP_CLASS_DELIVERED; ask only about final replies.  A cause at SMTP_STAGE_END is
 * SMTP_CLASS_MAY_HAVE_ARRIVED, whichever it is. */
struct smtp_verdict smtp_verdict(const struct smtp_outcome *o);

/* "mailbox-full" */
const char *smtp_class_name(enum smtp_class c);
/* ERR_UNKNOWN when no class has that name. */
NODISCARD int smtp_class_from_name(struct span name, enum smtp_class *out);
/* A plain sentence or two: what it means, what to do. */
const char *smtp_verdict_sentence(struct smtp_verdict v);
/* What it means as long as it is undecided, without what our server does about it: for those who
 * have no server that tries again. */
const char *smtp_class_undecided(enum smtp_class c);
/* "rcpt"; "unknown" for what is no stage. */
const char *smtp_stage_name(enum smtp_stage s);
/* What happened, in our words ("the server closed the connection"); empty for what is no cause. */
const char *smtp_cause_text(enum smtp_cause c);
/* The enhanced code for records and DSNs; class 0 for SMTP_CAUSE_NONE and
 * for what is no cause. */
struct smtp_enhanced smtp_cause_enhanced(enum smtp_cause c);

#endif
