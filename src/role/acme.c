/* role/acme.c - see acme.h.  One thread, and it waits: nobody is served here. */
#include "role/acme.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "config/config.h"
#include "role/acme_due.h"
#include "role/role.h"
#include "sandbox/sandbox.h"

enum {
	TEXT_MAX = 64 << 10,
	LINE_MAX_BYTES = 1000, /* of the hook: fits a boot message */
	ARGUMENTS_MAX = 128,
	RUN_MS = 10 * 60 * 1000,
};

#define UACME "/usr/bin/uacme" /* Debian's package uacme */

/* Called as METHOD TYPE IDENTIFIER TOKEN AUTH; descriptor 3 leads here. */
static const char hook[] =
        "#!/bin/sh\n"
        "printf '%s %s %s %s %s\\n' \"$1\" \"$2\" \"$3\" \"$4\" \"$5\" >&3 || exit 1\n"
        "read -r answer <&3 && [ \"$answer\" = yes ]\n";

static struct {
	struct settings set;
	struct arena mem;
	struct buf names, status;
	bool forced, issued;
} acme = { .names = BUF(TEXT_MAX), .status = BUF(TEXT_MAX) };

int acme_uid(const struct settings *set)
{
	return role_uid(set, ROLE_COUNT);
}

static bool is_there(struct buf *path)
{
	return buf_str(path) && access(path->p, F_OK) == 0;
}

bool acme_certificate(const struct settings *set, const char *name, struct buf *path)
{
	buf_reset(path);
	buf_printf(path, "%s/%s/cert.pem", set->tls_acme_dir, name);
	return *set->tls_acme && is_there(path);
}

bool acme_key(const struct settings *set, const char *name, struct buf *path)
{
	buf_reset(path);
	buf_printf(path, "%s/private/%s/key.pem", set->tls_acme_dir, name);
	return is_there(path);
}

/* ---- what the parent gives ---- */

static int read_all(int fd, struct buf *out)
{
	struct stat st;

	buf_reset(out);
	if (fd < 0 || fstat(fd, &st) < 0 || buf_reserve(out, (size_t)st.st_size) < 0 ||
	    pread(fd, out->p, (size_t)st.st_size, 0) != st.st_size)
		return err(ERR_IO, "a file from the parent cannot be read");
	out->n = (size_t)st.st_size;
	return 0;
}

static int take(const struct boot_message *m)
{
	AUTO_BUF config = BUF(16 << 20);
	AUTO_BUF errors = BUF(TEXT_MAX);
	int r;

	switch (m->type) {
	case BOOT_CONFIG:
		r = read_all(m->fd, &config);
		return r < 0 ? r
		             : config_parse(buf_span(&config), m->text, &acme.mem, &acme.set,
		                            &errors);
	case BOOT_ACME: acme.forced = m->arg; return boot_read_text(m, &acme.names);
	default: return err(ERR_SYNTAX, "boot message %u is not known", m->type);
	}
}

static int take_all(void)
{
	struct boot_message m;
	int r;

	while ((r = boot_recv(BOOT_FD, &m)) >= 0 && m.type != BOOT_GO) {
		r = take(&m);
		boot_drop(&m);
		if (r < 0)
			return r;
	}
	return r;
}

/* ---- uacme ---- */

struct child {
	pid_t pid;
	int hook, output; /* -1: ended */
	struct buf line;  /* of the hook, not whole yet */
	struct buf output_text;
};

NORETURN static void become(const char *const argv[], int hook_fd, int output)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	dup2(hook_fd, BOOT_FD);
	execv(UACME, (char *const *)(uintptr_t)argv);
	fprintf(stderr, "%s %s\n", UACME,
	        errno == ENOENT ? "is not installed: apt-get install uacme" : strerror(errno));
	_exit(127);
}

static int start(const char *const argv[], struct child *c)
{
	int hook_pair[2], output[2];

	*c = (struct child){
		.hook = -1, .output = -1, .line = BUF(LINE_MAX_BYTES), .output_text = BUF(TEXT_MAX)
	};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, hook_pair) < 0)
		return err_errno(ERR_LIMIT, "socketpair");
	if (pipe2(output, O_CLOEXEC) < 0) {
		close(hook_pair[0]);
		close(hook_pair[1]);
		return err_errno(ERR_LIMIT, "pipe");
	}
	c->pid = fork();
	if (c->pid == 0)
		become(argv, hook_pair[1], output[1]);
	close(hook_pair[1]);
	close(output[1]);
	c->hook = hook_pair[0];
	c->output = output[0];
	return c->pid < 0 ? err_errno(ERR_LIMIT, "fork") : 0;
}

