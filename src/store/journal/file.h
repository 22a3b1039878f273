/* store/journal/file.h - file calls whose results are checked.  They block: pool threads and tools
 * only. Floor 2. */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include "base/err.h"
#include "base/span.h"

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken_ = (fd);                                                                 \
		(fd) = -1;                                                                         \
		taken_;                                                                            \
	})

/* Closes a descriptor of which nothing is unsynced, and makes it -1; -1 is none. */
void file_close(int *fd);

struct iovec;

/* All of it, or ERR_IO, ERR_NO_SPACE. */
NODISCARD int file_write_at(int fd, struct span octets, uint64_t at);
/* Changes the vector while it goes along. */
NODISCARD int file_writev_at(int fd, struct iovec *iov, size_t n, uint64_t at);
/* Up to room octets; fewer at the file's end only. */
NODISCARD int file_read_at(int fd, char *to, size_t room, uint64_t at, struct span *out);
NODISCARD int file_sync(int fd);
NODISCARD int file_sync_data(int fd);
/* ERR_NO_SPACE when the file system of `fd` has less than so many octets for us. */
NODISCARD int file_room(int fd, uint64_t octets);
/* How people know the data directory, which may be this process's root; for file_full.  Borrowed.
 */
void file_tell_as(const char *dir);
/* ERR_NO_SPACE in words for who has to act: where, what is free, what is needed.  path: a file on
 * that disk.  Any other r stays as it is. */
int file_full(int r, const char *path, uint64_t need);
/* 1: something is in the directory; 0: nothing. */
NODISCARD int file_dir_has_some(int dir);
/* Opens (and makes, synced, when missing) directory `name` below dir. */
NODISCARD int file_dir_open(int dir, const char *name);

#endif
