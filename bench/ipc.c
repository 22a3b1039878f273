/* bench/ipc.c - what a call between roles costs: rt/ipc.h (frames gathered on a stream
 * socket) against one message a system call on SOCK_SEQPACKET.
 *
 *   bench_ipc [CALLS]
 *
 * Two processes, CALLERS fibres that call one after the other; an argument of the size
 * given, an answer of 64 octets.  Prints microseconds of CPU of both processes a call,
 * user and system together, and how many writes a call took.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "rt/loop.h"

enum { METHOD = 1, ANSWER_BYTES = 64, PACKET_MAX = 64 << 10, CALLERS_MAX = 64 };

static struct {
	long calls; /* still to be made */
	size_t bytes;
	int callers, running;
	char *payload;
	long writes;
} job;

static char answer[ANSWER_BYTES];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* ---- one message a system call ---------------------------------------------- */

struct packet_head {
	uint32_t slot; /* of the caller */
	uint32_t is_reply;
};

struct packet_request {
	uint32_t slot;
	char *args;
};

static struct {
	int fd;
	uv_poll_t poll;
	struct cond room;
	struct fibre *callers[CALLERS_MAX];
	char in[PACKET_MAX];
} packet;

static void packet_send(struct packet_head head, const void *p, size_t n)
{
	struct iovec iov[2] = { { &head, sizeof head }, { (void *)p, n } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	while (sendmsg(packet.fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		must(errno == EAGAIN, "sendmsg");
		must(cond_wait(&packet.room, "room") == 0, "wait");
	}
	job.writes++;
}

static void packet_serve(void *arg)
{
	struct packet_request *q = arg;

	packet_send((struct packet_head){ q->slot, 1 }, answer, sizeof answer);
	free(q->args);
	free(q);
}

static void packet_take(size_t n)
{
	struct packet_head head;
	struct packet_request *q;

	memcpy(&head, packet.in, sizeof head);
	if (head.is_reply) {
		fibre_wake(packet.callers[head.slot], 0);
		return;
	}
	q = malloc(sizeof *q);
	*q = (struct packet_request){ head.slot, malloc(n) };
	memcpy(q->args, packet.in + sizeof head, n - sizeof head);
	must(fibre_run("serve", packet_serve, q) == 0, "fibre");
}

static void packet_ready(uv_poll_t *h, int status, int events)
{
	ssize_t n;

	while ((n = recv(packet.fd, packet.in, sizeof packet.in, MSG_DONTWAIT)) > 0)
		packet_take((size_t)n);
	if (n == 0)
		uv_close((uv_handle_t *)h, NULL);
	cond_broadcast(&packet.room);
	loop_turn();
}

static void packet_open(int fd)
{
	packet.fd = fd;
	cond_init(&packet.room);
	must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
	must(uv_poll_init(loop_uv(), &packet.poll, fd) == 0, "poll");
	uv_poll_start(&packet.poll, UV_READABLE, packet_ready);
}

static void packet_caller(void *arg)
{
	uint32_t slot = (uint32_t)(uintptr_t)arg;

	packet.callers[slot] = fibre_self();
	while (job.calls-- > 0) {
		packet_send((struct packet_head){ slot, 0 }, job.payload, job.bytes);
		must(fibre_wait("reply") == 0, "reply");
	}
	if (--job.running == 0)
		uv_close((uv_handle_t *)&packet.poll, NULL);
}

/* ---- rt/ipc.h ---------------------------------------------------------------- */

static int stream_serve(struct span args, int given, struct buf *out, int *fd,
                        struct ipc_address from)
{
	return buf_put(out, span_make(answer, sizeof answer));
}

static void stream_link(struct ipc_address peer, bool up)
{
	if (!up)
		loop_stop();
}

static void stream_open(int fd, enum role peer)
{
	ipc_serve(METHOD, "bench", stream_serve, 1u << ROLE_EDGE, false);
	ipc_on_link(stream_link);
	must(ipc_link(IPC_ADDRESS(peer, 0), fd, -1) == 0, "link");
}

static void stream_caller(void *arg)
{
	AUTO_BUF out = BUF(ANSWER_BYTES);

	while (job.calls-- > 0) {
		buf_reset(&out);
		must(ipc_call(IPC_ADDRESS(ROLE_STORE, 0), METHOD, span_make(job.payload, job.bytes),
		              -1, &out, NULL) == 0,
		     err_str(0));
	}
	if (--job.running == 0)
		ipc_fini();
}

/* ---- both ---------------------------------------------------------------------- */

static void run_caller(bool packets, int fd)
{
	must(loop_init(0) == 0, "loop");
	if (packets)
		packet_open(fd);
	else
		stream_open(fd, ROLE_STORE);
	job.running = job.callers;
	for (int i = 0; i < job.callers; i++)
		must(fibre_spawn("caller", packets ? packet_caller : stream_caller,
		                 (void *)(uintptr_t)i) == 0,
		     "fibre");
	loop_run();
}

static void run_server(bool packets, int fd)
{
	must(loop_init(0) == 0, "loop");
	if (packets)
		packet_open(fd);
	else
		stream_open(fd, ROLE_EDGE);
	loop_run();
}

/* Both ends in processes of their own, so that their CPU is known. */
static void start(bool packets, int ends[2], int mine, long *writes)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid)
		return;
	close(ends[!mine]);
	if (mine)
		run_server(packets, ends[mine]);
	else
		run_caller(packets, ends[mine]);
	__atomic_add_fetch(writes, packets ? job.writes : (long)ipc_counts.writes,
	                   __ATOMIC_RELAXED);
	_exit(0);
}

static double wait_cpu_us(void)
{
	struct rusage u;
	int status;

	must(wait4(-1, &status, 0, &u) > 0 && status == 0, "a side failed");
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void measure(bool packets, long calls, size_t bytes, int callers)
{
	long *writes = mmap(NULL, sizeof *writes, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ends[2];
	double us;

	must(writes != MAP_FAILED, "mmap");
	must(socketpair(AF_UNIX, packets ? SOCK_SEQPACKET : SOCK_STREAM, 0, ends) == 0,
	     "socketpair");
	job.calls = calls;
	job.bytes = bytes;
	job.callers = callers;
	start(packets, ends, 0, writes);
	start(packets, ends, 1, writes);
	close(ends[0]);
	close(ends[1]);
	us = wait_cpu_us() + wait_cpu_us();
	printf("| %s | %zu KiB | %d | %.1f | %.2f |\n",
	       packets ? "SEQPACKET, a message a call" : "STREAM, gathered", bytes >> 10, callers,
	       us / (double)calls, (double)*writes / (double)calls);
	fflush(stdout);
	munmap(writes, sizeof *writes);
}

int main(int argc, char **argv)
{
	static const struct {
		size_t bytes;
		int callers;
	} t[] = { { 2 << 10, 1 }, { 2 << 10, 20 }, { 50 << 10, 1 }, { 50 << 10, 20 } };
	long calls = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;

	job.payload = calloc(1, PACKET_MAX);
	must(job.payload && calls > 0, "arguments");
	puts("| socket | argument | callers | CPU us a call | writes a call "
	     "|\n|---|---|---|---|---|");
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		for (int packets = 1; packets >= 0; packets--)
			measure(packets, calls, t[i].bytes, t[i].callers);
	free(job.payload);
	return 0;
}
