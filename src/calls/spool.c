/* calls/spool.c - see spool.h. */
#include "calls/spool.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "calls/queue.h"

enum {
	TAKE_BACK_MS = 10000,
	ASK_AGAIN_MS = 10 * 60 * 1000,
	HOUR_MS = 3600 * 1000,
};
static_assert(ASK_AGAIN_MS + HOUR_MS < QUEUE_FILE_IDLE_MS, "a slow client keeps its file");

/* A file, when there is none, or more room in it. */
static WAITS int ask(struct spool *s)
{
	AUTO_ARENA mem = { 0 };
	struct queue_file_args a = { .step = s->blob ? QUEUE_FILE_MORE : QUEUE_FILE_BEGIN,
		                     .blob = s->blob,
		                     .further = s->further };
	struct queue_file_reply got;
	int fd = -1;
	int r = queue_file(&a, &mem, &got, &fd); /* WAITS */

	if (r < 0)
		return r;
	if (!s->blob && fd < 0)
		return err(ERR_UNAVAILABLE, "no descriptor came for a body's file");
	if (!s->blob)
		s->fd = fd;
	s->blob = got.blob;
	s->asked_at = clock_now_at();
	return 0;
}

/* Every QUEUE_FILE_ROOM octets. */
static WAITS int ask_for_room(struct spool *s, size_t n)
{
	if (s->blob && s->size_bytes + n <= s->room_bytes)
		return 0;
	int r = ask(s); /* WAITS */
	if (r >= 0)
		s->room_bytes += QUEUE_FILE_ROOM;
	return r;
}

struct job {
	int fd;
	struct span octets;
};

/* On a thread of the pool: a disk that is busy stops no other session. */
static int write_all(void *arg)
{
	struct job *j = arg;

	while (j->octets.n) {
		ssize_t n = write(j->fd, j->octets.p, j->octets.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(ERR_IO, "cannot write a body");
		j->octets = span_sub(j->octets, (size_t)n, j->octets.n);
	}
	return 0;
}

WAITS int spool_put(struct spool *s, struct span octets)
{
	struct job job = { .octets = octets };
	int r = ask_for_room(s, octets.n); /* WAITS */

	job.fd = s->fd;
	if (r >= 0)
		r = offload(write_all, &job, "write of a body"); /* WAITS */
	if (r >= 0)
		s->size_bytes += octets.n;
	return r;
}

WAITS int spool_keep(struct spool *s)
{
	return s->blob && clock_now_at() - s->asked_at >= ASK_AGAIN_MS ? ask(s) : 0; /* WAITS */
}

WAITS int spool_end(struct spool *s)
{
	AUTO_ARENA mem = { 0 };
	struct queue_file_args a = { .step = QUEUE_FILE_END, .blob = s->blob };
	struct queue_file_reply done;
	int fd = -1;

	spool_close(s);
	int r = queue_file(&a, &mem, &done, &fd); /* WAITS */
	if (r >= 0)
		s->fd = fd;
	return r;
}

void spool_close(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void spool_forget(struct spool *s)
{
	s->blob = 0;
}

/* The sender's time may be what ran out.  Should this fail, the store takes the file back later. */
static WAITS void take_back(uint64_t blob)
{
	AUTO_ARENA mem = { 0 };
	struct queue_file_reply gone;
	struct queue_file_args a = { .step = QUEUE_FILE_ABORT, .blob = blob };
	int fd;
	int64_t before_at = fibre_deadline_set(clock_add(clock_now_at(), TAKE_BACK_MS));

	(void)!queue_file(&a, &mem, &gone, &fd); /* WAITS */
	fibre_deadline_set(before_at);
}

WAITS void spool_drop(struct spool *s)
{
	spool_close(s);
	if (s->blob)
		take_back(s->blob); /* WAITS */
	*s = (struct spool){ .fd = -1, .further = s->further };
}
