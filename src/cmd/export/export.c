/* cmd/export/export.c - what the forms share. */
#include "cmd/export/export.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "mailfile/name.h"

enum { PATH_MAX_BYTES = 4000 };

int export_refuse(struct export_run *x, const char *fmt, ...)
{
	AUTO_BUF why = BUF(4096);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&why, fmt, ap);
	va_end(ap);
	progress_fail(&x->progress, "%.*s: %.*s", SPAN_ARG(x->mailbox), SPAN_ARG(buf_span(&why)));
	x->n_refused++;
	return ERR_REFUSED;
}

static bool make(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

char *export_path(struct export_run *x, const char *ending)
{
	AUTO_BUF path = BUF(PATH_MAX_BYTES);
	struct span rest = x->mailbox, level;

	buf_puts(&path, x->options.directory);
	while (span_split(&rest, '/', &level)) {
		if (!buf_str(&path) || !make(buf_str(&path))) {
			export_refuse(x, "cannot make a directory for it: %s",
			              path.err ? err_str(path.err) : strerror(errno));
			return NULL;
		}
		buf_putc(&path, '/');
		if (mailfile_name_put(level, &path) < 0) {
			export_refuse(x, "its name is too long for a file's");
			return NULL;
		}
	}
	buf_puts(&path, ending);
	char *kept = path.err ? NULL : arena_str(&x->mem, buf_span(&path));
	if (!kept)
		export_refuse(x, "its name is too long for a file's");
	return kept;
}

int export_write(int file, const char *path, struct span octets)
{
	while (octets.n) {
		ssize_t n = write(file, octets.p, octets.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cli_fail("cannot write %s: %s", path, strerror(errno)), ERR_IO;
		octets = span_sub(octets, (size_t)n, octets.n);
	}
	return 0;
}
