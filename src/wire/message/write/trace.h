/* wire/message/write/trace.h - prints Received and Return-Path.
 *
 * Sources: RFC 5321 4.4 (grammar), 7.2 (one recipient or none in `for`);
 *          RFC 3848 and RFC 6531 4.3 (the `with` words); RFC 8314 4.3 (TLS facts
 *          as a comment).
 * Every value is cleaned as it is printed: what a peer chose (HELO name, host
 * name, address) can neither end the line nor a comment.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_TRACE_H
#define WIRE_MESSAGE_TRACE_H

#include "base/buf.h"
#include "base/span.h"

/* Empty spans are left out of the line. */
struct message_received {
	struct span helo;        /* as the client said it                                  */
	struct span rdns;        /* verified host name; empty prints "unknown"             */
	struct span ip;          /* "192.0.2.1" or "2001:db8::1", without brackets         */
	struct span hostname;    /* ours                                                   */
	bool lmtp;               /* LHLO greeted, not EHLO or HELO                        */
	bool ehlo;               /* EHLO, not HELO                                         */
	bool tls;                /* the session is under TLS                              */
	bool auth;               /* the client logged in                                   */
	bool utf8;               /* MAIL had SMTPUTF8; else octets >= 0x80 are cleaned     */
	struct span tls_version; /* "TLSv1.3"                                              */
	struct span tls_cipher;  /* "TLS_AES_256_GCM_SHA384"                               */
	struct span id;          /* the message's id here                                  */
	struct span rcpt;        /* local@domain when there is exactly one recipient       */
	int64_t time_ms;
};

/* Appends the folded field with its CRLF.  0, ERR_TOO_LONG, ERR_NO_MEMORY. */
int message_received_put(struct buf *out, const struct message_received *r);
/* Appends "Return-Path: <sender>" CRLF; an empty sender is <>.  As above. */
int message_return_path_put(struct buf *out, struct span sender);

/* The protocol name that r makes: "ESMTPSA", "UTF8SMTPS", "LMTP", ... */
const char *message_received_with(const struct message_received *r);

#endif
