/* sandbox/sandbox_seccomp.c - the system calls of a role (libseccomp).
 *
 * Pointers cannot be looked at, so paths are landlock's matter; flags can.
 */
#include "sandbox/sandbox_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ = SANDBOX_FILES_READ,
	WRITE = SANDBOX_FILES_WRITE,
	FILES = READ | WRITE,
	ANY = ~0,
};

/* May be called with any arguments by who may one of `may`. */
struct permit {
	int call;
	unsigned may;
};

static const struct permit permits[] = {
#define PERMIT(name, may) { SCMP_SYS(name), may },
#define FORBID(name)
#include "sandbox/sandbox_calls.def"
#undef PERMIT
#undef FORBID
};

/* No role has an honest use for these: a call is an attack. */
static const int forbidden[] = {
#define PERMIT(name, may)
#define FORBID(name) SCMP_SYS(name),
#include "sandbox/sandbox_calls.def"
#undef PERMIT
#undef FORBID
};

/* Programs are started by the parent only. */
static const int programs[] = { SCMP_SYS(execve), SCMP_SYS(execveat) };

/* What the sanitizers do at a report and at the end. */
static const int sanitizer[] = {
	SCMP_SYS(clone),       SCMP_SYS(ptrace),
	SCMP_SYS(wait4),       SCMP_SYS(prctl),
	SCMP_SYS(personality), SCMP_SYS(open),
	SCMP_SYS(openat),      SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),  SCMP_SYS(getdents64),
	SCMP_SYS(newfstatat),  SCMP_SYS(stat),
	SCMP_SYS(tgkill),      SCMP_SYS(sched_getaffinity),
	SCMP_SYS(prlimit64),   SCMP_SYS(sched_getparam),
};

static int add_each(scmp_filter_ctx f, uint32_t action, const int *calls, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = seccomp_rule_add(f, action, calls[i], 0);
	return r;
}

static int permit_masked(scmp_filter_ctx f, int call, unsigned arg, uint64_t mask, uint64_t value)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
	                        SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value));
}

static int permit_value(scmp_filter_ctx f, int call, unsigned arg, uint64_t value)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1, SCMP_CMP(arg, SCMP_CMP_EQ, value));
}

/* Calls that everyone may make with some arguments. */
static int permit_common(scmp_filter_ctx f)
{
	int r = 0;

	/* glibc falls back from clone3, whose flags lie in memory, to clone. */
	r |= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	r |= permit_masked(f, SCMP_SYS(clone), 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM);
	r |= permit_masked(f, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
	r |= permit_value(f, SCMP_SYS(tgkill), 0, (uint64_t)getpid());
	r |= permit_value(f, SCMP_SYS(prctl), 0, PR_SET_NAME);
	r |= permit_value(f, SCMP_SYS(ioctl), 1, FIONBIO);
	r |= permit_value(f, SCMP_SYS(ioctl), 1, FIONREAD);
	/* getrlimit() of glibc: of oneself, and without new limits. */
	r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0),
	                      SCMP_A2(SCMP_CMP_EQ, 0));
	/* fstat() of glibc. */
	r |= permit_masked(f, SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH, AT_EMPTY_PATH);
	return r;
}

/* A passed file is written by its descriptor and with it alone: a shared mapping would outlive it.
 * SQLite maps what its processes share. */
static int permit_mmap(scmp_filter_ctx f, unsigned may)
{
	if (may & SANDBOX_FILES_WRITE)
		return permit_masked(f, SCMP_SYS(mmap), 2, PROT_EXEC, 0);
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
	                        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
	                        SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_TYPE, MAP_PRIVATE));
}

static int permit_fcntl(scmp_filter_ctx f, unsigned may)
{
	static const int common[] = {
		F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL
	};
	static const int locks[] = { F_GETLK,     F_SETLK,      F_SETLKW,  F_OFD_GETLK,
		                     F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE };
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(common); i++)
		r |= permit_value(f, SCMP_SYS(fcntl), 1, (uint64_t)common[i]);
	for (size_t i = 0; (may & WRITE) && i < N_ELEMS(locks); i++)
		r |= permit_value(f, SCMP_SYS(fcntl), 1, (uint64_t)locks[i]);
	return r;
}

