/* component/mail/file.h - files of this system, by paths in UTF-8. */
#ifndef COMPONENT_MAIL_FILE_H
#define COMPONENT_MAIL_FILE_H

#include "base/err.h"
#include "base/span.h"

/* What tells whether a file is still the one that it was. */
struct file_stamp {
	uint64_t size, id, device;
	int64_t modified_s, modified_ns;
	bool regular;
};

/* To be read; waits: for somebody who writes to a pipe.  A directory is refused.  ERR_IO,
 * ERR_LIMIT. */
NODISCARD int file_open(const char *path, bool waits, struct file_stamp *stamp);
NODISCARD int file_look(int fd, const char *name, struct file_stamp *stamp);
/* A temporary file that is gone once it is closed.  ERR_IO, ERR_NO_SPACE. */
NODISCARD int file_open_nameless(void);
void file_close(int fd);
/* Octets, 0 at the end; less: as errno tells. */
int file_read(int fd, void *p, size_t n);
int file_read_at(int fd, void *p, size_t n, uint64_t at);
int file_write(int fd, const void *p, size_t n);

#endif
