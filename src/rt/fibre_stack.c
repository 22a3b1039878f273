/* rt/fibre_stack.c - stacks: mapped with a guard page, pooled, measured.
 *
 * The fibre is at the top of its stack, so that both cost one page until used.
 * Sanitizer builds have larger stacks; ASan's are not pooled, so that a late use
 * faults.
 */
#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rt/fibre_san.h"

enum {
	MAPPED_BYTES = FIBRE_SAN ? 4 * FIBRE_STACK_BYTES : FIBRE_STACK_BYTES,
	FIBRE_BYTES = (sizeof(struct fibre) + 63) / 64 * 64,
	PAGE_MAX = 64 << 10,
	PAGES_MAX = MAPPED_BYTES / (4 << 10),
};

static size_t page_bytes(void)
{
	static size_t page;
	if (!page)
		page = (size_t)sysconf(_SC_PAGESIZE);
	assert(page <= PAGE_MAX);
	return page;
}

static struct fibre *stack_map(void)
{
	size_t guard = page_bytes();
	char *p = mmap(NULL, guard + MAPPED_BYTES, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (mprotect(p, guard, PROT_NONE) < 0) {
		munmap(p, guard + MAPPED_BYTES);
		return NULL;
	}
	struct fibre *f = (struct fibre *)(p + guard + MAPPED_BYTES - FIBRE_BYTES);
	f->stack = p + guard;
	f->stack_bytes = MAPPED_BYTES - FIBRE_BYTES;
	san_stack_mapped(f, MAPPED_BYTES);
	return f;
}

static void stack_unmap(struct fibre *f)
{
	size_t guard = page_bytes(), depth = fibre_stack_depth(f);
	char *p = f->stack - guard;
	if (depth > fibres.high_water)
		fibres.high_water = depth;
	san_stack_unmapped(f, MAPPED_BYTES);
	munmap(p, guard + MAPPED_BYTES);
}

/* First octet that is not zero.  The tools take what is below a stack's pointer for a mistake. */
__attribute__((no_sanitize("address", "thread"))) static const char *first_used(const char *p,
                                                                                const char *end)
{
	while (p < end && !*p)
		p++;
	return p;
}

/* Pages are zero until used. */
size_t fibre_stack_depth(const struct fibre *f)
{
	unsigned char there[PAGES_MAX] = { 0 };
	size_t page = page_bytes(), n = MAPPED_BYTES / page, i = 0;
	if (mincore(f->stack, MAPPED_BYTES, there) < 0)
		return 0;
	while (i < n && !(there[i] & 1))
		i++;
	const char *p = f->stack + i * page, *end = f->stack + f->stack_bytes;
	if (san_stack_readable())
		p = first_used(p, end);
	return p < end ? (size_t)(end - p) : 0;
}

struct fibre *fibre_stack_take(void)
{
	struct fibre *f = LIST_FIRST(&fibres.pool, struct fibre, live);
	if (!f)
		return stack_map();
	list_remove(&f->live);
	fibres.n_pool--;
	return f;
}

void fibre_stack_give(struct fibre *f)
{
	if (FIBRE_SAN || fibres.n_pool >= FIBRE_POOL_MAX) {
		stack_unmap(f);
		return;
	}
	list_push_front(&fibres.pool, &f->live);
	fibres.n_pool++;
}

void fibre_rest(void)
{
	struct fibre *f;
	while ((f = LIST_FIRST(&fibres.pool, struct fibre, live))) {
		list_remove(&f->live);
		fibres.n_pool--;
		stack_unmap(f);
	}
}
