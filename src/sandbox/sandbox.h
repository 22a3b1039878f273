/* sandbox/sandbox.h - what a role may not do.  Floor 1.
 *
 * no_new_privs, then landlock (files and, where the kernel can, TCP bind/connect
 * and abstract sockets/signals), then seccomp (a list of what is permitted; the
 * rest fails with EPERM; execve, ptrace and the like kill).  Enter before the
 * first thread starts: landlock binds the calling thread.
 *
 * Permitted to all: memory that is not executable (shared: who writes files alone), threads, time,
 * random numbers, and reading, writing, polling and passing of descriptors that are open already.
 *
 * A role with SANDBOX_EXEC hands its sandbox down to the programs it starts, so its own is what
 * all of them may together: it may also run what it may read, and instead of a list of what is
 * permitted it has one of what is refused with EPERM (ptrace, mount, modules, namespaces, bpf,
 * io_uring, keys ...).
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum sandbox_may {
	SANDBOX_FILES_READ = 1 << 0,  /* open for reading below `read_dirs` */
	SANDBOX_FILES_WRITE = 1 << 1, /* anything below `write_dirs`, but no programs and devices */
	SANDBOX_CONNECT = 1 << 2,     /* socket and connect: TCP, UDP (DNS) */
	SANDBOX_ACCEPT = 1 << 3,      /* accept on listeners it was given */
	SANDBOX_BIND = 1 << 4,        /* UDP source ports */
	SANDBOX_EXEC = 1 << 5,        /* fork, and exec below `read_dirs` (the parent) */
};

struct sandbox_profile {
	const char *role;
	unsigned may;          /* OR of enum sandbox_may */
	uint64_t capabilities; /* OR of 1 << CAP_..., of capabilities(7): kept, if there */
	int64_t memory_bytes;  /* most that it may allocate; 0: no limit. Not with a sanitizer */
	const char *read_dirs[12]; /* NULL-terminated; folders or files; one that is not there is
	                             left out */
	const char *write_dirs[4];
};

/* What the kernel could give. */
struct sandbox_report {
	bool seccomp;
	int landlock_abi; /* 0: no landlock: tell the operator */
};

/* Changes to uid/gid when root and user is not -1 (no groups), drops all capabilities but the
 * profile's (also for programs that are started, and inherited ones), sets no_new_privs,
 * RLIMIT_CORE 0, PR_SET_DUMPABLE 0 (unless built with a sanitizer, or POSTRIDER_DEBUG is in the
 * environment), then enters.  ERR_CONFIG when a step that the kernel offers fails; the process must
 * end then. */
NODISCARD int sandbox_enter(const struct sandbox_profile *p, int uid, int gid,
                            struct sandbox_report *out);

#endif
