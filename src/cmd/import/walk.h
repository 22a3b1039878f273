/* cmd/import/walk.h - the names in a directory, in order. */
#ifndef CMD_IMPORT_WALK_H
#define CMD_IMPORT_WALK_H

#include <sys/types.h>

#include "base/arena.h"

enum { WALK_LEVELS_MAX = 20 };

struct walk_names {
	char **names; /* of plain files, or of directories; sorted */
	size_t n;
};
/* Without . and ..; a symbolic link counts as a file, which walk_open does not open.  The errors
 * are printed. */
NODISCARD int walk_list(const char *path, struct arena *mem, struct walk_names *files,
                        struct walk_names *directories);
bool walk_is_directory(const char *path);
/* Opens a plain file of that owner to be read: whoever may write into a directory must not lead who
 * reads it to files of other people's.  Below 0 with errno: EPERM, it is a link or not the owner's.
 */
int walk_open(const char *path, uid_t owner);

/* Directories that are still to be looked at:
 *
 *	for (r = walk_begin(&w, path); r >= 0 && (dir = walk_next(&w));)
 *		look at it; r = walk_add(&w, dir, name) for each in it that is to follow, in order
 *	walk_fini(&w);
 */
struct walk_item {
	struct walk_item *next;
	const char *path; /* of the directory */
	const char *name; /* below the root, levels parted by '/'; "" is the root */
	int level;
};
struct walk {
	struct arena mem;
	struct walk_item *first, **at; /* at: where the next one is added */
};
NODISCARD int walk_begin(struct walk *w, const char *path);
struct walk_item *walk_next(struct walk *w);
/* ERR_NO_MEMORY, printed.  Too deep: nothing is added, and that is printed. */
NODISCARD int walk_add(struct walk *w, const struct walk_item *parent, const char *name);
/* All but those whose names begin with a '.'. */
NODISCARD int walk_add_all(struct walk *w, const struct walk_item *parent,
                           const struct walk_names *directories);
void walk_fini(struct walk *w);

#endif
