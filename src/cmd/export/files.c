/* cmd/export/files.c - see files.h. */
#include "cmd/export/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/import/walk.h"

enum { GROUP_FILES = 500, GROUP_BYTES = 64 << 20 };

#define MARK ".postrider"

static int make(struct export_run *x, const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return export_refuse(x, "cannot make %s: %s", path, strerror(errno));
}

static bool is_ours(const char *name)
{
	return span_find_span(span_str(name), SPAN(MARK)) >= 0;
}

static int clear(const char *path)
{
	AUTO_ARENA mem = { 0 };
	struct walk_names left = { 0 };
	int r = walk_list(path, &mem, &left, NULL);

	for (size_t i = 0; i < left.n && r >= 0; i++) {
		const char *name = arena_printf(&mem, "%s/%s", path, left.names[i]);
		if (is_ours(left.names[i]) && (!name || unlink(name) < 0))
			return cli_fail("cannot remove %s: %s", name, strerror(errno)), ERR_IO;
	}
	return r;
}

int export_files_open(struct export_run *x, struct export_files *f)
{
	int r = make(x, f->final);

	if (r >= 0)
		r = make(x, f->fresh);
	return r < 0 ? r : clear(f->fresh);
}

int export_files_name(const struct export_run *x, uint32_t uid, struct buf *out)
{
	return buf_printf(out, "%010u.V%u" MARK, uid, x->uid_validity);
}

int export_files_last(const struct export_run *x, const struct export_files *f, uint32_t *uid)
{
	AUTO_ARENA mem = { .cap = (size_t)1 << 30 };
	AUTO_BUF ending = BUF(100);
	struct walk_names files = { 0 };
	struct span digits;
	uint64_t n;
	int r = walk_list(f->final, &mem, &files, NULL);

	buf_printf(&ending, "V%u" MARK, x->uid_validity);
	*uid = 0;
	for (size_t i = 0; i < files.n && r >= 0; i++) {
		struct span name = span_str(files.names[i]);
		if (span_split(&name, '.', &digits) && span_starts(name, buf_span(&ending)) &&
		    span_to_u64(digits, UINT32_MAX, &n) >= 0 && n > *uid)
			*uid = (uint32_t)n;
	}
	return r;
}

static int write_one(const char *path, struct span text, int64_t date_s)
{
	struct timespec times[2] = { { .tv_sec = (time_t)date_s }, { .tv_sec = (time_t)date_s } };
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = file < 0 ? (cli_fail("cannot make %s: %s", path, strerror(errno)), ERR_IO)
	                 : export_write(file, path, text);

	if (r >= 0 && futimens(file, times) < 0)
		r = (cli_fail("cannot set the time of %s: %s", path, strerror(errno)), ERR_IO);
	if (file >= 0 && close(file) < 0 && r >= 0)
		r = (cli_fail("cannot write %s: %s", path, strerror(errno)), ERR_IO);
	return r;
}

int export_files_put(struct export_files *f, struct span name, struct span text, int64_t date_s)
{
	if (!f->names)
		f->names = arena_array(&f->mem, char *, GROUP_FILES);
	char *kept = arena_str(&f->mem, name);
	const char *path = arena_printf(&f->mem, "%s/%s", f->fresh, kept ? kept : "");
	if (!f->names || !kept || !path)
		return cli_fail("no memory for names"), ERR_NO_MEMORY;
	int r = write_one(path, text, date_s);
	if (r < 0)
		return r;
	f->names[f->n++] = kept;
	f->n_octets += text.n;
	return f->n == GROUP_FILES || f->n_octets >= GROUP_BYTES;
}

static int name_all(struct export_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const char *from = arena_printf(&f->mem, "%s/%s", f->fresh, f->names[i]);
		const char *to = arena_printf(&f->mem, "%s/%s", f->final, f->names[i]);
		if (!from || !to || rename(from, to) < 0)
			return cli_fail("cannot name %s/%s: %s", f->final, f->names[i],
			                strerror(errno)),
			       ERR_IO;
	}
	return 0;
}

int export_files_commit(struct export_files *f)
{
	AUTO_FD int directory = open(f->final, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (!f->n)
		return 0;
	if (directory < 0 || syncfs(directory) < 0)
		return cli_fail("cannot sync %s: %s", f->final, strerror(errno)), ERR_IO;
	r = name_all(f);
	if (r >= 0 && fsync(directory) < 0)
		r = (cli_fail("cannot sync %s: %s", f->final, strerror(errno)), ERR_IO);
	arena_reset(&f->mem);
	f->names = NULL;
	f->n = 0;
	f->n_octets = 0;
	return r;
}

void export_files_fini(struct export_files *f)
{
	arena_fini(&f->mem);
}