/* The parent has the edge answer the challenge, or not any more. */
static int ask(struct span line, bool *yes)
{
	AUTO_BUF text = BUF(LINE_MAX_BYTES + 1);
	struct boot_message m;

	int r = buf_put(&text, line);
	if (r >= 0 && buf_str(&text))
		r = boot_send(BOOT_FD, BOOT_CHALLENGE, 0, text.p, -1);
	if (r >= 0)
		r = boot_recv(BOOT_FD, &m);
	if (r < 0)
		return r;
	*yes = m.type == BOOT_CHALLENGE && m.arg;
	boot_drop(&m);
	return 0;
}

static int answer_hook(struct child *c)
{
	struct span line;
	bool yes = false;
	ptrdiff_t at;

	while ((at = span_find(buf_span(&c->line), '\n')) >= 0) {
		line = span_sub(buf_span(&c->line), 0, (size_t)at);
		int r = ask(line, &yes);
		if (r < 0)
			return r;
		buf_consume(&c->line, (size_t)at + 1);
		if (send(c->hook, yes ? "yes\n" : "no\n", yes ? 4 : 3, MSG_NOSIGNAL) < 0)
			break; /* it has gone */
	}
	return 0;
}

/* What does not fit is not kept: of output the last lines count, and they come again. */
static void hear(int *fd, struct buf *into)
{
	char block[256];
	ssize_t n = read(*fd, block, sizeof block);

	if (n > 0 && buf_put(into, span_make(block, (size_t)n)) < 0) {
		buf_reset(into);
		(void)buf_put(into, span_make(block, (size_t)n));
	}
	if (n <= 0) {
		close(*fd);
		*fd = -1;
	}
}

static int talk(struct child *c)
{
	int64_t until_at = clock_now_at() + RUN_MS;
	int r = 0;

	while (r >= 0 && (c->hook >= 0 || c->output >= 0)) {
		struct pollfd fds[] = { { .fd = c->hook, .events = POLLIN },
			                { .fd = c->output, .events = POLLIN },
			                { .fd = BOOT_FD, .events = POLLIN } };
		int64_t left = until_at - clock_now_at();
		int n = poll(fds, N_ELEMS(fds), left > 0 ? (int)left : 0);
		if (n == 0)
			return err(ERR_TIMEOUT, "uacme took longer than ten minutes");
		if (n > 0 && fds[2].revents) /* it says nothing but answers: it is gone, or stops */
			_exit(1);
		if (n > 0 && fds[0].revents) {
			hear(&c->hook, &c->line);
			r = answer_hook(c);
		}
		if (n > 0 && fds[1].revents)
			hear(&c->output, &c->output_text);
	}
	return r;
}

/* The last line that says something, without the program's name. */
static struct span last_words(struct span text)
{
	struct span line, last = SPAN("");

	while (span_split(&text, '\n', &line))
		if (span_trim(line).n)
			last = span_trim(line);
	span_eat(&last, SPAN("uacme: "));
	return last;
}

static int end(struct child *c, int r)
{
	int status = 0;

	if (r < 0)
		kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (r >= 0 && (!WIFEXITED(status) || WEXITSTATUS(status) > 1)) {
		struct span words = last_words(buf_span(&c->output_text));
		r = err(ERR_REFUSED, "%.*s", SPAN_ARG(words));
	}
	if (c->hook >= 0)
		close(c->hook);
	if (c->output >= 0)
		close(c->output);
	buf_fini(&c->line);
	buf_fini(&c->output_text);
	return r;
}

static int run(const char *const argv[])
{
	struct child c;
	int r = start(argv, &c);

	if (r >= 0)
		r = talk(&c);
	return c.pid > 0 ? end(&c, r) : r;
}

/* ---- one certificate after the other ---- */

/* The account at the authority is made at the first time. */
static int need_account(void)
{
	const char *contact = acme.set.tls_acme_contact;
	const char *const argv[] = { "uacme", "-y", "-a",  acme.set.tls_acme,         "-c", ".",
		                     "-t",    "EC", "new", *contact ? contact : NULL, NULL };

	return access("private/key.pem", F_OK) == 0 ? 0 : run(argv);
}

