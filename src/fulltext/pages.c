/* fulltext/pages.c - see pages.h.
 *
 * The sum is CRC-32C over the page's place in the file (8 octets) and all octets before the sum, so
 * a page that stands where another one should is found too.  It is made when a page goes to the
 * file, which in WAL mode is at a checkpoint; the WAL's frames have sums of SQLite's.
 */
#include "fulltext/pages.h"

#include <sqlite3.h>
#include <string.h>

#include "store/journal/crc32c.h"

enum { PAGE_MIN = 512 }; /* less is a look at the header */

struct file {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

static bool is_page(int n)
{
	return n >= PAGE_MIN && (n & (n - 1)) == 0;
}

static uint32_t sum_of(const char *page, int n, sqlite3_int64 at)
{
	uint32_t crc = crc32c(0, span_make((const char *)&at, sizeof at));

	return crc32c(crc, span_make(page, (size_t)n - PAGES_RESERVE));
}

static int page_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	const sqlite3_file *real = real_of(f);
	int r = real->pMethods->xRead(real_of(f), to, n, at);
	uint32_t sum;

	if (r != SQLITE_OK || !is_page(n))
		return r;
	memcpy(&sum, (char *)to + n - PAGES_RESERVE, sizeof sum);
	return sum == sum_of(to, n, at) ? SQLITE_OK : SQLITE_CORRUPT;
}

/* Into SQLite's own copy: it leaves those octets alone, and writes only what it may. */
static int page_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	const sqlite3_file *real = real_of(f);
	char *page = (char *)(uintptr_t)from;

	if (is_page(n)) {
		uint32_t sum = sum_of(page, n, at);
		memcpy(page + n - PAGES_RESERVE, &sum, sizeof sum);
	}
	return real->pMethods->xWrite(real_of(f), from, n, at);
}

/* ---- as it is ---- */

#define PASS(name, params, ...)                                                                    \
	static int file_##name params                                                              \
	{                                                                                          \
		return real_of(f)->pMethods->name(real_of(f) __VA_OPT__(, ) __VA_ARGS__);          \
	}
PASS(xClose, (sqlite3_file * f))
PASS(xTruncate, (sqlite3_file * f, sqlite3_int64 n), n)
PASS(xSync, (sqlite3_file * f, int flags), flags)
PASS(xFileSize, (sqlite3_file * f, sqlite3_int64 *n), n)
PASS(xLock, (sqlite3_file * f, int lock), lock)
PASS(xUnlock, (sqlite3_file * f, int lock), lock)
PASS(xCheckReservedLock, (sqlite3_file * f, int *is), is)
PASS(xFileControl, (sqlite3_file * f, int op, void *arg), op, arg)
PASS(xSectorSize, (sqlite3_file * f))
PASS(xDeviceCharacteristics, (sqlite3_file * f))
PASS(xShmMap, (sqlite3_file * f, int i, int n, int more, void volatile **at), i, n, more, at)
PASS(xShmLock, (sqlite3_file * f, int first, int n, int flags), first, n, flags)
PASS(xShmUnmap, (sqlite3_file * f, int remove), remove)
#undef PASS

static void file_xShmBarrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

/* ---- the VFS ---- */

/* No version 3: pages are read, and never mapped. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = file_xClose,
	.xRead = page_read,
	.xWrite = page_write,
	.xTruncate = file_xTruncate,
	.xSync = file_xSync,
	.xFileSize = file_xFileSize,
	.xLock = file_xLock,
	.xUnlock = file_xUnlock,
	.xCheckReservedLock = file_xCheckReservedLock,
	.xFileControl = file_xFileControl,
	.xSectorSize = file_xSectorSize,
	.xDeviceCharacteristics = file_xDeviceCharacteristics,
	.xShmMap = file_xShmMap,
	.xShmLock = file_xShmLock,
	.xShmBarrier = file_xShmBarrier,
	.xShmUnmap = file_xShmUnmap,
};

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags,
                    int *out_flags)
{
	sqlite3_vfs *real = vfs->pAppData;
	struct file *mine = (struct file *)f;

	if (!(flags & SQLITE_OPEN_MAIN_DB))
		return real->xOpen(real, name, f, flags, out_flags);
	*mine = (struct file){ .real = (sqlite3_file *)(mine + 1) };
	int r = real->xOpen(real, name, mine->real, flags, out_flags);
	if (mine->real->pMethods)
		mine->base.pMethods = &methods;
	return r;
}

const char *pages_vfs(void)
{
	static sqlite3_vfs vfs;
	static const char name[] = "pages";
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	if (vfs.zName || !real)
		return real ? name : NULL;
	vfs = *real;
	vfs.pNext = NULL;
	vfs.zName = name;
	vfs.pAppData = real;
	vfs.szOsFile += (int)sizeof(struct file);
	vfs.xOpen = vfs_open;
	sqlite3_vfs_register(&vfs, 0);
	return name;
}
