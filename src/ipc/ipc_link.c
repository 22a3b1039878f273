/* ipc/ipc_link.c - the octets of a link: reads many frames at once, gathers output and
 * writes it before the loop sleeps.
 */
#include "ipc/ipc_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/event.h"
#include "base/os.h"
#include "ipc/descriptor.h"
#include "rt/loop.h"

enum {
	READ_MIN = 128 << 10,
	IN_MAX = IPC_HEAD_MAX + IPC_FRAME_MAX + READ_MIN,
	/* What waits, and as much that was written already (see ipc_link_put). */
	OUT_MAX = 2 * (IPC_QUEUED_MAX + IPC_HEAD_MAX + IPC_FRAME_MAX),
	IDLE_ROOM = 256 << 10, /* an empty buffer above this is given back */
};

struct ipc_counts ipc_counts;

static struct list dirty = LIST_INIT(dirty);
static struct loop_hook hook;
static bool hooked;

void ipc_link_ref(struct ipc_link *l)
{
	l->refs++;
}

void ipc_link_unref(struct ipc_link *l)
{
	if (--l->refs)
		return;
	buf_fini(&l->in);
	buf_fini(&l->out);
	map_fini(&l->calls);
	free(l);
}

static void on_closed(uv_handle_t *h)
{
	ipc_link_unref(h->data);
}

void ipc_link_break(struct ipc_link *l, int r)
{
	if (l->fd < 0)
		return;
	if (r != ERR_CLOSED)
		event_log(EVENT_ipc_broken, "peer=%s reason=%s", role_name(l->peer.role),
		          err_str(r));
	list_remove(&l->dirty);
	uv_close((uv_handle_t *)&l->poll, on_closed);
	close(l->fd);
	if (l->descriptors_fd >= 0)
		close(l->descriptors_fd);
	l->fd = l->descriptors_fd = -1;
	ipc_lost(l);
	cond_broadcast(&l->room);
}

/* ---- output ---------------------------------------------------------------- */

/* Octets of b that were moved or written. */
static void wipe(const struct ipc_link *l, struct buf *b, size_t from, size_t to)
{
	if (l->secret && to > from)
		os_wipe(b->p + from, to - from);
}

/* Drops what was written. */
static void advance(struct ipc_link *l)
{
	size_t n = l->out.n;

	buf_consume(&l->out, l->out_at);
	wipe(l, &l->out, l->out.n, n);
	l->out_at = 0;
}

size_t ipc_link_queued(const struct ipc_link *l)
{
	return l->out.n - l->out_at;
}

int ipc_link_put(struct ipc_link *l, const struct ipc_frame *f)
{
	int r;

	/* Drops what was written only when that is the larger part: each octet moves once. */
	if (l->out_at > l->out.n - l->out_at)
		advance(l);
	r = l->secret ? buf_reserve_secret(&l->out, IPC_HEAD_MAX + f->payload.n) : 0;
	if (r >= 0)
		r = ipc_frame_put(&l->out, f);
	l->secret |= f->method >= IPC_METHOD_SECRET;
	if (r < 0)
		l->out.err = 0;
	else if (!list_linked(&l->dirty))
		list_push_back(&dirty, &l->dirty);
	return r;
}

static void drop_written(struct buf *b, size_t *at)
{
	if (b->room > IDLE_ROOM)
		buf_release(b);
	buf_reset(b);
	*at = 0;
}

static void on_ready(uv_poll_t *h, int status, int events);

static void watch(struct ipc_link *l, bool full)
{
	if (full != l->full)
		uv_poll_start(&l->poll, UV_READABLE | (full ? UV_WRITABLE : 0), on_ready);
	l->full = full;
}

