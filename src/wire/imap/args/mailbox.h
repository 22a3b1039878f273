/* wire/imap/args/mailbox.h - commands on mailboxes: SELECT, CREATE, RENAME, STATUS, quota and so
 * on.
 *
 * Sources: RFC 3501 6.3; RFC 7162 3.1.8, 3.2.5 (CONDSTORE, QRESYNC); RFC 6154 3 (USE); RFC
 * 9208 4.1. Pure; errors as cursor.h has them.  The cursor is imap_command_parse's, and is taken to
 * the end of the command.  Names are UTF-8 as name.h has them, and not empty.
 */
#ifndef WIRE_IMAP_ARGS_MAILBOX_H
#define WIRE_IMAP_ARGS_MAILBOX_H

#include "base/buf.h"
#include "wire/imap/set.h"

/* DELETE, SUBSCRIBE, UNSUBSCRIBE, GETQUOTAROOT. */
NODISCARD int imap_one_mailbox_parse(struct imap_cursor *c, struct span *mailbox);

struct imap_rename {
	struct span from, to;
};
NODISCARD int imap_rename_parse(struct imap_cursor *c, struct imap_rename *out);

enum imap_use_at {
#define USE(NAME, word) IMAP_USE_AT_##NAME,
#include "wire/imap/args/uses.def"
#undef USE
	IMAP_USE_COUNT
};
enum imap_use {
#define USE(NAME, word) IMAP_USE_##NAME = 1 << IMAP_USE_AT_##NAME,
#include "wire/imap/args/uses.def"
#undef USE
};

struct imap_create {
	struct span mailbox; /* a delimiter at its end is left on it (RFC 3501 6.3.3) */
	unsigned uses;       /* OR of imap_use */
};
/* ERR_REFUSED: a use that is not known, for NO [USEATTR]. */
NODISCARD int imap_create_parse(struct imap_cursor *c, struct imap_create *out);
const char *imap_use_word(enum imap_use_at use); /* "\\Sent" */

enum imap_status_at {
#define STATUS_ITEM(NAME, word) IMAP_STATUS_AT_##NAME,
#include "wire/imap/args/status_items.def"
#undef STATUS_ITEM
	IMAP_STATUS_COUNT
};
enum imap_status_item {
#define STATUS_ITEM(NAME, word) IMAP_STATUS_##NAME = 1 << IMAP_STATUS_AT_##NAME,
#include "wire/imap/args/status_items.def"
#undef STATUS_ITEM
};

struct imap_status {
	struct span mailbox;
	unsigned items; /* OR of imap_status_item, not 0 */
};
NODISCARD int imap_status_parse(struct imap_cursor *c, struct imap_status *out);
/* "(MESSAGES UIDNEXT)": also behind LIST's RETURN (STATUS. */
NODISCARD int imap_take_status_items(struct imap_cursor *c, unsigned *items);
const char *imap_status_word(enum imap_status_at item); /* "MESSAGES" */

/* QRESYNC (uidvalidity modseq [known-uids] [(seqs uids)]), RFC 7162 3.2.5. */
struct imap_qresync {
	uint32_t uid_validity;
	uint64_t mod_seq;
	bool has_known_uids; /* else all below UIDNEXT              */
	struct imap_set known_uids;
	struct imap_set match_seqs, match_uids; /* of the same count; n_runs 0: not given */
};
/* SELECT and EXAMINE. */
struct imap_select {
	struct span mailbox;
	bool condstore;
	bool has_qresync; /* BAD unless QRESYNC is enabled: the caller's to ask */
	struct imap_qresync qresync;
};
NODISCARD int imap_select_parse(struct imap_cursor *c, struct imap_select *out);

enum { IMAP_QUOTA_LIMITS_MAX = 16 };
struct imap_quota_limit {
	struct span resource; /* "STORAGE": its unit is 1,024 octets */
	uint64_t limit;
};
struct imap_set_quota {
	struct span root;
	const struct imap_quota_limit *limits;
	size_t n_limits;
};
NODISCARD int imap_set_quota_parse(struct imap_cursor *c, struct imap_set_quota *out);
/* GETQUOTA.  May be empty. */
NODISCARD int imap_get_quota_parse(struct imap_cursor *c, struct span *root);

#endif
