/* component/mail/file_windows.c - see file.h.  Descriptors are the C runtime's, without a text
 * mode.
 */
#include "component/mail/file.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "base/os.h"

enum { PATH_UNITS = 32 << 10, CHUNK_BYTES = 1 << 20, NAME_TRIES = 8 };

static int clamp(size_t n)
{
	return n > CHUNK_BYTES ? CHUNK_BYTES : (int)n;
}

/* The words that POSIX has for it. */
static int failed(const char *path)
{
	DWORD e = GetLastError();

	switch (e) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
	case ERROR_INVALID_NAME:
	case ERROR_BAD_NETPATH: return err(ERR_IO, "%s: No such file or directory", path);
	case ERROR_ACCESS_DENIED: return err(ERR_IO, "%s: Permission denied", path);
	case ERROR_SHARING_VIOLATION: return err(ERR_IO, "%s: another program uses it", path);
	case ERROR_TOO_MANY_OPEN_FILES: return err(ERR_LIMIT, "%s: Too many open files", path);
	case ERROR_DISK_FULL: return err(ERR_NO_SPACE, "%s: No space left on device", path);
	default: return err(ERR_IO, "%s: error %lu", path, (unsigned long)e);
	}
}

int file_look(int fd, const char *name, struct file_stamp *stamp)
{
	HANDLE h = (HANDLE)_get_osfhandle(fd);
	BY_HANDLE_FILE_INFORMATION is;

	if (GetFileType(h) != FILE_TYPE_DISK) {
		*stamp = (struct file_stamp){ 0 };
		return 0;
	}
	if (!GetFileInformationByHandle(h, &is))
		return failed(name);
	if (is.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
		return err(ERR_IO, "%s: Is a directory", name);
	*stamp = (struct file_stamp){
		.size = (uint64_t)is.nFileSizeHigh << 32 | is.nFileSizeLow,
		.id = (uint64_t)is.nFileIndexHigh << 32 | is.nFileIndexLow,
		.device = is.dwVolumeSerialNumber,
		.modified_s = is.ftLastWriteTime.dwHighDateTime,
		.modified_ns = is.ftLastWriteTime.dwLowDateTime,
		.regular = true,
	};
	return 0;
}

static HANDLE open_path(const char *path)
{
	static const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
	int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
	HANDLE h = INVALID_HANDLE_VALUE;
	WCHAR *wide;

	SetLastError(ERROR_INVALID_NAME);
	if (n <= 0 || n > PATH_UNITS)
		return h;
	wide = malloc((size_t)n * sizeof *wide);
	if (!wide)
		return h;
	if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, n) == n)
		h = CreateFileW(wide, GENERIC_READ, share, NULL, OPEN_EXISTING,
		                FILE_FLAG_BACKUP_SEMANTICS, NULL);
	free(wide);
	return h;
}

static int as_descriptor(HANDLE h, int flags, const char *name)
{
	int fd = _open_osfhandle((intptr_t)h, flags | _O_BINARY | _O_NOINHERIT);

	if (fd >= 0)
		return fd;
	CloseHandle(h);
	return err(ERR_LIMIT, "%s: Too many open files", name);
}

/* Pipes have names of their own here, and wait for nobody. */
int file_open(const char *path, bool waits, struct file_stamp *stamp)
{
	HANDLE h = open_path(path);
	int fd, r;

	(void)waits;
	if (h == INVALID_HANDLE_VALUE)
		return failed(path);
	fd = as_descriptor(h, _O_RDONLY, path);
	if (fd < 0)
		return fd;
	r = file_look(fd, path, stamp);
	if (r >= 0)
		return fd;
	_close(fd);
	return r;
}

static HANDLE create_nameless(void)
{
	static const DWORD how = FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE;
	WCHAR folder[MAX_PATH + 1], path[MAX_PATH + 32];
	uint64_t draw;

	if (!GetTempPathW(MAX_PATH + 1, folder))
		return INVALID_HANDLE_VALUE;
	os_random(&draw, sizeof draw);
	_snwprintf(path, MAX_PATH + 32, L"%lspostrider-%016llx", folder, (unsigned long long)draw);
	return CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_DELETE, NULL, CREATE_NEW,
	                   how, NULL);
}

/* Nobody else can open it, and it is gone with its last handle. */
int file_open_nameless(void)
{
	HANDLE h = INVALID_HANDLE_VALUE;

	for (int i = 0; i < NAME_TRIES && h == INVALID_HANDLE_VALUE; i++)
		h = create_nameless();
	if (h == INVALID_HANDLE_VALUE)
		return failed("a temporary file");
	return as_descriptor(h, _O_RDWR, "a temporary file");
}

void file_close(int fd)
{
	if (fd >= 0)
		_close(fd);
}

int file_read(int fd, void *p, size_t n)
{
	return _read(fd, p, (unsigned)clamp(n));
}

int file_read_at(int fd, void *p, size_t n, uint64_t at)
{
	OVERLAPPED from = { .Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32) };
	DWORD got;

	if (ReadFile((HANDLE)_get_osfhandle(fd), p, (DWORD)clamp(n), &got, &from))
		return (int)got;
	if (GetLastError() == ERROR_HANDLE_EOF)
		return 0;
	errno = EIO;
	return -1;
}

int file_write(int fd, const void *p, size_t n)
{
	return _write(fd, p, (unsigned)clamp(n));
}
