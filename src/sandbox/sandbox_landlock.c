/* sandbox/sandbox_landlock.c - landlock(7) by its system calls, as far as the kernel knows it.
 *
 * Debian 12's linux/landlock.h ends at ABI 2, so what is used of ABI 1-6 is stated here.
 */
#include "sandbox/sandbox_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

enum {
	CREATE_VERSION = 1 << 0,
	RULE_PATH_BENEATH = 1,
};

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_ABI_1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,     /* ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
	FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
	FS_READ = FS_READ_FILE | FS_READ_DIR,
	FS_WRITE = FS_READ | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
	           FS_MAKE_REG | FS_REFER | FS_TRUNCATE,
};

enum {
	NET_BIND_TCP = 1 << 0,    /* ABI 4 */
	NET_CONNECT_TCP = 1 << 1, /* ABI 4 */
};

enum {
	SCOPE_ABSTRACT_UNIX = 1 << 0, /* ABI 6 */
	SCOPE_SIGNAL = 1 << 1,        /* ABI 6 */
};

/* Older kernels take the longer struct as long as what they do not know is 0. */
struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

struct path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

static uint64_t handled_fs(int abi)
{
	uint64_t rights = FS_ABI_1;

	if (abi >= 2)
		rights |= FS_REFER;
	if (abi >= 3)
		rights |= FS_TRUNCATE;
	if (abi >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

static struct ruleset_attr attr_of(const struct sandbox_profile *p, int abi)
{
	struct ruleset_attr a = { .handled_access_fs = handled_fs(abi) };

	if (abi >= 4) {
		a.handled_access_net = NET_BIND_TCP;
		if (!(p->may & SANDBOX_CONNECT))
			a.handled_access_net |= NET_CONNECT_TCP;
	}
	if (abi >= 6)
		a.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	return a;
}

static int allow(int ruleset, const char *path, uint64_t rights, bool must_be)
{
	struct path_beneath_attr rule = { .allowed_access = rights };
	struct stat st;
	int r;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT && !must_be
		               ? 0
		               : err_errno(ERR_CONFIG, "sandbox: open %s", path);
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_FILES;
	r = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
	if (r < 0)
		r = err_errno(ERR_CONFIG, "sandbox: landlock rule for %s", path);
	close(rule.parent_fd);
	return r;
}

static int allow_all(int ruleset, const struct sandbox_profile *p, uint64_t handled)
{
	int r = 0;

	const uint64_t reads = p->may & SANDBOX_EXEC ? FS_READ | FS_EXECUTE : FS_READ;

	for (size_t i = 0; r == 0 && i < N_ELEMS(p->read_dirs) && p->read_dirs[i]; i++)
		if (p->may & SANDBOX_FILES_READ)
			r = allow(ruleset, p->read_dirs[i], reads & handled, false);
	for (size_t i = 0; r == 0 && i < N_ELEMS(p->write_dirs) && p->write_dirs[i]; i++)
		if (p->may & SANDBOX_FILES_WRITE)
			r = allow(ruleset, p->write_dirs[i], FS_WRITE & handled, true);
	/* Sanitizers read their own maps when they report. */
	if (r == 0 && SANDBOX_SANITIZED)
		r = allow(ruleset, "/proc", FS_READ & handled, false);
	return r;
}

int sandbox_landlock_prepare(const struct sandbox_profile *p, int *ruleset, int *abi)
{
	struct ruleset_attr attr;
	long known = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	int fd, r;

	*ruleset = -1;
	*abi = 0;
	if (known <= 0) /* ENOSYS, or EOPNOTSUPP when it was not enabled at boot */
		return 0;
	*abi = known < SANDBOX_LANDLOCK_ABI_MAX ? (int)known : SANDBOX_LANDLOCK_ABI_MAX;
	attr = attr_of(p, *abi);
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (fd < 0)
		return err_errno(ERR_CONFIG, "sandbox: landlock of ABI %d", *abi);
	r = allow_all(fd, p, attr.handled_access_fs);
	if (r < 0)
		close(fd);
	else
		*ruleset = fd;
	return r;
}

int sandbox_landlock_enter(int ruleset)
{
	int r = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);

	if (r < 0)
		r = err_errno(ERR_CONFIG, "sandbox: enter landlock");
	close(ruleset);
	return r;
}
