/* What stops a server before it begins, each time told with what to do; and files that are read
 * again. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "role/role.h"
#include "test.h"

enum { HANG_S = 60 };

static char directory[64];

static const char *path(const char *name)
{
	static char paths[64][128];
	static size_t n;
	char *p = paths[n++ % N_ELEMS(paths)];

	snprintf(p, sizeof paths[0], "%s/%s", directory, name);
	return p;
}

static void put_file(const char *name, const char *octets, mode_t mode)
{
	int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, mode);

	CHECK_INT(write(fd, octets, strlen(octets)), strlen(octets));
	CHECK_INT(fchmod(fd, mode), 0);
	close(fd);
}

/* A directory with all that a server needs. */
static void begin(void)
{
	snprintf(directory, sizeof directory, "/tmp/serve_test.XXXXXX");
	CHECK(mkdtemp(directory) != NULL);
	mkdir(path("tls"), 0700);
	put_file("tls/cert.pem", "a certificate", 0600);
	put_file("tls/key.pem", "its key", 0600);
	put_file("accounts", "", 0600);
}

static void end(void)
{
	static const char *const files[] = { "tls/cert.pem", "tls/key.pem", "accounts",
		                             "credentials",  "test.conf",   "control",
		                             "data/homes",   "data/secret", "data",
		                             "elsewhere",    "other" };

	for (size_t i = 0; i < N_ELEMS(files); i++)
		unlink(path(files[i]));
	rmdir(path("data"));
	rmdir(path("tls"));
	CHECK_INT(rmdir(directory), 0);
}

/* It ends with 1 and has told the words. */
static void serves_not(const char *config, const char *words)
{
	AUTO_BUF told = BUF(64 << 10);
	static char block[4096];
	int fds[2], status;

	put_file("test.conf", config, 0600);
	CHECK_INT(pipe(fds), 0);
	alarm(HANG_S); /* a test that hangs fails */
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		_exit(role_serve(path("test.conf"), false));
	}
	close(fds[1]);
	for (ssize_t n; (n = read(fds[0], block, sizeof block)) > 0;)
		CHECK_INT(buf_put(&told, span_make(block, (size_t)n)), 0);
	close(fds[0]);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	alarm(0);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 1);
	if (span_find_span(buf_span(&told), span_str(words)) < 0)
		test_check(false, __FILE__, __LINE__, "\"%s\" is not in \"%.*s\"", words,
		           SPAN_ARG(buf_span(&told)));
}

#define QUIET "listen { smtp = {} submission = {} submissions = {} }\n"

TEST(serve_without_its_files)
{
	begin();
	serves_not("smtp { size_maxx = 1 }\n", "test.conf:1: unknown setting");
	serves_not(QUIET "tls { key = none.pem }\n", "none.pem");
	put_file("credentials", "main:user:password\n", 0640);
	serves_not(QUIET, "others than its owner may read");
	end();
}

/* Whoever the store's user is, it does not make another file its own. */
TEST(serve_with_a_data_directory_that_will_not_do)
{
	begin();
	put_file("data", "", 0600);
	serves_not(QUIET, "/homes");
	unlink(path("data"));
	serves_not(QUIET "server { data_dir = none/data }\n", "cannot make");
	mkdir(path("data"), 0700);
	put_file("elsewhere", "", 0600);
	CHECK_INT(symlink(path("elsewhere"), path("data/homes")), 0);
	serves_not(QUIET, "cannot open");
	unlink(path("data/homes"));
	CHECK_INT(link(path("elsewhere"), path("data/homes")), 0);
	serves_not(QUIET, "is no plain file; remove it");
	unlink(path("data/homes"));
	CHECK_INT(symlink(path("elsewhere"), path("data/secret")), 0);
	serves_not(QUIET, "cannot open");
	end();
}

