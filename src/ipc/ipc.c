/* ipc/ipc.c - calls between roles: who waits for what, and who serves it. */
#include "ipc/ipc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/os.h"
#include "ipc/ipc_impl.h"
#include "rt/loop.h"

enum {
	POOL_MAX = 64,        /* idle struct served */
	POOL_ROOM = 64 << 10, /* a larger buffer is not kept */
};

/* A caller that waits; on its stack. */
struct waiting {
	struct fibre *fibre;
	struct buf *out;
	int *fd; /* NULL: no descriptor is expected */
	uint32_t serial;
	bool done;
	int result;
	char text[ERR_DETAIL_BYTES]; /* of a bad reply */
};

/* A call being served. */
struct served {
	struct ipc_link *link;
	uint16_t method;
	uint32_t serial;
	struct buf args, reply;
	int given; /* came with the call; -1: none */
	int fd;    /* goes with the reply; -1: none */
	struct served *next;
};

static struct {
	ipc_handler *fn;
	const char *name;
	unsigned from; /* bit 1 << role */
	bool takes_fd;
} methods[IPC_METHOD_MAX];

static struct peer {
	struct ipc_link *link; /* NULL: none now */
	struct cond up;        /* signalled when a link comes */
} peers[ROLE_COUNT][IPC_INSTANCES_MAX];

static void (*on_link)(struct ipc_address peer, bool up);
static struct served *pool;
static size_t n_pool;

const char *role_name(enum role r)
{
	static const char *const names[ROLE_COUNT] = { "parent",  "edge",    "auth",    "store",
		                                       "courier", "control", "inspect", "mirror" };

	return (unsigned)r < ROLE_COUNT ? names[r] : "unknown";
}

void ipc_serve(uint16_t method, const char *name, ipc_handler *fn, unsigned from_roles,
               bool takes_fd)
{
	assert(method < IPC_METHOD_MAX);
	methods[method].fn = fn;
	methods[method].name = name;
	methods[method].from = from_roles;
	methods[method].takes_fd = takes_fd;
}

void ipc_on_link(void (*fn)(struct ipc_address peer, bool up))
{
	on_link = fn;
}

static bool is_address(struct ipc_address a)
{
	return (unsigned)a.role < ROLE_COUNT && a.instance < IPC_INSTANCES_MAX;
}

static struct peer *peer_at(struct ipc_address a)
{
	struct peer *p = &peers[a.role][a.instance];

	if (!p->up.waiters.next)
		cond_init(&p->up);
	return p;
}

int ipc_link(struct ipc_address peer, int fd, int descriptors_fd)
{
	struct ipc_link *l;

	if (!is_address(peer)) {
		close(fd);
		if (descriptors_fd >= 0)
			close(descriptors_fd);
		return err(ERR_SYNTAX, "a link to role %u, instance %u", (unsigned)peer.role,
		           peer.instance);
	}
	int r = ipc_link_open(peer, fd, descriptors_fd, &l);
	if (r < 0)
		return r;
	struct peer *p = peer_at(peer);
	if (p->link)
		ipc_link_break(p->link, ERR_CLOSED);
	p->link = l;
	cond_broadcast(&p->up);
	if (on_link)
		on_link(peer, true);
	return 0;
}

/* ---- calling --------------------------------------------------------------- */

static void answer(struct waiting *w, int result)
{
	w->done = true;
	w->result = result;
	fibre_wake(w->fibre, 0);
}

void ipc_lost(struct ipc_link *l)
{
	struct waiting *w;

	MAP_EACH(w, &l->calls) {
		map_remove(&l->calls, MAP_KEY(w->serial));
		snprintf(w->text, sizeof w->text, "the %s role is down", role_name(l->peer.role));
		answer(w, ERR_UNAVAILABLE);
	}
	if (peer_at(l->peer)->link == l)
		peer_at(l->peer)->link = NULL;
	if (on_link)
		on_link(l->peer, false);
}

static bool is_known(int32_t result)
{
	switch (result) {
#define ERR(name, number, class, smtp, enhanced, text) case ERR_##name:
#include "base/errs.def"
#undef ERR
		return true;
	default: return false;
	}
}

/* The words come from a role that may have been taken over, and go to logs and replies. */
static void copy_text(char out[ERR_DETAIL_BYTES], struct span text)
{
	size_t n = text.n < ERR_DETAIL_BYTES - 1 ? text.n : ERR_DETAIL_BYTES - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f ? '?' : text.p[i];
	out[n] = 0;
}

