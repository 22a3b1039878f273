/* wire/message/write/dsn_report.h - what a delivery status notification tells: of whom, and what.
 *
 * RFC 3464 2.  dsn.h makes the message of it, dsn_text.h its words.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_DSN_REPORT_H
#define WIRE_MESSAGE_DSN_REPORT_H

#include "base/span.h"

enum {
	MESSAGE_DSN_RCPTS_MAX = 1000,
	MESSAGE_DSN_HEADER_MAX = 64 << 10, /* octets of the original's header that are returned */
	MESSAGE_DSN_WORDS_MAX = 2000,      /* octets of a remote's own words that are shown     */
};

/* RFC 3464 2.3.3. */
enum message_dsn_action {
	MESSAGE_DSN_FAILED,
	MESSAGE_DSN_DELAYED,
	MESSAGE_DSN_DELIVERED,
	MESSAGE_DSN_RELAYED,
	MESSAGE_DSN_EXPANDED,
};

/* One recipient.  Empty spans and times of 0 are left out. */
struct message_dsn_rcpt {
	enum message_dsn_action action;
	struct span address;    /* local@domain: Final-Recipient                               */
	struct span orcpt;      /* ORCPT as given, "rfc822;a+2Bb@c" (xtext), RFC 3461 4.2       */
	struct span status;     /* "5.1.1"; empty: 5.0.0, 4.0.0 or 2.0.0 by the action          */
	struct span remote_mta; /* host that spoke                                             */
	struct span remote_ip;  /* its address, for the person                                  */
	struct span
	        reply; /* its words, code included: "550 5.1.1 no such user"; lines may be many */
	struct span meaning; /* a sentence: what that means                                  */
	struct span advice;  /* a sentence: what to do now                                   */
	int64_t last_attempt_time_ms;
	int64_t retry_until_time_ms; /* delayed only                                        */
};

struct message_dsn {
	struct span hostname;      /* Reporting-MTA and From                                  */
	struct span to;            /* the sender of the original: local@domain                */
	struct span message_id;    /* of the notification: id@host, without brackets          */
	struct span envid;         /* ENVID as given (xtext), RFC 3461 4.4; or empty          */
	struct span received_from; /* HELO name the original came from; or empty              */
	int64_t arrival_time_ms;   /* when the original came; 0: left out                   */
	int64_t time_ms;           /* now                                                   */
	uint64_t seed;             /* random: makes the boundary                            */
	struct span header;        /* of the original; the body may follow and is not read  */
	const struct message_dsn_rcpt *rcpts;
	size_t n_rcpts;
};

#endif
