/* rt/stream/stream.c - a stream's life, its events, and the fibre that waits for them.
 *
 * Each change of what epoll watches is two system calls in libuv, so a stream is
 * watched for input all its life.  Input that comes while nobody waits for it is
 * read at once, which the next fill would have to do anyway; only when its buffer
 * is full, or its end was seen, the watch ends until somebody waits again.
 */
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/os.h"
#include "rt/fibre_san.h"
#include "rt/stream/stream_impl.h"

/* Blocks kept for the next stream; none under ASan, so that a late use is seen. */
enum { BLOCKS_KEPT = FIBRE_SAN ? 0 : 64, BLOCK_BYTES = STREAM_IN_BYTES };
static_assert(STREAM_IN_BYTES == STREAM_OUT_BYTES, "one size of block");

struct stream_counts stream_counts;

static struct {
	char *first; /* each begins with a pointer to the next */
	int n;
} blocks;

char *stream_block_take(void)
{
	char *block = blocks.first;
	if (!block)
		return malloc(BLOCK_BYTES);
	memcpy(&blocks.first, block, sizeof(blocks.first));
	blocks.n--;
	return block;
}

void stream_block_give(char *block)
{
	if (!block)
		return;
	if (blocks.n >= BLOCKS_KEPT) {
		free(block);
		return;
	}
	memcpy(block, &blocks.first, sizeof(blocks.first));
	blocks.first = block;
	blocks.n++;
}

void stream_rest(void)
{
	while (blocks.n > 0) {
		char *block = stream_block_take();
		free(block);
	}
	fibre_rest();
	os_memory_rest();
}

/* True when the waiter waits for one of the events, and is woken. */
static bool wake(const struct stream_waiter *w, int events)
{
	if (!w->fibre || !(w->events & events))
		return false;
	fibre_wake(w->fibre, 0);
	return true;
}

/* A writer waits for input only when TLS has to hear something first. */
static void on_input_in_use(struct stream *s, int r)
{
	bool in_vain = r == ERR_AGAIN && s->in_wants == UV_READABLE;
	wake(&s->writer, UV_READABLE);
	if (r == ERR_AGAIN && s->in_to == 0)
		stream_in_release(s);
	if (r == 0)
		s->fresh = true;
	if (!in_vain && !wake(&s->reader, UV_READABLE) && r != 0)
		stream_watch(s, s->armed & ~UV_READABLE);
}

/* Reads, unless a handshake does that itself. */
static void on_input(struct stream *s)
{
	if (s->raw) {
		if (!wake(&s->reader, UV_READABLE))
			stream_watch(s, s->armed & ~UV_READABLE);
		return;
	}
	s->drained = false;
	int r = stream_pull(s);
	if (!s->parked)
		on_input_in_use(s, r);
	else if (r == ERR_AGAIN)
		stream_in_shrink(s);
	else
		stream_park_ended(s, 0); /* may close it */
}

static void on_output(struct stream *s)
{
	bool writer = wake(&s->writer, UV_WRITABLE), reader = wake(&s->reader, UV_WRITABLE);
	if (!writer && !reader)
		stream_watch(s, s->armed & ~UV_WRITABLE);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
	struct stream *s = poll->data;
	if (status < 0) { /* the socket has an error, and libuv has ended the watch */
		events = s->armed;
		s->armed = 0;
		wake(&s->writer, UV_READABLE | UV_WRITABLE);
		wake(&s->reader, UV_READABLE | UV_WRITABLE);
	}
	if (events & UV_WRITABLE)
		on_output(s);
	if (events & UV_READABLE)
		on_input(s);
	loop_turn();
}

void stream_watch(struct stream *s, int events)
{
	if (events == s->armed)
		return;
	s->armed = (uint8_t)events;
	if (events)
		uv_poll_start(&s->poll, events, on_event);
	else
		uv_poll_stop(&s->poll);
}

WAITS int stream_wait(struct stream *s, struct stream_waiter *as, int events, const char *what)
{
	assert(!as->fibre && !(s->parked && as == &s->reader));
	stream_watch(s, s->armed | events);
	*as = (struct stream_waiter){ fibre_self(), events };
	int r = fibre_wait(what);
	*as = (struct stream_waiter){ 0 };
	return r < 0 ? r : 0;
}

int stream_open_fd(int fd, struct stream **out)
{
	struct stream *s = calloc(1, sizeof *s);
	int r = s ? uv_poll_init(loop_uv(), &s->poll, fd) : 0;
	if (!s || r < 0) {
		free(s);
		close(fd);
		return s ? err(ERR_NET, "socket: %s", uv_strerror(r))
		         : err(ERR_NO_MEMORY, "memory of a stream");
	}
	s->poll.data = s;
	s->fd = fd;
	s->drained = true;
	s->in_wants = UV_READABLE;
	cond_init(&s->out_free);
	*out = s;
	return 0;
}

static void on_closed(uv_handle_t *poll)
{
	free(poll->data);
}

void stream_close(struct stream *s)
{
	if (!s)
		return;
	assert(!s->reader.fibre && !s->writer.fibre && !s->out_busy);
	list_remove(&s->node);
	loop_timer_stop(&s->timer);
	stream_tls_close(s);
	stream_pack_close(s);
	stream_in_release(s);
	stream_out_release(s);
	uv_close((uv_handle_t *)&s->poll, on_closed);
	close(s->fd);
}

void stream_acknowledge(struct stream *s)
{
	int one = 1;

	setsockopt(s->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one); /* no TCP: nothing */
}

static WAITS int connected(struct stream *s, const struct address *to)
{
	char text[ADDRESS_TEXT_BYTES];
	int r, one = 1, problem = 0;
	socklen_t n = sizeof problem;
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(s->fd, &to->sa, to->len) == 0)
		return 0;
	if (errno == EINPROGRESS) {
		s->raw = true;
		r = stream_wait(s, &s->writer, UV_WRITABLE, "connection");
		s->raw = false;
		if (r < 0)
			return r;
		errno = getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &problem, &n) < 0 ? errno : problem;
		if (errno == ECONNRESET) /* it was made and then reset: reading tells so */
			errno = 0;
	}
	return errno ? err_errno(ERR_NET, "connect to %s", address_text(to, true, text)) : 0;
}

WAITS int stream_connect(const struct address *to, struct stream **out)
{
	struct stream *s;
	int fd = socket(to->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(ERR_NET, "socket");
	int r = stream_open_fd(fd, &s);
	if (r < 0)
		return r;
	r = connected(s, to);
	if (r < 0) {
		stream_close(s);
		return r;
	}
	s->peer = *to;
	*out = s;
	return 0;
}

/* Asked once, when first wanted: most sessions never do. */
static const struct address *ask(int fd, int (*name)(int, struct sockaddr *, socklen_t *),
                                 struct address *a)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;
	if (a->len || name(fd, (struct sockaddr *)&ss, &n) < 0)
		return a;
	if (ss.ss_family == AF_INET || ss.ss_family == AF_INET6) {
		memcpy(&a->sa, &ss, n);
		a->len = n;
	}
	return a;
}

const struct address *stream_peer(const struct stream *s)
{
	return ask(s->fd, getpeername, &((struct stream *)s)->peer);
}

int stream_fd(const struct stream *s)
{
	return s->fd;
}
