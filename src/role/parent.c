/* role/parent.c - starts the roles, links them, and starts them again when they end.
 *
 * It parses nothing from the network; it holds bound sockets, keys and memory files
 * only to hand them on, and connects to other programs that the settings name.
 */
#include "role/role.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "calls/calls.h"
#include "role/child.h"
#include "role/hand.h"
#include "role/reach.h"
#include "role/reload.h"
#include "role/renewal.h"
#include "sandbox/sandbox.h"

enum { STOP_SPARE_MS = 5000 };

static const enum role roles[ROLE_RUNNING_COUNT] = { ROLE_AUTH,    ROLE_COURIER, ROLE_STORE,
	                                             ROLE_INSPECT, ROLE_CONTROL, ROLE_EDGE,
	                                             ROLE_MIRROR };

static struct {
	struct server_inputs *inputs;
	struct child children[ROLE_COUNT]; /* the first, ROLE_PARENT, is none */
	bool announced, stopping;
	bool hurried;       /* a second signal came */
	enum role hopeless; /* it gave up before the server was ready; ROLE_PARENT: none */
} parent;

static struct {
	struct reload read;
	unsigned awaited; /* roles that have not answered: a bit each */
	bool under_way, asked, keeps, failed;
	bool next, asked_next; /* somebody wants another one behind it */
} reloading;

static int hand(enum role r, enum boot_type type)
{
	return boot_send(parent.children[r].sock, type, 0, NULL, -1);
}

static void close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* ---- what was changed counts ---- */

static void begin_reload(bool asked);

/* Tells who has asked, and goes on with who has since. */
static void end_reload(bool good)
{
	struct reload *r = &reloading.read;
	bool asked = reloading.asked_next;

	if (!good)
		reload_refuse(r);
	if (reloading.asked && parent.children[ROLE_CONTROL].pid)
		(void)!boot_send_text(parent.children[ROLE_CONTROL].sock, BOOT_RELOAD, !good,
		                      buf_span(&r->text));
	reload_drop(r);
	reloading.under_way = false;
	if (!reloading.next)
		return;
	reloading.next = reloading.asked_next = false;
	begin_reload(asked);
}

/* The edge has taken the certificates. */
static void hand_to_all(void)
{
	reload_keep(parent.inputs, &reloading.read);
	role_log_rules(parent.inputs->set);
	reloading.keeps = true;
	for (size_t i = 0; i < N_ELEMS(roles); i++) {
		struct child *c = &parent.children[roles[i]];
		if (c->pid && hand_changes(parent.inputs, roles[i], c->sock) >= 0)
			reloading.awaited |= 1u << roles[i]; /* else it is just ending */
	}
}

/* Role r has answered, or ended: then its successor is given what counts by then. */
static void has_taken(enum role r, const char *why_not)
{
	struct buf *text = &reloading.read.text;

	if (!(reloading.awaited & 1u << r))
		return;
	reloading.awaited &= ~(1u << r);
	if (*why_not && !reloading.keeps)
		buf_reset(text);
	if (*why_not) {
		buf_printf(text, "%s\n", why_not);
		reloading.failed = true;
	}
	if (reloading.awaited)
		return;
	if (!reloading.keeps && !reloading.failed)
		hand_to_all();
	if (!reloading.awaited)
		end_reload(!reloading.failed);
}

static void begin_reload(bool asked)
{
	struct child *edge = &parent.children[ROLE_EDGE];

	if (reloading.under_way) {
		reloading.next = true;
		reloading.asked_next = reloading.asked_next || asked;
		return;
	}
	reloading.under_way = true;
	reloading.asked = asked;
	reloading.keeps = reloading.failed = false;
	if (reload_read(parent.inputs, &reloading.read) < 0) {
		end_reload(false);
		return;
	}
	reloading.awaited = 1u << ROLE_EDGE;
	if (!edge->pid || hand_certificates(&reloading.read.inputs, edge->sock) < 0)
		has_taken(ROLE_EDGE, "the edge role is being started again: try again in a moment");
}

/* ---- roles ---- */

/* Socket pairs between two living roles. */
static int link_two(enum role r, enum role peer, bool with_descriptors)
{
	const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	int calls[2], descriptors[2] = { -1, -1 };

	if (socketpair(AF_UNIX, SOCK_STREAM | flags, 0, calls) < 0)
		return err_errno(ERR_BUG, "socketpair");
	if (with_descriptors && socketpair(AF_UNIX, SOCK_SEQPACKET | flags, 0, descriptors) < 0) {
		close_pair(calls);
		return err_errno(ERR_BUG, "socketpair");
	}
	int e = boot_send_link(parent.children[r].sock, IPC_ADDRESS(peer, 0), calls[0],
	                       descriptors[0]);
	if (e >= 0) /* the peer may just be ending */
		(void)!boot_send_link(parent.children[peer].sock, IPC_ADDRESS(r, 0), calls[1],
		                      descriptors[1]);
	close_pair(calls);
	if (with_descriptors)
		close_pair(descriptors);
	return e;
}

