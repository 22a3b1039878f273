/* wire/imap/args/list.h - LIST and LSUB.
 *
 * Sources: RFC 3501 6.3.8, 6.3.9; RFC 5258 (LIST-EXTENDED); RFC 5819 (LIST-STATUS); RFC 6154
 * (SPECIAL-USE); RFC 9051 6.3.9.  Pure; errors as cursor.h has them.  The cursor is
 * imap_command_parse's, and is taken to the end of the command.
 */
#ifndef WIRE_IMAP_ARGS_LIST_H
#define WIRE_IMAP_ARGS_LIST_H

#include "wire/imap/cursor.h"

enum { IMAP_PATTERNS_MAX = 100 };

enum imap_list_select {
	IMAP_LIST_SELECT_SUBSCRIBED = 1 << 0,
	IMAP_LIST_SELECT_REMOTE = 1 << 1,
	IMAP_LIST_SELECT_RECURSIVEMATCH = 1 << 2, /* never alone or with REMOTE only */
	IMAP_LIST_SELECT_SPECIAL_USE = 1 << 3,
};

enum imap_list_return {
	IMAP_LIST_RETURN_SUBSCRIBED = 1 << 0, /* also when it is selected by (RFC 5258 3.1) */
	IMAP_LIST_RETURN_CHILDREN = 1 << 1,
	IMAP_LIST_RETURN_SPECIAL_USE = 1 << 2,
	IMAP_LIST_RETURN_STATUS = 1 << 3,
};

struct imap_list {
	bool extended;    /* selection options, ( ) around patterns, or RETURN: never the delimiter
	                     alone for an empty pattern (RFC 5258 3)                          */
	unsigned select;  /* OR of imap_list_select   */
	unsigned returns; /* OR of imap_list_return   */
	unsigned status_items; /* of RETURN (STATUS (...)): OR of imap_status_item (mailbox.h) */
	struct span reference; /* UTF-8; goes in front of each pattern, as it is */
	const struct span *patterns; /* UTF-8 with % and *: imap_pattern_fits() (name.h) */
	size_t n_patterns;
};
NODISCARD int imap_list_parse(struct imap_cursor *c, struct imap_list *out);
/* LSUB: one pattern, no options. */
NODISCARD int imap_lsub_parse(struct imap_cursor *c, struct imap_list *out);

#endif
