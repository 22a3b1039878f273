/* store/backup/files.h - files and directories copied.  Blocks. */
#ifndef STORE_BACKUP_FILES_H
#define STORE_BACKUP_FILES_H

#include "base/err.h"
#include "base/span.h"
#include "store/backup/copying.h"

/* An existing directory and the one that it is copied to, both open. */
struct copy_dirs {
	int from, to;
};
/* `name` in both; the second one is made.  ERR_NOT_FOUND: there is no first one.  ERR_REFUSED: it
 * is a link, or no directory: who made it may be somebody else, and lead root elsewhere. */
NODISCARD int copy_dirs_open(struct copy_dirs at, const char *name, struct copy_dirs *out);
void copy_dirs_close(struct copy_dirs *d);
/* The same of a file, before somebody else opens it. */
NODISCARD int copy_look(int dir, const char *name);
/* One file.  ERR_NOT_FOUND: it is gone.  ERR_REFUSED, as above. */
NODISCARD int copy_file(struct store_copy *c, struct copy_dirs at, const char *name);
/* All files, `depth` directories deep, that `wanted` wants; those that go meanwhile are left out,
 * and so are directories where none belong (lost+found). */
NODISCARD int copy_tree(struct store_copy *c, struct copy_dirs at, unsigned depth,
                        bool (*wanted)(struct span name));

#endif
