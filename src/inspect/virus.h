/* inspect/virus.h - the step `virus`: is there one in a message's files, or in the rest of it.
 *
 * Own lists of hashes first, then clamd, which is asked about what it was not asked about lately.
 * What nobody could look at is not known, never clean.
 */
#ifndef INSPECT_VIRUS_H
#define INSPECT_VIRUS_H

#include "inspect/inspection.h"
#include "inspect/virus/scanner.h"

/* Before anything is looked at; asks clamd whether it is there, and tells. */
void inspect_virus_begin(const struct settings *set, scanner_reach_fn *reach);
/* Other lists of hashes, or the first.  file: their octets, which nobody may change; taken. */
void inspect_virus_lists(int file);
/* How many hashes the lists have. */
size_t inspect_virus_hashes(void);
/* The step.  0: nobody is there to look, nothing was found or not found; 1; negative: it is not
 * known. */
NODISCARD WAITS int inspect_virus(struct inspection *x, struct inspect_finding *found);

#endif
