/* cmd/import/progress.h - how far an import or export is: a bar on a terminal, else lines. */
#ifndef CMD_IMPORT_PROGRESS_H
#define CMD_IMPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct progress {
	bool quiet;           /* nothing is shown */
	uint64_t done, total; /* in whatever unit; total 0: not known */
	uint64_t messages;
	/* own */
	int64_t begun_at, shown_at;
	bool drawn;
};

void progress_begin(struct progress *p);
/* Now and then, whenever something was done; name: the mailbox. */
void progress_show(struct progress *p, struct span name);
/* A line of its own, in front of what is drawn again later. */
void progress_say(struct progress *p, const char *fmt, ...) PRINTF(2, 3);
/* The same on standard error, as cli_fail. */
void progress_fail(struct progress *p, const char *fmt, ...) PRINTF(2, 3);
/* How to go on after what ended it: where a connection broke and some were brought already.  What
 * is to be mended first was told. */
void progress_cut(struct progress *p, int r);
/* Takes the bar away. */
void progress_end(struct progress *p);
int64_t progress_ms(const struct progress *p);

#endif
