/* wire/message/write/compose.h - makes a whole message from its pieces.
 *
 * Sources: RFC 5322 3.6 (fields), RFC 2045, RFC 2046 5.1 (multipart: mixed 5.1.3,
 *          alternative 5.1.4), RFC 2047, RFC 2183 and RFC 2231 (attachments),
 *          RFC 6531 and 6532 (addresses other than ASCII).
 *
 *   text                 text/plain
 *   text and html        multipart/alternative
 *   html alone           the same, with a text made from the html
 *   pictures of the html multipart/related around the html (RFC 2387)
 *   attachments          multipart/mixed around it
 *
 * There is no bcc here: whom a message goes to is the envelope's affair.  Lines
 * are <= 998 octets and the body is ASCII always.  Pure: time, ids and the random
 * seed are given.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_COMPOSE_H
#define WIRE_MESSAGE_COMPOSE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Who.  name: UTF-8, may be empty.  address: local@domain, no brackets; a domain
 * other than ASCII is printed as it is: convert it before (IDNA) if it can be. */
struct message_person {
	struct span name;
	struct span address;
};

struct message_attachment {
	struct span file_name; /* UTF-8; a path's directories are the caller's to remove     */
	struct span type;      /* "image/png"; empty is guessed from the name's extension    */
	struct span octets;
	struct span content_id; /* "id" or "id@host": a part that the html shows as cid:id   */
	/* Not NULL: the octets are not here, and whoever sends puts their base64
	 * (message_base64_put) where this says, counted in octets of the composed. */
	size_t *place;
	bool utf8; /* of a text whose octets are not here: it is known to be UTF-8   */
};

/* A further field: an RFC 5322 2.2 name, and UTF-8. */
struct message_extra {
	struct span name;
	struct span value;
};

struct message_draft {
	struct message_person from;
	struct message_person reply_to; /* address empty: none */
	const struct message_person *to;
	size_t n_to;
	const struct message_person *cc;
	size_t n_cc;
	struct span subject;                /* UTF-8                                     */
	int64_t time_ms;                    /* for Date                                  */
	struct span message_id;             /* id@host, without brackets; needed         */
	struct span in_reply_to;            /* one id, brackets as you like; or empty    */
	struct span references;             /* ids <a@b> <c@d>, white space between; or empty */
	const struct message_extra *extras; /* behind these, in their order */
	size_t n_extras;
	struct span text; /* UTF-8, any line ends                      */
	struct span html; /* UTF-8, any line ends                      */
	const struct message_attachment *attachments;
	size_t n_attachments;
	uint64_t seed; /* random: makes the boundaries */
};

/* What the transport must know. */
struct message_composed {
	bool smtputf8_needed; /* an address in the header holds octets >= 0x80 (RFC 6531 3.4) */
};

/* ERR_SYNTAX with words.  RFC 5322 3.6.4: id@host, with or without brackets; of others, as they
 * came, the @ is not asked for. */
NODISCARD int message_id_check(struct span id, bool ours);
/* The same.  Letters, digits and -_.@; RFC 5322 2.2. */
NODISCARD int message_content_id_check(struct span id);
NODISCARD int message_extra_name_check(struct span name);

/* Appends the message to `out`, whose cap limits its size.
 *
 * Returns 0, or
 *   ERR_SYNTAX    a field holds CR, LF, NUL, a control octet, or is not UTF-8; an
 *                 address, message id, content id, type or field name is malformed, a picture
 *                 has no html: the detail says which
 *   ERR_LIMIT     more than MESSAGE_ADDRESSES_MAX in to or cc
 *   ERR_TOO_LONG  the cap is reached     ERR_NO_MEMORY */
NODISCARD int message_compose(const struct message_draft *draft, struct buf *out,
                              struct message_composed *composed);

#endif
