/* wire/message/submit.h - what a submission server does to a message's header.
 *
 * Sources: RFC 6409 8 (what may be changed: 8.2 Date, 8.3 Message-ID), RFC 5322
 *          3.6 (how often a field may occur), 3.6.2 (From, Sender), 3.6.3 (Bcc);
 *          RFC 5321 4.4 (Return-Path goes), 6.3 (loop detection).
 * It decides nothing: it edits, counts and reports; whether a mailbox belongs to
 * the login, and what is refused, is the caller's.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_SUBMIT_H
#define WIRE_MESSAGE_SUBMIT_H

#include "base/arena.h"
#include "wire/message/address.h"
#include "wire/message/header.h"

/* What the caller knows. */
struct message_submit_facts {
	int64_t time_ms;      /* for Date                                      */
	struct span hostname; /* right side of a new Message-ID                */
	struct span id;       /* left side: unique for ever; letters, digits, . */
};

/* What was done. */
enum message_submit_edit {
	MESSAGE_EDIT_ADDED_DATE = 1 << 0,
	MESSAGE_EDIT_ADDED_MESSAGE_ID = 1 << 1,
	MESSAGE_EDIT_REMOVED_BCC = 1 << 2, /* Bcc or Resent-Bcc */
	MESSAGE_EDIT_REMOVED_RETURN_PATH = 1 << 3,
};

/* What is wrong with the header; none of these stops the edit. */
enum message_submit_fault {
	MESSAGE_FAULT_NO_FROM = 1 << 0,        /* no From field                                 */
	MESSAGE_FAULT_FROM_TWICE = 1 << 1,     /* two From fields: `from` holds those of all    */
	MESSAGE_FAULT_FROM_SYNTAX = 1 << 2,    /* a From that is no mailbox list, or is empty   */
	MESSAGE_FAULT_FROM_GROUP = 1 << 3,     /* RFC 6854 permits it, an ownership check cannot */
	MESSAGE_FAULT_SENDER_SYNTAX = 1 << 4,  /* Sender is not exactly one mailbox             */
	MESSAGE_FAULT_SENDER_MISSING = 1 << 5, /* several From mailboxes without Sender, 3.6.2   */
	MESSAGE_FAULT_DUPLICATE = 1 << 6,      /* see `duplicate`                               */
	MESSAGE_FAULT_MALFORMED = 1 << 7,      /* a line that is no field ended the header      */
	MESSAGE_FAULT_LINE_LENGTH = 1 << 8,    /* a line of more than 998 octets                */
};

struct message_submit {
	size_t header_n;   /* octets at the front of the input that the output replaces */
	unsigned edits;    /* OR of enum message_submit_edit                            */
	unsigned faults;   /* OR of enum message_submit_fault                           */
	size_t n_received; /* Received fields                                           */
	bool utf8;         /* the header holds octets >= 0x80: needs SMTPUTF8 (RFC 6531) */

	struct span
	        duplicate; /* first field name that came again though only one may be; else empty */
	struct span
	        message_id; /* value of the first Message-ID, trimmed; empty when it was added */

	/* Mailboxes of every From field and of the Sender fields that could be read;
	 * from the arena, their spans borrow from the input. */
	struct message_mailbox *from;
	size_t n_from;
	struct message_mailbox *sender;
	size_t n_sender;
};

/* Appends the new header to `header`, the empty line at its end included.
 *
 *   in      the message, or its front with the whole header and the empty line;
 *           the rest of it, from out->header_n on, stays as it is
 *   facts, arena
 *   header  cap it at the input's header plus 1 KiB
 *   out     the report; written on success only
 *
 * Returns 0, or
 *   ERR_TOO_BIG  the header is past MESSAGE_HEADER_BYTES_MAX or
 *                MESSAGE_FIELDS_MAX: refused, since a Bcc might follow unseen
 *   ERR_SYNTAX   a CR or LF alone, or a NUL, in the header; or a bad hostname or
 *                id in the facts
 *   ERR_LIMIT    more than MESSAGE_ADDRESSES_MAX mailboxes in From and Sender
 *   ERR_TOO_LONG, ERR_NO_MEMORY */
NODISCARD int message_submit(struct span in, const struct message_submit_facts *facts,
                             struct arena *arena, struct buf *header, struct message_submit *out);

/* A sentence for the reply about the gravest of `faults`; NULL for 0. */
const char *message_submit_fault_str(unsigned faults);

#endif
