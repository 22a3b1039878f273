/* inspect/content.c - see content.h. */
#include "inspect/content.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy(struct content *c)
{
	c->copy = malloc(c->header.n + c->body.n + 1);
	if (!c->copy)
		return err(ERR_NO_MEMORY, "no memory for a message");
	if (c->header.n)
		memcpy(c->copy, c->header.p, c->header.n);
	if (c->body.n)
		memcpy(c->copy + c->header.n, c->body.p, c->body.n);
	c->whole = span_make(c->copy, c->header.n + c->body.n);
	c->body = span_sub(c->whole, c->header.n, c->whole.n);
	return 0;
}

/* The header's octets end where a page begins, and the file's pages follow.  Until then nothing of
 * it is memory that counts. */
static int map_file(struct content *c, int file, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t front = (c->header.n + page - 1) / page * page;
	char *map = mmap(NULL, front + n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return err(ERR_TOO_BIG, "no room for a message of %zu octets", n);
	c->map = map;
	c->map_n = front + n;
	if ((front && mprotect(map, front, PROT_READ | PROT_WRITE) < 0) ||
	    mmap(map + front, n, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0) == MAP_FAILED)
		return err_errno(ERR_IO, "a message's file cannot be read");
	if (c->header.n)
		memcpy(map + front - c->header.n, c->header.p, c->header.n);
	c->whole = span_make(map + front - c->header.n, c->header.n + n);
	c->body = span_make(map + front, n);
	return 0;
}

int content_open(struct span header, struct span body, int file, uint64_t body_bytes,
                 struct content *out)
{
	struct stat st;

	*out = (struct content){ .header = header, .body = body };
	if (file < 0 || !body_bytes)
		return copy(out);
	if (fstat(file, &st) < 0)
		return err_errno(ERR_IO, "a message's file cannot be read");
	if ((uint64_t)st.st_size < body_bytes)
		return err(ERR_CORRUPT, "a message's file has %jd octets, and should have %ju",
		           (intmax_t)st.st_size, (uintmax_t)body_bytes);
	int r = body_bytes > SIZE_MAX / 2 ? ERR_TOO_BIG : map_file(out, file, (size_t)body_bytes);
	if (r < 0)
		content_close(out);
	return r;
}

void content_close(struct content *c)
{
	if (c->map)
		munmap(TAKE(c->map), c->map_n);
	free(TAKE(c->copy));
}
