/* What the parent does with its roles: start, link, start again, stop.  The roles are this program,
 * started again as the parent starts them ("role NAME"); they do what the file says that TEST_ROLES
 * names, and tell on what is the parent's standard output. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "role/role.h"
#include "test.h"

enum { HANG_S = 60, TOLD_MAX = 1 << 20 };

/* "edge deaf" in the file: the edge role hears no BOOT_STOP.  Others: dies, babbles. */
static bool has_habit(const char *name, const char *habit)
{
	char habits[256] = "", line[64];
	int fd = open(getenv("TEST_ROLES"), O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, habits, sizeof habits - 1);

	close(fd);
	snprintf(line, sizeof line, "%s %s\n", name, habit);
	return n > 0 && strstr(habits, line);
}

static void tell(const char *name, const char *what)
{
	char line[128];
	int n = snprintf(line, sizeof line, "%s[%d] %s\n", name, (int)getpid(), what);

	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(9);
}

static void take(const char *name, const struct boot_message *m)
{
	static bool ready;
	char what[64];

	switch (m->type) {
	case BOOT_LINK:
		snprintf(what, sizeof what, "link %s", role_name(boot_address(m->arg).role));
		tell(name, what);
		break;
	case BOOT_GO:
		if (has_habit(name, "dies"))
			_exit(3);
		if (has_habit(name, "babbles") && send(BOOT_FD, "x", 1, 0) == 1)
			break;
		tell(name, "go");
		if (boot_send(BOOT_FD, ready ? BOOT_TAKEN : BOOT_READY, 0,
		              ready && has_habit(name, "refuses") ? "no, thank you" : NULL, -1) < 0)
			_exit(9);
		ready = true;
		break;
	case BOOT_STOP:
		tell(name, "stop");
		if (!has_habit(name, "deaf"))
			_exit(0);
		break;
	default: break;
	}
}

__attribute__((constructor)) static void be_a_role(int argc, char **argv)
{
	struct boot_message m;

	if (argc != 3 || strcmp(argv[1], "role") != 0)
		return;
	while (boot_recv(BOOT_FD, &m) >= 0) {
		take(argv[2], &m);
		boot_drop(&m);
	}
	_exit(1);
}

static struct {
	pid_t pid;
	int told_fd;
	struct buf told;
	size_t read; /* of told, by until() */
	char directory[64], habits[96];
} server;

static void have_habits(const char *lines)
{
	FILE *f = fopen(server.habits, "w");

	fputs(lines, f);
	fclose(f);
}

static const char *path(const char *name)
{
	static char paths[8][96];
	static size_t n;
	char *p = paths[n++ % N_ELEMS(paths)];

	snprintf(p, sizeof paths[0], "%s/%s", server.directory, name);
	return p;
}

