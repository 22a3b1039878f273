/* learned/learned.h - what was learned of wanted and unwanted mail, kept by the store. */
#ifndef LEARNED_LEARNED_H
#define LEARNED_LEARNED_H

#include "config/settings.h"
#include "rt/fibre.h"

/* In the store role.  Opens, or makes, the file; registers the calls (calls/learn.h).  ERR_CONFIG:
 * a newer program's; ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY. */
NODISCARD WAITS int learned_start(const struct settings *set, const char *data_dir);
/* Writes what is not written yet. */
WAITS void learned_stop(void);
/* All that an account has told is forgotten. */
NODISCARD WAITS int learned_forget(struct span account);

#endif
