/* wire/milter/milter.h - the protocol between a mail server and its filters, the server's side.
 *
 * Source: libmilter of sendmail 8.14 and later (include/libmilter/mfdef.h), version 6 of the
 * protocol: a length of four octets, which counts what follows, a command of one octet, and its
 * data. Pure: packets are put into a buffer, and taken from octets as they come.
 */
#ifndef WIRE_MILTER_MILTER_H
#define WIRE_MILTER_MILTER_H

#include "base/buf.h"
#include "base/coding/ip.h"
#include "base/err.h"

enum {
	MILTER_VERSION = 6,
	MILTER_VERSION_MIN = 2,
	MILTER_BODY_BYTES = 65535,      /* of a piece of the body */
	MILTER_REPLY_BYTES_MAX = 30000, /* of a packet that is no piece of a body */
};

/* What a filter may do to a message (SMFIF_), of what there is: nothing else is offered. */
enum milter_action {
	MILTER_ADD_HEADERS = 0x01,
	MILTER_CHANGE_BODY = 0x02,
	MILTER_ADD_RCPT = 0x04,
	MILTER_DELETE_RCPT = 0x08,
	MILTER_CHANGE_HEADERS = 0x10,
	MILTER_QUARANTINE = 0x20,
	MILTER_CHANGE_FROM = 0x40,
	MILTER_ADD_RCPT_PAR = 0x80,
};

/* What is not sent to it, or not answered by it (SMFIP_). */
enum milter_protocol {
	MILTER_NO_CONNECT = 0x01,
	MILTER_NO_HELO = 0x02,
	MILTER_NO_MAIL = 0x04,
	MILTER_NO_RCPT = 0x08,
	MILTER_NO_BODY = 0x10,
	MILTER_NO_HEADERS = 0x20,
	MILTER_NO_EOH = 0x40,
	MILTER_SILENT_HEADER = 0x80,
	MILTER_NO_UNKNOWN = 0x100,
	MILTER_NO_DATA = 0x200,
	MILTER_SKIP = 0x400,
	MILTER_SILENT_CONNECT = 0x1000,
	MILTER_SILENT_HELO = 0x2000,
	MILTER_SILENT_MAIL = 0x4000,
	MILTER_SILENT_RCPT = 0x8000,
	MILTER_SILENT_DATA = 0x10000,
	MILTER_SILENT_EOH = 0x40000,
	MILTER_SILENT_BODY = 0x80000,
	MILTER_LEADING_SPACE = 0x100000, /* a value begins behind the colon, not behind the blank */
};

struct milter_terms {
	uint32_t version, actions, protocol;
};

/* ---- what is sent; each appends a whole packet.  0, or what the buffer says. ---- */

NODISCARD int milter_put_terms(struct buf *out, const struct milter_terms *offered);
/* for_command: 'C', 'H', 'M', 'R', 'T', 'E'; pairs of name and value. */
NODISCARD int milter_put_macros(struct buf *out, char for_command, const struct span *pairs,
                                size_t n_pairs);
/* ip->n 0: not known. */
NODISCARD int milter_put_connect(struct buf *out, struct span hostname, const struct ip *ip,
                                 uint16_t port);
NODISCARD int milter_put_helo(struct buf *out, struct span name);
/* "<a@b>" */
NODISCARD int milter_put_mail(struct buf *out, struct span address);
NODISCARD int milter_put_rcpt(struct buf *out, struct span address);
/* The value raw: folds as LF, its first blank left out unless leading_space. */
NODISCARD int milter_put_header(struct buf *out, struct span name, struct span value,
                                bool leading_space);
/* At most MILTER_BODY_BYTES. */
NODISCARD int milter_put_body(struct buf *out, struct span piece);
/* 'T' data, 'N' end of header, 'E' end of body, 'A' abort, 'Q' quit. */
NODISCARD int milter_put_plain(struct buf *out, char command);

/* ---- what comes ---- */

struct milter_packet {
	char command;
	struct span data; /* borrowed */
};

/* What is at the front of `in`: a command, and how many octets of data follow its 5 octets.  A
 * piece of a body ('b') has at most MILTER_BODY_BYTES of them, and may be taken as it comes.  1; 0:
 * more is needed; ERR_SYNTAX, ERR_TOO_LONG, with words. */
enum { MILTER_HEAD_BYTES = 5 };
NODISCARD int milter_peek(struct span in, char *command, size_t *data_n);
/* Takes a whole packet from the front of *in.  Answers as milter_peek. */
NODISCARD int milter_take(struct span *in, struct milter_packet *out);
/* The filter's answer to milter_put_terms: what both want.  ERR_SYNTAX, ERR_UNKNOWN (version). */
NODISCARD int milter_terms_parse(const struct milter_packet *p, const struct milter_terms *offered,
                                 struct milter_terms *agreed);

enum milter_reply_kind {
	MILTER_CONTINUE,
	MILTER_ACCEPT,
	MILTER_REJECT,
	MILTER_TEMPFAIL,
	MILTER_DISCARD,
	MILTER_REPLY_CODE,  /* code, text */
	MILTER_SKIP_REST,   /* no more of the body */
	MILTER_PROGRESS,    /* it is at work: no answer yet */
	MILTER_EDIT_ADD,    /* name, value: behind the others */
	MILTER_EDIT_INSERT, /* likewise, so that it has `index` fields before it */
	MILTER_EDIT_CHANGE, /* the field of that name number `index`, from 1 on; empty: is removed
	                     */
	MILTER_EDIT_QUARANTINE, /* text: why */
	MILTER_EDIT_SENDER,     /* text: the address as it came, <> around it; value: arguments */
	MILTER_EDIT_RCPT,       /* likewise: one more */
	MILTER_EDIT_NO_RCPT,    /* likewise: one less */
	MILTER_EDIT_BODY,       /* text: a piece of the one that counts instead */
};

/* What a filter must have asked for in its terms (enum milter_action), to say that; 0: nothing. */
uint32_t milter_edit_needs(enum milter_reply_kind kind);

struct milter_reply {
	enum milter_reply_kind kind;
	int code;         /* 400-599 */
	struct span text; /* behind the code; lines may end in CRLF */
	uint32_t index;
	struct span name, value;
};

/* ERR_SYNTAX: no reply, or data that cannot be. */
NODISCARD int milter_reply_parse(const struct milter_packet *p, struct milter_reply *out);

/* ---- edits of the header ---- */

struct milter_edit {
	enum milter_reply_kind kind; /* ADD, INSERT, CHANGE */
	uint32_t index;
	struct span name;
	struct span field; /* "Name: value\r\n" with its folds; empty: remove it */
};

/* A field of what a filter gives: LF ends lines, of which those behind the first are folds.  Octets
 * that no field may hold become '?'.  ERR_SYNTAX: no name; ERR_TOO_LONG. */
NODISCARD int milter_field_put(struct buf *out, struct span name, struct span value,
                               bool leading_space);
/* Whether these octets are one field of that name, and nothing else. */
bool milter_is_field(struct span name, struct span field);
/* The header section with that done to it. */
NODISCARD int milter_edit_apply(struct span header, const struct milter_edit *e, struct buf *out);

#endif
