/* store/names/names.h - in memory: the accounts that have mailboxes, and the names of these.
 *
 * Made from the ledger at start, and changed by store/mail behind each commit.  Floor 2; one
 * instance a store, on its loop.  A mailbox is found by its number or its path; what is in it knows
 * store/mailbox.
 */
#ifndef STORE_NAMES_H
#define STORE_NAMES_H

#include "base/map.h"
#include "calls/mailbox.h"
#include "store/mailbox/box.h"

struct names {
	struct map accounts;  /* struct account by name */
	struct map mailboxes; /* struct mailbox by number */
	/* the last ones that were given out */
	uint32_t last_account, last_mailbox, last_validity;
};

/* A name, in a list of them. */
struct name {
	struct list link;
	struct span text; /* behind this struct */
};

struct account {
	uint32_t number;
	struct span name;                           /* behind this struct */
	uint64_t modseq;                            /* the last one that was given out, */
	uint64_t done_modseq;                       /* and the last one that is durable */
	uint64_t messages, octets;                  /* what is on its way to the disk included */
	struct list mailboxes;                      /* struct mailbox, in order of path */
	struct list subscriptions;                  /* struct name, in order */
	struct span keywords[MAILBOX_KEYWORDS_MAX]; /* each on the heap */
	size_t n_keywords;
	struct mailbox *inbox;
	bool recorded; /* the ledger has it */
	bool naming;   /* one changes its names, or makes it */
	bool leaving;  /* it is being removed, or was: nobody uses it any more */
	struct cond named;
};

/* One that holds messages, or (box NULL) a level that has only children. */
struct mailbox {
	struct list link;
	struct account *account;
	uint32_t number, uid_validity;
	uint32_t uid_next; /* what is on its way to the disk included */
	uint8_t role;
	struct span path; /* on the heap */
	struct box *box;
	unsigned users;  /* who looks at it, or changes it */
	bool changing;   /* one of them changes what is in it, and looked at it before */
	bool leaving;    /* it is being removed: it has no new users */
	bool rebuilding; /* nor while this lasts */
	struct cond free;
};

void names_fini(struct names *n);

/* NULL: there is none. */
struct account *names_account(const struct names *n, struct span name);
/* ERR_NO_MEMORY. */
NODISCARD int names_account_add(struct names *n, uint32_t number, struct span name,
                                struct account **out);
/* Its mailboxes were removed: it has neither subscriptions nor keywords any more, and uses nothing.
 */
void names_account_empty(struct account *a);
/* ERR_UNAVAILABLE: it is leaving. */
NODISCARD int names_account_gone(const struct account *a);

/* NULL: there is none. */
struct mailbox *names_number(const struct names *n, uint32_t mailbox);
struct mailbox *names_path(const struct account *a, struct span path);
struct mailbox *names_role(const struct account *a, enum mailbox_role role);
/* Whether a mailbox is below that path. */
bool names_has_children(const struct account *a, struct span path);
bool names_is_below(struct span path, struct span above);

/* One that is not known to anybody yet, in memory of its own; ERR_NO_MEMORY. */
NODISCARD int names_mailbox_new(struct account *a, uint32_t number, uint32_t uid_validity,
                                uint8_t role, struct span path, struct mailbox **out);
void names_mailbox_free(struct mailbox *m);
/* Its number is found now; ERR_NO_MEMORY. */
NODISCARD int names_mailbox_reserve(struct names *n, struct mailbox *m);
/* And its path, which is not taken. */
void names_mailbox_enter(struct mailbox *m);
/* Neither is found any more. */
void names_mailbox_leave(struct names *n, struct mailbox *m);
/* It is found by that number too, which lives where it is until it is taken or dropped;
 * ERR_NO_MEMORY. */
NODISCARD int names_number_reserve(struct names *n, struct mailbox *m, const uint32_t *number);
/* From now on it has that number, and not the one before. */
void names_number_take(struct names *n, struct mailbox *m, const uint32_t *number);
void names_number_drop(struct names *n, const uint32_t *number);
/* Its path from now on, on the heap; taken over. */
void names_mailbox_rename(struct mailbox *m, struct span path);

struct name *names_name_new(struct span text); /* NULL: no memory */
bool names_is_subscribed(const struct account *a, struct span path);
/* Takes the name over; one that is there already is no mistake. */
void names_subscribe(struct account *a, struct name *name);
void names_unsubscribe(struct account *a, struct span path);

/* A path as it is kept: INBOX in capitals.  ERR_SYNTAX: an empty level, a control character, no
 * UTF-8; ERR_TOO_LONG.  Lives in mem. */
NODISCARD int names_check(struct span path, struct arena *mem, struct span *out);

#endif
