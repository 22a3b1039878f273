/* cmd/import/maildir.c - a Maildir with its folders: Maildir++ (".A.B"), or directories in
 * directories (Dovecot's LAYOUT=fs).
 */
#include "mailfile/maildir.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cmd/cli.h"
#include "cmd/import/file.h"
#include "cmd/import/walk.h"

enum { NAME_BYTES = 4096 };

struct message_name {
	const char *directory; /* "cur" or "new" */
	const char *name;
};

struct folder {
	struct arena mem;
	const char *path;
	struct message_name *names;
	size_t n;
	struct maildir_keywords keywords;
};

static bool has(const char *path, const char *name)
{
	AUTO_ARENA mem = { 0 };
	const char *all = arena_printf(&mem, "%s/%s", path, name);
	return all && walk_is_directory(all);
}

bool import_is_maildir(const char *path)
{
	AUTO_ARENA mem = { 0 };
	struct walk_names directories = { 0 };

	if (has(path, "cur") && (has(path, "new") || has(path, "tmp")))
		return true;
	if (walk_list(path, &mem, NULL, &directories) < 0)
		return false;
	for (size_t i = 0; i < directories.n; i++) {
		const char *below = arena_printf(&mem, "%s/%s", path, directories.names[i]);
		if (below && has(below, "cur") && has(below, "new"))
			return true;
	}
	return false;
}

/* ---- messages ---- */

static int by_name(const void *a, const void *b)
{
	const struct message_name *x = a, *y = b;
	return maildir_name_cmp(span_str(x->name), span_str(y->name));
}

static int list(struct folder *f)
{
	static const char *const both[] = { "new", "cur" };
	struct walk_names found[N_ELEMS(both)] = { 0 };

	for (size_t i = 0; i < N_ELEMS(both); i++) {
		const char *path = arena_printf(&f->mem, "%s/%s", f->path, both[i]);
		if (path && walk_is_directory(path) &&
		    walk_list(path, &f->mem, &found[i], NULL) < 0)
			return ERR_IO;
	}
	f->names = arena_array(&f->mem, struct message_name, found[0].n + found[1].n + 1);
	if (!f->names)
		return cli_fail("no memory for the names in %s", f->path), ERR_NO_MEMORY;
	for (size_t i = 0; i < N_ELEMS(both); i++)
		for (size_t j = 0; j < found[i].n; j++)
			if (found[i].names[j][0] != '.')
				f->names[f->n++] =
				        (struct message_name){ both[i], found[i].names[j] };
	qsort(f->names, f->n, sizeof *f->names, by_name);
	return 0;
}

static int message(struct import *m, const struct folder *f, const struct message_name *name,
                   struct buf *text)
{
	AUTO_ARENA mem = { 0 };
	struct import_message one = {
		.name = arena_printf(&mem, "%s/%s/%s", f->path, name->directory, name->name),
	};
	bool is_new = strcmp(name->directory, "new") == 0;

	if (!one.name)
		return cli_fail("no memory for a name"), ERR_NO_MEMORY;
	int r = import_file(m, one.name, text, &one.date_s);
	if (r == ERR_NOT_FOUND)
		import_refuse(m, one.name, "it was renamed while it was read: run it again");
	if (r >= 0 && !is_new)
		r = maildir_flags_parse(span_str(name->name), &f->keywords, &mem, &one.flags);
	if (r < 0)
		return r == ERR_NOT_FOUND || r == ERR_REFUSED ? 0 : r;
	one.text = buf_span(text);
	return import_message(m, &one);
}

static int messages(struct import *m, struct folder *f)
{
	AUTO_BUF text = BUF(2 * (size_t)m->size_max + 2);
	struct span keywords;
	const char *path = arena_printf(&f->mem, "%s/dovecot-keywords", f->path);
	int r = list(f);

	if (r >= 0)
		r = path ? import_small_file(path, m->owner, MAILDIR_KEYWORDS_BYTES_MAX, &f->mem,
		                             &keywords)
		         : ERR_NO_MEMORY;
	if (r < 0)
		return r;
	maildir_keywords_parse(keywords, &f->keywords);
	m->progress.total = f->n;
	for (size_t i = 0; i < f->n && r >= 0; i++) {
		m->progress.done = i;
		r = message(m, f, &f->names[i], &text);
	}
	return r;
}

