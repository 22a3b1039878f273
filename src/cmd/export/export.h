/* cmd/export/export.h - writes an account's messages into files.
 *
 * A form (mbox.c, maildir.c, eml.c) is three functions; cmd_export.c goes through mailboxes and
 * messages.  What cannot be written is printed and counted.
 */
#ifndef CMD_EXPORT_EXPORT_H
#define CMD_EXPORT_EXPORT_H

#include "base/arena.h"
#include "cmd/control.h"
#include "cmd/import/progress.h"
#include "mailfile/flags.h"
#include "mailfile/mbox.h"

struct export_form;
struct export_options {
	const char *account, *directory;
	const char *mailbox; /* that one alone; NULL: all */
	enum mbox_kind kind;
	const struct export_form *form;
};

struct export_message {
	uint32_t uid;
	struct span text;
	int64_t date_s;
	struct mailfile_flags flags;
};

struct export_run {
	struct export_options options;
	struct control *c;
	struct progress progress;
	uint64_t n_mailboxes, n_exported, n_present, n_refused, n_octets, n_flags_lost;

	struct arena mem; /* of the mailbox */
	struct span mailbox;
	uint32_t uid_validity;
	void *own; /* the form's */
};

/* Errors are printed; ERR_REFUSED: this mailbox, or message, is left out, and counted. */
struct export_form {
	const char *name;
	/* *after: the messages up to that uid are written already. */
	int (*open)(struct export_run *x, uint32_t *after);
	/* 1: it is there already. */
	int (*put)(struct export_run *x, const struct export_message *m);
	int (*close)(struct export_run *x, bool complete);
};
extern const struct export_form export_mbox_form, export_maildir_form, export_eml_form;
/* The list of subscriptions of a Maildir; printed. */
NODISCARD int export_maildir_subscriptions(struct export_run *x, json_t *mailboxes);

/* Says why a mailbox or message is left out; ERR_REFUSED. */
int export_refuse(struct export_run *x, const char *fmt, ...) PRINTF(2, 3);
/* DIRECTORY, and the mailbox's levels as names of files; the directories above the last are made.
 * NULL, printed. */
char *export_path(struct export_run *x, const char *ending);
/* All of it; printed. */
NODISCARD int export_write(int file, const char *path, struct span octets);

#endif
