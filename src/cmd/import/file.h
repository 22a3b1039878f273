/* cmd/import/file.h - one file as one message. */
#ifndef CMD_IMPORT_FILE_H
#define CMD_IMPORT_FILE_H

#include "cmd/import/import.h"

/* A file's message in CRLF, and the file's time of modification.  ERR_NOT_FOUND: it is gone;
 * ERR_REFUSED: it is too long, or cannot be read, which was counted and printed. */
NODISCARD int import_file(struct import *m, const char *path, struct buf *out, int64_t *time_s);
/* A small file of the mailbox's, of at most `max` octets; empty when there is none. */
NODISCARD int import_small_file(const char *path, uid_t owner, size_t max, struct arena *mem,
                                struct span *out);
/* errno of walk_open, in words. */
const char *import_why(void);

#endif
