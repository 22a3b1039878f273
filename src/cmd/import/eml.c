/* cmd/import/eml.c - a directory of EML files is a mailbox, one within it the mailbox below. */
#include <stdlib.h>

#include "base/utf8.h"
#include "cmd/cli.h"
#include "cmd/import/file.h"
#include "cmd/import/walk.h"
#include "mailfile/maildir.h"
#include "mailfile/name.h"
#include "wire/message/date.h"
#include "wire/message/header.h"

static bool is_eml(const char *name)
{
	return name[0] != '.' && span_ends_nocase(span_str(name), SPAN(".eml"));
}

bool import_is_eml(const char *path)
{
	AUTO_ARENA mem = { 0 };
	struct walk_names files = { 0 }, directories = { 0 };
	int r = walk_list(path, &mem, &files, &directories);

	for (size_t i = 0; i < files.n && r >= 0; i++)
		if (is_eml(files.names[i]))
			return true;
	for (size_t i = 0; i < directories.n && r >= 0 && !files.n; i++) {
		struct walk_names below = { 0 };
		const char *at = arena_printf(&mem, "%s/%s", path, directories.names[i]);
		if (at && walk_list(at, &mem, &below, NULL) >= 0 && below.n &&
		    is_eml(below.names[0]))
			return true;
	}
	return false;
}

/* Who has written ":2,FS" into the name has given the file the message's time; other files have the
 * time at which they were copied. */
static int64_t date_of(struct span text, struct span name, int64_t time_s)
{
	struct message_field f;
	int64_t time_ms;
	int zone;

	if (span_find_span(name, SPAN(":2,")) < 0 && message_header_find(text, SPAN("Date"), &f) &&
	    message_date_sent(f.value, &time_ms, &zone) >= 0)
		return time_ms / 1000;
	return time_s;
}

static int message(struct import *m, const char *path, const char *name, struct buf *text)
{
	static const struct maildir_keywords none;
	AUTO_ARENA mem = { 0 };
	struct import_message one = { .name = arena_printf(&mem, "%s/%s", path, name) };
	struct span stem = span_sub(span_str(name), 0, strlen(name) - strlen(".eml"));
	int r = one.name ? import_file(m, one.name, text, &one.date_s) : ERR_NO_MEMORY;

	if (r == ERR_NOT_FOUND)
		import_refuse(m, one.name, "it is gone");
	if (r >= 0)
		r = maildir_flags_parse(stem, &none, &mem, &one.flags);
	if (r < 0)
		return r == ERR_NOT_FOUND || r == ERR_REFUSED ? 0 : r;
	one.text = buf_span(text);
	one.date_s = date_of(one.text, stem, one.date_s);
	return import_message(m, &one);
}

static int by_name(const void *a, const void *b)
{
	return maildir_name_cmp(span_str(*(char *const *)a), span_str(*(char *const *)b));
}

static int messages(struct import *m, const char *path, struct walk_names *files)
{
	AUTO_BUF text = BUF(2 * (size_t)m->size_max + 2);
	int r = 0;

	qsort(files->names, files->n, sizeof *files->names, by_name);
	m->progress.total = files->n;
	for (size_t i = 0; i < files->n && r >= 0; i++) {
		m->progress.done = i;
		if (is_eml(files->names[i]))
			r = message(m, path, files->names[i], &text);
	}
	return r;
}

static int mailbox(struct import *m, const struct walk_item *dir, struct walk_names *files,
                   struct arena *mem)
{
	AUTO_BUF path = BUF(4096);
	struct import_count before = import_count(m);

	mailfile_name_get(span_str(dir->name), &path);
	if (path.err || !utf8_valid(buf_span(&path))) {
		import_refuse(m, dir->path, "its name is no UTF-8: no mailbox can be named so");
		return 0;
	}
	struct span to = import_path(m, buf_span(&path), mem);

	to = to.n ? to : SPAN("INBOX");
	int r = import_open(m, to);
	if (r >= 0)
		r = messages(m, dir->path, files);
	if (r >= 0)
		r = import_close(m);
	if (r >= 0)
		import_say(m, to, dir->path, &before);
	return r;
}

static int directory(struct import *m, struct walk *w, const struct walk_item *dir)
{
	AUTO_ARENA mem = { .cap = (size_t)1 << 30 };
	struct walk_names files = { 0 }, directories = { 0 };
	int r = walk_list(dir->path, &mem, &files, &directories);

	if (r >= 0)
		r = walk_add_all(w, dir, &directories);
	bool any = dir->level > 0;
	for (size_t i = 0; i < files.n && !any; i++)
		any = is_eml(files.names[i]);
	return r >= 0 && any ? mailbox(m, dir, &files, &mem) : r;
}

int import_eml(struct import *m, const char *path)
{
	struct walk w;
	const struct walk_item *dir;
	int r = walk_begin(&w, path);

	while (r >= 0 && (dir = walk_next(&w)))
		r = directory(m, &w, dir);
	walk_fini(&w);
	return r;
}
