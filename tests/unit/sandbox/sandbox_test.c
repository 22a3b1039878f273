/* What each role's sandbox refuses, and what it permits.  A row is tried in a process of
 * its own; 0 is success, an errno a refusal, KILLED the end by SIGSYS.  Threats 9. */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "base/buf.h"
#include "sandbox/sandbox_impl.h"
#include "test.h"

enum {
	KILLED = 1000,  /* by SIGSYS, or where a sanitizer needs the call, refused */
	REFUSED = 1001, /* EPERM or EACCES */
	OTHER_END = 1002,
	USER = 31337,
};

/* What the attempts work on; made before the sandbox. */
static struct {
	char dir[64], read_dir[96], write_dir[96], path[160];
	int listener, passed;
	int writer, reader; /* of one file, opened before */
	struct sockaddr_in there;
} world;

static const char *in_dir(const char *dir, const char *name)
{
	snprintf(world.path, sizeof world.path, "%s/%s", dir, name);
	return world.path;
}

static int errno_of(long r)
{
	return r < 0 ? errno : 0;
}

static int open_as(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int read_passwd(void)
{
	return open_as("/etc/passwd", O_RDONLY);
}

static int read_allowed(void)
{
	return open_as(in_dir(world.read_dir, "there"), O_RDONLY);
}

static int list_allowed(void)
{
	return open_as(world.read_dir, O_RDONLY | O_DIRECTORY);
}

static int write_read_dir(void)
{
	return open_as(in_dir(world.read_dir, "there"), O_WRONLY);
}

static int create_read_dir(void)
{
	return open_as(in_dir(world.read_dir, "new"), O_RDWR | O_CREAT);
}

static int create_outside(void)
{
	return open_as(in_dir(world.dir, "new"), O_RDWR | O_CREAT);
}

static int remove_outside(void)
{
	return errno_of(unlink(in_dir(world.read_dir, "there")));
}

/* The file of a large body: what may be done with a descriptor of it, and what not. */
static int read_passed(void)
{
	char c;

	return errno_of(pread(world.reader, &c, 1, 0));
}

static int write_passed(void)
{
	return errno_of(write(world.writer, "y", 1));
}

static int reopen_passed(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", world.reader);
	return open_as(path, O_WRONLY);
}

static int map_passed(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, world.reader, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int shorten_passed(void)
{
	return errno_of(ftruncate(world.writer, 1));
}

static int lease_passed(void)
{
	int r = errno_of(fcntl(world.reader, F_SETLEASE, F_RDLCK));

	return r == EAGAIN ? 0 : r; /* it is open for writing: asked, and answered */
}

/* What the journal and the blobs do. */
static int use_write_dir(void)
{
	char other[128];
	int fd = open(in_dir(world.write_dir, "one"), O_RDWR | O_CREAT, 0600);

	snprintf(other, sizeof other, "%s/two", world.write_dir);
	if (fd < 0 || pwrite(fd, "x", 1, 0) != 1 || fallocate(fd, 0, 0, 4096) < 0 ||
	    fdatasync(fd) < 0 || ftruncate(fd, 1) < 0 || close(fd) < 0 ||
	    rename(world.path, other) < 0 || unlink(other) < 0 ||
	    mkdir(in_dir(world.write_dir, "sub"), 0700) < 0 || rmdir(world.path) < 0)
		return errno;
	return 0;
}

static int use_sqlite(void)
{
	sqlite3 *db;
	int r = sqlite3_open(in_dir(world.write_dir, "db"), &db);

	if (r == SQLITE_OK)
		r = sqlite3_exec(db,
		                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		                 "PRAGMA temp_store=MEMORY; CREATE TABLE IF NOT EXISTS t(a);"
		                 "INSERT INTO t VALUES(1); SELECT * FROM t ORDER BY a",
		                 NULL, NULL, NULL);
	sqlite3_close(db);
	return r == SQLITE_OK ? 0 : OTHER_END;
}

static int make_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int socket_tcp(void)
{
	return make_socket(AF_INET, SOCK_STREAM);
}

static int socket_udp(void)
{
	return make_socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK);
}

static int socket_unix(void)
{
	return make_socket(AF_UNIX, SOCK_STREAM);
}

static int socket_netlink(void)
{
	return make_socket(AF_NETLINK, SOCK_DGRAM);
}

static int socket_raw(void)
{
	return make_socket(AF_INET, SOCK_RAW);
}

/* The passed descriptor is a socket, so that connect() itself is what is tried. */
static int connect_out(void)
{
	return errno_of(connect(world.passed, (struct sockaddr *)&world.there, sizeof world.there));
}

/* A connection without connect(): an attacker has a listener, and shut down it is fit for that. */
static int connect_by_sending(void)
{
	return errno_of(sendto(world.passed, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
	                       (struct sockaddr *)&world.there, sizeof world.there));
}

static int connect_by_message(void)
{
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_name = &world.there,
		            .msg_namelen = sizeof world.there,
		            .msg_iov = &iov,
		            .msg_iovlen = 1 };

	return errno_of(sendmsg(world.passed, &m, MSG_FASTOPEN | MSG_NOSIGNAL));
}

