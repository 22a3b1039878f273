/* cmd/import/walk.c - see walk.h. */
#include "cmd/import/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd/cli.h"

bool walk_is_directory(const char *path)
{
	struct stat s;
	return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add(struct walk_names *list, const char *name, struct arena *mem)
{
	char *kept = arena_str(mem, span_str(name));

	if (kept && !(list->n & (list->n - 1))) { /* room doubles at each power of two */
		char **more = arena_array(mem, char *, list->n ? 2 * list->n : 1);
		if (more && list->n)
			memcpy(more, list->names, list->n * sizeof *more);
		list->names = more;
	}
	if (!kept || !list->names)
		return cli_fail("no memory for the names in a directory"), ERR_NO_MEMORY;
	list->names[list->n++] = kept;
	return 0;
}

static int sort_in(DIR *dir, const char *path, struct arena *mem, struct walk_names *files,
                   struct walk_names *directories)
{
	const struct dirent *e;
	int r = 0;

	while (r >= 0 && (e = readdir(dir))) {
		struct stat s;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		bool is_directory = e->d_type == DT_DIR, is_file = e->d_type == DT_REG;
		if (!is_directory && !is_file && fstatat(dirfd(dir), e->d_name, &s, 0) == 0) {
			is_file = S_ISREG(s.st_mode);
			is_directory = S_ISDIR(s.st_mode) && e->d_type == DT_UNKNOWN;
		}
		if (is_file && files)
			r = add(files, e->d_name, mem);
		if (is_directory && directories)
			r = add(directories, e->d_name, mem);
	}
	return r;
}

static void sort(struct walk_names *list)
{
	if (list && list->n)
		qsort(list->names, list->n, sizeof *list->names, by_name);
}

int walk_list(const char *path, struct arena *mem, struct walk_names *files,
              struct walk_names *directories)
{
	DIR *dir = opendir(path);

	if (!dir)
		return cli_fail("cannot read %s: %s", path, strerror(errno)), ERR_IO;
	int r = sort_in(dir, path, mem, files, directories);
	closedir(dir);
	sort(files);
	sort(directories);
	return r;
}

int walk_add(struct walk *w, struct walk_item **at, const struct walk_item *parent,
             const char *name)
{
	struct walk_item *item = arena_new(&w->mem, struct walk_item);

	if (parent && parent->level == WALK_LEVELS_MAX) {
		cli_fail("%s/%s is more than %d directories deep: it is left out", parent->path,
		         name, WALK_LEVELS_MAX);
		return 0;
	}
	if (item) {
		*item = (struct walk_item){ .path = name, .name = "", .next = *at };
		if (parent) {
			item->level = parent->level + 1;
			item->path = arena_printf(&w->mem, "%s/%s", parent->path, name);
			item->name = arena_printf(&w->mem, "%s%s%s", parent->name,
			                          *parent->name ? "/" : "", name);
		}
	}
	if (!item || !item->path || !item->name)
		return cli_fail("no memory for directories"), ERR_NO_MEMORY;
	*at = item;
	return 0;
}

void walk_fini(struct walk *w)
{
	arena_fini(&w->mem);
}