/* None of them is an option, or a path. */
static bool are_names(struct span names)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-.";
	struct span name;

	while (span_split(&names, ' ', &name)) {
		if (!name.n || name.n > ACME_NAME_MAX || name.p[0] == '-' || name.p[0] == '.')
			return false;
		for (size_t i = 0; i < name.n; i++)
			if (!name.p[i] || !strchr(letters, name.p[i]))
				return false;
	}
	return true;
}

static int issue(struct span names)
{
	const char *argv[ARGUMENTS_MAX] = { "uacme",  "-a", acme.set.tls_acme,
		                            "-c",     ".",  "-h",
		                            "./hook", "-t", "EC",
		                            "-o",     "-f", "issue" };
	size_t n = 12;
	struct span name;

	while (n < ARGUMENTS_MAX - 1 && span_split(&names, ' ', &name))
		if (!(argv[n++] = arena_str(&acme.mem, name)))
			return err(ERR_NO_MEMORY, "names of a certificate");
	if (!acme.set.tls_acme_terms_agreed)
		return err(ERR_CONFIG,
		           "read the terms of %s, then say tls.acme_terms_agreed = "
		           "true",
		           acme.set.tls_acme);
	int r = need_account();
	return r < 0 ? r : run(argv);
}

static void serve(struct span names)
{
	struct acme_standing now;
	struct span first = SPAN("");
	struct span rest = names;
	char name[ACME_NAME_MAX + 1] = "";

	span_split(&rest, ' ', &first);
	if (!first.n || !are_names(names))
		return;
	memcpy(name, first.p, first.n);
	int64_t now_s = clock_wall_time_ms() / 1000;
	acme_standing_read(name, names, &now);
	if (acme.forced || acme_is_due(&now, name, now_s)) {
		int r = issue(names);
		acme.issued = acme.issued || r >= 0;
		if (r >= 0)
			event_log(EVENT_certificate_issued, "names=%.*s", SPAN_ARG(names));
		else
			event_log(EVENT_certificate_not_issued, "names=%.*s reason=%s",
			          SPAN_ARG(names), err_str(r));
		acme_outcome_keep(name, &now, r < 0 ? err_str(r) : NULL, now_s);
		acme_standing_read(name, names, &now);
	}
	acme_standing_put(&now, names, name, &acme.status);
}

static int write_hook(void)
{
	int fd = open("hook", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0755);
	bool good = fd >= 0 && write(fd, hook, sizeof hook - 1) == sizeof hook - 1 &&
	            fchmod(fd, 0755) == 0;

	if (fd >= 0)
		close(fd);
	return good ? 0 : err_errno(ERR_CONFIG, "cannot write %s/hook", acme.set.tls_acme_dir);
}

static int begin(void)
{
	const struct sandbox_profile profile = {
		.role = ACME_ROLE,
		.may = SANDBOX_EXEC | SANDBOX_CONNECT | SANDBOX_FILES_READ | SANDBOX_FILES_WRITE,
		.read_dirs = { "/usr", "/lib", "/lib64", "/bin", "/etc/ssl", "/etc/resolv.conf",
		               "/etc/hosts", "/etc/nsswitch.conf", "/etc/ld.so.cache", "/dev/null",
		               "." },
		.write_dirs = { "." },
	};
	int r = take_all();

	if (r < 0)
		return r;
	role_log(&acme.set, ACME_ROLE);
	clearenv();
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	umask(077);
	if (chdir(acme.set.tls_acme_dir) < 0)
		return err_errno(ERR_CONFIG, "cannot enter %s", acme.set.tls_acme_dir);
	r = role_confine(&profile, acme_uid(&acme.set));
	return r < 0 ? r : write_hook();
}

int acme_run(void)
{
	struct span rest, line;
	int r;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	r = begin();
	rest = buf_span(&acme.names);
	while (r >= 0 && span_split(&rest, '\n', &line))
		serve(line);
	if (r < 0) {
		event_log(EVENT_certificate_not_issued, "names= reason=%s", err_str(r));
		buf_printf(&acme.status, "\t\t\t%s\n", err_str(r));
	}
	return boot_send_text(BOOT_FD, BOOT_ACME, acme.issued, buf_span(&acme.status)) < 0;
}