static int bind_to(int type, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, type, 0), r;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return errno;
	r = errno_of(bind(fd, (struct sockaddr *)&a, sizeof a));
	close(fd);
	return r;
}

static int bind_udp(void)
{
	return bind_to(SOCK_DGRAM, 0);
}

static int listen_tcp(void)
{
	int r = bind_to(SOCK_STREAM, 0);

	return r ? r : errno_of(listen(world.passed, 5));
}

static int accept_one(void)
{
	struct pollfd p = { .fd = world.listener, .events = POLLIN };
	int fd = poll(&p, 1, 5000) == 1 ? accept4(world.listener, NULL, NULL, SOCK_CLOEXEC) : -1;

	return errno_of(fd);
}

/* A descriptor comes in through one that is open already, as new links do. */
static int pass_descriptor(void)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)),
		                .cmsg_level = SOL_SOCKET,
		                .cmsg_type = SCM_RIGHTS } };
	char c = 'x';
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov,
		            .msg_iovlen = 1,
		            .msg_control = control.space,
		            .msg_controllen = sizeof control.space };
	int fd = world.listener, got = -1;
	extern int sandbox_test_pair[2];

	memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
	if (sendmsg(sandbox_test_pair[0], &m, 0) != 1 ||
	    recvmsg(sandbox_test_pair[1], &m, MSG_CMSG_CLOEXEC) != 1)
		return errno;
	memcpy(&got, CMSG_DATA(&control.head), sizeof got);
	return got >= 0 && fcntl(got, F_GETFD) == FD_CLOEXEC ? 0 : OTHER_END;
}

int sandbox_test_pair[2];

static int run_program(void)
{
	char *const argv[] = { "/bin/true", NULL };

	return errno_of(execve(argv[0], argv, argv + 1));
}

