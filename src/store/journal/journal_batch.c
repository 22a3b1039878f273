/* store/journal/journal_batch.c - one batch on the journal's thread: place, checksum, pwritev,
 * fdatasync.
 */
#include <stdlib.h>
#include <sys/uio.h>

#include "store/journal/file.h"
#include "store/journal/journal_impl.h"

enum { IOV_PER_GROUP = JOURNAL_PIECES + 2 };

struct batch {
	int fd;
	uint64_t number, offset, end;
	struct list *groups;
	struct iovec *iov;
	size_t n_iov;
};

static void group_place(struct batch *b, struct journal_group *g)
{
	g->place = (struct journal_place){ b->number, b->end };
	for (size_t at = 0; at < g->octets.n;) {
		char *header = g->octets.p + at;
		size_t payload = segment_record_payload(header);
		size_t content = at == 0 ? journal_group_content(g) : 0;
		struct span front = { header + SEGMENT_RECORD_HEADER_BYTES, payload - content };
		segment_record_seal(header, b->number, b->end, front, g->content,
		                    content ? JOURNAL_PIECES : 0);
		at += segment_record_octets(payload) - content;
		b->end += segment_record_octets(payload);
	}
	g->end = b->end;
}

static void iov_add(struct batch *b, const char *p, size_t n)
{
	if (n)
		b->iov[b->n_iov++] = (struct iovec){ .iov_base = (char *)p, .iov_len = n };
}

static int batch_run(void *arg)
{
	struct batch *b = arg;
	struct journal_group *g;
	LIST_EACH(g, b->groups, link) {
		group_place(b, g);
		size_t split = g->split ? g->split : g->octets.n;
		iov_add(b, g->octets.p, split);
		for (size_t i = 0; i < JOURNAL_PIECES; i++)
			iov_add(b, g->content[i].p, g->content[i].n);
		iov_add(b, g->octets.p + split, g->octets.n - split);
	}
	if (!b->n_iov)
		return 0;
	int r = file_writev_at(b->fd, b->iov, b->n_iov, b->offset);
	return r < 0 ? r : file_sync_data(b->fd);
}

WAITS int journal_batch_write(struct journal *j, struct list *groups, uint64_t *end)
{
	size_t n = 0;
	struct journal_group *g;
	LIST_EACH(g, groups, link)
		n++;
	struct batch b = {
		.fd = j->fd,
		.number = j->number,
		.offset = j->offset,
		.end = j->offset,
		.groups = groups,
		.iov = calloc(n, IOV_PER_GROUP * sizeof(struct iovec)),
	};
	if (!b.iov)
		return err(ERR_NO_MEMORY, "no memory for a batch of %zu", n);
	int r = worker_run(j->thread, batch_run, &b, "journal commit");
	free(b.iov);
	j->counts.batches++;
	j->counts.syncs++;
	if (r < 0)
		return r;
	j->counts.bytes_written += b.end - b.offset;
	*end = b.end;
	return 0;
}
