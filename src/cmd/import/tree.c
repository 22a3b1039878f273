/* cmd/import/tree.c - a directory of mboxes: a file is a mailbox, a directory a level of names. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cmd/cli.h"
#include "cmd/import/import.h"
#include "cmd/import/walk.h"
#include "mailfile/name.h"

/* An empty one is a mailbox when its name says so. */
static bool is_mbox(const struct import *m, const char *path)
{
	char begin[5];
	AUTO_FD int file = walk_open(path, m->owner);
	ssize_t n = file < 0 ? -1 : read(file, begin, sizeof begin);

	if (file < 0)
		return true; /* why not is told where it is read */
	if (n == 0)
		return span_ends_nocase(span_str(path), SPAN(".mbox"));
	return n == sizeof begin && memcmp(begin, "From ", sizeof begin) == 0;
}

/* Levels of file names as a mailbox's path; empty: cannot be one. */
static struct span path_of(struct span levels, struct span name, struct arena *mem)
{
	AUTO_BUF path = BUF(64 << 10);
	struct span kept = SPAN("");

	if (span_ends_nocase(name, SPAN(".mbox")) && name.n > strlen(".mbox"))
		name.n -= strlen(".mbox");
	mailfile_name_get(levels, &path);
	if (levels.n)
		buf_putc(&path, '/');
	mailfile_name_get(name, &path);
	if (path.err || !utf8_valid(buf_span(&path)) || arena_copy(mem, buf_span(&path), &kept) < 0)
		return SPAN("");
	return kept;
}

static int file_in(struct import *m, const struct walk_item *dir, const char *name)
{
	AUTO_ARENA mem = { 0 };
	const char *path = arena_printf(&mem, "%s/%s", dir->path, name);

	if (!path)
		return cli_fail("no memory for a name"), ERR_NO_MEMORY;
	if (name[0] == '.')
		return 0;
	if (!is_mbox(m, path)) {
		progress_say(&m->progress, "%s is left out: it is no mbox", path);
		return 0;
	}
	struct span mailbox = path_of(span_str(dir->name), span_str(name), &mem);
	if (mailbox.n)
		return import_mbox(m, path, import_path(m, mailbox, &mem));
	import_refuse(m, path, "its name is no UTF-8: no mailbox can be named so");
	return 0;
}

static int directory(struct import *m, struct walk *w, const struct walk_item *dir)
{
	AUTO_ARENA mem = { 0 };
	struct walk_names files = { 0 }, directories = { 0 };
	int r = walk_list(dir->path, &mem, &files, &directories);

	if (r >= 0)
		r = walk_add_all(w, dir, &directories);
	for (size_t i = 0; i < files.n && r >= 0; i++)
		r = file_in(m, dir, files.names[i]);
	return r;
}

int import_tree(struct import *m, const char *path)
{
	struct walk w;
	const struct walk_item *dir;
	int r = walk_begin(&w, path);

	while (r >= 0 && (dir = walk_next(&w)))
		r = directory(m, &w, dir);
	walk_fini(&w);
	return r;
}
