/* wire/rspamd/rspamd.h - asks an rspamd what it thinks of a message, by HTTP.
 *
 * Sources: RFC 9112 (HTTP/1.1), of which it is one request a connection; rspamd's manual, "Rspamd
 * protocol": POST /checkv2, the envelope in fields, and an object of JSON.
 * Pure: octets are put into a buffer, and taken as they come.
 */
#ifndef WIRE_RSPAMD_RSPAMD_H
#define WIRE_RSPAMD_RSPAMD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	RSPAMD_REPLY_BYTES_MAX = 512 << 10, /* its fields and its body, as they come */
	RSPAMD_SYMBOLS_MAX = 6,
	RSPAMD_NAME_MAX = 60,     /* of a symbol; what is longer is cut */
	RSPAMD_MESSAGE_MAX = 200, /* likewise */
};

/* ---- the request ---- */

/* Empty: not told, but for sender, which is <> then.  user: who is logged in. */
struct rspamd_envelope {
	struct span host; /* of the server that is asked, for Host */
	struct span ip, helo, hostname, mta, user, sender;
};

/* Begins the request for a message of n_bytes; then rspamd_rcpt_put for each recipient, and
 * rspamd_end, behind which the message follows as it is.  0, or what the buffer says. */
NODISCARD int rspamd_begin(struct buf *out, const struct rspamd_envelope *e, uint64_t n_bytes);
NODISCARD int rspamd_rcpt_put(struct buf *out, struct span address);
NODISCARD int rspamd_end(struct buf *out);

/* The request that asks whether it is there: it answers "pong". */
NODISCARD int rspamd_ping_put(struct buf *out, struct span host);

/* ---- HTTP's reply ---- */

struct rspamd_http {
	int code;
	struct span reason; /* borrowed, printable or not */
	struct span body;   /* in *room when it came in chunks, else borrowed */
	struct span server; /* borrowed; what it calls itself, "" where it does not */
};

/* Reads what came so far, from the connection's first octet on; ended: nothing follows.  1: *out is
 * the whole reply; 0: more is needed; ERR_SYNTAX, ERR_TOO_LONG, ERR_CLOSED (it ended early), with
 * words. */
NODISCARD int rspamd_http_read(struct span in, bool ended, struct buf *room,
                               struct rspamd_http *out);

/* ---- what it says ---- */

enum rspamd_action {
	RSPAMD_NO_ACTION,
	RSPAMD_GREYLIST,
	RSPAMD_ADD_HEADER,
	RSPAMD_REWRITE_SUBJECT,
	RSPAMD_SOFT_REJECT,
	RSPAMD_REJECT,
	RSPAMD_QUARANTINE,
	RSPAMD_DISCARD,
	RSPAMD_ACTIONS
};
const char *rspamd_action_name(enum rspamd_action a); /* one word: "add-header" */

struct rspamd_symbol {
	char name[RSPAMD_NAME_MAX + 1];
	double score;
};

/* symbols: those that speak against the message, the heaviest first, or, when
 * there are none, those that weigh nothing.  message: for who sends it;
 * may be empty.  What is not printable is '?'. */
struct rspamd_verdict {
	enum rspamd_action action;
	double score, required;
	struct rspamd_symbol symbols[RSPAMD_SYMBOLS_MAX];
	size_t n_symbols;
	char message[RSPAMD_MESSAGE_MAX + 1];
};

/* ERR_SYNTAX: it is no verdict, with words; ERR_UNKNOWN: an action of a name that is not known. */
NODISCARD int rspamd_verdict_parse(struct span json, struct rspamd_verdict *out);

#endif
