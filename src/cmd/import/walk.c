/* cmd/import/walk.c - see walk.h. */
#include "cmd/import/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli.h"

bool walk_is_directory(const char *path)
{
	struct stat s;
	return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

int walk_open(const char *path, uid_t owner)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	struct stat s;

	if (file < 0) {
		errno = errno == ELOOP ? EPERM : errno;
		return -1;
	}
	if (fstat(file, &s) == 0 && S_ISREG(s.st_mode) && s.st_uid == owner)
		return file;
	close(file);
	errno = EPERM;
	return -1;
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
		if (!is_directory && !is_file &&
		    fstatat(dirfd(dir), e->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0) {
			is_file = S_ISREG(s.st_mode) || S_ISLNK(s.st_mode);
			is_directory = S_ISDIR(s.st_mode);
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

static int put(struct walk *w, struct walk_item item)
{
	struct walk_item *kept = arena_new(&w->mem, struct walk_item);

	if (!kept || !item.path || !item.name)
		return cli_fail("no memory for directories"), ERR_NO_MEMORY;
	*kept = item;
	kept->next = *w->at;
	*w->at = kept;
	w->at = &kept->next;
	return 0;
}

int walk_begin(struct walk *w, const char *path)
{
	*w = (struct walk){ 0 };
	w->at = &w->first;
	return put(w, (struct walk_item){ .path = path, .name = "" });
}

/* What is found in it comes next, before what waits. */
struct walk_item *walk_next(struct walk *w)
{
	struct walk_item *item = w->first;

	if (item)
		w->first = item->next;
	w->at = &w->first;
	return item;
}

int walk_add(struct walk *w, const struct walk_item *parent, const char *name)
{
	if (parent->level == WALK_LEVELS_MAX) {
		cli_fail("%s/%s is more than %d directories deep: it is left out", parent->path,
		         name, WALK_LEVELS_MAX);
		return 0;
	}
	return put(w, (struct walk_item){
	                      .level = parent->level + 1,
	                      .path = arena_printf(&w->mem, "%s/%s", parent->path, name),
	                      .name = arena_printf(&w->mem, "%s%s%s", parent->name,
	                                           *parent->name ? "/" : "", name),
	              });
}

int walk_add_all(struct walk *w, const struct walk_item *parent,
                 const struct walk_names *directories)
{
	int r = 0;

	for (size_t i = 0; i < directories->n && r >= 0; i++)
		if (directories->names[i][0] != '.')
			r = walk_add(w, parent, directories->names[i]);
	return r;
}

void walk_fini(struct walk *w)
{
	arena_fini(&w->mem);
}
