/* fulltext/fulltext_impl.h - the accounts that have an index, and the thread that holds the files.
 */
#ifndef FULLTEXT_IMPL_H
#define FULLTEXT_IMPL_H

#include "fulltext/fulltext.h"
#include "rt/worker.h"

struct fulltext_account {
	struct list link; /* dirty ones, in the order of their turns */
	uint32_t number;  /* the store's; 0: it has no mailboxes yet */
	bool on, dirty;
	size_t n_added;   /* since it was last told that all are there */
	bool failed;      /* its file could not be read or written since the pass began */
	uint32_t wait_ms; /* after a pass that failed; 0: the last one did not */
	int64_t retry_at;
	struct span name; /* behind this struct */
};

struct fulltext {
	struct store *store;
	char *dir;
	struct worker *thread;
	struct map
	        accounts; /* struct fulltext_account by name, of those that want or had an index */
	uint32_t *files;  /* the numbers of accounts that had a file at the start, rising */
	size_t n_files;
	struct list dirty;
	struct cond work;
	struct nursery fibres;
	bool stopping;
	struct fulltext_account *busy; /* it is being brought up to date */
	struct cond settled;           /* it was */
};
extern struct fulltext fulltext;

typedef int fulltext_job(struct fulltext_file *f, void *arg);
/* On the thread, with the account's file; what fails makes it a->failed.  A file that is damaged is
 * removed, and built again.  ERR_CORRUPT then. */
NODISCARD WAITS int fulltext_run(struct fulltext_account *a, fulltext_job *fn, void *arg);
/* The account's file is removed. */
NODISCARD WAITS int fulltext_drop(struct fulltext_account *a);
void fulltext_wake(struct fulltext_account *a);

/* build.c: the fibre. */
void fulltext_build(void *arg);

#endif
