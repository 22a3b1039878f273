/* cmd/export/mbox.c - a mailbox as an mbox: DIRECTORY/Work/Old.mbox.
 *
 * Beside it ".Old.mbox.state" says up to which uid, and which octet, it is whole: written after the
 * octets are on disk.  What is behind that is cut off before more is written, so that a message is
 * in it once.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/export/export.h"
#include "wire/message/header.h"

enum { SYNC_BYTES = 32 << 20, GATHER_BYTES = 256 << 10 };

struct writing {
	char *path, *state, *fresh; /* the mbox; its state; that being written */
	int file;
	uint32_t uid;
	uint64_t size, synced; /* octets of whole messages */
	struct buf out;
};

static char *state_path(struct export_run *x, const char *path, const char *ending)
{
	const char *slash = strrchr(path, '/');
	return arena_printf(&x->mem, "%.*s/.%s%s", (int)(slash - path), path, slash + 1, ending);
}

/* What an earlier run has written, when it was of the same mailbox and kind. */
static int read_state(struct export_run *x, struct writing *w)
{
	json_t *state = json_load_file(w->state, 0, NULL);
	json_int_t validity = json_integer_value(json_object_get(state, "uid_validity"));
	bool same = state && validity == x->uid_validity &&
	            strcmp(control_text(state, "kind"), mbox_kind_name(x->options.kind)) == 0;
	struct stat s;
	bool is_there = stat(w->path, &s) == 0;

	if (same && is_there) {
		w->uid = (uint32_t)json_integer_value(json_object_get(state, "uid"));
		w->size = w->synced =
		        (uint64_t)json_integer_value(json_object_get(state, "octets"));
	}
	json_decref(state);
	if (is_there && (!same || (uint64_t)s.st_size < w->size))
		return export_refuse(x,
		                     "%s is not of an export of this mailbox to go on with: choose "
		                     "another directory",
		                     w->path);
	return 0;
}

static int write_state(struct export_run *x, struct writing *w)
{
	json_t *state = json_pack("{s:s, s:I, s:I, s:I}", "kind", mbox_kind_name(x->options.kind),
	                          "uid_validity", (json_int_t)x->uid_validity, "uid",
	                          (json_int_t)w->uid, "octets", (json_int_t)w->size);
	int r = 0;

	if (json_dump_file(state, w->fresh, 0) < 0 || rename(w->fresh, w->state) < 0)
		r = (cli_fail("cannot write %s: %s", w->state, strerror(errno)), ERR_IO);
	json_decref(state);
	return r;
}

/* In this order: the octets, then the word that they are there. */
static int sync_all(struct export_run *x, struct writing *w)
{
	int r = export_write(w->file, w->path, buf_span(&w->out));

	buf_reset(&w->out);
	if (r >= 0 && fdatasync(w->file) < 0)
		r = (cli_fail("cannot write %s: %s", w->path, strerror(errno)), ERR_IO);
	w->synced = w->size;
	return r < 0 ? r : write_state(x, w);
}

static int mbox_open(struct export_run *x, uint32_t *after)
{
	struct writing *w = calloc(1, sizeof *w);

	x->own = w;
	if (!w)
		return cli_fail("no memory"), ERR_NO_MEMORY;
	w->file = -1;
	w->out = BUF(SIZE_MAX / 4);
	w->path = export_path(x, ".mbox");
	if (!w->path)
		return ERR_REFUSED;
	w->state = state_path(x, w->path, ".state");
	w->fresh = state_path(x, w->path, ".new");
	if (!w->state || !w->fresh)
		return cli_fail("no memory"), ERR_NO_MEMORY;
	int r = read_state(x, w);
	if (r >= 0)
		r = write_state(x, w); /* before the file: one without is somebody else's */
	if (r < 0)
		return r;
	w->file = open(w->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (w->file < 0 || ftruncate(w->file, (off_t)w->size) < 0 ||
	    lseek(w->file, 0, SEEK_END) < 0)
		return export_refuse(x, "cannot write %s: %s", w->path, strerror(errno));
	*after = w->uid;
	return 0;
}

/* Of the field that final delivery puts in front (RFC 5321 4.4). */
static struct span sender_of(struct span text)
{
	struct message_field f;
	struct span path;

	if (!message_header_find(text, SPAN("Return-Path"), &f))
		return SPAN("");
	path = span_trim(f.value);
	if (span_eat(&path, SPAN("<")) && path.n && path.p[path.n - 1] == '>')
		path.n--;
	return path;
}

static int mbox_put_one(struct export_run *x, const struct export_message *m)
{
	struct writing *w = x->own;
	struct mailfile_from from = { .sender = sender_of(m->text), .unix_s = m->date_s };
	size_t before = w->out.n;
	int r = mbox_put(x->options.kind, &from, &m->flags, m->text, &w->out);

	if (r < 0)
		return cli_fail("%s: %s", w->path, err_str(r)), r;
	w->size += w->out.n - before;
	w->uid = m->uid;
	if (w->size - w->synced >= SYNC_BYTES)
		return sync_all(x, w);
	if (w->out.n < GATHER_BYTES)
		return 0;
	r = export_write(w->file, w->path, buf_span(&w->out));
	buf_release(&w->out);
	return r;
}

static int mbox_close(struct export_run *x, bool complete)
{
	struct writing *w = x->own;
	int r = complete ? sync_all(x, w) : 0;

	if (w && w->file >= 0 && close(w->file) < 0 && r >= 0)
		r = (cli_fail("cannot write %s: %s", w->path, strerror(errno)), ERR_IO);
	if (w)
		buf_fini(&w->out);
	free(w);
	x->own = NULL;
	return r;
}

const struct export_form export_mbox_form = { "mbox", mbox_open, mbox_put_one, mbox_close };
