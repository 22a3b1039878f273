/* wire/dkim/canon.h - what is hashed: the body in pieces, and fields of the header.
 *
 * Source: RFC 6376 3.4.1-3.4.4, 3.7, 5.4.2.  Pure: each octet is looked at once, nothing is kept
 * but counts.  A line ends in CRLF; a CR or LF alone is an ordinary octet.
 */
#ifndef WIRE_DKIM_CANON_H
#define WIRE_DKIM_CANON_H

#include "wire/dkim/crypto.h"
#include "wire/dkim/signature.h"
#include "wire/message/header.h"

/* Where canonical octets go: gathered, then hashed.  What lies past limit is counted only. */
struct dkim_out {
	const struct dkim_crypto *crypto;
	void *hash;
	uint64_t n, limit;
	size_t used;
	char room[1024];
};

/* 0 or ERR_NO_MEMORY.  To be ended. */
NODISCARD int dkim_out_begin(struct dkim_out *o, const struct dkim_crypto *crypto, uint64_t limit);
void dkim_out_put(struct dkim_out *o, struct span s);
/* 0, ERR_BUG, ERR_NO_MEMORY.  digest may be NULL, to let go. */
int dkim_out_end(struct dkim_out *o, uint8_t digest[DKIM_HASH_BYTES]);

struct dkim_body {
	struct dkim_out out;
	enum dkim_canon canon;
	uint64_t n_lines; /* line ends that wait for what follows them */
	bool cr, white;   /* a CR, white space that waits */
};

NODISCARD int dkim_body_begin(struct dkim_body *b, enum dkim_canon canon, uint64_t limit,
                              const struct dkim_crypto *crypto);
/* Pieces may end anywhere. */
void dkim_body_put(struct dkim_body *b, struct span piece);
/* out.n then is the length of the canonical body. */
int dkim_body_end(struct dkim_body *b, uint8_t digest[DKIM_HASH_BYTES]);

/* One field, its CRLF included. */
void dkim_field_put(struct dkim_out *o, enum dkim_canon canon, const struct message_field *f);
/* A signature's own field, without what `hole` (within f->value) holds, and without the last CRLF.
 */
void dkim_own_field_put(struct dkim_out *o, enum dkim_canon canon, const struct message_field *f,
                        struct span hole);

/* The fields of a header by name, the last of a name first. */
struct dkim_field {
	struct message_field f;
	size_t at; /* how many stand before it */
};
struct dkim_fields {
	struct dkim_field *v; /* by name, then from the top */
	size_t *taken;        /* at the first of a name: how many of them were taken */
	size_t n;
};

NODISCARD int dkim_fields_begin(struct dkim_fields *fs, struct span header, struct arena *mem);
/* Forgets what was taken. */
void dkim_fields_rewind(struct dkim_fields *fs);
/* The last of that name not taken yet, or NULL. */
const struct message_field *dkim_fields_take(struct dkim_fields *fs, struct span name);
/* How many there are, and how many were not taken. */
size_t dkim_fields_count(const struct dkim_fields *fs, struct span name);
size_t dkim_fields_left(const struct dkim_fields *fs, struct span name);

#endif