/* What is no socket is somebody's. */
TEST(serve_on_a_path_that_is_taken)
{
	begin();
	put_file("elsewhere", "mine", 0600);
	serves_not(QUIET "listen { lmtp_socket = elsewhere }\n", "no socket; remove it");
	CHECK_INT(access(path("elsewhere"), F_OK), 0);
	serves_not(QUIET "listen { lmtp = {\"127.0.0.1:25\"} }\n", "RFC 2033");
	serves_not(QUIET "listen { lmtp_socket_mode = \"0990\" }\n", "is no mode such as 0660");
	end();
}

TEST(serve_where_another_does)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof in;
	char config[256];
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	begin();
	CHECK_INT(bind(tcp, (struct sockaddr *)&in, len), 0);
	CHECK_INT(listen(tcp, 1), 0);
	CHECK_INT(getsockname(tcp, (struct sockaddr *)&in, &len), 0);
	snprintf(config, sizeof config,
	         "listen { smtp = {\"127.0.0.1:%u\"} submission = {} submissions = {} }\n",
	         ntohs(in.sin_port));
	serves_not(config, "another server holds it");
	snprintf(un.sun_path, sizeof un.sun_path, "%s", path("control"));
	CHECK_INT(bind(local, (struct sockaddr *)&un, sizeof un), 0);
	CHECK_INT(listen(local, 1), 0);
	serves_not(QUIET, "already; stop it first");
	serves_not(QUIET "listen { control = other  lmtp_socket = control }\n",
	           "already; stop it first");
	CHECK_INT(access(path("control"), F_OK), 0); /* the other's door is still there */
	close(tcp);
	close(local);
	end();
}

TEST(serve_at_more_than_it_can)
{
	AUTO_BUF config = BUF(8192);

	begin();
	buf_puts(&config, QUIET "listen { control = ");
	for (int i = 0; i < 108; i++)
		buf_putc(&config, 'c');
	buf_puts(&config, " }\n");
	serves_not(buf_str(&config), "longer than a socket's path may be");
	end();
}

static void holds(int fd, const char *octets)
{
	char got[64];
	ssize_t n = pread(fd, got, sizeof got, 0);

	CHECK_SPAN(span_make(got, n > 0 ? (size_t)n : 0), span_str(octets));
	CHECK_INT(pwrite(fd, "x", 1, 0), -1); /* what one role is given no other may change */
	CHECK_INT(errno, EPERM);
}

TEST(serve_reads_all_files_again_or_none)
{
	begin();
	struct settings set = { .server_hostname = "mx.test",
		                .tls_acme = "",
		                .tls_acme_dir = "acme",
		                .tls_certificate = path("tls/cert.pem"),
		                .tls_key = path("tls/key.pem"),
		                .server_credentials = path("credentials") };
	struct server_inputs p = { .set = &set,
		                   .certificate_fd = -1,
		                   .key_fd = -1,
		                   .certificates_fd = -1,
		                   .credentials_fd = -1 };

	CHECK_INT(server_inputs_load(&p), 0);
	holds(p.certificate_fd, "a certificate");
	holds(p.key_fd, "its key");
	holds(p.credentials_fd, ""); /* need not exist */
	put_file("tls/cert.pem", "another", 0600);
	put_file("credentials", "main:user:password\n", 0644);
	CHECK_INT(server_inputs_load(&p), ERR_CONFIG);
	holds(p.certificate_fd, "a certificate"); /* never a new one beside the old key */
	put_file("credentials", "main:user:password\n", 0600);
	unlink(path("tls/key.pem"));
	CHECK_INT(server_inputs_load(&p), ERR_CONFIG);
	holds(p.certificate_fd, "a certificate");
	holds(p.key_fd, "its key");
	put_file("tls/key.pem", "its other key", 0600);
	CHECK_INT(server_inputs_load(&p), 0);
	holds(p.certificate_fd, "another");
	holds(p.key_fd, "its other key");
	holds(p.credentials_fd, "main:user:password\n");
	close(p.certificate_fd);
	close(p.key_fd);
	close(p.certificates_fd);
	close(p.credentials_fd);
	end();
}
