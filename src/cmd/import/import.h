/* cmd/import/import.h - brings messages of files, or of another server, into an account.
 *
 * A source (mbox.c, maildir.c, eml.c, imap.c) opens a mailbox and gives it message after message;
 * what is there already is passed over, so that an import that was cut goes on where it was.  What
 * is wrong with one message is printed and counted, and the others come; what is negative ends the
 * import, printed.
 */
#ifndef CMD_IMPORT_IMPORT_H
#define CMD_IMPORT_IMPORT_H

#include "base/arena.h"
#include "cmd/import/present.h"
#include "cmd/import/progress.h"
#include "config/settings.h"
#include "mailfile/flags.h"
#include "mailfile/mbox.h"

struct import_options {
	const char *account;
	const char *mailbox; /* where to; NULL: as the source has it */
	enum mbox_kind kind; /* 0: as the file says */
	bool local;          /* a date without zone is of this machine's */
};

struct import {
	struct import_options options;
	struct control *c;
	uint64_t size_max; /* octets of a message */
	bool subscribe;    /* to each mailbox */
	uid_t owner;       /* of the source: no file of another one's is read */
	struct progress progress;

	struct arena mem;    /* of the mailbox */
	struct span mailbox; /* that is open; empty: none */
	struct present present;

	struct arena batch_mem; /* messages on their way: */
	struct buf octets;
	json_t *messages;
	char **names;
	size_t request_bytes;

	uint64_t n_mailboxes, n_added, n_present, n_refused, n_octets, n_flags_lost;
};

/* The mailbox of that path from now on (UTF-8, '/' between levels); it is made when it is missing.
 */
NODISCARD int import_open(struct import *m, struct span path);
NODISCARD int import_close(struct import *m);
NODISCARD int import_subscribe(struct import *m, struct span path);

/* name: for people, "message 7 at octet 4711 of x.mbox".  Nothing is borrowed behind it. */
struct import_message {
	const char *name;
	struct span text;
	int64_t date_s;
	struct mailfile_flags flags;
};
NODISCARD int import_message(struct import *m, const struct import_message *message);
/* Says why something is not brought. */
void import_refuse(struct import *m, const char *name, const char *fmt, ...) PRINTF(3, 4);

/* path in the source: "" is the whole of it; a NUL-terminated copy with --mailbox before it, in
 * arena. */
struct span import_path(const struct import *m, struct span path, struct arena *mem);

/* What came of a mailbox: a line of its own. */
struct import_count {
	uint64_t n_added, n_present;
};
struct import_count import_count(const struct import *m);
void import_say(struct import *m, struct span mailbox, const char *from,
                const struct import_count *before);

/* The sources. */
NODISCARD int import_mbox(struct import *m, const char *path, struct span mailbox);
NODISCARD int import_tree(struct import *m, const char *path);
NODISCARD int import_maildir(struct import *m, const char *path);
NODISCARD int import_eml(struct import *m, const char *path);
struct imap_link_how;
NODISCARD int import_imap(struct import *m, const struct imap_link_how *how,
                          const char *password_file);
/* Does the directory look like one? */
bool import_is_maildir(const char *path);
bool import_is_eml(const char *path);

#endif
