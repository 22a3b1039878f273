/* wire/imap/reader_impl.h - what reader.c and reader_head.c share. */
#ifndef WIRE_IMAP_READER_IMPL_H
#define WIRE_IMAP_READER_IMPL_H

#include "base/span.h"

/* "{12}", "{12+}", "~{12}" at the end of a line: a literal follows. */
struct imap_literal_head {
	uint64_t n; /* UINT64_MAX for what does not fit */
	bool sync, literal8;
	size_t n_octets; /* of the head itself */
};

/* line: its end, without CRLF. */
bool imap_literal_head_find(struct span line, struct imap_literal_head *out);

/* command: up to a literal's head.  True when it is APPEND and the literal its message, not its
 * mailbox's name. */
bool imap_is_message(struct span command);

#endif
