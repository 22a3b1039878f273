/* store/blob.c - see blob.h. */
#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "store/journal/file.h"

/* The shelf: those two characters of the number that change from one millisecond to the next; the
 * last two are the node's. */
enum { SHELF_AT = 9, SHELF_CHARS = 2 };

static void shelf_name(uint64_t number, char out[SHELF_CHARS + 1])
{
	char id[ID_TEXT_LEN + 1];
	id_print(number, id);
	memcpy(out, id + SHELF_AT, SHELF_CHARS);
	out[SHELF_CHARS] = '\0';
}

void store_blobfile_name(uint64_t number, char out[BLOB_NAME_BYTES])
{
	shelf_name(number, out);
	out[SHELF_CHARS] = '/';
	id_print(number, out + SHELF_CHARS + 1);
}

int store_blobfile_create(int dir, uint64_t number)
{
	char shelf[SHELF_CHARS + 1], name[BLOB_NAME_BYTES];
	shelf_name(number, shelf);
	AUTO_FD int shelf_fd = file_dir_open(dir, shelf);
	if (shelf_fd < 0)
		return shelf_fd;
	store_blobfile_name(number, name);
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? err_errno(ERR_IO, "cannot make blob %s", name) : fd;
}

int store_blobfile_append(int fd, struct span octets, uint64_t at)
{
	int r = file_write_at(fd, octets, at);
	if (r >= 0) /* only a hint: the sync at the end tells */
		(void)!sync_file_range(fd, (off_t)at, (off_t)octets.n, SYNC_FILE_RANGE_WRITE);
	return r;
}

static int missing_or(int code, const char *name)
{
	return errno == ENOENT ? err(ERR_NOT_FOUND, "blob %s is not there", name)
	                       : err_errno(code, "cannot open blob %s", name);
}

int store_blobfile_open(int dir, uint64_t number)
{
	char name[BLOB_NAME_BYTES];
	store_blobfile_name(number, name);
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? missing_or(ERR_IO, name) : fd;
}

/* The kernel grants it only while nobody can write: no descriptor, no mapping. */
int blob_lease(int fd, uint64_t *size)
{
	struct stat st;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN ? err(ERR_UNAVAILABLE, "a blob is still open for writing")
		                       : err_errno(ERR_IO, "cannot lease a blob");
	if (fstat(fd, &st) < 0)
		return err_errno(ERR_IO, "cannot look at a blob");
	*size = (uint64_t)st.st_size;
	return 0;
}

int blob_sync(int dir, uint64_t number, int fd)
{
	char shelf[SHELF_CHARS + 1];
	int r = file_sync(fd);
	if (r < 0)
		return r;
	shelf_name(number, shelf);
	AUTO_FD int shelf_fd = file_dir_open(dir, shelf);
	return shelf_fd < 0 ? shelf_fd : file_sync(shelf_fd);
}

static int lease_there(int dir, const char *name)
{
	uint64_t size;
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(ERR_IO, "cannot write");
	file_close(&fd);
	AUTO_FD int reader = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return reader < 0 ? err_errno(ERR_IO, "cannot read") : blob_lease(reader, &size);
}

int blob_lease_check(const char *path)
{
	static const char name[] = "lease-check";
	AUTO_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_errno(ERR_CONFIG, "cannot open %s", path);
	(void)!unlinkat(dir, name, 0);
	int r = lease_there(dir, name);
	(void)!unlinkat(dir, name, 0);
	return r < 0 ? err(ERR_CONFIG,
	                   "server.data_dir: %s has no file leases (%s), which large messages "
	                   "need; put it on ext4, XFS, Btrfs or tmpfs, with sysctl "
	                   "fs.leases-enable=1",
	                   path, err_str(r))
	             : 0;
}

int store_blobfile_read(int dir, uint64_t number, uint64_t offset, size_t max, struct buf *out)
{
	char name[BLOB_NAME_BYTES];
	store_blobfile_name(number, name);
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return missing_or(ERR_IO, name);
	int r = buf_reserve(out, max);
	if (r < 0)
		return r;
	struct span got;
	r = file_read_at(fd, out->p + out->n, max, offset, &got);
	if (r >= 0)
		out->n += got.n;
	return r;
}

int store_blobfile_size(int dir, uint64_t number, uint64_t *size)
{
	char name[BLOB_NAME_BYTES];
	struct stat st;
	store_blobfile_name(number, name);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return missing_or(ERR_IO, name);
	*size = (uint64_t)st.st_size;
	return 0;
}

int store_blobfile_remove(int dir, uint64_t number)
{
	char name[BLOB_NAME_BYTES];
	store_blobfile_name(number, name);
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return err_errno(ERR_IO, "cannot remove blob %s", name);
	return 0;
}

/* ---- listing ---- */

static DIR *dir_read(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		file_close(&fd);
	return d;
}

static int shelf_each(int dir, const char *shelf, int (*fn)(uint64_t, void *), void *arg)
{
	DIR *d = dir_read(dir, shelf);
	if (!d)
		return err_errno(ERR_IO, "cannot list blobs/%s", shelf);
	int r = 0;
	for (struct dirent *e; r >= 0 && (e = readdir(d));) {
		uint64_t number;
		if (id_parse(span_str(e->d_name), &number) == 0)
			r = fn(number, arg);
	}
	closedir(d);
	return r;
}

int store_blobfile_each(int dir, int (*fn)(uint64_t number, void *arg), void *arg)
{
	DIR *d = dir_read(dir, ".");
	if (!d)
		return err_errno(ERR_IO, "cannot list blobs");
	int r = 0;
	for (struct dirent *e; r >= 0 && (e = readdir(d));)
		if (strlen(e->d_name) == SHELF_CHARS && e->d_name[0] != '.')
			r = shelf_each(dir, e->d_name, fn, arg);
	closedir(d);
	return r;
}
