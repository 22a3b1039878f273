/* tests/unit/store/fault.c - see fault.h. */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_bool armed, hit;
static atomic_size_t calls;
static size_t at;
static enum fault_kind kind;
static bool for_ever;

bool fault_hit(void)
{
	return hit;
}

size_t fault_calls(void)
{
	return calls;
}

enum caller { BY_US, BY_SQLITE, BY_MALLOC };

static bool concerns(enum caller caller)
{
	switch (kind) {
	case FAULT_MEMORY: return caller == BY_MALLOC;
	case FAULT_LEDGER: return caller == BY_SQLITE;
	default: return caller != BY_MALLOC;
	}
}

/* Counts a call; true: it fails. */
static bool strikes(enum caller caller)
{
	if (!armed || !concerns(caller))
		return false;
	size_t n = ++calls;
	if (n < at || (n > at && !for_ever))
		return false;
	hit = true;
	errno = kind == FAULT_ENOSPC ? ENOSPC : EIO;
	return true;
}

ssize_t __real_pwritev64(int fd, const struct iovec *iov, int n, off_t offset);
ssize_t __wrap_pwritev64(int fd, const struct iovec *iov, int n, off_t offset);
ssize_t __wrap_pwritev64(int fd, const struct iovec *iov, int n, off_t offset)
{
	if (!strikes(BY_US))
		return __real_pwritev64(fd, iov, n, offset);
	if (kind == FAULT_LATE && __real_pwritev64(fd, iov, n, offset) > 0)
		errno = EIO;
	if (kind != FAULT_SHORT)
		return -1;
	struct iovec half = { iov->iov_base, (iov->iov_len + 1) / 2 };
	return __real_pwritev64(fd, &half, 1, offset);
}

#define WRAP(name, params, args)                                                                   \
	int __real_##name params;                                                                  \
	int __wrap_##name params;                                                                  \
	int __wrap_##name params                                                                   \
	{                                                                                          \
		if (!strikes(BY_US))                                                               \
			return __real_##name args;                                                 \
		if (kind == FAULT_LATE && __real_##name args == 0)                                 \
			errno = EIO;                                                               \
		return -1;                                                                         \
	}

WRAP(fsync, (int fd), (fd))
WRAP(fdatasync, (int fd), (fd))
WRAP(syncfs, (int fd), (fd))
WRAP(renameat, (int from_dir, const char *from, int to_dir, const char *to),
     (from_dir, from, to_dir, to))
WRAP(unlinkat, (int dir, const char *name, int flags), (dir, name, flags))
WRAP(mkdirat, (int dir, const char *name, mode_t mode), (dir, name, mode))
WRAP(fallocate64, (int fd, int mode, off_t offset, off_t n), (fd, mode, offset, n))

int __real_openat64(int dir, const char *name, int flags, ...);
int __wrap_openat64(int dir, const char *name, int flags, ...);
int __wrap_openat64(int dir, const char *name, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return strikes(BY_US) ? -1 : __real_openat64(dir, name, flags, mode);
}

#define WRAP_MEMORY(name, params, args)                                                            \
	void *__real_##name params;                                                                \
	void *__wrap_##name params;                                                                \
	void *__wrap_##name params                                                                 \
	{                                                                                          \
		return strikes(BY_MALLOC) ? NULL : __real_##name args;                             \
	}

WRAP_MEMORY(malloc, (size_t n), (n))
WRAP_MEMORY(calloc, (size_t n, size_t size), (n, size))
WRAP_MEMORY(realloc, (void *p, size_t n), (p, n))
WRAP_MEMORY(reallocarray, (void *p, size_t n, size_t size), (p, n, size))

/* ---- SQLite's ---- */

static ssize_t sqlite_pwrite(int fd, const void *p, size_t n, off_t offset)
{
	if (!strikes(BY_SQLITE))
		return pwrite(fd, p, n, offset);
	return kind == FAULT_SHORT ? pwrite(fd, p, n / 2, offset) : -1;
}

static int sqlite_ftruncate(int fd, off_t n)
{
	return strikes(BY_SQLITE) ? -1 : ftruncate(fd, n);
}

static void sqlite_calls_set(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)sqlite_pwrite);
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)sqlite_pwrite);
	vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)sqlite_ftruncate);
}

void fault_arm(size_t n, enum fault_kind kind_, bool for_ever_)
{
	sqlite_calls_set();
	at = n;
	kind = kind_;
	for_ever = for_ever_;
	calls = 0;
	hit = false;
	armed = true;
}

void fault_disarm(void)
{
	armed = false;
}
