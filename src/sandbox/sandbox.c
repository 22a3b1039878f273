/* sandbox/sandbox.c - user, capabilities, privileges, then landlock, then seccomp. */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/sandbox_impl.h"

/* A change of user that left anything of root behind is no change. */
static bool is_only(uid_t uid, gid_t gid)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) < 0 || getresgid(&g[0], &g[1], &g[2]) < 0 ||
	    getgroups(0, NULL) != 0 || syscall(SYS_capget, &head, caps) < 0)
		return false;
	for (size_t i = 0; i < N_ELEMS(u); i++)
		if (u[i] != uid || g[i] != gid)
			return false;
	for (size_t i = 0; i < N_ELEMS(caps); i++)
		if (caps[i].effective || caps[i].permitted || caps[i].inheritable)
			return false;
	return setresuid(0, 0, 0) < 0;
}

/* A program that is started gets no capability but these, whoever starts it. */
static int drop_bounding(uint64_t keep)
{
	for (int cap = 0; cap < 64; cap++) {
		if (keep >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* the kernel knows no more */
			return 0;
		/* Not privileged, or dropped before: no_new_privs lets none be gained. */
		return errno == EPERM ? 0
		                      : err_errno(ERR_CONFIG, "sandbox: PR_CAPBSET_DROP %d", cap);
	}
	return 0;
}

/* Of what the process has, these alone. */
static int keep_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return err_errno(ERR_CONFIG, "sandbox: PR_CAP_AMBIENT");
	if (syscall(SYS_capget, &head, caps) < 0)
		return err_errno(ERR_CONFIG, "sandbox: capget");
	for (size_t i = 0; i < N_ELEMS(caps); i++) {
		caps[i].permitted &= (uint32_t)(keep >> 32 * i);
		caps[i].effective = caps[i].permitted;
		caps[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, caps) < 0)
		return err_errno(ERR_CONFIG, "sandbox: capset");
	return 0;
}

static int become(int uid, int gid)
{
	if (geteuid() != 0 || uid == -1)
		return 0;
	if (uid <= 0 || gid <= 0)
		return err(ERR_CONFIG, "sandbox: a role may not be user %d, group %d", uid, gid);
	if (setgroups(0, NULL) < 0 || setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid) < 0 ||
	    setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) < 0)
		return err_errno(ERR_CONFIG, "sandbox: become user %d, group %d", uid, gid);
	if (!is_only((uid_t)uid, (gid_t)gid))
		return err(ERR_CONFIG, "sandbox: user %d kept privileges", uid);
	return 0;
}

static int limit_memory(int64_t bytes)
{
	struct rlimit most = { (rlim_t)bytes, (rlim_t)bytes };

	if (!bytes || SANDBOX_SANITIZED)
		return 0;
	return setrlimit(RLIMIT_DATA, &most) < 0 ? err_errno(ERR_CONFIG, "sandbox: RLIMIT_DATA")
	                                         : 0;
}

static int shed(void)
{
	struct rlimit none = { 0, 0 };
	bool debug = SANDBOX_SANITIZED || secure_getenv("POSTRIDER_DEBUG") != NULL;

	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return err_errno(ERR_CONFIG, "sandbox: RLIMIT_CORE");
	if (prctl(PR_SET_DUMPABLE, debug ? 1 : 0, 0, 0, 0) < 0)
		return err_errno(ERR_CONFIG, "sandbox: PR_SET_DUMPABLE");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(ERR_CONFIG, "sandbox: PR_SET_NO_NEW_PRIVS");
	return 0;
}

int sandbox_enter(const struct sandbox_profile *p, int uid, int gid, struct sandbox_report *out)
{
	struct sandbox_report report = { 0 };
	int ruleset;
	int r = sandbox_landlock_prepare(p, &ruleset, &report.landlock_abi);

	if (r < 0)
		return r;
	r = drop_bounding(p->capabilities);
	if (r == 0)
		r = become(uid, gid);
	if (r == 0)
		r = keep_capabilities(p->capabilities);
	if (r == 0)
		r = shed();
	if (r == 0)
		r = limit_memory(p->memory_bytes);
	if (r < 0) {
		if (ruleset >= 0)
			close(ruleset);
		return r;
	}
	if (ruleset >= 0)
		r = sandbox_landlock_enter(ruleset);
	if (r == 0)
		r = sandbox_seccomp_enter(p, &report.seccomp);
	if (r == 0)
		*out = report;
	return r;
}
