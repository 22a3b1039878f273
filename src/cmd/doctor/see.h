/* cmd/doctor/see.h - looks at this machine.  Blocking. */
#ifndef CMD_DOCTOR_SEE_H
#define CMD_DOCTOR_SEE_H

#include "base/arena.h"
#include "config/settings.h"
#include "doctor/seen.h"

enum { SEE_FILES = 4, SEE_ADDRESSES = 2 };

void see_certificate(const struct settings *set, struct doctor_certificate *out);
/* Free space, and what it takes to make something safe: a nameless file, a tenth of a second. */
void see_disk(const char *path, struct doctor_disk *out);
/* Who helps the defence, and what was learned, as the running server says: into `mem`. */
struct control;
void see_defence(struct control *server, struct arena *mem, struct doctor_seen *out);
/* How far the database of ledger.mirror is. */
void see_mirror(const struct settings *set, struct control *server, struct doctor_mirror *out);
/* Keys, logins, configuration, data. */
void see_files(const struct settings *set, const char *config_path,
               struct doctor_file out[SEE_FILES]);
enum doctor_clock see_clock(void);
/* The addresses that the system would send from to the world, one of each kind at most; private
 * ones left out.  How many.  Nothing is sent. */
size_t see_addresses(const struct settings *set, struct ip out[SEE_ADDRESSES]);

#endif
