/* cmd/import/file.c - see file.h. */
#include "cmd/import/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/import/walk.h"

static int read_all(int file, size_t n, struct buf *out)
{
	ssize_t got = 1;

	while (got > 0 && out->n <= n) {
		int r = buf_reserve(out, n + 1 - out->n);
		if (r < 0)
			return r;
		got = read(file, out->p + out->n, n + 1 - out->n);
		if (got > 0)
			out->n += (size_t)got;
	}
	return got < 0 ? ERR_IO : 0;
}

const char *import_why(void)
{
	return errno == EPERM ? "it is a link, no plain file, or another owner's than the source"
	                      : strerror(errno);
}

int import_file(struct import *m, const char *path, struct buf *out, int64_t *time_s)
{
	AUTO_BUF octets = BUF((size_t)m->size_max + 2);
	AUTO_FD int file = walk_open(path, m->owner);
	struct stat s;

	if (file < 0 && errno == ENOENT)
		return ERR_NOT_FOUND;
	if (file < 0 || fstat(file, &s) < 0) {
		import_refuse(m, path, "cannot be read: %s", import_why());
		return ERR_REFUSED;
	}
	if (s.st_size > (off_t)m->size_max) {
		import_refuse(m, path, "%ju octets; smtp.size_max permits %ju",
		              (uintmax_t)s.st_size, (uintmax_t)m->size_max);
		return ERR_REFUSED;
	}
	int r = read_all(file, (size_t)s.st_size, &octets);
	if (r == ERR_IO) {
		import_refuse(m, path, "cannot be read: %s", strerror(errno));
		return ERR_REFUSED;
	}
	buf_reset(out);
	if (r >= 0)
		r = mailfile_text_get(buf_span(&octets), out);
	if (r < 0)
		return cli_fail("no memory for %s", path), r;
	*time_s = s.st_mtime;
	return 0;
}

int import_small_file(const char *path, uid_t owner, size_t max, struct arena *mem,
                      struct span *out)
{
	AUTO_BUF octets = BUF(max + 1);
	AUTO_FD int file = walk_open(path, owner);

	*out = SPAN("");
	if (file < 0 && errno == ENOENT)
		return 0;
	int r = file < 0 ? ERR_IO : read_all(file, max, &octets);
	if (r >= 0)
		r = arena_copy(mem, span_sub(buf_span(&octets), 0, max), out);
	return r < 0 ? (cli_fail("cannot read %s: %s", path, import_why()), r) : 0;
}
