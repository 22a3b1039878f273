/* cmd/export/maildir.c - mailboxes as a Maildir and its folders (".Work.Old"); INBOX is around
 * them. */
#include "mailfile/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/export/files.h"
#include "cmd/import/file.h"

struct folder {
	const char *path, *keywords_path;
	struct export_files files;
	struct maildir_keywords keywords;
};

static int make(struct export_run *x, const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return export_refuse(x, "cannot make %s: %s", path, strerror(errno));
}

/* An empty file that says so, as Courier and Dovecot have it. */
static int mark_folder(struct export_run *x, const char *path)
{
	const char *mark = arena_printf(&x->mem, "%s/maildirfolder", path);
	AUTO_FD int file = mark ? open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

	return file < 0 ? export_refuse(x, "cannot make %s: %s", mark, strerror(errno)) : 0;
}

static int path_of(struct export_run *x, const char **out)
{
	AUTO_BUF name = BUF(4096);

	*out = x->options.directory;
	if (span_eq(x->mailbox, SPAN("INBOX")))
		return 0;
	if (maildir_folder_put(x->mailbox, &name) < 0 || name.n > 255)
		return export_refuse(x, "its name is too long for a directory's");
	*out = arena_printf(&x->mem, "%s/%.*s", x->options.directory, SPAN_ARG(buf_span(&name)));
	int r = *out ? make(x, *out) : ERR_NO_MEMORY;
	return r < 0 ? r : mark_folder(x, *out);
}

static int read_keywords(struct export_run *x, struct folder *f)
{
	struct span file;

	f->keywords_path = arena_printf(&x->mem, "%s/dovecot-keywords", f->path);
	int r = f->keywords_path ? import_small_file(f->keywords_path, geteuid(),
	                                             MAILDIR_KEYWORDS_BYTES_MAX, &x->mem, &file)
	                         : ERR_NO_MEMORY;
	if (r >= 0)
		maildir_keywords_parse(file, &f->keywords);
	return r;
}

static int maildir_open(struct export_run *x, uint32_t *after)
{
	struct folder *f = calloc(1, sizeof *f);

	x->own = f;
	int r = f ? path_of(x, &f->path) : ERR_NO_MEMORY;
	if (r < 0)
		return r;
	f->files.fresh = arena_printf(&x->mem, "%s/tmp", f->path);
	f->files.final = arena_printf(&x->mem, "%s/cur", f->path);
	const char *fresh = arena_printf(&x->mem, "%s/new", f->path);
	if (!f->files.fresh || !f->files.final || !fresh)
		return cli_fail("no memory for names"), ERR_NO_MEMORY;
	r = make(x, fresh);
	if (r >= 0)
		r = export_files_open(x, &f->files);
	if (r >= 0)
		r = read_keywords(x, f);
	return r < 0 ? r : export_files_last(x, &f->files, after);
}

/* Before the names that use its letters. */
static int write_keywords(struct export_run *x, struct folder *f)
{
	AUTO_BUF text = BUF(MAILDIR_KEYWORDS_BYTES_MAX);
	const char *fresh = arena_printf(&f->files.mem, "%s.new", f->keywords_path);

	maildir_keywords_put(&f->keywords, &text);
	if (!text.n)
		return 0;
	int file = fresh ? open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	int r = file < 0 ? ERR_IO : export_write(file, fresh, buf_span(&text));
	if (file >= 0 &&
	    (fdatasync(file) < 0 || close(file) < 0 || rename(fresh, f->keywords_path) < 0))
		r = ERR_IO;
	return r < 0 ? (cli_fail("cannot write %s: %s", f->keywords_path, strerror(errno)), r) : 0;
}

static int commit(struct export_run *x, struct folder *f)
{
	int r = write_keywords(x, f);
	return r < 0 ? r : export_files_commit(&f->files);
}

/* A keyword's word must outlive the message that brought it. */
static int keep_keywords(struct export_run *x, struct folder *f)
{
	int r = 0;

	for (size_t i = 0; i < MAILDIR_LETTERS && r >= 0; i++)
		if (f->keywords.words[i].n)
			r = arena_copy(&x->mem, f->keywords.words[i], &f->keywords.words[i]);
	return r;
}

static int maildir_put(struct export_run *x, const struct export_message *m)
{
	struct folder *f = x->own;
	AUTO_BUF name = BUF(255), text = BUF(SIZE_MAX / 4);
	struct maildir_keywords before = f->keywords;
	int r = mailfile_text_put(m->text, mailfile_eol_of(m->text), &text);

	export_files_name(x, m->uid, &name);
	if (r >= 0)
		r = maildir_flags_put(&m->flags, &f->keywords, &name, &x->n_flags_lost);
	if (r >= 0 && memcmp(&before, &f->keywords, sizeof before) != 0)
		r = keep_keywords(x, f);
	if (r < 0)
		return cli_fail("no memory for a message"), r;
	r = export_files_put(&f->files, buf_span(&name), buf_span(&text), m->date_s);
	return r > 0 ? commit(x, f) : r;
}

static int maildir_close(struct export_run *x, bool complete)
{
	struct folder *f = x->own;
	int r = complete ? commit(x, f) : 0;

	if (f)
		export_files_fini(&f->files);
	free(f);
	x->own = NULL;
	return r;
}

int export_maildir_subscriptions(struct export_run *x, json_t *mailboxes)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(MAILDIR_SUBSCRIPTIONS_BYTES_MAX);
	const char *path = arena_printf(&mem, "%s/subscriptions", x->options.directory);
	json_t *row;
	size_t i;

	buf_puts(&text, "V\t2\n\n");
	json_array_foreach(mailboxes, i, row)
	{
		if (json_is_true(json_object_get(row, "subscribed")))
			maildir_subscription_put(span_str(control_text(row, "mailbox")), &text);
	}
	int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	int r = file < 0 ? (cli_fail("cannot write %s: %s", path, strerror(errno)), ERR_IO)
	                 : export_write(file, path, buf_span(&text));
	if (file >= 0)
		close(file);
	return r;
}

const struct export_form export_maildir_form = { "maildir", maildir_open, maildir_put,
	                                         maildir_close };
