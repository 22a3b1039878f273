/* Descriptors beside a link: each comes with its reply or not at all, and none is ever left open.
 */
#include "ipc/descriptor.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/event.h"
#include "fibre_harness.h"
#include "ipc/ipc.h"

enum { OPEN = 1, NONE, REFUSE, HOLD, TAKE_ONE, SERIAL_1 = 1 };

static int count_open(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/fd");

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int a_file(const char *text)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void make_pair(int type, int ends[2])
{
	CHECK_INT(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
}

TEST(descriptor_takes_no_more_than_it_asked_for)
{
	static const struct {
		size_t n_sent, n_asked, octets;
		int r;
	} t[] = {
		{ 0, 0, 4, 0 },          { 0, 1, 4, 0 },          { 1, 1, 4, 0 },
		{ 1, 2, 4, 0 },          { 2, 2, 4, 0 },          { 1, 0, 4, ERR_SYNTAX },
		{ 2, 1, 4, ERR_SYNTAX }, { 1, 1, 5, ERR_SYNTAX },
	};
	int fds[] = { a_file("a"), a_file("b") };

	EACH_ROW(t) {
		int ends[2], got[DESCRIPTORS_MAX] = { -1, -1 }, before;
		char into[4];
		size_t n = 0, came = 0;

		make_pair(SOCK_SEQPACKET, ends);
		before = count_open();
		CHECK_INT(descriptor_send(ends[0], span_make("12345", t[row].octets), fds,
		                          t[row].n_sent),
		          0);
		CHECK_INT(descriptor_recv(ends[1], into, sizeof into, &n, got, t[row].n_asked),
		          t[row].r);
		for (size_t i = 0; i < N_ELEMS(got); i++)
			came += got[i] >= 0;
		CHECK_INT(came, t[row].r < 0 ? 0 : t[row].n_sent);
		CHECK_INT(n, t[row].r < 0 ? 0 : t[row].octets);
		CHECK_INT(count_open(), before + (int)came);
		for (size_t i = 0; i < came; i++) {
			CHECK_INT(fcntl(got[i], F_GETFD), FD_CLOEXEC);
			close(got[i]);
		}
		CHECK_INT(descriptor_recv(ends[1], into, sizeof into, &n, got, 1), ERR_AGAIN);
		close(ends[0]);
		CHECK_INT(descriptor_recv(ends[1], into, sizeof into, &n, got, 1), ERR_CLOSED);
		close(ends[1]);
	}
	close(fds[0]);
	close(fds[1]);
}

/* ---- with replies ---- */

static struct cond held;
static int n_broken;

static int serve_open(struct span args, int given, struct buf *out, int *fd,
                      struct ipc_address from)
{
	buf_puts(out, "here");
	*fd = a_file("text");
	return 3;
}

static int serve_none(struct span args, int given, struct buf *out, int *fd,
                      struct ipc_address from)
{
	return 0;
}

static int serve_refuse(struct span args, int given, struct buf *out, int *fd,
                        struct ipc_address from)
{
	*fd = a_file("not to be seen");
	return err(ERR_QUOTA, "full");
}

static int serve_hold(struct span args, int given, struct buf *out, int *fd,
                      struct ipc_address from)
{
	*fd = a_file("late");
	return cond_wait(&held, "the test");
}

/* Echoes what the file holds that came with the call. */
static int serve_take(struct span args, int given, struct buf *out, int *fd,
                      struct ipc_address from)
{
	char text[16];
	ssize_t n = pread(given, text, sizeof text, 0);

	CHECK_INT(fibre_yield(), 0);
	buf_put(out, n < 0 ? SPAN("none") : span_make(text, (size_t)n));
	return 0;
}

static void count_broken(struct span line, void *arg)
{
	n_broken += span_find_span(line, SPAN(" ipc_broken ")) >= 0;
}

static void serve_all(void)
{
	const unsigned edge = 1u << ROLE_EDGE;

	cond_init(&held);
	n_broken = 0;
	ipc_serve(OPEN, "open", serve_open, edge, false);
	ipc_serve(NONE, "none", serve_none, edge, false);
	ipc_serve(REFUSE, "refuse", serve_refuse, edge, false);
	ipc_serve(HOLD, "hold", serve_hold, edge, false);
	ipc_serve(TAKE_ONE, "take", serve_take, edge, true);
	event_set_sink(count_broken, NULL);
}

static void link_both(void)
{
	int calls[2], descriptors[2];

	make_pair(SOCK_STREAM, calls);
	make_pair(SOCK_SEQPACKET, descriptors);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_STORE, 0), calls[0], descriptors[0]), 0);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_EDGE, 0), calls[1], descriptors[1]), 0);
}