static int permit_sockets(scmp_filter_ctx f)
{
	static const int families[] = { AF_INET, AF_INET6 };
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	const uint64_t flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(families); i++)
		for (size_t j = 0; j < N_ELEMS(types); j++)
			r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
			                      SCMP_A0(SCMP_CMP_EQ, (uint64_t)families[i]),
			                      SCMP_A1(SCMP_CMP_MASKED_EQ, ~flags & UINT32_MAX,
			                              (uint64_t)types[j]));
	return r;
}

/* RFC 7413: MSG_FASTOPEN connects a TCP socket, also a listener that was shut down. */
static int permit_sending(scmp_filter_ctx f)
{
	return permit_masked(f, SCMP_SYS(sendto), 3, MSG_FASTOPEN, 0) |
	       permit_masked(f, SCMP_SYS(sendmsg), 2, MSG_FASTOPEN, 0) |
	       permit_masked(f, SCMP_SYS(sendmmsg), 3, MSG_FASTOPEN, 0);
}

static int permit_reading(scmp_filter_ctx f)
{
	const uint64_t writes = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);

	return permit_masked(f, SCMP_SYS(open), 1, writes, O_RDONLY) |
	       permit_masked(f, SCMP_SYS(openat), 2, writes, O_RDONLY);
}

static int permit_by_table(scmp_filter_ctx f, unsigned may)
{
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(permits); i++)
		if (permits[i].may == (unsigned)ANY || (permits[i].may & may))
			r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, permits[i].call, 0);
	return r;
}

static int fill_role(scmp_filter_ctx f, unsigned may)
{
	int r = permit_by_table(f, may) | permit_common(f) | permit_mmap(f, may) |
	        permit_fcntl(f, may);

	r |= may & SANDBOX_CONNECT ? permit_sockets(f) : permit_sending(f);
	if (may & SANDBOX_FILES_READ)
		r |= permit_reading(f);
	if (SANDBOX_SANITIZED)
		return r | add_each(f, SCMP_ACT_ALLOW, sanitizer, N_ELEMS(sanitizer));
	r |= add_each(f, SCMP_ACT_KILL_PROCESS, forbidden, N_ELEMS(forbidden));
	return r | add_each(f, SCMP_ACT_KILL_PROCESS, programs, N_ELEMS(programs));
}

/* A namespace of one's own gives capabilities in it. */
static int refuse_namespaces(scmp_filter_ctx f)
{
	static const uint64_t flags[] = { CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWNET,   CLONE_NEWPID,
		                          CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP };
	/* glibc falls back from clone3, whose flags lie in memory, to clone. */
	int r = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (size_t i = 0; i < N_ELEMS(flags); i++)
		r |= seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
		                      SCMP_CMP(0, SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
	return r;
}

static int fill_parent(scmp_filter_ctx f)
{
	int r = refuse_namespaces(f);

	for (size_t i = 0; r == 0 && i < N_ELEMS(forbidden); i++)
		if (!SANDBOX_SANITIZED || forbidden[i] != SCMP_SYS(ptrace))
			r = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), forbidden[i], 0);
	return r;
}

static int load(scmp_filter_ctx f, const struct sandbox_profile *p)
{
	int r;

	/* A binary tree instead of a walk past every permitted call; all threads. */
	if (seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0 ||
	    seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1) < 0 ||
	    seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0)
		return err(ERR_CONFIG, "sandbox: seccomp attributes");
	if (p->may & SANDBOX_EXEC ? fill_parent(f) : fill_role(f, p->may))
		return err(ERR_CONFIG, "sandbox: the list of system calls of %s", p->role);
	r = seccomp_load(f);
	if (r < 0) {
		errno = -r;
		return err_errno(ERR_CONFIG, "sandbox: load the system calls of %s", p->role);
	}
	return 0;
}

int sandbox_seccomp_enter(const struct sandbox_profile *p, bool *entered)
{
	scmp_filter_ctx f;
	int r;

	*entered = false;
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL)
		return 0;
	f = seccomp_init(p->may & SANDBOX_EXEC ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM));
	if (!f)
		return ERR_NO_MEMORY;
	r = load(f, p);
	seccomp_release(f);
	*entered = r == 0;
	return r;
}