static int folder(struct import *m, const char *path, struct span mailbox)
{
	struct folder f = { .path = path, .mem.cap = (size_t)1 << 30 };
	struct import_count before = import_count(m);
	struct span to = import_path(m, mailbox.n ? mailbox : SPAN("INBOX"), &f.mem);
	int r = import_open(m, to);

	if (r >= 0)
		r = messages(m, &f);
	if (r >= 0)
		r = import_close(m);
	if (r >= 0)
		import_say(m, to, path, &before);
	arena_fini(&f.mem);
	return r;
}

/* ---- folders ---- */

/* One of Maildir++, beside cur. */
static int dotted(struct import *m, const char *path, const char *name)
{
	AUTO_BUF mailbox = BUF(NAME_BYTES);

	if (!has(path, "cur") && !has(path, "new"))
		return 0;
	if (maildir_folder_get(span_str(name), &mailbox) < 0) {
		import_refuse(m, path, "its name is neither modified UTF-7 nor UTF-8");
		return 0;
	}
	return folder(m, path, buf_span(&mailbox));
}

static int directory(struct import *m, struct walk *w, const struct walk_item *dir)
{
	AUTO_ARENA mem = { 0 };
	struct walk_names names = { 0 };
	int r = 0;

	if (!utf8_valid(span_str(dir->name))) {
		import_refuse(m, dir->path, "its name is no UTF-8: no mailbox can be named so");
		return 0;
	}
	if (has(dir->path, "cur") || has(dir->path, "new"))
		r = folder(m, dir->path, span_str(dir->name));
	if (r >= 0)
		r = walk_list(dir->path, &mem, NULL, &names);
	for (size_t i = 0; i < names.n && r >= 0; i++) {
		const char *name = names.names[i];
		const char *path = arena_printf(&mem, "%s/%s", dir->path, name);
		bool own = strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 ||
		           strcmp(name, "tmp") == 0;
		if (!path)
			return ERR_NO_MEMORY;
		if (name[0] == '.' && !dir->level)
			r = dotted(m, path, name);
		else if (!own && name[0] != '.')
			r = walk_add(w, dir, name);
	}
	return r;
}

/* Dovecot's list, or Courier's. */
static const char *const lists[] = { "subscriptions", "courierimapsubscribed" };

static bool has_list(const char *path)
{
	AUTO_ARENA mem = { 0 };
	bool any = false;

	for (size_t i = 0; i < N_ELEMS(lists); i++) {
		const char *name = arena_printf(&mem, "%s/%s", path, lists[i]);
		any |= name && access(name, F_OK) == 0;
	}
	return any;
}

static int subscriptions(struct import *m, const char *path)
{
	AUTO_ARENA mem = { 0 };
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(lists) && r >= 0; i++) {
		AUTO_BUF mailbox = BUF(NAME_BYTES);
		struct span file;
		const char *name = arena_printf(&mem, "%s/%s", path, lists[i]);
		r = name ? import_small_file(name, m->owner, MAILDIR_SUBSCRIPTIONS_BYTES_MAX, &mem,
		                             &file)
		         : ERR_NO_MEMORY;
		while (r >= 0 && maildir_subscription_next(&file, &mailbox)) {
			r = import_subscribe(m, import_path(m, buf_span(&mailbox), &mem));
			buf_reset(&mailbox);
		}
	}
	return r;
}

int import_maildir(struct import *m, const char *path)
{
	struct walk w;
	const struct walk_item *dir;
	int r = walk_begin(&w, path);

	m->subscribe = !has_list(path);
	while (r >= 0 && (dir = walk_next(&w)))
		r = directory(m, &w, dir);
	walk_fini(&w);
	return r < 0 ? r : subscriptions(m, path);
}
