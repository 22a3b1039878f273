/* wire/imap/args/fetch.h - FETCH: which data of which messages.
 *
 * Sources: RFC 3501 and RFC 9051 6.4.5, 7.4.2 (7.5.2); RFC 3516 4 (BINARY); RFC 7162 3.1.4, 3.2.6
 * (CHANGEDSINCE, VANISHED); RFC 8474 5 (EMAILID, THREADID); RFC 8514 4.2 (SAVEDATE).  Pure; errors
 * as cursor.h has them.  The cursor is imap_command_parse's, and is taken to the end of the
 * command.
 */
#ifndef WIRE_IMAP_ARGS_FETCH_H
#define WIRE_IMAP_ARGS_FETCH_H

#include "base/buf.h"
#include "wire/imap/set.h"

enum {
	IMAP_SECTIONS_MAX = 128,   /* BODY[], BINARY[] of one FETCH */
	IMAP_PART_DEPTH_MAX = 100, /* numbers of 1.2.3              */
	IMAP_SECTION_FIELDS_MAX = 1000,
};

/* What has no section.  ALL, FAST, FULL are taken apart into these. */
enum imap_fetch_item {
	IMAP_FETCH_UID = 1 << 0, /* set for UID FETCH too */
	IMAP_FETCH_FLAGS = 1 << 1,
	IMAP_FETCH_INTERNALDATE = 1 << 2,
	IMAP_FETCH_RFC822_SIZE = 1 << 3,
	IMAP_FETCH_ENVELOPE = 1 << 4,
	IMAP_FETCH_BODY = 1 << 5, /* BODYSTRUCTURE without extensions */
	IMAP_FETCH_BODYSTRUCTURE = 1 << 6,
	IMAP_FETCH_MODSEQ = 1 << 7, /* enables CONDSTORE; CHANGEDSINCE implies it */
	IMAP_FETCH_EMAILID = 1 << 8,
	IMAP_FETCH_THREADID = 1 << 9,
	IMAP_FETCH_SAVEDATE = 1 << 10,
};

/* RFC822 is BODY[], RFC822.HEADER BODY.PEEK[HEADER], RFC822.TEXT BODY[TEXT], `text` and `peek`
 * included, but for their name in the answer. */
enum imap_section_kind {
	IMAP_SECTION_BODY,
	IMAP_SECTION_BINARY,
	IMAP_SECTION_BINARY_SIZE, /* no partial, sets no \Seen */
	IMAP_SECTION_RFC822,
	IMAP_SECTION_RFC822_HEADER,
	IMAP_SECTION_RFC822_TEXT,
};

enum imap_section_text {
	IMAP_SECTION_ALL, /* all octets of the message or part */
	IMAP_SECTION_HEADER,
	IMAP_SECTION_HEADER_FIELDS,
	IMAP_SECTION_HEADER_FIELDS_NOT,
	IMAP_SECTION_TEXT,
	IMAP_SECTION_MIME, /* behind a part only */
};

struct imap_section {
	uint8_t kind; /* enum imap_section_kind */
	uint8_t text; /* enum imap_section_text; ALL for BINARY */
	bool peek;    /* \Seen is not set */
	bool partial;
	uint64_t first, n_bytes; /* partial: <first.n_bytes>, n_bytes not 0 */
	const uint32_t *part;    /* numbers of 1.2.3, none 0; n_part 0: the message */
	size_t n_part;
	const struct span *fields; /* of HEADER.FIELDS, HEADER.FIELDS.NOT; not empty */
	size_t n_fields;
};

struct imap_fetch {
	struct imap_set set;
	unsigned items;                      /* OR of imap_fetch_item */
	const struct imap_section *sections; /* in the order asked for */
	size_t n_sections;
	bool sets_seen; /* one of them sets \Seen */
	bool has_changed_since;
	uint64_t changed_since;
	bool vanished; /* UID FETCH with CHANGEDSINCE only; BAD unless QRESYNC is enabled: the
	                  caller's to ask */
};
/* uid: imap_command's. */
NODISCARD int imap_fetch_parse(struct imap_cursor *c, bool uid, struct imap_fetch *out);

/* The name in the answer: "BODY[1.HEADER.FIELDS (TO)]<0>", "BINARY.SIZE[1]", "RFC822". */
int imap_put_section(struct buf *out, const struct imap_section *s);

#endif
