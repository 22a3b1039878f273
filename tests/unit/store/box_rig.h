/* tests/unit/store/box_rig.h - mailboxes beside a model of them: a journal, a database that knows
 * what folds told it, and crashes. */
#ifndef TESTS_UNIT_STORE_BOX_RIG_H
#define TESTS_UNIT_STORE_BOX_RIG_H

#include "fibre_harness.h"
#include "store/mailbox/box.h"

enum { RIG_BOXES = 3, RIG_ACCOUNT = 107 }; /* mailboxes 1.. of one account */

extern struct box_config rig_config;
extern struct box_set *rig_set;
extern struct box *rig_box[RIG_BOXES];
extern char rig_path[64];
extern size_t rig_cache_bytes; /* of each envelope; 0: none */

void rig_begin(void);
void rig_end(void);
/* Forgets what is in memory, and replays what the database does not say is in the files. */
void rig_crash(void);

/* Each goes into the journal, the model and the box. */
void rig_append(size_t box, size_t n, uint64_t flags);
void rig_flags(size_t box, uint32_t uid, uint64_t flags); /* MAILBOX_GONE: expunged */
void rig_cache(size_t box, uint32_t uid);
void rig_copy(size_t from, size_t to, uint32_t first, uint32_t last);
/* One of these, by chance. */
void rig_random(uint64_t *seed);
uint64_t rig_chance(uint64_t *seed, uint64_t below);

/* kept: and the database is told. */
int rig_fold(bool kept);
/* All that can be asked of a mailbox is as the model says. */
void rig_check(size_t box);
void rig_check_all(void);
uint32_t rig_uid_next(size_t box);
/* The path of a mailbox's index file, and of the account's envelopes. */
const char *rig_idx(size_t box);
const char *rig_env(unsigned generation);
uint64_t rig_kept_octets(size_t box);

#endif
