/* sandbox/sandbox_impl.h - the two halves of the sandbox.  Floor 1.  Private to sandbox/. */
#ifndef SANDBOX_SANDBOX_IMPL_H
#define SANDBOX_SANDBOX_IMPL_H

#include "sandbox/sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

enum { SANDBOX_LANDLOCK_ABI_MAX = 6 }; /* what we make use of */

/* Opens the folders as the user of now; *ruleset is -1 and *abi 0 without landlock. */
NODISCARD int sandbox_landlock_prepare(const struct sandbox_profile *p, int *ruleset, int *abi);
/* Takes the ruleset.  no_new_privs must be set. */
NODISCARD int sandbox_landlock_enter(int ruleset);
/* *entered is false when the kernel has no seccomp filters. */
NODISCARD int sandbox_seccomp_enter(const struct sandbox_profile *p, bool *entered);

#endif
