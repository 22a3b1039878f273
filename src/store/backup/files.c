/* store/backup/files.c - see files.h. */
#include "store/backup/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/journal/file.h"

enum { PIECE_BYTES = 1 << 20 };

/* Root keeps owners; anybody else owns what he writes. */
static int keep_owner(int fd, const struct stat *st)
{
	return geteuid() == 0 && fchown(fd, st->st_uid, st->st_gid) < 0
	               ? err_errno(ERR_IO, "cannot give a copy its owner")
	               : 0;
}

static int no_such(const char *name, const char *what)
{
	return err(ERR_REFUSED, "%s is a link, or no %s: it is not the server's; move it away",
	           name, what);
}

static int cannot_open(const char *name, const char *what)
{
	switch (errno) {
	case ENOENT: return err(ERR_NOT_FOUND, "there is no %s", name);
	case ELOOP:
	case ENOTDIR:
	case ENXIO: return no_such(name, what);
	default: return err_errno(ERR_IO, "cannot open %s", name);
	}
}

void copy_dirs_close(struct copy_dirs *d)
{
	file_close(&d->from);
	file_close(&d->to);
}

int copy_dirs_open(struct copy_dirs at, const char *name, struct copy_dirs *out)
{
	struct copy_dirs d = { .from = openat(at.from, name,
		                              O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW),
		               .to = -1 };
	struct stat st;

	if (d.from < 0)
		return cannot_open(name, "directory");
	d.to = file_dir_open(at.to, name);
	int r = d.to;
	if (r >= 0)
		r = fstat(d.from, &st) < 0 ? err_errno(ERR_IO, "cannot look at %s", name)
		                           : keep_owner(d.to, &st);
	if (r < 0)
		copy_dirs_close(&d);
	else
		*out = d;
	return r < 0 ? r : 0;
}

static int copy_octets(struct store_copy *c, int from, int to, char *piece)
{
	struct span got;
	int r;

	for (uint64_t at = 0;; at += got.n) {
		r = file_read_at(from, piece, PIECE_BYTES, at, &got);
		if (r < 0 || !got.n)
			return r;
		r = file_write_at(to, got, at);
		if (r < 0)
			return r;
		c->octets += got.n;
	}
}

static int copy_open(struct store_copy *c, int from, int to)
{
	char *piece = malloc(PIECE_BYTES);
	struct stat st;
	int r = piece ? 0 : err(ERR_NO_MEMORY, "no memory to copy a file");

	if (r >= 0 && fstat(from, &st) < 0)
		r = err_errno(ERR_IO, "cannot look at a file");
	if (r >= 0)
		r = keep_owner(to, &st);
	if (r >= 0)
		r = copy_octets(c, from, to, piece);
	free(piece);
	return r;
}

int copy_look(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return cannot_open(name, "file");
	return S_ISREG(st.st_mode) ? 0 : no_such(name, "file");
}

int copy_file(struct store_copy *c, struct copy_dirs at, const char *name)
{
	AUTO_FD int from =
	        openat(at.from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (from < 0)
		return cannot_open(name, "file");
	if (fstat(from, &st) == 0 && !S_ISREG(st.st_mode))
		return no_such(name, "file");
	AUTO_FD int to = openat(at.to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return err_errno(ERR_IO, "cannot make %s", name);
	int r = copy_open(c, from, to);
	if (r < 0)
		return err(r, "%s: %s", name, err_str(r));
	c->n_files++;
	return c->turn ? c->turn(c, c->arg) : 0;
}

static int copy_entry(struct store_copy *c, struct copy_dirs at, const char *name, unsigned depth,
                      bool (*wanted)(struct span name))
{
	struct copy_dirs below;
	struct stat st;
	int r;

	if (!depth && fstatat(at.from, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return 0;
	if (!depth)
		return wanted(span_str(name)) ? copy_file(c, at, name) : 0;
	r = copy_dirs_open(at, name, &below);
	if (r < 0)
		return r;
	r = copy_tree(c, below, depth - 1, wanted);
	copy_dirs_close(&below);
	return r;
}

/* It calls itself as deep as the layout is: three directories at most. */
int copy_tree(struct store_copy *c, struct copy_dirs at, unsigned depth,
              bool (*wanted)(struct span name))
{
	int fd = openat(at.from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int r = 0;

	if (!dir) {
		r = err_errno(ERR_IO, "cannot read a directory");
		file_close(&fd);
		return r;
	}
	while (r >= 0 && (errno = 0, e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		r = copy_entry(c, at, e->d_name, depth, wanted);
		if (r == ERR_NOT_FOUND)
			r = 0;
	}
	if (r >= 0 && errno)
		r = err_errno(ERR_IO, "cannot read a directory");
	closedir(dir);
	return r;
}
