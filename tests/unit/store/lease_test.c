/* A file system without leases is found before anything is taken there, and the words say what to
 * do; fcntl is the real one behind a wrapper (ld --wrap). */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store.h"
#include "test.h"

static int fails_with; /* what F_SETLEASE ends in; 0: what the kernel says */

int __real_fcntl64(int fd, int what, ...);
int __wrap_fcntl64(int fd, int what, ...);
int __wrap_fcntl64(int fd, int what, ...)
{
	va_list ap;
	va_start(ap, what);
	long arg = va_arg(ap, long);
	va_end(ap);
	if (what == F_SETLEASE && fails_with) {
		errno = fails_with;
		return -1;
	}
	return __real_fcntl64(fd, what, arg);
}

TEST(store_tells_of_a_file_system_without_leases)
{
	static const struct {
		int fails_with, r;
		const char *words; /* among others */
	} t[] = {
		{ 0, 0, "" },
		{ EINVAL, ERR_CONFIG, "fs.leases-enable=1" }, /* NFS 3, CIFS */
		{ EAGAIN, ERR_CONFIG, "fs.leases-enable=1" }, /* NFS 4 */
	};
	char dir[] = "/tmp/lease_test.XXXXXX", file[64];

	CHECK(mkdtemp(dir) != NULL);
	snprintf(file, sizeof file, "%s/lease-check", dir);
	EACH_ROW(t) {
		fails_with = t[row].fails_with;
		int r = store_lease_check(dir);
		CHECK_INT(r, t[row].r);
		CHECK(r == 0 || strstr(err_str(r), t[row].words) != NULL);
		CHECK(r == 0 || strstr(err_str(r), dir) != NULL);
		CHECK_INT(access(file, F_OK), -1);
	}
	fails_with = 0;
	close(open(file, O_WRONLY | O_CREAT, 0600)); /* a start that was cut short left it */
	CHECK_INT(store_lease_check(dir), 0);
	CHECK_INT(rmdir(dir), 0);
	CHECK_INT(store_lease_check(dir), ERR_CONFIG);
}
