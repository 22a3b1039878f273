/* tests/component/nth_malloc.c - to be preloaded: the n-th allocation of libpostrider fails.
 *
 *	NTH_MALLOC=7 NTH_MALLOC_REPORT=/tmp/report LD_PRELOAD=libnth_malloc.so driver ...
 *
 * NTH_MALLOC_ON=1: all from the n-th on.  Only what libpostrider.so itself asks for is counted and
 * fails; the report has how many there were, and how many of them were not freed.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

enum { SLOTS = 1 << 18 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *live[SLOTS];
static unsigned long n_calls, n_live, fails_at;
static uintptr_t from, to;
static int goes_on;

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	if (!strstr(info->dlpi_name, "libpostrider.so"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		from = info->dlpi_addr + p->p_vaddr;
		to = from + p->p_memsz;
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *n = getenv("NTH_MALLOC");

	fails_at = n ? strtoul(n, NULL, 10) : 0;
	goes_on = getenv("NTH_MALLOC_ON") != NULL;
	dl_iterate_phdr(look, NULL);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("NTH_MALLOC_REPORT");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	if (fd >= 0)
		dprintf(fd, "%lu %lu\n", n_calls, n_live);
}

static size_t slot_of(const void *p)
{
	return ((uintptr_t)p >> 4) * 2654435761u % SLOTS;
}

static void note(void *p)
{
	pthread_mutex_lock(&lock);
	for (size_t i = slot_of(p);; i = (i + 1) % SLOTS) {
		if (live[i] && live[i] != (void *)1)
			continue;
		live[i] = p;
		n_live++;
		break;
	}
	pthread_mutex_unlock(&lock);
}

/* A tombstone stays, so that what was put behind it is found. */
static void forget(const void *p)
{
	if (!p || !n_live)
		return;
	pthread_mutex_lock(&lock);
	for (size_t i = slot_of(p); live[i]; i = (i + 1) % SLOTS) {
		if (live[i] != p)
			continue;
		live[i] = (void *)1;
		n_live--;
		break;
	}
	pthread_mutex_unlock(&lock);
}

static int is_ours(const void *caller)
{
	return (uintptr_t)caller >= from && (uintptr_t)caller < to;
}

static int fails(void)
{
	unsigned long n = __atomic_add_fetch(&n_calls, 1, __ATOMIC_RELAXED);

	return fails_at && (goes_on ? n >= fails_at : n == fails_at);
}

void *malloc(size_t n)
{
	int ours = is_ours(__builtin_return_address(0));
	void *p = ours && fails() ? NULL : __libc_malloc(n);

	if (ours && p)
		note(p);
	return p;
}

void *calloc(size_t n, size_t size)
{
	int ours = is_ours(__builtin_return_address(0));
	void *p = ours && fails() ? NULL : __libc_calloc(n, size);

	if (ours && p)
		note(p);
	return p;
}

void *realloc(void *old, size_t n)
{
	int ours = is_ours(__builtin_return_address(0));
	void *p;

	if (ours && fails())
		return NULL;
	p = __libc_realloc(old, n);
	if (p || !n)
		forget(old);
	if (ours && p)
		note(p);
	return p;
}

void free(void *p)
{
	forget(p);
	__libc_free(p);
}
