/* store/journal/segment.h - the octets of one journal segment.  FORMAT.md describes them.
 *
 * Pure: octets in, records out; no I/O.  Floor 2.
 *
 * Segments are recycled, so behind the end of the log lie old records that were
 * valid once.  A record's checksum covers the segment's number and the record's
 * offset, so the end of the log is the first record that does not check.
 */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include "base/err.h"
#include "base/span.h"

enum {
	SEGMENT_VERSION = 2,
	SEGMENT_HEADER_BYTES = 64,
	SEGMENT_RECORD_HEADER_BYTES = 16,
	SEGMENT_ALIGN = 8,
};

/* Numbers are for ever. */
enum segment_kind {
	SEGMENT_OPEN = 1,    /* first record of each segment: where the one before ended */
	SEGMENT_MESSAGE = 2, /* an accepted message and its text                         */
	SEGMENT_CHANGE = 3,  /* a change of one recipient's state                        */
	SEGMENT_COPY = 4,    /* a live message again, so that an old segment can go      */
	SEGMENT_MAILBOX = 5, /* a name: calls/mailbox_records.h has it, and the others    */
	SEGMENT_ENTRIES = 6, /* new entries of a mailbox                                 */
	SEGMENT_FLAGS = 7,
	SEGMENT_EXPUNGE = 8,
	SEGMENT_RESTATE = 9,  /* as CHANGE: one again, so that an old segment can go       */
	SEGMENT_CACHE = 10,   /* what was found out about an entry                        */
	SEGMENT_REBUILT = 11, /* a mailbox whose file was damaged has another one         */
};

/* The next record belongs to the same group; a group counts whole or not at all. */
enum { SEGMENT_MORE = 1 };

struct segment_record {
	uint64_t offset; /* of its header, in the segment */
	size_t octets;   /* header, payload, padding      */
	uint8_t kind;    /* enum segment_kind             */
	uint8_t flags;   /* SEGMENT_MORE                  */
	struct span payload;
};

/* The header of segment `number`. */
void segment_header_put(uint64_t number, uint64_t size, char out[SEGMENT_HEADER_BYTES]);
/* ERR_CORRUPT: not a segment's header, or damaged; ERR_CONFIG: another version. */
NODISCARD int segment_header_get(struct span in, uint64_t *number, uint64_t *size);

/* Header, payload and padding of a record with n octets of payload. */
size_t segment_record_octets(size_t n);
/* Writes a record's header; seal computes the checksum once place and payload are known. */
void segment_record_frame(char header[SEGMENT_RECORD_HEADER_BYTES], uint8_t kind, uint8_t flags,
                          size_t payload_octets);
void segment_record_length(char header[SEGMENT_RECORD_HEADER_BYTES], size_t payload_octets);
/* Sets SEGMENT_MORE in a framed header. */
void segment_record_more(char header[SEGMENT_RECORD_HEADER_BYTES]);
/* The payload is given in pieces, as it lies in memory: front, then n more. */
void segment_record_seal(char header[SEGMENT_RECORD_HEADER_BYTES], uint64_t number, uint64_t offset,
                         struct span front, const struct span *more, size_t n);
uint8_t segment_record_kind(const char header[SEGMENT_RECORD_HEADER_BYTES]);
/* Payload octets that a framed header announces. */
size_t segment_record_payload(const char header[SEGMENT_RECORD_HEADER_BYTES]);

/* The record at the front of `window`, which holds the segment's octets from
 * `offset` on; `size` is the segment's.  Returns 1 and *out; 0 when no valid record stands
 * there; ERR_AGAIN when *need octets of window would tell. */
NODISCARD int segment_record_get(struct span window, uint64_t number, uint64_t offset,
                                 uint64_t size, struct segment_record *out, size_t *need);
/* As segment_record_get for a whole group: *octets is the length of all its records. */
NODISCARD int segment_group_get(struct span window, uint64_t number, uint64_t offset, uint64_t size,
                                size_t *octets, size_t *need);

#endif
