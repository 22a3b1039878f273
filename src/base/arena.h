/* base/arena.h - memory that is freed all at once.
 *
 * Floor 0.  One a command, a message, a session; passed explicitly.  Poisoned
 * under ASan on reset.  Chunks start small and double, so an idle arena that
 * was reset to empty (arena_fini) costs only its struct.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk;
	size_t used; /* octets handed out since the last reset */
	size_t cap;  /* most octets handed out; 0 is ARENA_CAP_DEFAULT */
};

enum { ARENA_CAP_DEFAULT = 64 << 20 };

#define AUTO_ARENA AUTO(arena_fini) struct arena

/* Zeroed, aligned for any type; NULL when the cap or memory is out. */
void *arena_alloc(struct arena *a, size_t n);
#define arena_new(a, type)      ((type *)arena_alloc((a), sizeof(type)))
/* NULL too when n * sizeof(type) would not fit. */
#define arena_array(a, type, n) ((type *)arena_alloc_array((a), (n), sizeof(type)))
void *arena_alloc_array(struct arena *a, size_t n, size_t size);
/* A copy; *out is written on success only.  0 or ERR_NO_MEMORY. */
NODISCARD int arena_copy(struct arena *a, struct span s, struct span *out);
/* A NUL-terminated copy, or NULL. */
char *arena_str(struct arena *a, struct span s);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/* Frees all but the first chunk / all.  A zeroed arena is a valid empty one. */
void arena_reset(struct arena *a);
void arena_fini(struct arena *a);

#endif
