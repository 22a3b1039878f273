/* rt/stream/stream_in.c - buffered input: fill, peek, consume, lines. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/os.h"
#include "rt/stream/stream_impl.h"

enum {
	ROOM_LEAST = STREAM_IN_BYTES / 4, /* with less behind the input it is moved to the front */
	LINE_MAX_BYTES = STREAM_IN_BYTES - 2,
};

int stream_in_end(struct stream *s, int code, int sys_errno)
{
	s->in_err = code;
	s->in_errno = sys_errno;
	return code;
}

/* What ended the input, with its words for the fibre that asks. */
static int in_error(const struct stream *s)
{
	errno = s->in_errno;
	return errno ? err_errno(s->in_err, "read") : s->in_err;
}

static int read_plain(struct stream *s, char *p, size_t room)
{
	ssize_t n;
	do {
		n = recv(s->fd, p, room, 0);
		stream_counts.reads++;
	} while (n < 0 && errno == EINTR);
	s->drained = n < (ssize_t)room;
	if (n > 0)
		return (int)n;
	if (n == 0)
		return stream_in_end(s, ERR_CLOSED, 0);
	return errno == EAGAIN ? ERR_AGAIN : stream_in_end(s, ERR_NET, errno);
}

int stream_read_raw(struct stream *s, char *p, size_t n)
{
	if (s->tls)
		return stream_tls_read(s, p, n);
	return s->drained ? ERR_AGAIN : read_plain(s, p, n);
}

static int pull_plain(struct stream *s)
{
	int n = read_plain(s, s->in + s->in_to, STREAM_IN_BYTES - s->in_to);
	if (n < 0)
		return n;
	s->in_to += (uint32_t)n;
	return 0;
}

/* As many records as are there. */
static int pull_tls(struct stream *s)
{
	uint32_t before = s->in_to;
	int r = ERR_LIMIT;
	while (s->in_to < STREAM_IN_BYTES &&
	       (r = stream_tls_read(s, s->in + s->in_to, STREAM_IN_BYTES - s->in_to)) > 0)
		s->in_to += (uint32_t)r;
	return s->in_to > before ? 0 : r;
}

static void wipe(struct stream *s)
{
	if (s->guarded && s->in)
		os_wipe(s->in, s->in_small ? s->in_to : STREAM_IN_BYTES);
}

void stream_guard(struct stream *s, bool on)
{
	if (s->guarded && s->in && !s->in_small) {
		os_wipe(s->in, s->in_from);
		os_wipe(s->in + s->in_to, STREAM_IN_BYTES - s->in_to);
	}
	s->guarded = on;
	stream_tls_guard(s);
}

static int grow(struct stream *s)
{
	char *block = stream_block_take();
	if (!block)
		return ERR_NO_MEMORY;
	if (s->in_small)
		memcpy(block, s->in, s->in_to);
	if (s->in_small) {
		wipe(s);
		free(s->in);
	}
	s->in = block;
	s->in_small = false;
	return 0;
}

int stream_pull(struct stream *s)
{
	if (s->in_err)
		return s->in_err;
	if (s->in_to == STREAM_IN_BYTES)
		return ERR_LIMIT;
	if ((!s->in || s->in_small) && grow(s) < 0)
		return ERR_NO_MEMORY;
	if (s->pack)
		return stream_pack_pull(s);
	return s->tls ? pull_tls(s) : pull_plain(s);
}

void stream_in_release(struct stream *s)
{
	wipe(s);
	if (s->in_small)
		free(s->in);
	else
		stream_block_give(s->in);
	s->in = NULL;
	s->in_small = false;
	s->in_from = s->in_to = s->in_scanned = 0;
}

void stream_in_shrink(struct stream *s)
{
	uint32_t n = s->in_to - s->in_from;
	stream_pack_rest(s);
	if (n == 0) {
		stream_in_release(s);
		return;
	}
	char *kept = s->in_small ? NULL : malloc(n);
	if (!kept)
		return;
	memcpy(kept, s->in + s->in_from, n);
	wipe(s);
	stream_block_give(s->in);
	s->in = kept;
	s->in_small = true;
	s->in_from = 0;
	s->in_to = n;
}

