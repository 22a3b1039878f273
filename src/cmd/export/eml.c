/* cmd/export/eml.c - a message is a file: its octets as they are, its date as the file's time. */
#include <stdlib.h>

#include "cmd/cli.h"
#include "cmd/export/files.h"
#include "mailfile/maildir.h"

struct folder {
	struct export_files files;
};

static int eml_open(struct export_run *x, uint32_t *after)
{
	struct folder *f = calloc(1, sizeof *f);

	x->own = f;
	if (!f)
		return cli_fail("no memory for a mailbox"), ERR_NO_MEMORY;
	f->files.final = export_path(x, "");
	if (!f->files.final)
		return ERR_REFUSED;
	f->files.fresh = arena_printf(&x->mem, "%s/.tmp", f->files.final);
	if (!f->files.fresh)
		return cli_fail("no memory for a name"), ERR_NO_MEMORY;
	int r = export_files_open(x, &f->files);
	return r < 0 ? r : export_files_last(x, &f->files, after);
}

/* There is no place for keywords, but for $Forwarded. */
static int eml_put(struct export_run *x, const struct export_message *m)
{
	struct folder *f = x->own;
	AUTO_BUF name = BUF(255);

	export_files_name(x, m->uid, &name);
	maildir_flags_put(&m->flags, NULL, &name, &x->n_flags_lost);
	int r = buf_puts(&name, ".eml");
	if (r >= 0)
		r = export_files_put(&f->files, buf_span(&name), m->text, m->date_s);
	return r > 0 ? export_files_commit(&f->files) : r;
}

static int eml_close(struct export_run *x, bool complete)
{
	struct folder *f = x->own;
	int r = complete ? export_files_commit(&f->files) : 0;

	if (f)
		export_files_fini(&f->files);
	free(f);
	x->own = NULL;
	return r;
}

const struct export_form export_eml_form = { "eml", eml_open, eml_put, eml_close };