/* Its descriptor is taken even when nobody waits for it any more. */
static int take_reply(struct ipc_link *l, const struct ipc_frame *f)
{
	AUTO_FD
	int fd = -1;
	int r = f->with_fd ? ipc_link_take_fd(l, f->serial, &fd) : 0;
	if (r < 0)
		return r;
	struct waiting *w = map_get(&l->calls, MAP_KEY(f->serial));
	if (!w)
		return 0; /* it gave up before */
	if (fd >= 0 && !w->fd)
		return err(ERR_SYNTAX, "a descriptor that nobody asked for");
	map_remove(&l->calls, MAP_KEY(f->serial));
	r = f->result;
	if (r < 0) {
		copy_text(w->text, f->payload);
		r = is_known(r) ? r : ERR_UNAVAILABLE;
	} else if (buf_put(w->out, f->payload) < 0) {
		r = w->out->err;
		copy_text(w->text, span_str("the answer is too long"));
	} else if (w->fd) {
		*w->fd = fd;
		fd = -1;
	}
	answer(w, r);
	return 0;
}

/* Until a link comes.  Past until_at ERR_UNAVAILABLE, past the fibre's own deadline
 * ERR_TIMEOUT. */
static WAITS int wait_for_link(struct ipc_address to, int64_t until_at)
{
	int64_t own = fibre_deadline();
	int r;

	if (until_at < own)
		fibre_deadline_set(until_at);
	r = cond_wait(&peer_at(to)->up, "a link to another role");
	fibre_deadline_set(own);
	if (r == ERR_TIMEOUT && loop_now_at() < own)
		return err(ERR_UNAVAILABLE, "the %s role is down", role_name(to.role));
	return r;
}

/* A link that takes another call. */
static WAITS int find_link(struct ipc_address to, struct ipc_link **out)
{
	int64_t until_at = clock_add(loop_now_at(), IPC_LINK_WAIT_MS);
	int r = 0;

	while (r == 0) {
		struct ipc_link *l = peer_at(to)->link;

		if (!l) {
			r = wait_for_link(to, until_at);
		} else if (ipc_link_queued(l) > IPC_QUEUED_MAX) {
			ipc_link_ref(l);
			r = cond_wait(&l->room, "room on a link");
			ipc_link_unref(l);
		} else {
			*out = l;
			return 0;
		}
	}
	return r;
}

static uint32_t next_serial(struct ipc_link *l)
{
	do
		l->serial++;
	while (map_get(&l->calls, MAP_KEY(l->serial)));
	return l->serial;
}

/* A descriptor whose call did not follow would be taken for the next one's: then the link breaks.
 */
static int put_call(struct ipc_link *l, struct ipc_frame *f, int give)
{
	int r = 0;

	if (give >= 0)
		r = ipc_link_send_fd(l, f->serial, give);
	if (r == ERR_LIMIT)
		return err(ERR_UNAVAILABLE, "the %s role takes no more descriptors",
		           role_name(l->peer.role));
	if (r < 0)
		return r;
	f->with_fd = give >= 0;
	return ipc_link_put(l, f);
}

static int send_call(struct ipc_link *l, uint16_t method, struct span args, int give,
                     struct waiting *w)
{
	struct ipc_frame f = { .kind = IPC_CALL, .method = method, .payload = args };
	int r;

	f.serial = w->serial = next_serial(l);
	r = map_put(&l->calls, MAP_KEY(w->serial), w, NULL);
	if (r < 0)
		return r;
	r = put_call(l, &f, give);
	if (r < 0) {
		map_remove(&l->calls, MAP_KEY(w->serial));
		if (f.with_fd)
			ipc_link_break(l, r);
	}
	return r;
}

WAITS int ipc_call(struct ipc_address to, uint16_t method, struct span args, int give,
                   struct buf *out, int *fd)
{
	struct waiting w = { .fibre = fibre_self(), .out = out, .fd = fd };
	struct ipc_link *l = NULL;
	int r;

	assert(w.fibre && is_address(to));
	if (fd)
		*fd = -1;
	r = find_link(to, &l); /* WAITS */
	if (r < 0)
		return r;
	if (fibre_cancelled())
		return ERR_CANCELLED;
	if (fibre_deadline() <= loop_now_at())
		return err(ERR_TIMEOUT, "no time left to ask the %s role", role_name(to.role));
	r = send_call(l, method, args, give, &w);
	if (r < 0)
		return r;
	r = fibre_wait(role_name(to.role)); /* WAITS */
	if (!w.done) {
		/* A link that broke would have answered, so this one is alive. */
		map_remove(&l->calls, MAP_KEY(w.serial));
		return r;
	}
	return w.result < 0 ? err(w.result, "%s", w.text) : w.result;
}

/* ---- serving --------------------------------------------------------------- */

static struct served *served_new(struct ipc_link *l, const struct ipc_frame *f)
{
	struct served *s = pool;