/* Called where earlier lines and peeks have died. */
static void make_room(struct stream *s)
{
	if (s->in_from == s->in_to) {
		s->in_from = s->in_to = s->in_scanned = 0;
	} else if (s->in_from && STREAM_IN_BYTES - s->in_to < ROOM_LEAST) {
		memmove(s->in, s->in + s->in_from, s->in_to - s->in_from);
		s->in_to -= s->in_from;
		s->in_from = 0;
	}
}

/* 0: there is input that the caller has not seen.  After ERR_AGAIN it is watched
 * for, so that trying again later is not in vain. */
static int try_fill(struct stream *s)
{
	int r = ERR_AGAIN;
	if (s->fresh) {
		s->fresh = false;
		return 0;
	}
	make_room(s);
	if (!s->drained || s->tls || s->pack || s->in_err || s->in_to == STREAM_IN_BYTES)
		r = stream_pull(s);
	if (r == ERR_AGAIN)
		stream_watch(s, s->armed | s->in_wants);
	return r == s->in_err && r < 0 ? in_error(s) : r;
}

int stream_try_fill(struct stream *s)
{
	return try_fill(s);
}

WAITS int stream_fill(struct stream *s)
{
	int r = stream_out_settle(s);
	if (r < 0)
		return r;
	while ((r = try_fill(s)) == ERR_AGAIN) {
		uint32_t before = s->in_to;
		if (s->why_woken)
			return ERR_WOKEN;
		if (before == 0)
			stream_in_release(s);
		if ((r = stream_wait(s, &s->reader, s->in_wants, "input")) < 0)
			return r;
		if (s->in_to > before) {
			s->fresh = false;
			return 0;
		}
	}
	return r;
}

struct span stream_peek(const struct stream *s)
{
	((struct stream *)s)->fresh = false;
	return span_make(s->in + s->in_from, s->in_to - s->in_from);
}

void stream_consume(struct stream *s, size_t n)
{
	assert(n <= s->in_to - s->in_from);
	s->in_from += (uint32_t)n;
	s->in_scanned = s->in_scanned > n ? s->in_scanned - (uint32_t)n : 0;
}

/* Drops what is there of a line that is too long; a final CR may be half of its end. */
static void skip(struct stream *s)
{
	s->skipping = true;
	s->in_from = s->in[s->in_to - 1] == '\r' ? s->in_to - 1 : s->in_to;
	s->in_scanned = s->in_to - s->in_from;
}

static int take_line(struct stream *s, size_t n, size_t max, struct span *line)
{
	bool too_long = s->skipping || n > max;
	char *p = s->in + s->in_from;
	s->in_from += (uint32_t)n + 2;
	s->in_scanned = 0;
	s->skipping = false;
	if (too_long)
		return err(ERR_TOO_LONG, "a line of more than %zu octets", max);
	*line = span_make(p, n);
	return 0;
}

static int find_line(struct stream *s, size_t max, struct span *line)
{
	size_t n = s->in_to - s->in_from;
	s->fresh = false;
	if (n == s->in_scanned)
		return ERR_AGAIN;
	char *p = s->in + s->in_from, *lf;
	while ((lf = memchr(p + s->in_scanned, '\n', n - s->in_scanned))) {
		s->in_scanned = (uint32_t)(lf + 1 - p);
		if (lf > p && lf[-1] == '\r')
			return take_line(s, (size_t)(lf - 1 - p), max, line);
	}
	s->in_scanned = (uint32_t)n;
	if (s->skipping || n > max + 1 || (n == max + 1 && p[n - 1] != '\r'))
		skip(s);
	return ERR_AGAIN;
}

static int read_line(struct stream *s, size_t max, struct span *line, int (*fill)(struct stream *))
{
	int r;
	if (max > LINE_MAX_BYTES)
		max = LINE_MAX_BYTES;
	while ((r = find_line(s, max, line)) == ERR_AGAIN) {
		r = fill(s);
		if (r < 0)
			return r;
	}
	return r;
}

WAITS int stream_read_line(struct stream *s, size_t max, struct span *line)
{
	return read_line(s, max, line, stream_fill);
}

int stream_try_line(struct stream *s, size_t max, struct span *line)
{
	return read_line(s, max, line, try_fill);
}