/* One write of all there is. */
static void flush(struct ipc_link *l)
{
	size_t n = ipc_link_queued(l);
	ssize_t done;

	ipc_counts.writes++;
	done = send(l->fd, l->out.p + l->out_at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (done < 0 && errno != EAGAIN && errno != EINTR) {
		ipc_link_break(l, errno == EPIPE || errno == ECONNRESET
		                          ? ERR_CLOSED
		                          : err_errno(ERR_NET, "write"));
		return;
	}
	if (done > 0) {
		wipe(l, &l->out, l->out_at, l->out_at + (size_t)done);
		l->out_at += (size_t)done;
	}
	if (!ipc_link_queued(l)) {
		drop_written(&l->out, &l->out_at);
		l->secret = false;
	}
	watch(l, ipc_link_queued(l) > 0);
	if (ipc_link_queued(l) <= IPC_QUEUED_MAX)
		cond_broadcast(&l->room);
}

static void flush_dirty(void *arg)
{
	struct ipc_link *l;

	(void)arg;
	while ((l = LIST_FIRST(&dirty, struct ipc_link, dirty))) {
		list_remove(&l->dirty);
		if (!l->full)
			flush(l);
	}
}

/* ---- input ----------------------------------------------------------------- */

/* All whole frames; *need is how many octets the next one takes. */
static int take_frames(struct ipc_link *l, size_t *need)
{
	struct ipc_frame f;
	int r = 0;

	while (r == 0 && l->fd >= 0) {
		r = ipc_frame_parse(span_sub(buf_span(&l->in), l->in_at, SIZE_MAX), &f, need);
		if (r < 0)
			break;
		l->in_at += *need;
		r = ipc_take(l, &f);
		if (f.method >= IPC_METHOD_SECRET)
			os_wipe(l->in.p + l->in_at - *need, *need);
	}
	return r == ERR_AGAIN ? 0 : r;
}

/* 0 when there was nothing, else how many octets came; ERR_CLOSED, ERR_NET. */
static int receive(struct ipc_link *l, size_t room)
{
	ssize_t n;

	if (buf_reserve(&l->in, room) < 0) {
		l->in.err = 0;
		return ERR_NO_MEMORY;
	}
	ipc_counts.reads++;
	n = recv(l->fd, l->in.p + l->in.n, l->in.room - l->in.n, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return ERR_CLOSED;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : err_errno(ERR_NET, "read");
	l->in.n += (size_t)n;
	return (int)n;
}

static void on_readable(struct ipc_link *l)
{
	size_t need = 0;
	int r = receive(l, READ_MIN);

	if (r > 0)
		r = take_frames(l, &need);
	if (r < 0) {
		ipc_link_break(l, r);
		return;
	}
	if (l->in_at == l->in.n) {
		drop_written(&l->in, &l->in_at);
		return;
	}
	buf_consume(&l->in, l->in_at);
	l->in_at = 0;
	/* The rest of a large frame is read in one piece. */
	if (need > l->in.n && buf_reserve(&l->in, need - l->in.n) < 0)
		ipc_link_break(l, l->in.err);
}

static void on_ready(uv_poll_t *h, int status, int events)
{
	struct ipc_link *l = h->data;

	ipc_link_ref(l);
	if (status < 0 || (events & UV_READABLE))
		on_readable(l);
	if ((events & UV_WRITABLE) && l->fd >= 0) {
		watch(l, false);
		if (ipc_link_queued(l))
			flush(l);
	}
	ipc_link_unref(l);
	loop_turn();
}

/* ---- descriptors ------------------------------------------------------------- */

enum { SERIAL_BYTES = 4 };

int ipc_link_send_fd(struct ipc_link *l, uint32_t serial, int fd)
{
	char octets[SERIAL_BYTES];
	int r;

	if (l->descriptors_fd < 0)
		return err(ERR_BUG, "no descriptor passes to %s", role_name(l->peer.role));
	memcpy(octets, &serial, sizeof octets);
	r = descriptor_send(l->descriptors_fd, span_make(octets, sizeof octets), &fd, 1);
	return r == ERR_AGAIN ? err(ERR_LIMIT, "the %s role takes no more descriptors",
	                            role_name(l->peer.role))
	                      : r;
}

int ipc_link_take_fd(struct ipc_link *l, uint32_t serial, int *fd)
{
	char octets[SERIAL_BYTES];
	struct stat st;
	size_t n;
	int got;

	if (l->descriptors_fd < 0)
		return err(ERR_SYNTAX, "a descriptor where none passes");
	int r = descriptor_recv(l->descriptors_fd, octets, sizeof octets, &n, &got, 1);
	if (r == ERR_AGAIN || r == ERR_CLOSED)
		return err(ERR_SYNTAX, "a descriptor that did not come");
	if (r < 0)
		return r;
	if (got >= 0 && n == sizeof octets && memcmp(octets, &serial, sizeof octets) == 0 &&
	    fstat(got, &st) == 0 && S_ISREG(st.st_mode)) {
		*fd = got;
		return 0;
	}
	if (got >= 0)
		close(got);
	return err(ERR_SYNTAX, "a descriptor that was not announced");
}

/* ---- begin and end --------------------------------------------------------- */

static int start(struct ipc_link *l)
{
	int r = fcntl(l->fd, F_SETFL, O_NONBLOCK);

	if (r == 0 && l->descriptors_fd >= 0)
		r = fcntl(l->descriptors_fd, F_SETFL, O_NONBLOCK);

	if (r < 0)
		return err_errno(ERR_NET, "link to %s", role_name(l->peer.role));
	r = uv_poll_init(loop_uv(), &l->poll, l->fd);
	if (r < 0)
		return err(ERR_NET, "link to %s: %s", role_name(l->peer.role), uv_strerror(r));
	l->poll.data = l;
	r = uv_poll_start(&l->poll, UV_READABLE, on_ready);
	if (r < 0) {
		err(ERR_NET, "link to %s: %s", role_name(l->peer.role), uv_strerror(r));
		ipc_link_ref(l);
		uv_close((uv_handle_t *)&l->poll, on_closed);
		return ERR_NET;
	}
	return 0;
}

static void close_both(int fd, int descriptors_fd)
{
	close(fd);
	if (descriptors_fd >= 0)
		close(descriptors_fd);
}

int ipc_link_open(struct ipc_address peer, int fd, int descriptors_fd, struct ipc_link **out)
{
	struct ipc_link *l = calloc(1, sizeof *l);
	int r;

	if (!l) {
		close_both(fd, descriptors_fd);
		return ERR_NO_MEMORY;
	}
	*l = (struct ipc_link){
		.peer = peer, .fd = fd, .descriptors_fd = descriptors_fd, .refs = 1
	};
	buf_init(&l->in, IN_MAX);
	buf_init(&l->out, OUT_MAX);
	cond_init(&l->room);
	r = start(l);
	if (r < 0) {
		close_both(fd, descriptors_fd);
		ipc_link_unref(l);
		return r;
	}
	if (!hooked) {
		hook = (struct loop_hook){ .fn = flush_dirty };
		loop_before_sleep(&hook);
		hooked = true;
	}
	*out = l;
	return 0;
}

void ipc_link_unhook(void)
{
	hooked = false;
}
