/* queue/state/check.h - is what another role asks for fit to be kept?
 *
 * The role may have been taken over: nothing that reaches the journal, a command line to
 * another server or a log was not looked at here.  Pure.
 */
#ifndef QUEUE_STATE_CHECK_H
#define QUEUE_STATE_CHECK_H

#include "calls/queue.h"
#include "config/settings.h"

enum {
	CHECK_RCPTS_MAX = 10000,  /* of one message */
	CHECK_ADDRESS_MAX = 1024, /* octets; RFC 5321 4.5.3.1.3 has 256, UTF-8 and quotes more */
	CHECK_NAME_MAX = 1024,    /* octets of a login, host name, protocol */
	CHECK_TEXT_MAX = 1000,    /* octets of a subject or message id; cut there */
};

/* A message to be accepted: cleans subject and message id, sets uid 0 and, unless it has a blob,
 * the sizes.  Text lives in mem.
 *   ERR_SYNTAX    no recipient, an address without its parts, a control octet, id or time given,
 *                 no content, body and blob, a prefix for a recipient elsewhere
 *   ERR_TOO_LONG  a text
 *   ERR_LIMIT     too many recipients
 *   ERR_TOO_BIG   the content */
NODISCARD int check_message(const struct settings *set, struct record_message *m,
                            struct arena *mem);
/* Its prefix and header section are what they are called.  ERR_SYNTAX; ERR_TOO_BIG; ERR_LOOP: past
 * smtp.hops_max. */
NODISCARD int check_header(const struct settings *set, const struct record_message *m);

/* "u@host.test", or empty. */
NODISCARD int check_sender(struct span address);

/* One line of at most max octets for a record: control octets and what is no UTF-8 as '?'.
 * Without memory: empty. */
struct span check_line(struct span text, size_t max, struct arena *mem);

#endif