/* r and each living role that it has calls with. */
static int link_up(enum role r)
{
	int e = 0;

	for (size_t i = 0; e >= 0 && i < N_ELEMS(roles); i++) {
		enum calls_between between = calls_between(r, roles[i]);
		if (between && parent.children[roles[i]].pid)
			e = link_two(r, roles[i], between == CALLS_WITH_FD);
	}
	return e;
}

static int hand_all(enum role r)
{
	int e = hand_inputs(parent.inputs, r, parent.children[r].sock);

	if (e >= 0)
		e = link_up(r);
	return e < 0 ? e : hand(r, BOOT_GO);
}

NORETURN void role_become(const char *name, int sock)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setenv("UV_USE_IO_URING", "0", 1); /* libuv 1.45: the sandbox ends who tries it */
	/* A function of a library that is looked up at its first call leaves the registers, and so
	 * what was copied last, on the stack (glibc's _dl_runtime_resolve). */
	setenv("LD_BIND_NOW", "1", 1);
	if (sock == BOOT_FD ? 0 : dup2(sock, BOOT_FD) >= 0) {
		const char *argv[] = { "postrider", "role", name, NULL };
		execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
	}
	_exit(127);
}

static int start(enum role r)
{
	struct child *c = &parent.children[r];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(ERR_BUG, "socketpair");
	pid_t pid = fork();
	if (pid == 0)
		role_become(role_name(r), pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_errno(ERR_LIMIT, "fork");
	}
	child_started(c, pid, pair[0], clock_now_at());
	return hand_all(r);
}

/* The role has ended, or speaks nonsense, or no more: it is ended, take note, and set the
 * time of its next start. */
static void bury(enum role r)
{
	struct child *c = &parent.children[r];
	int status = 0;

	close(c->sock);
	kill(c->pid, SIGKILL); /* changes nothing for one that is ending by itself */
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!parent.stopping || status)
		event_log(EVENT_role_ended, "role=%s pid=%d signal=%d status=%d", role_name(r),
		          (int)c->pid, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		          WIFEXITED(status) ? WEXITSTATUS(status) : 0);
	if (!parent.announced && WIFEXITED(status) && WEXITSTATUS(status))
		parent.hopeless = r;
	child_ended(c, clock_now_at());
	if (r == ROLE_EDGE)
		renewal_challenged(false);
	has_taken(r, reloading.keeps ? "" : "the edge role has ended: try again in a moment");
}

static int sock_of(enum role r)
{
	return parent.children[r].pid ? parent.children[r].sock : -1;
}

/* One that is under way answers for both. */
static void renew(const struct boot_message *m)
{
	int e = parent.stopping ? ERR_CANCELLED : renewal_begin(parent.inputs, m);

	if (e < 0 && e != ERR_EXISTS) {
		AUTO_BUF text = BUF(1024);
		buf_printf(&text, "\t\t\t%s\n", err_str(e));
		(void)!boot_send_text(sock_of(ROLE_CONTROL), BOOT_ACME, 0, buf_span(&text));
	}
}

static void listen_to(enum role r)
{
	struct boot_message m;
	int e = boot_recv(parent.children[r].sock, &m);

	if (e < 0) {
		bury(r);
		return;
	}
	if (m.type == BOOT_ACME && r == ROLE_CONTROL)
		renew(&m);
	boot_drop(&m);
	if (m.type == BOOT_TAKEN)
		has_taken(r, m.text);
	if (m.type == BOOT_CHALLENGE && r == ROLE_EDGE)
		renewal_challenged(m.arg);
	if (m.type == BOOT_RELOAD && r == ROLE_CONTROL && !parent.stopping)
		begin_reload(true);
	if (m.type == BOOT_REACH &&
	    reach_answer(parent.inputs->set, r, parent.children[r].sock, &m) < 0) {
		bury(r);
		return;
	}
	parent.children[r].ready = parent.children[r].ready || m.type == BOOT_READY;
	for (size_t i = 0; i < N_ELEMS(roles); i++)
		if (!parent.children[roles[i]].ready)
			return;
	if (!parent.announced) {
		parent.announced = true;
		event_log(EVENT_ready, "pid=%d", (int)getpid());
		printf("ready\n");
		fflush(stdout);
	}
}

static void start_due(void)
{
	for (size_t i = 0; i < N_ELEMS(roles); i++) {
		struct child *c = &parent.children[roles[i]];
		if (!child_due(c, clock_now_at()))
			continue;
		int e = start(roles[i]);
		if (e >= 0)
			continue;
		event_log(EVENT_internal_error, "what=%s role=%s reason=%s",
		          "a role was not started", role_name(roles[i]), err_str(e));
		if (c->pid) /* it waits for what could not be given */
			bury(roles[i]);
		else
			child_put_off(c, clock_now_at());
	}
}