static int start_program(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(run_program());
	if (waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : OTHER_END;
}

static int kill_parent(void)
{
	return errno_of(kill(getppid(), 0));
}

static int trace_parent(void)
{
	return errno_of(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int read_parent(void)
{
	char c;
	struct iovec here = { &c, 1 }, there = { &c, 1 };

	return errno_of(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static int mount_one(void)
{
	return errno_of(mount("none", world.dir, "tmpfs", 0, NULL));
}

static int new_namespace(void)
{
	return errno_of(unshare(CLONE_NEWUSER));
}

static int clone_namespace(void)
{
	long r = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (r == 0)
		_exit(0);
	return errno_of((int)r);
}

static int change_owner(void)
{
	return errno_of(fchown(sandbox_test_pair[0], 1, 1));
}

static int call_bpf(void)
{
	return errno_of(syscall(SYS_bpf, 0, NULL, 0));
}

static int call_perf(void)
{
	return errno_of(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
}

static int call_userfaultfd(void)
{
	return errno_of(syscall(SYS_userfaultfd, 0));
}

static int call_io_uring(void)
{
	return errno_of(syscall(SYS_io_uring_setup, 1, NULL));
}

static int call_keyctl(void)
{
	return errno_of(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
}

static int call_unknown(void)
{
	return errno_of(syscall(SYS_syslog, 3, NULL, 0));
}

static int map_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return OTHER_END;
	return errno_of(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int become_root(void)
{
	return errno_of(setresuid(0, 0, 0));
}

static void *thread_main(void *arg)
{
	return arg;
}

static int start_thread(void)
{
	pthread_t t;
	void *got = NULL;
	int r = pthread_create(&t, NULL, thread_main, &world);

	if (r == 0)
		r = pthread_join(t, &got);
	return r ? r : got == &world ? 0 : OTHER_END;
}

static int use_openssl(void)
{
	unsigned char random[16];
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	int r = ssl && RAND_bytes(random, sizeof random) == 1 ? 0 : OTHER_END;

	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return r;
}

static int end_by_abort(void)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	if (sigaction(SIGABRT, &usual, NULL) < 0)
		return errno;
	abort();
}

/* ---- the table ------------------------------------------------------------- */

enum profile { EDGE, AUTH, STORE, COURIER, PARENT, PROFILES };

static struct sandbox_profile profile(enum profile which)
{
	switch (which) {
	case EDGE: return (struct sandbox_profile){ .role = "edge", .may = SANDBOX_ACCEPT };
	case AUTH:
		return (struct sandbox_profile){ .role = "auth",
			                         .may = SANDBOX_FILES_READ,
			                         .read_dirs = { world.read_dir, "/not/there" } };
	case STORE:
		return (struct sandbox_profile){ .role = "store",
			                         .may = SANDBOX_FILES_WRITE,
			                         .write_dirs = { world.write_dir } };
	case COURIER:
		return (struct sandbox_profile){
			.role = "courier",
			.may = SANDBOX_CONNECT | SANDBOX_BIND,
		};
	default:
		return (struct sandbox_profile){
			.role = "parent",
			.may = SANDBOX_EXEC | SANDBOX_CONNECT | SANDBOX_FILES_READ |
			       SANDBOX_FILES_WRITE,
			.capabilities = 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_KILL,
			.read_dirs = { "/" },
			.write_dirs = { world.write_dir },
		};
	}
}

static bool is_refusal(int got)
{
	return got == EPERM || got == EACCES;
}

/* In the child: the outcome as two octets for the pipe. */
static void attempt(enum profile which, int (*fn)(void), int out)
{
	struct sandbox_profile p = profile(which);
	struct sandbox_report report;
	int uid = geteuid() == 0 && which != PARENT ? USER : -1;
	uint16_t got = OTHER_END;

	if (sandbox_enter(&p, uid, uid, &report) == 0 && report.seccomp)
		got = (uint16_t)fn();
	else
		fprintf(stderr, "%s\n", err_str(ERR_CONFIG));
	_exit(write(out, &got, sizeof got) == sizeof got ? 0 : 1);
}

static int outcome(enum profile which, int (*fn)(void))
{
	uint16_t got = OTHER_END;
	int ends[2], status = 0;
	pid_t pid;

	if (pipe(ends) < 0)
		return OTHER_END;
	pid = fork();
	if (pid == 0)
		attempt(which, fn, ends[1]);
	close(ends[1]);
	if (read(ends[0], &got, sizeof got) != sizeof got)
		got = OTHER_END;
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return OTHER_END;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : OTHER_END + WTERMSIG(status);
	/* A program that replaced the child ends well without a word. */
	return got == OTHER_END && WEXITSTATUS(status) == 0 && fn == run_program ? 0 : got;
}

static void listen_here(void)
{
	socklen_t len = sizeof world.there;

	world.there = (struct sockaddr_in){ .sin_family = AF_INET };
	world.there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	world.listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_INT(bind(world.listener, (struct sockaddr *)&world.there, len), 0);
	CHECK_INT(listen(world.listener, 64), 0);
	CHECK_INT(getsockname(world.listener, (struct sockaddr *)&world.there, &len), 0);
}

static void make_world(void)
{
	int fd;

	snprintf(world.dir, sizeof world.dir, "/tmp/sandbox_test.XXXXXX");
	CHECK(mkdtemp(world.dir) != NULL);
	snprintf(world.read_dir, sizeof world.read_dir, "%s/read", world.dir);
	snprintf(world.write_dir, sizeof world.write_dir, "%s/write", world.dir);
	CHECK_INT(mkdir(world.read_dir, 0777), 0);
	CHECK_INT(mkdir(world.write_dir, 0777), 0);
	/* What is refused is refused by the sandbox, not for want of rights. */
	CHECK_INT(chmod(world.dir, 0777) | chmod(world.read_dir, 0777) |
	                  chmod(world.write_dir, 0777),
	          0);
	fd = open(in_dir(world.read_dir, "there"), O_RDWR | O_CREAT, 0666);
	CHECK(fd >= 0 && fchmod(fd, 0666) == 0);
	close(fd);
	world.writer = open(in_dir(world.dir, "passed"), O_WRONLY | O_CREAT, 0666);
	world.reader = open(in_dir(world.dir, "passed"), O_RDONLY);
	CHECK_INT(write(world.writer, "xxx", 3), 3);
	CHECK(geteuid() != 0 || fchown(world.writer, USER, USER) == 0);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, sandbox_test_pair), 0);
	listen_here();
}

static void end_world(void)
{
	static const char *const names[] = { "read/there",   "read/new", "write/db", "write/db-wal",
		                             "write/db-shm", "new",      "passed" };

	for (size_t i = 0; i < N_ELEMS(names); i++)
		unlink(in_dir(world.dir, names[i]));
	rmdir(world.read_dir);
	rmdir(world.write_dir);
	CHECK_INT(rmdir(world.dir), 0);
	close(world.writer);
	close(world.reader);
	close(world.listener);
	close(sandbox_test_pair[0]);
	close(sandbox_test_pair[1]);
}

/* N: refused.  K: killed.  Y: works.  One letter a profile: edge auth store courier parent. */
TEST(sandbox_roles)
{
	static const struct {
		const char *name;
		int (*fn)(void);
		const char *want;
	} t[] = {
		{ "read /etc/passwd", read_passwd, "NNNNY" },
		{ "read in read_dir", read_allowed, "NYNNY" },
		{ "list read_dir", list_allowed, "NYNNY" },
		{ "read a passed file", read_passed, "YYYYY" },
		{ "open it to write", reopen_passed, "NNNNN" },
		{ "write a passed file", write_passed, "YYYYY" },
		{ "map it shared", map_passed, "NNYNY" },
		{ "make it shorter", shorten_passed, "NNYNY" },
		{ "lease it", lease_passed, "NNYN-" },
		{ "write in read_dir", write_read_dir, "NNNNN" },
		{ "create in read_dir", create_read_dir, "NNNNN" },
		{ "create outside", create_outside, "NNNNN" },
		{ "files in write_dir", use_write_dir, "NNYNY" },
		{ "sqlite in write_dir", use_sqlite, "--Y--" },
		{ "remove outside", remove_outside, "NNNNN" },
		{ "TCP socket", socket_tcp, "NNNYY" },
		{ "UDP socket", socket_udp, "NNNYY" },
		{ "Unix socket", socket_unix, "NNNNY" },
		{ "netlink socket", socket_netlink, "NNNNY" },
		{ "raw socket", socket_raw, "NNNN-" },
		{ "connect", connect_out, "NNNYY" },
		{ "connect by sendto", connect_by_sending, "NNNYY" },
		{ "connect by sendmsg", connect_by_message, "NNNYY" },
		{ "bind UDP", bind_udp, "NNNYY" },
		{ "listen", listen_tcp, "NNNNN" },
		{ "accept", accept_one, "YNNNY" },
		{ "pass a descriptor", pass_descriptor, "YYYYY" },
		{ "execve", run_program, "KKKKY" },
		{ "fork and execve", start_program, "NNNNY" },
		{ "kill another", kill_parent, "NNNNN" },
		{ "ptrace", trace_parent, "KKKKN" },
		{ "process_vm_readv", read_parent, "KKKKN" },
		{ "mount", mount_one, "KKKKN" },
		{ "unshare", new_namespace, "KKKKN" },
		{ "clone a namespace", clone_namespace, "NNNNN" },
		{ "change the owner", change_owner, "NNNNN" },
		{ "bpf", call_bpf, "KKKKN" },
		{ "perf_event_open", call_perf, "KKKKN" },
		{ "userfaultfd", call_userfaultfd, "KKKKN" },
		{ "io_uring_setup", call_io_uring, "KKKKN" },
		{ "keyctl", call_keyctl, "KKKKN" },
		{ "a call in no list", call_unknown, "NNNN-" },
		{ "memory as code", map_code, "NNNNY" },
		{ "become root", become_root, "NNNN-" },
		{ "thread", start_thread, "YYYYY" },
		{ "OpenSSL", use_openssl, "YYYYY" },
	};
	make_world();
	EACH_ROW(t) {
		for (enum profile which = 0; which < PROFILES; which++) {
			char want = t[row].want[which];
			int client = -1, got;

			if (want == '-')
				continue;
			world.passed = socket(AF_INET, SOCK_STREAM, 0);
			if (t[row].fn == accept_one) {
				client = socket(AF_INET, SOCK_STREAM, 0);
				CHECK_INT(connect(client, (struct sockaddr *)&world.there,
				                  sizeof world.there),
				          0);
			}
			got = outcome(which, t[row].fn);
			close(world.passed);
			if (client >= 0)
				close(client);
			if (SANDBOX_SANITIZED && want == 'K')
				want = got == KILLED ? 'K' : 'N';
			/* Sanitizers need these calls themselves. */
			if (SANDBOX_SANITIZED &&
			    (t[row].fn == trace_parent || t[row].fn == start_program ||
			     (t[row].fn == clone_namespace && which != PARENT)))
				continue;
			test_check(want == 'Y'   ? got == 0
			           : want == 'K' ? got == KILLED
			                         : is_refusal(got),
			           __FILE__, __LINE__, "%s as profile %d: %d, wanted %c",
			           t[row].name, (int)which, got, want);
		}
	}
	end_world();
}

TEST(sandbox_leaves_abort)
{
	make_world();
	CHECK_INT(outcome(EDGE, end_by_abort), OTHER_END + SIGABRT);
	end_world();
}

/* ---- what the kernel says of the process ----------------------------------- */

static long status_line(const char *status, const char *name, int base)
{
	const char *at = strstr(status, name);

	return at ? strtol(at + strlen(name), NULL, base) : -1;
}

/* One file of /proc/PID. */
static const char *proc(pid_t pid, const char *name, struct buf *out)
{
	char path[64];
	int fd;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY);
	CHECK_INT(buf_reserve(out, 4096), 0);
	n = read(fd, out->p, 4096);
	close(fd);
	CHECK(n > 0);
	out->n = n > 0 ? (size_t)n : 0;
	return buf_str(out);
}

static void check_status(pid_t pid)
{
	AUTO_BUF out = BUF(8192);
	const char *status = proc(pid, "status", &out);

	CHECK_INT(status_line(status, "\nNoNewPrivs:", 10), 1);
	CHECK_INT(status_line(status, "\nSeccomp:", 10), 2);
	if (geteuid() != 0)
		return;
	CHECK_INT(status_line(status, "\nCapEff:", 16), 0);
	CHECK_INT(status_line(status, "\nCapPrm:", 16), 0);
	CHECK(strstr(status, "\nUid:\t31337\t31337\t31337\t31337\n") != NULL);
	CHECK(strstr(status, "\nGid:\t31337\t31337\t31337\t31337\n") != NULL);
	CHECK(strstr(status, "\nGroups:\t \n") != NULL);
	CHECK(strstr(proc(pid, "limits", &out),
	             "Max core file size        0                    0") != NULL);
}

TEST(sandbox_shows_in_proc)
{
	struct sandbox_profile p = { .role = "edge", .may = SANDBOX_ACCEPT };
	struct sandbox_report report;
	int to[2], from[2], status;
	char c = 'x';
	pid_t pid;

	CHECK_INT(pipe(to) | pipe(from), 0);
	pid = fork();
	if (pid == 0) {
		int r = sandbox_enter(&p, USER, USER, &report);

		_exit(r == 0 && write(from[1], &c, 1) == 1 && read(to[0], &c, 1) == 1 ? 0 : 1);
	}
	CHECK_INT(read(from[0], &c, 1), 1);
	check_status(pid);
	CHECK_INT(write(to[1], &c, 1), 1);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	for (int i = 0; i < 2; i++) {
		close(to[i]);
		close(from[i]);
	}
}

/* ---- without landlock; with mistakes --------------------------------------- */

static int in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn());
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Each returns 0 when all is as it should be. */
static int without_landlock(void)
{
	struct sandbox_profile p = { .role = "edge", .may = SANDBOX_ACCEPT };
	struct sandbox_report report = { .landlock_abi = 99 };
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	if (seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) < 0 ||
	    seccomp_load(f) < 0)
		return 1;
	seccomp_release(f);
	if (sandbox_enter(&p, -1, -1, &report) < 0)
		return 2;
	if (report.landlock_abi != 0 || !report.seccomp)
		return 3;
	return SANDBOX_SANITIZED || read_passwd() == EPERM ? 0 : 4;
}

static int no_write_dir(void)
{
	struct sandbox_profile p = { .role = "store",
		                     .may = SANDBOX_FILES_WRITE,
		                     .write_dirs = { "/not/there" } };
	struct sandbox_report report;

	return sandbox_enter(&p, -1, -1, &report) == ERR_CONFIG ? 0 : 1;
}

static int root_stays_root(void)
{
	struct sandbox_profile p = { .role = "edge", .may = SANDBOX_ACCEPT };
	struct sandbox_report report;

	return geteuid() != 0 || sandbox_enter(&p, 0, 0, &report) == ERR_CONFIG ? 0 : 1;
}

TEST(sandbox_edges)
{
	static int (*const t[])(void) = { without_landlock, no_write_dir, root_stays_root };

	EACH_ROW(t)
		CHECK_INT(in_child(t[row]), 0);
}
