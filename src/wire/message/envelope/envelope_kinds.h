/* wire/message/envelope/envelope_kinds.h - the format of an envelope's record.
 *
 * One octet MESSAGE_ENVELOPE_VERSION, then items (items.h).  Kinds are on disk: never reuse one.
 */
#ifndef WIRE_MESSAGE_ENVELOPE_ENVELOPE_KINDS_H
#define WIRE_MESSAGE_ENVELOPE_ENVELOPE_KINDS_H

#include <stdint.h>

enum {
	MESSAGE_ENVELOPE_VERSION = 1,
	MESSAGE_ENVELOPE_LEAST = 64, /* octets: a smaller `max` counts as this */
	MESSAGE_ENVELOPE_SHARE = 4,  /* no item but To, Cc, Bcc has more than this part of `max` */
};

enum message_envelope_kind {
	MESSAGE_ENVELOPE_KIND_FLAGS = 1, /* 1 octet, OR of enum message_envelope_flag             */
	MESSAGE_ENVELOPE_KIND_SENT =
	        2, /* zigzag numbers: seconds since 1970, minutes of the zone */
	MESSAGE_ENVELOPE_KIND_MESSAGE_ID = 3,
	MESSAGE_ENVELOPE_KIND_SUBJECT = 4,
	MESSAGE_ENVELOPE_KIND_BASE_AT =
	        5, /* numbers: offset, length, within SUBJECT, which is before it */
	MESSAGE_ENVELOPE_KIND_BASE = 6, /* where it is no piece of SUBJECT */
	MESSAGE_ENVELOPE_KIND_REFERENCES = 7,
	MESSAGE_ENVELOPE_KIND_IN_REPLY_TO = 8,
	MESSAGE_ENVELOPE_KIND_DATE = 9,
	MESSAGE_ENVELOPE_KIND_LISTS =
	        16, /* + enum message_envelope_list: entries of three strings, each
	               0 or its length + 1 and its octets: name, mailbox, host */
};

enum message_envelope_flag {
	MESSAGE_ENVELOPE_REPLY = 1 << 0,
	MESSAGE_ENVELOPE_CUT = 1 << 1,
};

/* Small numbers of both signs as small numbers: 0, -1, 1, -2 ... as 0, 1, 2, 3 ... */
static inline uint64_t message_zigzag(int64_t n)
{
	return ((uint64_t)n << 1) ^ (n < 0 ? UINT64_MAX : 0);
}

static inline int64_t message_unzigzag(uint64_t n)
{
	return (int64_t)(n >> 1 ^ (n & 1 ? UINT64_MAX : 0));
}

#endif
