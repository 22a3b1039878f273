/* cmd/control.c - the client's side of controld/. */
#include "cmd/control.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmd/cli.h"

enum { BLOCK = 64 << 10 };

/* A connected socket, or -1 and errno. */
static int dial(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof a.sun_path)
		return errno = ENAMETOOLONG, -1;
	memcpy(a.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	int why = errno;
	close(fd);
	return errno = why, -1;
}

pid_t control_server(const struct settings *set)
{
	AUTO_FD int fd = dial(set->listen_control);
	struct ucred who = { 0 };
	socklen_t n = sizeof who;

	return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 ? who.pid : 0;
}

int control_open(const struct settings *set, struct control *out)
{
	int fd = dial(set->listen_control);

	if (fd < 0) {
		cli_fail("the server does not answer at %s: %s; is it running (postrider serve)?",
		         set->listen_control, strerror(errno));
		return ERR_UNAVAILABLE;
	}
	*out = (struct control){ .fd = fd, .in = BUF(CONTROL_ANSWER_MAX) };
	return 0;
}

void control_close(struct control *c)
{
	close(c->fd);
	buf_fini(&c->in);
}

int control_put(struct control *c, struct span octets)
{
	while (octets.n) {
		ssize_t n = write(c->fd, octets.p, octets.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cli_fail("the server ended the connection; its log says why"),
			       ERR_CLOSED;
		octets = span_sub(octets, (size_t)n, octets.n);
	}
	return 0;
}

int control_ask(struct control *c, json_t *request)
{
	char *line = json_dumps(request, JSON_COMPACT);
	int r = line ? control_put(c, span_str(line)) : ERR_NO_MEMORY;

	json_decref(request);
	free(line);
	return r < 0 ? r : control_put(c, SPAN("\n"));
}

static volatile sig_atomic_t interrupted;
static int interrupt_fd;

/* Also a read that begins behind it returns at once. */
static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
	shutdown(interrupt_fd, SHUT_RD);
}

void control_until_interrupted(struct control *c)
{
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = SA_RESETHAND };

	interrupt_fd = c->fd;
	sigaction(SIGINT, &action, NULL);
}

static int read_more(struct control *c)
{
	buf_consume(&c->in, c->used);
	c->used = 0;
	fflush(stdout);
	int r = buf_reserve(&c->in, BLOCK);
	ssize_t n = r < 0 ? -1 : read(c->fd, c->in.p + c->in.n, BLOCK);

	if (n <= 0 && interrupted)
		return ERR_CANCELLED;
	if (n <= 0) {
		cli_fail("the server ended the connection; its log says why");
		return ERR_CLOSED;
	}
	c->in.n += (size_t)n;
	return 0;
}

static struct span unused(const struct control *c)
{
	return span_sub(buf_span(&c->in), c->used, c->in.n);
}

static int read_line(struct control *c, struct span *out)
{
	ptrdiff_t at;

	while ((at = span_find(unused(c), '\n')) < 0) {
		int r = read_more(c);
		if (r < 0)
			return r;
	}
	*out = span_sub(unused(c), 0, (size_t)at);
	c->used += (size_t)at + 1;
	return 0;
}

static int parse(struct span line, json_t **out)
{
	json_error_t why;
	json_t *answer = json_loadb(line.p, line.n, 0, &why);

	if (!answer)
		return cli_fail("the server's answer is not JSON: %s", why.text), ERR_SYNTAX;
	if (json_is_false(json_object_get(answer, "ok"))) {
		cli_fail("%s", control_text(answer, "what"));
		json_decref(answer);
		return ERR_REFUSED;
	}
	*out = answer;
	return 0;
}

int control_answer(struct control *c, json_t **out)
{
	struct span line;
	int r = read_line(c, &line);

	return r < 0 ? r : parse(line, out);
}

int control_mailboxes(struct control *c, const char *account, json_t **out)
{
	int r = control_ask(c, json_pack("{s:s, s:s}", "call", "mailboxes", "account", account));

	return r < 0 ? r : control_answer(c, out);
}

int control_answer_text(struct control *c, struct span *out)
{
	json_t *last;
	int r = read_line(c, out);

	if (r < 0 || !span_starts(*out, SPAN("{\"ok\":")))
		return r < 0 ? r : 1;
	r = parse(*out, &last);
	if (r >= 0)
		json_decref(last);
	return r;
}

int control_piece(struct control *c, uint64_t n, struct span *out)
{
	int r = unused(c).n ? 0 : read_more(c);

	if (r < 0)
		return r;
	*out = span_sub(unused(c), 0, n < SIZE_MAX ? (size_t)n : SIZE_MAX);
	c->used += out->n;
	return 0;
}

int control_copy_out(struct control *c, uint64_t n)
{
	struct span part;

	for (; n; n -= part.n) {
		int r = control_piece(c, n, &part);
		if (r < 0)
			return r;
		if (fwrite(part.p, 1, part.n, stdout) != part.n)
			return cli_fail("cannot write: %s", strerror(errno)), ERR_IO;
	}
	return 0;
}

bool control_is_last(json_t *answer)
{
	return json_object_get(answer, "ok") != NULL;
}

void control_print(json_t *value)
{
	json_dumpf(value, stdout, JSON_COMPACT);
	putchar('\n');
}

const char *control_text(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

const char *control_return_path(json_t *object)
{
	const char *path = control_text(object, "return_path");
	return *path ? path : "<>";
}