static WAITS int call(uint16_t method, struct buf *out, int *fd)
{
	return ipc_call(IPC_ADDRESS(ROLE_STORE, 0), method, SPAN(""), -1, out, fd);
}

static WAITS int give(uint16_t method, int fd, struct buf *out)
{
	return ipc_call(IPC_ADDRESS(ROLE_STORE, 0), method, SPAN(""), fd, out, NULL);
}

static void end_all(int before)
{
	ipc_fini();
	event_set_sink(NULL, NULL);
	for (int i = 0; i < 3; i++)
		CHECK_INT(fibre_yield(), 0);
	CHECK_INT(count_open(), before);
}

FIBRE_TEST(descriptor_comes_with_its_reply)
{
	int before = count_open();

	serve_all();
	link_both();
	for (int i = 0; i < 2000; i++) {
		AUTO_BUF out = BUF(64);
		char text[8];
		int fd;

		CHECK_INT(call(OPEN, &out, &fd), 3);
		CHECK_SPAN(buf_span(&out), SPAN("here"));
		CHECK_INT(pread(fd, text, sizeof text, 0), 4);
		close(fd);
		CHECK_INT(call(NONE, &out, &fd), 0);
		CHECK_INT(fd, -1);
		CHECK_INT(call(REFUSE, &out, &fd), ERR_QUOTA);
		CHECK_INT(fd, -1);
	}
	end_all(before);
}

FIBRE_TEST(descriptor_goes_with_a_call)
{
	int before = count_open();

	serve_all();
	link_both();
	for (int i = 0; i < 2000; i++) {
		AUTO_BUF out = BUF(64), none = BUF(64);
		int fd = a_file("given");

		CHECK_INT(give(TAKE_ONE, fd, &out), 0);
		CHECK_SPAN(buf_span(&out), SPAN("given"));
		CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC); /* still ours */
		close(fd);
		CHECK_INT(give(TAKE_ONE, -1, &none), 0);
		CHECK_SPAN(buf_span(&none), SPAN("none"));
	}
	CHECK_INT(n_broken, 0);
	end_all(before);
}

/* Who takes none cannot be filled with them: the link breaks. */
FIBRE_TEST(descriptor_with_a_call_that_takes_none)
{
	AUTO_BUF out = BUF(64);
	int before = count_open(), fd = a_file("given");

	serve_all();
	link_both();
	CHECK_INT(give(OPEN, fd, &out), ERR_UNAVAILABLE);
	CHECK_INT(n_broken, 1);
	close(fd);
	end_all(before);
}

/* A peer that reads nothing: the caller is told, and may come again. */
FIBRE_TEST(descriptors_given_do_not_pile_up_without_end)
{
	AUTO_BUF out = BUF(64);
	int before = count_open(), calls[2], descriptors[2], fd = a_file("given"), n = 0, r;

	serve_all();
	make_pair(SOCK_STREAM, calls);
	make_pair(SOCK_SEQPACKET, descriptors);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_STORE, 0), calls[0], descriptors[0]), 0);
	do {
		fibre_deadline_set(clock_add(loop_now_at(), 1));
		r = give(TAKE_ONE, fd, &out);
	} while (r == ERR_TIMEOUT && ++n < 5000);
	CHECK_INT(r, ERR_UNAVAILABLE);
	CHECK(n > 0);
	CHECK_INT(n_broken, 0);
	fibre_deadline_set(CLOCK_NEVER);
	close(calls[1]);
	close(descriptors[1]);
	close(fd);
	end_all(before);
}

FIBRE_TEST(descriptor_that_nobody_waits_for_is_closed)
{
	AUTO_BUF out = BUF(64);
	int before = count_open(), fd;

	serve_all();
	link_both();
	fibre_deadline_set(clock_add(loop_now_at(), 1));
	CHECK_INT(call(HOLD, &out, &fd), ERR_TIMEOUT);
	fibre_deadline_set(CLOCK_NEVER);
	cond_signal(&held);
	CHECK_INT(call(OPEN, &out, &fd), 3); /* the link is in step */
	close(fd);
	CHECK_INT(n_broken, 0);
	end_all(before);
}

FIBRE_TEST(descriptor_without_a_socket_for_it)
{
	AUTO_BUF out = BUF(64);
	int before = count_open(), calls[2], fd;

	serve_all();
	make_pair(SOCK_STREAM, calls);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_STORE, 0), calls[0], -1), 0);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_EDGE, 0), calls[1], -1), 0);
	CHECK_INT(call(OPEN, &out, &fd), ERR_BUG);
	CHECK_INT(fd, -1);
	end_all(before);
}

