/* A role whose parent tells it what it cannot use does not begin to serve: it says why, and ends.
 * Each runs in a process of its own, as roles do. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "role/role.h"
#include "test.h"

enum { HANG_S = 60 };

static struct {
	pid_t pid;
	int sock, told; /* the parent's end; what it says */
} role;

static void begin(enum role r)
{
	int boot[2], told[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, boot), 0);
	CHECK_INT(pipe(told), 0);
	alarm(HANG_S); /* a test that hangs fails */
	role.pid = fork();
	if (role.pid == 0) {
		close(boot[0]);
		dup2(told[1], STDERR_FILENO);
		dup2(boot[1], BOOT_FD);
		_exit(role_run(r));
	}
	close(boot[1]);
	close(told[1]);
	role.sock = boot[0];
	role.told = told[0];
}

/* Its exit status, and whether it has told its words. */
static void end(int status, const char *words)
{
	AUTO_BUF all = BUF(64 << 10);
	static char block[4096];
	int got;

	close(role.sock);
	for (ssize_t n; (n = read(role.told, block, sizeof block)) > 0;)
		CHECK_INT(buf_put(&all, span_make(block, (size_t)n)), 0);
	close(role.told);
	CHECK_INT(waitpid(role.pid, &got, 0), role.pid);
	alarm(0);
	CHECK(WIFEXITED(got));
	CHECK_INT(WEXITSTATUS(got), status);
	if (span_find_span(buf_span(&all), span_str(words)) < 0)
		test_check(false, __FILE__, __LINE__, "\"%s\" is not in \"%.*s\"", words,
		           SPAN_ARG(buf_span(&all)));
}

static int file(const char *octets)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	CHECK_INT(write(fd, octets, strlen(octets)), strlen(octets));
	return fd;
}

static void give(enum boot_type type, uint8_t arg, const char *octets)
{
	int fd = octets ? file(octets) : -1;

	CHECK_INT(boot_send(role.sock, type, arg, "test.conf", fd), 0);
	if (fd >= 0)
		close(fd);
}

TEST(run_ends_with_its_parent)
{
	begin(ROLE_EDGE);
	end(1, "the role cannot start");
	begin(ROLE_STORE);
	give(BOOT_TICKET_KEY, 0, "a key");
	end(1, "the role cannot start");
}

TEST(run_refuses_what_it_cannot_use)
{
	static const struct {
		int type, arg;
		const char *octets, *words;
	} t[] = {
		{ 0, 0, NULL, "boot message 0 is not known" },
		{ 99, 0, "x", "boot message 99 is not known" },
		{ BOOT_READY, 0, NULL, "boot message 8 is not known" },
		{ BOOT_CONFIG, 0, NULL, "a file from the parent cannot be read" },
		{ BOOT_CONFIG, 0, "smtp { size_maxx = 1 }", "test.conf:1: unknown setting" },
		{ BOOT_CONFIG, 0, "smtp {", "configuration: " },
		{ BOOT_CREDENTIALS, 0, NULL, "a file from the parent cannot be read" },
		{ BOOT_HOMES, 0, NULL, "a file of homes" },
		{ BOOT_LISTENER, BOOT_LISTEN_COUNT, "x", "listener 0 of kind 13" },
		{ BOOT_LISTENER, BOOT_LISTEN_SMTP, NULL, "listener 0 of kind 0" },
		{ BOOT_LINK, ROLE_STORE, NULL, "a link to role 3, instance 0" },
		{ BOOT_LINK, ROLE_COUNT, "x", "a link to role 8, instance 0" },
		{ BOOT_LINK, 15 << 4 | ROLE_STORE, "x", "a link to role 3, instance 15" },
	};
	EACH_ROW(t) {
		begin(ROLE_EDGE);
		give((enum boot_type)t[row].type, (uint8_t)t[row].arg, t[row].octets);
		end(1, t[row].words);
	}
}

/* As many listeners as there is room for, and one more; homes are given once. */
TEST(run_has_bounds)
{
	begin(ROLE_EDGE);
	for (int i = 0; i < ROLE_LISTENERS_MAX + 1; i++)
		give(BOOT_LISTENER, BOOT_LISTEN_SMTP, "x");
	end(1, "listener 64 of kind 0");
	begin(ROLE_AUTH);
	give(BOOT_HOMES, 0, "");
	give(BOOT_HOMES, 0, "");
	end(1, "a file of homes");
}

/* A role that lacks what it serves with does not say that it is ready. */
TEST(run_does_not_begin_without_its_inputs)
{
	struct boot_message m;

	begin(ROLE_CONTROL);
	give(BOOT_CONFIG, 0, "");
	give(BOOT_GO, 0, NULL);
	CHECK_INT(boot_recv(role.sock, &m), ERR_CLOSED);
	end(1, "the control role has no socket");
}

/* And one that has them is ready, and stops when it is told to: no message holds it. */
TEST(run_serves_until_it_is_told_to_stop)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct boot_message m;

	CHECK_INT(bind(fd, &(struct sockaddr){ .sa_family = AF_UNIX }, sizeof(sa_family_t)), 0);
	CHECK_INT(listen(fd, 8), 0);
	begin(ROLE_CONTROL);
	give(BOOT_CONFIG, 0, "");
	CHECK_INT(boot_send(role.sock, BOOT_LISTENER, BOOT_LISTEN_CONTROL, NULL, fd), 0);
	give(BOOT_GO, 0, NULL);
	CHECK_INT(boot_recv(role.sock, &m), 0);
	CHECK_INT(m.type, BOOT_READY);
	boot_drop(&m);
	give((enum boot_type)99, 0, NULL); /* told in the log, and no more than that */
	give(BOOT_STOP, 0, NULL);
	CHECK_INT(boot_recv(role.sock, &m), ERR_CLOSED);
	end(0, "the parent's message was not understood");
	close(fd);
}
