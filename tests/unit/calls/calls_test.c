/* A call runs the handler that is registered here, and goes over the link when there is none. */
#include "calls/directory.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fibre_harness.h"
#include "ipc/ipc.h"
#include "ipc/ipc_frame.h"

static int n_asked;

static WAITS int lookup(const struct directory_lookup_args *a, struct arena *mem,
                        struct directory_lookup_reply *out)
{
	n_asked++;
	*out = (struct directory_lookup_reply){ .local = true, .account = a->address };
	return 0;
}

FIBRE_TEST(call_runs_the_handler_that_is_here)
{
	AUTO_ARENA mem = { 0 };
	struct directory_lookup_args a = { .address = SPAN("alice@home.test") };
	struct directory_lookup_reply got;

	n_asked = 0;
	directory_lookup_serve(lookup);
	CHECK_INT(directory_lookup(&a, &mem, &got), 0);
	CHECK_INT(n_asked, 1);
	CHECK(got.account.p == a.address.p); /* nothing was packed */
	directory_lookup_serve(NULL);
	fibre_deadline_set(clock_add(loop_now_at(), 1));
	CHECK(directory_lookup(&a, &mem, &got) < 0);
	CHECK_INT(n_asked, 1);
}

/* One call by hand on a link of which the other end is ours; the answer's result. */
static WAITS int ask_raw(int fd, struct span args, struct buf *answer)
{
	AUTO_BUF out = BUF(4096);
	struct ipc_frame f = { .kind = IPC_CALL, .method = 11, .serial = 7, .payload = args };
	char octets[1024];
	ssize_t n;
	size_t used;

	CHECK_INT(ipc_frame_put(&out, &f), 0);
	CHECK_INT(write(fd, out.p, out.n), out.n);
	while ((n = recv(fd, octets, sizeof octets, MSG_DONTWAIT)) < 0)
		CHECK_INT(fibre_yield(), 0);
	if (n == 0)
		return ERR_CLOSED;
	CHECK_INT(ipc_frame_parse(span_make(octets, (size_t)n), &f, &used), 0);
	CHECK_INT(buf_put(answer, f.payload), 0);
	return f.result;
}

static enum role asker;
static int wanted;

static void ask_as(void *arg)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF args = BUF(4096), answer = BUF(4096);
	struct directory_lookup_args a = { .address = SPAN("alice@home.test") };
	struct directory_lookup_reply got;
	int ends[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	CHECK_INT(ipc_link(IPC_ADDRESS(asker, 0), ends[0], -1), 0);
	CHECK_INT(directory_lookup_args_pack(&a, &args), 0);
	CHECK_INT(ask_raw(ends[1], buf_span(&args), &answer), wanted);
	if (wanted == 0) {
		CHECK_INT(directory_lookup_reply_unpack(buf_span(&answer), &mem, &got), 0);
		CHECK_SPAN(got.account, a.address);
		buf_reset(&answer);
		CHECK_INT(ask_raw(ends[1], SPAN("\xff"), &answer), ERR_SYNTAX);
	}
	close(ends[1]);
	ipc_fini();
}

TEST(call_serves_the_roles_of_its_row)
{
	static const struct {
		enum role asker;
		int r;
	} t[] = { { ROLE_EDGE, 0 }, { ROLE_STORE, 0 }, { ROLE_COURIER, ERR_CLOSED } };

	EACH_ROW(t) {
		n_asked = 0;
		asker = t[row].asker;
		wanted = t[row].r;
		directory_lookup_serve(lookup);
		in_fibre(ask_as);
		directory_lookup_serve(NULL);
		CHECK_INT(n_asked, t[row].r == 0);
	}
}

TEST(no_role_has_more_instances_than_there_are_links_for)
{
	int ends[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_COURIER, IPC_INSTANCES_MAX), ends[0], -1), ERR_SYNTAX);
	CHECK_INT(fcntl(ends[0], F_GETFD), -1);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_COUNT, 0), ends[1], -1), ERR_SYNTAX);
	CHECK_INT(fcntl(ends[1], F_GETFD), -1);
}
