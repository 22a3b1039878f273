/* calls/text.c - see text.h. */
#include "calls/text.h"

#include <errno.h>
#include <unistd.h>

struct job {
	int file;
	char *into;
	size_t n;
	uint64_t offset;
};

/* On a thread of the pool. */
static int read_all(void *arg)
{
	struct job *j = arg;
	size_t done = 0;

	while (done < j->n) {
		ssize_t n = pread(j->file, j->into + done, j->n - done, (off_t)(j->offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(ERR_IO, "cannot read a message's body");
		if (n == 0)
			return err(ERR_CORRUPT, "the file of a message's body ends at %ju",
			           (uintmax_t)(j->offset + done));
		done += (size_t)n;
	}
	return 0;
}

WAITS int text_piece(const struct text *t, uint64_t offset, size_t max, struct arena *mem,
                     struct span *out)
{
	uint64_t left = t->size_bytes - offset;
	struct job job = { .file = t->file, .n = left < max ? (size_t)left : max };

	if (offset < t->front.n || !left) {
		*out = span_sub(t->front, (size_t)offset, job.n);
		return 0;
	}
	if (t->file < 0)
		return err(ERR_CORRUPT, "a text of %zu octets that says it has %ju", t->front.n,
		           (uintmax_t)t->size_bytes);
	job.offset = offset - t->front.n;
	job.into = arena_alloc(mem, job.n);
	if (!job.into)
		return err(ERR_NO_MEMORY, "no memory for a piece of a message");
	int r = offload(read_all, &job, "read of a body"); /* WAITS */
	if (r >= 0)
		*out = span_make(job.into, job.n);
	return r;
}
