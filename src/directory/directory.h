/* directory/directory.h - which addresses are ours, and who gets their mail.  Floor 3.
 *
 * In the auth role: built from server.domains and the accounts file's names.
 * directory_lookup (calls/directory.h) is how the other roles ask.
 */
#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H

#include "config/settings.h"
#include "calls/directory.h"

/* Keeps set.  Replaces what was there. */
NODISCARD int directory_open(const struct settings *set);
/* One account, "alice@example.test"; its domain must be one of server.domains (ERR_CONFIG). */
NODISCARD int directory_add(struct span account);
/* Between the two all accounts are added anew; with good false, those of before stay.
 * Nothing may wait meanwhile. */
void directory_begin(void);
void directory_end(bool good);
void directory_close(void);

directory_lookup_fn directory_lookup_here;
/* Registers the calls of calls/directory.h. */
void directory_serve(void);

#endif
