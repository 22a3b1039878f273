/* rt/stream/stream_out.c - output: gathered, then written in as few system calls as can be. */
#include <errno.h>
#include <stdio.h>
#include <sys/uio.h>

#include "rt/stream/stream_impl.h"

int stream_out_end(struct stream *s, int code, int sys_errno)
{
	s->out_err = code;
	s->out_errno = sys_errno;
	s->drained = false; /* last words may have come with the hang-up, and no event yet */
	return code;
}

static int out_error(const struct stream *s)
{
	errno = s->out_errno;
	return errno ? err_errno(s->out_err, "write") : s->out_err;
}

void stream_out_release(struct stream *s)
{
	stream_block_give(s->out);
	s->out = NULL;
	s->out_from = s->out_to = 0;
}

/* Takes n octets from the front of what is gathered, then of more. */
static void written(struct stream *s, size_t n, struct span *more)
{
	size_t gathered = s->out_to - s->out_from;
	if (n < gathered) {
		s->out_from += (uint32_t)n;
		return;
	}
	s->out_from = s->out_to = 0;
	*more = span_sub(*more, n - gathered, more->n);
}

static int send_once(struct stream *s, struct span first, struct span more, int *wants)
{
	struct iovec v[2] = { { (void *)first.p, first.n }, { (void *)more.p, more.n } };
	struct msghdr m = { .msg_iov = v[0].iov_len ? v : v + 1,
		            .msg_iovlen = (v[0].iov_len > 0) + (v[1].iov_len > 0) };
	*wants = UV_WRITABLE;
	if (s->tls)
		return stream_tls_write(s, v[0].iov_base, v[0].iov_len, wants);
	ssize_t n;
	do {
		n = sendmsg(s->fd, &m, MSG_NOSIGNAL);
		stream_counts.writes++;
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return (int)n;
	return errno == EAGAIN ? ERR_AGAIN : stream_out_end(s, ERR_NET, errno);
}

WAITS int stream_out_take(struct stream *s)
{
	int r = 0;
	while (s->out_busy && r >= 0)
		r = cond_wait(&s->out_free, "turn to write");
	if (r < 0)
		return r;
	s->out_busy = true;
	return 0;
}

void stream_out_give(struct stream *s)
{
	s->out_busy = false;
	cond_signal(&s->out_free);
}

static bool is_written(const struct stream *s)
{
	return s->out_to == s->out_from && !stream_pack_holds(s);
}

static WAITS int write_packed(struct stream *s)
{
	while (!is_written(s)) {
		struct span octets;
		int wants, r = s->out_err ? out_error(s) : stream_pack_next(s, &octets);
		if (r < 0)
			return r;
		r = octets.n ? send_once(s, octets, (struct span){ 0 }, &wants) : 0;
		if (r < 0 && r != ERR_AGAIN)
			return out_error(s);
		if (r >= 0)
			stream_pack_written(s, (size_t)r);
		if (r < 0 || ((size_t)r < octets.n && !s->tls))
			r = stream_wait(s, &s->writer, wants, "output");
		if (r < 0)
			return r;
	}
	stream_out_release(s);
	return 0;
}

/* Writes what is gathered and then more, which is not copied.  After a short
 * write the socket is full: wait at once.  When the wait ends early, what is
 * gathered may still go later; but half of more is the end of the output. */
static WAITS int write_all(struct stream *s, struct span more)
{
	size_t n_more = more.n;
	if (s->pack)
		return write_packed(s);
	while (s->out_to > s->out_from || more.n) {
		size_t n = s->out_to - s->out_from + more.n;
		struct span first = span_make(s->out + s->out_from, s->out_to - s->out_from);
		int wants, r = s->out_err ? s->out_err : send_once(s, first, more, &wants);
		if (r < 0 && r != ERR_AGAIN)
			return out_error(s);
		if (r > 0)
			written(s, (size_t)r, &more);
		if (r < 0 || ((size_t)r < n && !s->tls)) {
			r = stream_wait(s, &s->writer, wants, "output");
			if (r < 0)
				return more.n < n_more ? stream_out_end(s, r, 0) : r;
		}
	}
	stream_out_release(s);
	return 0;
}

WAITS int stream_out_flush(struct stream *s)
{
	return is_written(s) ? 0 : write_all(s, (struct span){ 0 });
}

WAITS int stream_flush(struct stream *s)
{
	if (is_written(s) && !s->out_busy)
		return 0;
	int r = stream_out_take(s);
	if (r < 0)
		return r;
	r = stream_out_flush(s);
	stream_out_give(s);
	return r;
}

WAITS int stream_out_settle(struct stream *s)
{
	return s->out_busy ? 0 : stream_flush(s);
}

static void gather(struct stream *s, struct span *octets)
{
	size_t room = STREAM_OUT_BYTES - s->out_to, n = octets->n < room ? octets->n : room;
	memcpy(s->out + s->out_to, octets->p, n);
	s->out_to += (uint32_t)n;
	*octets = span_sub(*octets, n, octets->n);
}

/* Makes sure of a block, and that what was written of it is room again. */
static int out_ready(struct stream *s)
{
	if (s->out_err)
		return out_error(s);
	if (!s->out && !(s->out = stream_block_take()))
		return err(ERR_NO_MEMORY, "memory of a stream's output");
	return 0;
}

static WAITS int put(struct stream *s, struct span octets)
{
	int r;
	while (octets.n) {
		if ((r = out_ready(s)) < 0)
			return r;
		if (!s->tls && !s->pack && octets.n > STREAM_OUT_BYTES - s->out_to)
			return write_all(s, octets);
		gather(s, &octets);
		if (octets.n && (r = stream_out_flush(s)) < 0)
			return r;
	}
	return 0;
}

WAITS int stream_put(struct stream *s, struct span octets)
{
	int r = stream_out_take(s);
	if (r < 0)
		return r;
	r = put(s, octets);
	stream_out_give(s);
	return r;
}

static WAITS int print(struct stream *s, const char *fmt, va_list args)
{
	for (;;) {
		va_list ap;
		int r = out_ready(s);
		if (r < 0)
			return r;
		size_t room = STREAM_OUT_BYTES - s->out_to;
		va_copy(ap, args);
		int n = vsnprintf(s->out + s->out_to, room, fmt, ap);
		va_end(ap);
		if (n < 0)
			return err(ERR_BUG, "stream_printf: %s", fmt);
		if ((size_t)n < room) {
			s->out_to += (uint32_t)n;
			return 0;
		}
		if (s->out_to == 0)
			return err(ERR_TOO_LONG, "%d octets at once", n);
		if ((r = stream_out_flush(s)) < 0)
			return r;
	}
}

WAITS int stream_printf(struct stream *s, const char *fmt, ...)
{
	va_list ap;
	int r = stream_out_take(s);
	if (r < 0)
		return r;
	va_start(ap, fmt);
	r = print(s, fmt, ap);
	va_end(ap);
	stream_out_give(s);
	return r;
}