/* A peer that takes no descriptors is refused, at last; its link stands. */
FIBRE_TEST(descriptors_do_not_pile_up_without_end)
{
	AUTO_BUF out = BUF(1 << 20);
	int before = count_open(), calls[2], descriptors[2], n = 0;
	struct ipc_frame f = { .kind = IPC_CALL, .method = OPEN };

	serve_all();
	make_pair(SOCK_STREAM, calls);
	make_pair(SOCK_SEQPACKET, descriptors);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_EDGE, 0), calls[0], descriptors[0]), 0);
	do {
		size_t used;
		ssize_t got = 0;
		char octets[128];

		f = (struct ipc_frame){ .kind = IPC_CALL, .method = OPEN, .serial = 9 };
		buf_reset(&out);
		CHECK_INT(ipc_frame_put(&out, &f), 0);
		CHECK_INT(write(calls[1], out.p, out.n), out.n);
		while ((got = read(calls[1], octets, sizeof octets)) < 0)
			CHECK_INT(fibre_yield(), 0);
		CHECK_INT(ipc_frame_parse(span_make(octets, (size_t)got), &f, &used), 0);
		CHECK_INT(f.with_fd, f.result >= 0);
	} while (f.result >= 0 && ++n < 5000);
	CHECK_INT(f.result, ERR_LIMIT);
	CHECK(n > 0);
	close(calls[1]);
	close(descriptors[1]);
	end_all(before);
}

/* ---- a store that was taken over ---- */

enum hostile { GOOD, NO_DESCRIPTOR, TWO, WRONG_SERIAL, SHORT, A_PIPE, A_DIRECTORY, NOT_ASKED };

static void send_hostile(int sock, enum hostile what)
{
	uint32_t serial = what == WRONG_SERIAL ? 77 : SERIAL_1;
	int pipes[2], fds[2];

	CHECK_INT(pipe2(pipes, O_CLOEXEC), 0);
	fds[0] = what == A_PIPE        ? dup(pipes[0])
	         : what == A_DIRECTORY ? open("/", O_RDONLY | O_DIRECTORY)
	                               : a_file("x");
	fds[1] = dup(pipes[1]);
	if (what != NO_DESCRIPTOR)
		CHECK_INT(descriptor_send(sock, span_make(&serial, what == SHORT ? 3 : 4), fds,
		                          what == TWO ? 2 : 1),
		          0);
	for (size_t i = 0; i < 2; i++) {
		close(fds[i]);
		close(pipes[i]);
	}
}

FIBRE_TEST(descriptor_breach_breaks_the_link)
{
	static const struct {
		enum hostile what;
		int r;
	} t[] = {
		{ GOOD, 0 },
		{ NO_DESCRIPTOR, ERR_UNAVAILABLE },
		{ TWO, ERR_UNAVAILABLE },
		{ WRONG_SERIAL, ERR_UNAVAILABLE },
		{ SHORT, ERR_UNAVAILABLE },
		{ A_PIPE, ERR_UNAVAILABLE },
		{ A_DIRECTORY, ERR_UNAVAILABLE },
		{ NOT_ASKED, ERR_UNAVAILABLE },
	};
	int before = count_open();

	serve_all();
	EACH_ROW(t) {
		AUTO_BUF out = BUF(64), octets = BUF(64);
		struct ipc_frame f = {
			.kind = IPC_REPLY, .with_fd = true, .method = OPEN, .serial = SERIAL_1
		};
		int calls[2], descriptors[2], fd = -1, broken = n_broken;

		make_pair(SOCK_STREAM, calls);
		make_pair(SOCK_SEQPACKET, descriptors);
		CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_STORE, 0), calls[0], descriptors[0]), 0);
		/* The first call on a link has serial 1; its answer is there before it. */
		send_hostile(descriptors[1], t[row].what);
		CHECK_INT(ipc_frame_put(&octets, &f), 0);
		CHECK_INT(write(calls[1], octets.p, octets.n), octets.n);
		CHECK_INT(call(OPEN, &out, t[row].what == NOT_ASKED ? NULL : &fd), t[row].r);
		CHECK_INT(n_broken, broken + (t[row].r < 0));
		CHECK_INT(fd >= 0, t[row].r == 0);
		if (fd >= 0)
			close(fd);
		close(calls[1]);
		close(descriptors[1]);
		for (int i = 0; i < 3; i++)
			CHECK_INT(fibre_yield(), 0);
	}
	end_all(before);
}