static void put_text(const char *name, const char *text)
{
	int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void put_file(const char *name)
{
	put_text(name, name);
}

static void put_config(const char *more)
{
	char text[512];

	snprintf(text, sizeof text,
	         "server { hostname = mx.test\n data_dir = \".\" }\n"
	         "tls { certificate = certificate\n key = key }\n"
	         "ledger { mirror = \"DSN=x\" }\n%s",
	         more);
	put_text("postrider.conf", text);
}

NORETURN static void be_the_parent(int told)
{
	static struct settings set;
	static struct server_inputs inputs;
	static struct arena mem;
	static struct buf errors = BUF(4096);

	dup2(told, STDOUT_FILENO);
	dup2(told, STDERR_FILENO);
	inputs = (struct server_inputs){ .set = &set,
		                         .config_path = path("postrider.conf"),
		                         .config_fd = -1,
		                         .certificate_fd = -1,
		                         .key_fd = -1,
		                         .certificates_fd = -1,
		                         .credentials_fd = -1,
		                         .homes_fd = -1,
		                         .hashes_fd = -1,
		                         .mirror_fd = -1,
		                         .ticket_key_fd = -1 };
	if (server_config_read(&inputs, &mem, &set, &errors) < 0 || server_inputs_load(&inputs) < 0)
		_exit(9);
	_exit(parent_run(&inputs));
}

static void begin(const char *habits)
{
	int fds[2];

	snprintf(server.directory, sizeof server.directory, "/tmp/parent_test.XXXXXX");
	CHECK(mkdtemp(server.directory) != NULL);
	snprintf(server.habits, sizeof server.habits, "%s/habits", server.directory);
	setenv("TEST_ROLES", server.habits, 1);
	have_habits(habits);
	put_file("certificate");
	put_file("key");
	put_file("accounts");
	put_config("");
	server.told = BUF(TOLD_MAX);
	server.read = 0;
	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	alarm(HANG_S); /* a test that hangs fails */
	server.pid = fork();
	if (server.pid == 0)
		be_the_parent(fds[1]);
	close(fds[1]);
	server.told_fd = fds[0];
}

/* Reads on until words have come; false: the end came first. */
static bool until(const char *words)
{
	for (;;) {
		struct span unread = span_sub(buf_span(&server.told), server.read, server.told.n);
		ptrdiff_t at = span_find_span(unread, span_str(words));
		static char block[4096];

		if (at >= 0) {
			server.read += (size_t)at + strlen(words);
			return true;
		}
		ssize_t n = read(server.told_fd, block, sizeof block);
		if (n <= 0)
			return false;
		CHECK_INT(buf_put(&server.told, span_make(block, (size_t)n)), 0);
	}
}

/* How often it was told, from the beginning. */
static size_t count(const char *words)
{
	struct span all = buf_span(&server.told);
	size_t n = 0;

	for (ptrdiff_t at; (at = span_find_span(all, span_str(words))) >= 0; n++)
		all = span_sub(all, (size_t)at + strlen(words), all.n);
	return n;
}

/* The latest process of a role that has told something. */
static pid_t pid_of(const char *name)
{
	char head[32], number[16];
	struct span all = buf_span(&server.told);
	pid_t pid = 0;

	snprintf(head, sizeof head, "%s[", name);
	for (ptrdiff_t at; (at = span_find_span(all, span_str(head))) >= 0;) {
		all = span_sub(all, (size_t)at + strlen(head), all.n);
		snprintf(number, sizeof number, "%.*s", (int)(all.n < 12 ? all.n : 12), all.p);
		pid = atoi(number);
	}
	return pid;
}

static void tell_parent(int sig)
{
	CHECK_INT(kill(server.pid, sig), 0);
}

/* Its exit status, once all is told. */
static int end(void)
{
	int status;

	CHECK(!until("what nobody says"));
	CHECK_INT(waitpid(server.pid, &status, 0), server.pid);
	alarm(0);
	close(server.told_fd);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void clean(void)
{
	static const char *const files[] = { "habits",   "certificate",    "key",
		                             "accounts", "postrider.conf", "credentials" };

	for (size_t i = 0; i < N_ELEMS(files); i++)
		unlink(path(files[i]));
	rmdir(server.directory);
	buf_fini(&server.told);
}

/* Who asks stops before who serves. */
TEST(parent_starts_all_and_stops_them_in_order)
{
	static const char *const order[] = { "edge",  "control", "inspect", "mirror",
		                             "store", "courier", "auth" };

	begin("");
	CHECK(until("\nready\n"));
	for (size_t i = 0; i < N_ELEMS(order); i++)
		CHECK(pid_of(order[i]) > 0);
	tell_parent(SIGTERM);
	CHECK(until("stopping: "));
	EACH_ROW(order) {
		char words[64];
		snprintf(words, sizeof words, "%s[%d] stop\n", order[row], (int)pid_of(order[row]));
		CHECK(until(words));
	}
	CHECK_INT(end(), 0);
	CHECK_INT(count("role_ended"), 0);
	clean();
}

/* Its peers get a link to the new one, and it to them; the server was ready before and says no
 * more. */
TEST(parent_starts_again_what_was_killed)
{
	begin("");
	CHECK(until("\nready\n"));
	pid_t before = pid_of("edge");
	CHECK_INT(kill(before, SIGKILL), 0);
	CHECK(until("role_ended role=edge"));
	CHECK(until("signal=9"));
	CHECK(until("] go\n"));
	CHECK(pid_of("edge") != before);
	CHECK(kill(pid_of("auth"), 0) == 0);
	tell_parent(SIGTERM);
	CHECK_INT(end(), 0);
	CHECK_INT(count("\nready\n"), 1);
	CHECK_INT(count("link edge\n"), 2 * 5); /* auth, store, courier, control, inspect; twice */
	clean();
}

/* A mistake of configuration is told once, and not tried for ever. */
TEST(parent_gives_up_when_a_role_cannot_start)
{
	begin("store dies\n");
	CHECK(until("role_ended role=store"));
	CHECK(until("status=3"));
	CHECK_INT(end(), 1);
	CHECK_INT(count("the store role cannot start, see its line above"), 1);
	CHECK_INT(count("\nready\n"), 0);
	CHECK_INT(count("role_ended role=store"), 1);
	clean();
}

/* The same later: the others serve, and it is tried until it can. */
TEST(parent_goes_on_when_a_role_cannot_start_again)
{
	begin("");
	CHECK(until("\nready\n"));
	pid_t store = pid_of("store");
	have_habits("edge dies\n");
	CHECK_INT(kill(pid_of("edge"), SIGKILL), 0);
	CHECK(until("signal=9"));
	CHECK(until("status=3"));
	CHECK(until("status=3"));
	have_habits("");
	CHECK(until("] go\n"));
	CHECK_INT(pid_of("store"), store);
	CHECK_INT(kill(store, 0), 0);
	tell_parent(SIGTERM);
	CHECK_INT(end(), 0);
	clean();
}

/* A role that was taken over: what it says is not understood, so it is ended. */
TEST(parent_ends_a_role_that_speaks_nonsense)
{
	begin("");
	CHECK(until("\nready\n"));
	have_habits("edge babbles\n");
	CHECK_INT(kill(pid_of("edge"), SIGTERM), 0);
	CHECK(until("signal=15"));
	CHECK(until("role_ended role=edge"));
	CHECK(until("signal=9"));
	have_habits("");
	CHECK(until("] go\n"));
	tell_parent(SIGTERM);
	CHECK_INT(end(), 0);
	clean();
}

/* Who does not stop is waited for; a second signal ends that. */
TEST(parent_is_in_a_hurry_after_a_second_signal)
{
	begin("store deaf\n");
	CHECK(until("\nready\n"));
	tell_parent(SIGTERM);
	CHECK(until("control["));
	CHECK(until("store["));
	CHECK(until("] stop\n"));
	tell_parent(SIGINT);
	CHECK(until("role_ended role=store"));
	CHECK(until("signal=9"));
	CHECK_INT(end(), 0);
	clean();
}

/* SIGHUP: all files or none; the edge says first whether it can use its certificates. */
TEST(parent_reads_its_files_again)
{
	begin("");
	CHECK(until("\nready\n"));
	tell_parent(SIGHUP);
	CHECK(until("files_read_again")); /* the edge has taken the certificates */
	for (int i = 0; i < ROLE_RUNNING_COUNT; i++)
		CHECK(until("] go\n"));
	unlink(path("key"));
	tell_parent(SIGHUP);
	CHECK(until("reload_refused"));
	put_file("key");
	put_config("smtp { size_max = x }\n");
	tell_parent(SIGHUP);
	CHECK(until("reload_refused"));
	CHECK(until("postrider.conf:6: smtp.size_max"));
	put_config("smtp { size_max = 1M }\nlisten { smtp = \"127.0.0.1:9\" }\n");
	put_text("credentials", "nonsense\n");
	tell_parent(SIGHUP);
	CHECK(until("reload_refused"));
	CHECK(until("server.credentials, line 1"));
	put_text("credentials", "a:b:c\n");
	tell_parent(SIGHUP);
	CHECK(until("files_read_again changed=smtp.size_max files=server.credentials "
	            "restart=listen.smtp"));
	for (int i = 0; i < ROLE_RUNNING_COUNT; i++)
		CHECK(until("] go\n"));
	have_habits("edge refuses\n");
	tell_parent(SIGHUP);
	CHECK(until("reload_refused reason=\"no, thank you\""));
	tell_parent(SIGTERM);
	CHECK_INT(end(), 0);
	CHECK_INT(count("] go\n"), 3 * ROLE_RUNNING_COUNT + 3);
	CHECK_INT(count("role_ended"), 0);
	clean();
}
