/* store/journal/file.c - see file.h. */
#include "store/journal/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

void file_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Octets written, or negative. */
static ssize_t write_some(int fd, const struct iovec *iov, size_t n, uint64_t at)
{
	ssize_t w;
	do
		w = pwritev(fd, iov, n < IOV_MAX ? (int)n : IOV_MAX, (off_t)at);
	while (w < 0 && errno == EINTR);
	return w;
}

/* Drops what is written, and empty pieces. */
static void advance(struct iovec **iov, size_t *n, size_t written)
{
	for (; *n && written >= (*iov)->iov_len; ++*iov, --*n)
		written -= (*iov)->iov_len;
	if (*n) {
		(*iov)->iov_base = (char *)(*iov)->iov_base + written;
		(*iov)->iov_len -= written;
	}
}

int file_writev_at(int fd, struct iovec *iov, size_t n, uint64_t at)
{
	advance(&iov, &n, 0);
	while (n) {
		ssize_t w = write_some(fd, iov, n, at);
		if (w < 0)
			return err_errno(ERR_IO, "cannot write");
		if (w == 0)
			return err(ERR_IO, "cannot write: nothing was taken");
		at += (uint64_t)w;
		advance(&iov, &n, (size_t)w);
	}
	return 0;
}

int file_write_at(int fd, struct span octets, uint64_t at)
{
	struct iovec iov = { .iov_base = (void *)octets.p, .iov_len = octets.n };
	return file_writev_at(fd, &iov, 1, at);
}

int file_read_at(int fd, char *to, size_t room, uint64_t at, struct span *out)
{
	size_t n = 0;
	while (n < room) {
		ssize_t got = pread(fd, to + n, room - n, (off_t)(at + n));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(ERR_IO, "cannot read");
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*out = span_make(to, n);
	return 0;
}

static const char *told;

void file_tell_as(const char *dir)
{
	told = dir;
}

int file_full(int r, const char *path, uint64_t need)
{
	struct statvfs disk;
	char why[ERR_DETAIL_BYTES];
	if (r != ERR_NO_SPACE)
		return r;
	snprintf(why, sizeof why, "%s", err_str(r));
	uint64_t free_octets = statvfs(path, &disk) == 0 ? disk.f_bavail * disk.f_frsize : 0;
	return err(
	        ERR_NO_SPACE,
	        "no space left for %s: %ju KiB are free there and %ju MiB are needed; free some, "
	        "it is tried again (%s)",
	        told ? told : path, (uintmax_t)(free_octets >> 10), (uintmax_t)(need >> 20), why);
}

int file_room(int fd, uint64_t octets)
{
	struct statvfs disk;
	if (fstatvfs(fd, &disk) < 0)
		return err_errno(ERR_IO, "cannot tell how full the disk is");
	return disk.f_blocks && disk.f_bavail * disk.f_frsize < octets /* some do not say */
	               ? err(ERR_NO_SPACE,
	                     "the disk has less than %ju MiB left, which are kept free",
	                     (uintmax_t)(octets >> 20))
	               : 0;
}

int file_sync(int fd)
{
	return fsync(fd) < 0 ? err_errno(ERR_IO, "cannot sync") : 0;
}

int file_sync_data(int fd)
{
	return fdatasync(fd) < 0 ? err_errno(ERR_IO, "cannot sync") : 0;
}

/* A directory's name stands in the one above it. */
static int name_sync(int dir)
{
	AUTO_FD int above = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return above < 0 ? err_errno(ERR_IO, "cannot open a directory") : file_sync(above);
}

int file_dir_open(int dir, const char *name)
{
	bool made = mkdirat(dir, name, 0700) == 0;
	if (!made && errno != EEXIST)
		return err_errno(ERR_IO, "cannot make directory %s", name);
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(ERR_IO, "cannot open directory %s", name);
	int r = made ? name_sync(fd) : 0;
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

int file_dir_has_some(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *all = fd < 0 ? NULL : fdopendir(fd);
	if (!all) {
		int r = err_errno(ERR_IO, "cannot read a directory");
		file_close(&fd);
		return r;
	}
	const struct dirent *entry;
	bool some = false;
	while (!some && (entry = readdir(all)))
		some = entry->d_name[0] != '.';
	closedir(all);
	return some;
}