	if (s) {
		pool = s->next;
		n_pool--;
	} else if (!(s = calloc(1, sizeof *s))) {
		return NULL;
	} else {
		buf_init(&s->args, IPC_FRAME_MAX);
		buf_init(&s->reply, IPC_FRAME_MAX);
	}
	s->link = l;
	s->given = s->fd = -1;
	s->method = f->method;
	s->serial = f->serial;
	buf_put(&s->args, f->payload);
	ipc_link_ref(l);
	l->n_served++;
	l->served_bytes += s->args.n;
	return s;
}

static void served_drop(struct served *s)
{
	buf_fini(&s->args);
	buf_fini(&s->reply);
	free(s);
}

static void buf_keep(struct buf *b)
{
	if (b->room > POOL_ROOM)
		buf_release(b);
	buf_reset(b);
}

static void served_free(struct served *s)
{
	if (s->method >= IPC_METHOD_SECRET && s->args.n)
		os_wipe(s->args.p, s->args.n);
	if (s->given >= 0)
		close(s->given);
	if (s->fd >= 0)
		close(s->fd);
	s->link->n_served--;
	s->link->served_bytes -= s->args.n;
	ipc_link_unref(s->link);
	if (n_pool == POOL_MAX) {
		served_drop(s);
		return;
	}
	buf_keep(&s->args);
	buf_keep(&s->reply);
	s->next = pool;
	pool = s;
	n_pool++;
}

static int put_reply(struct ipc_link *l, struct ipc_frame f)
{
	f.kind = IPC_REPLY;
	if (f.result < 0)
		f.payload = span_str(err_str(f.result));
	return ipc_link_put(l, &f);
}

static int put_refusal(struct ipc_link *l, const struct ipc_frame *call, int result)
{
	return put_reply(l, (struct ipc_frame){
	                            .method = call->method,
	                            .serial = call->serial,
	                            .result = result,
	                    });
}

/* A peer that reads no replies must not make us hold them without end: the handler's
 * fibre waits, and it counts among those served. */
static WAITS void reply(struct served *s, int result)
{
	struct ipc_link *l = s->link;

	while (l->fd >= 0 && ipc_link_queued(l) > IPC_QUEUED_MAX)
		if (cond_wait(&l->room, "room on a link") < 0)
			break;
	if (l->fd < 0)
		return;
	struct ipc_frame f = { .method = s->method, .serial = s->serial, .result = result };
	if (result >= 0 && s->fd >= 0) {
		int r = ipc_link_send_fd(l, s->serial, s->fd);
		f.with_fd = r >= 0;
		f.result = r < 0 ? r : result;
	}
	f.payload = buf_span(&s->reply);
	if (put_reply(l, f) < 0)
		ipc_link_break(l, ERR_NO_MEMORY);
}

static void serve(void *arg)
{
	struct served *s = arg;
	int r = s->args.err;

	if (r == 0)
		r = methods[s->method].fn(buf_span(&s->args), s->given, &s->reply, &s->fd,
		                          s->link->peer);
	if (r >= 0 && s->reply.err)
		r = err(s->reply.err, "%s: the answer does not fit", methods[s->method].name);
	reply(s, r);
	served_free(s);
}

static int take_call(struct ipc_link *l, const struct ipc_frame *f)
{
	struct served *s;
	AUTO_FD int given = -1;
	int r;

	if (!methods[f->method].fn || !(methods[f->method].from & 1u << l->peer.role))
		return err(ERR_SYNTAX, "method %u is not for it", f->method);
	if (f->with_fd && !methods[f->method].takes_fd)
		return err(ERR_SYNTAX, "method %u takes no descriptor", f->method);
	r = f->with_fd ? ipc_link_take_fd(l, f->serial, &given) : 0;
	if (r < 0)
		return r;
	if (l->n_served >= IPC_SERVED_MAX ||
	    l->served_bytes + f->payload.n > IPC_SERVED_BYTES_MAX) {
		r = err(ERR_LIMIT, "too many calls at once from %s", role_name(l->peer.role));
		return put_refusal(l, f, r);
	}
	s = served_new(l, f);
	if (!s)
		return put_refusal(l, f, ERR_NO_MEMORY);
	s->given = given;
	given = -1;
	r = fibre_run(methods[f->method].name, serve, s);
	if (r < 0) {
		r = put_refusal(l, f, r);
		served_free(s);
	}
	return r;
}

int ipc_take(struct ipc_link *l, const struct ipc_frame *f)
{
	return f->kind == IPC_CALL ? take_call(l, f) : take_reply(l, f);
}

void ipc_fini(void)
{
	for (unsigned r = 0; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < IPC_INSTANCES_MAX; i++)
			if (peers[r][i].link)
				ipc_link_break(peers[r][i].link, ERR_CLOSED);
	memset(methods, 0, sizeof methods);
	on_link = NULL;
	while (pool) {
		struct served *s = pool;

		pool = s->next;
		served_drop(s);
	}
	n_pool = 0;
	ipc_link_unhook();
}
