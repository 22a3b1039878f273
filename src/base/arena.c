/* base/arena.c - see arena.h.
 *
 * Under ASan what is not handed out is poisoned, and a gap follows each
 * allocation, so that a use after reset and an overrun both stop the program.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
enum { GAP_BYTES = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { GAP_BYTES = 0 };
#endif

enum {
	ALIGN = alignof(max_align_t),
	CHUNK_FIRST = 512,    /* with its head */
	CHUNK_MOST = 64 << 10 /* where doubling ends; a larger request gets its own */
};

struct arena_chunk {
	struct arena_chunk *older;
	size_t room, used; /* of data[] */
	alignas(ALIGN) char data[];
};

static size_t round_up(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* A new newest chunk with at least n octets of room. */
static struct arena_chunk *add_chunk(struct arena *a, size_t n)
{
	size_t total = CHUNK_FIRST;
	struct arena_chunk *c;

	if (a->chunk)
		total = (a->chunk->room + sizeof *c) * 2;
	if (total > CHUNK_MOST)
		total = CHUNK_MOST;
	if (total < n + sizeof *c)
		total = n + sizeof *c;
	c = malloc(total);
	if (!c) {
		err(ERR_NO_MEMORY, "no memory for %zu octets", total);
		return NULL;
	}
	*c = (struct arena_chunk){ .older = a->chunk, .room = total - sizeof *c };
	a->chunk = c;
	ASAN_POISON_MEMORY_REGION(c->data, c->room);
	return c;
}

static void *take(struct arena *a, size_t n)
{
	size_t cap = a->cap ? a->cap : ARENA_CAP_DEFAULT;
	struct arena_chunk *c = a->chunk;
	size_t need;
	char *p;

	if (n > cap || a->used > cap - n) {
		err(ERR_NO_MEMORY, "arena is full at %zu octets", cap);
		return NULL;
	}
	need = round_up(n ? n : 1) + GAP_BYTES;
	if (!c || need > c->room - c->used)
		c = add_chunk(a, need);
	if (!c)
		return NULL;
	p = c->data + c->used;
	c->used += need;
	a->used += n;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	char *p = take(a, n);

	return p ? memset(p, 0, n) : NULL;
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		err(ERR_NO_MEMORY, "an array of %zu times %zu octets", n, size);
		return NULL;
	}
	return arena_alloc(a, total);
}

int arena_copy(struct arena *a, struct span s, struct span *out)
{
	char *p = take(a, s.n);

	if (!p)
		return ERR_NO_MEMORY;
	if (s.n)
		memcpy(p, s.p, s.n);
	*out = span_make(p, s.n);
	return 0;
}

char *arena_str(struct arena *a, struct span s)
{
	char *p = take(a, s.n + 1);

	if (!p)
		return NULL;
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : take(a, (size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *c = a->chunk;

	a->used = 0;
	if (!c)
		return;
	while (c->older) {
		struct arena_chunk *older = c->older;

		free(c);
		c = older;
	}
	c->used = 0;
	ASAN_POISON_MEMORY_REGION(c->data, c->room);
	a->chunk = c;
}

void arena_fini(struct arena *a)
{
	arena_reset(a);
	free(a->chunk);
	a->chunk = NULL;
}
