/* cmd/import/walk.h - the names in a directory, in order. */
#ifndef CMD_IMPORT_WALK_H
#define CMD_IMPORT_WALK_H

#include "base/arena.h"

enum { WALK_LEVELS_MAX = 20 };

struct walk_names {
	char **names; /* of plain files, or of directories; sorted */
	size_t n;
};
/* Without . and ..; symbolic links are followed to files, not to directories.  The errors are
 * printed. */
NODISCARD int walk_list(const char *path, struct arena *mem, struct walk_names *files,
                        struct walk_names *directories);
bool walk_is_directory(const char *path);

/* Directories that are still to be looked at, the first one first. */
struct walk {
	struct arena mem;
	struct walk_item *first;
};
struct walk_item {
	struct walk_item *next;
	const char *path; /* of the directory */
	const char *name; /* below the root, levels parted by '/'; "" is the root */
	int level;
};
/* ERR_NO_MEMORY, printed.  Too deep: nothing is added, and that is printed. */
NODISCARD int walk_add(struct walk *w, struct walk_item **at, const struct walk_item *parent,
                       const char *name);
void walk_fini(struct walk *w);

#endif
