/* wire/message/structure/walk_impl.h - what walk.c and walk_fields.c share. */
#ifndef WIRE_MESSAGE_STRUCTURE_WALK_IMPL_H
#define WIRE_MESSAGE_STRUCTURE_WALK_IMPL_H

#include "wire/message/structure/walk.h"

/* A slice of walk.fields. */
struct walk_slice {
	uint32_t at, n;
};

struct walk_part {
	int parent; /* index, or WALK_NO_PARENT */
	unsigned depth;
	uint64_t header_at, body_at, body_n;
	uint64_t lines, lines_at;        /* line ends in the body; and in the message before it */
	struct walk_slice items;         /* of its fields, packed */
	struct walk_slice envelope;      /* of the message that it is the whole of */
	struct walk_slice boundary;      /* of a multipart */
	bool multipart, message, digest; /* what its type is */
	bool identity;                   /* its encoding is none */
	bool open;                       /* a multipart that waits for a boundary */
};

enum { WALK_NO_PARENT = -1 };

struct message_walk {
	struct walk_part *parts;
	size_t n_parts, room;
	int at;          /* the part that lines belong to   */
	bool in_header;  /* its header is not over          */
	size_t n_fields; /* fields of that header           */

	uint64_t offset;  /* of the line at hand             */
	uint64_t n_lines; /* line ends before it            */
	struct buf held;  /* a header, and the line at hand as far as it is known */
	size_t line_from; /* where in held the line begins  */
	uint64_t line_n;  /* octets of the line so far      */
	bool long_line;   /* it is not in held: no boundary */
	bool cr;          /* the octet before was a CR      */

	struct buf fields;
	unsigned flags; /* enum message_structure_flag */
};

/* Packs what the fields of a part say.  0, ERR_NO_MEMORY. */
NODISCARD int message_walk_fields(struct message_walk *w, struct walk_part *p, struct span header);

#endif