/* True: go on. */
static bool signalled(int fd)
{
	struct signalfd_siginfo s;

	if (read(fd, &s, sizeof s) != sizeof s)
		return true;
	if (s.ssi_signo != SIGHUP)
		return false;
	if (!parent.stopping)
		begin_reload(false);
	return true;
}

/* Tells one role to finish, and waits for it; a second signal ends it, and those after it, at once.
 */
static void stop(enum role r, int signals)
{
	struct child *c = &parent.children[r];
	int64_t at = clock_now_at() + role_stop_ms(parent.inputs->set, r) + STOP_SPARE_MS;
	bool killed = false;

	if (!c->pid || hand(r, BOOT_STOP) < 0)
		at = 0;
	while (c->pid) {
		struct pollfd fds[] = { { .fd = c->sock, .events = POLLIN },
			                { .fd = signals, .events = POLLIN } };
		int64_t left = parent.hurried ? 0 : at - clock_now_at();
		int n = poll(fds, N_ELEMS(fds), killed ? -1 : left > 0 ? (int)left : 0);
		if (n > 0 && fds[1].revents)
			parent.hurried = !signalled(signals) || parent.hurried;
		if (n > 0 && fds[0].revents)
			listen_to(r);
		else if (n == 0)
			killed = kill(c->pid, SIGKILL) == 0;
	}
}

static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static bool turn(int signals)
{
	struct pollfd fds[2 + ROLE_RUNNING_COUNT] = { { .fd = signals, .events = POLLIN } };

	start_due();
	for (size_t i = 0; i < N_ELEMS(roles); i++) {
		struct child *c = &parent.children[roles[i]];
		fds[1 + i] = (struct pollfd){ .fd = c->pid ? c->sock : -1, .events = POLLIN };
	}
	fds[1 + ROLE_RUNNING_COUNT] = (struct pollfd){ .fd = renewal_fd(), .events = POLLIN };
	int wait_ms = child_wait_ms(parent.children + 1, ROLE_COUNT - 1, clock_now_at());
	if (poll(fds, N_ELEMS(fds), wait_ms) < 0)
		return errno == EINTR;
	for (size_t i = 0; i < N_ELEMS(roles); i++)
		if (fds[1 + i].revents)
			listen_to(roles[i]);
	if (fds[1 + ROLE_RUNNING_COUNT].revents && renewal_fd() >= 0 &&
	    renewal_hear(sock_of(ROLE_EDGE), sock_of(ROLE_CONTROL)))
		begin_reload(false);
	return parent.hopeless == ROLE_PARENT && (!fds[0].revents || signalled(signals));
}

/* What it and the roles that it starts may together; each role takes more from itself.  As root
 * it keeps what makes users of the roles (SETUID, SETGID, SYS_CHROOT), ends them (KILL), and reads
 * the files that are read again at SIGHUP, whoever owns them (DAC_READ_SEARCH). */
static int confine(const struct settings *set)
{
	struct sandbox_profile profile = {
		.role = "parent",
		.may = SANDBOX_EXEC | SANDBOX_CONNECT | SANDBOX_FILES_READ | SANDBOX_FILES_WRITE,
		.capabilities = 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_SYS_CHROOT |
		                1u << CAP_KILL | 1u << CAP_DAC_READ_SEARCH,
		.read_dirs = { "/" },
		.write_dirs = { set->server_data_dir, *set->tls_acme ? set->tls_acme_dir : NULL },
	};
	return role_confine(&profile, -1);
}

int parent_run(struct server_inputs *inputs)
{
	int signals = watch_signals();
	parent.inputs = inputs;
	for (size_t i = 0; i < N_ELEMS(roles); i++)
		if (!role_is_wanted(inputs->set, roles[i]))
			parent.children[roles[i]] =
			        (struct child){ .ready = true, .start_at = CLOCK_NEVER };
	if (confine(inputs->set) < 0) {
		fprintf(stderr, "postrider: %s\n", err_str(ERR_CONFIG));
		return 1;
	}
	while (turn(signals))
		continue;
	parent.stopping = true;
	renewal_stop();
	event_log(EVENT_stopping, "pid=%d", (int)getpid());
	if (parent.announced)
		printf("stopping: who has a whole message may answer first, for delivery.data_time "
		       "at most; "
		       "a second signal ends at once\n");
	fflush(stdout);
	for (size_t i = 0; i < N_ELEMS(role_stop_order); i++)
		stop(role_stop_order[i], signals);
	if (parent.hopeless == ROLE_PARENT)
		return 0;
	fprintf(stderr, "postrider: the %s role cannot start, see its line above (data in %s)\n",
	        role_name(parent.hopeless), inputs->set->server_data_dir);
	return 1;
}
