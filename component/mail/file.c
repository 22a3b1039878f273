/* component/mail/file.c - POSIX; see file.h. */
#include "component/mail/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 1024 };

int file_look(int fd, const char *name, struct file_stamp *stamp)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(ERR_IO, "%s", name);
	errno = EISDIR;
	if (S_ISDIR(st.st_mode))
		return err_errno(ERR_IO, "%s", name);
	*stamp = (struct file_stamp){ .size = (uint64_t)st.st_size,
		                      .id = st.st_ino,
		                      .device = st.st_dev,
		                      .modified_s = st.st_mtim.tv_sec,
		                      .modified_ns = st.st_mtim.tv_nsec,
		                      .regular = S_ISREG(st.st_mode) };
	return 0;
}

int file_open(const char *path, bool waits, struct file_stamp *stamp)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | (waits ? 0 : O_NONBLOCK)), r;

	if (fd < 0)
		return err_errno(ERR_IO, "%s", path);
	r = file_look(fd, path, stamp);
	if (r >= 0)
		return fd;
	close(fd);
	return r;
}

/* Not seen in any folder; gone with us. */
int file_open_nameless(void)
{
	const char *folder = getenv("TMPDIR");
	char path[PATH_BYTES];
	int fd;

	if (!folder || folder[0] != '/')
		folder = "/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	if (snprintf(path, sizeof path, "%s/postrider.XXXXXX", folder) >= (int)sizeof path)
		return err(ERR_IO, "TMPDIR: too long");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return err_errno(ERR_IO, "%s: a temporary file", folder);
	unlink(path);
	return fd;
}

void file_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

int file_read(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return (int)got;
}

int file_read_at(int fd, void *p, size_t n, uint64_t at)
{
	ssize_t got;

	do
		got = pread(fd, p, n, (off_t)at);
	while (got < 0 && errno == EINTR);
	return (int)got;
}

int file_write(int fd, const void *p, size_t n)
{
	ssize_t put;

	do
		put = write(fd, p, n);
	while (put < 0 && errno == EINTR);
	return (int)put;
}
