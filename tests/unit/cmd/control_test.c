/* The client of the control socket against a server that says what it is told to. */
#include "cmd/control.h"

#include <sys/socket.h>

#include "base/err.h"
#include "capture.h"

/* A client whose server has said all this and ended its side. */
static struct control client(struct span said, int *server)
{
	int fd[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	CHECK_INT(send(fd[1], said.p, said.n, MSG_NOSIGNAL), said.n);
	shutdown(fd[1], SHUT_WR);
	*server = fd[1];
	return (struct control){ .fd = fd[0], .in = BUF(1 << 20) };
}

TEST(control_answers)
{
	static const struct {
		struct span said;
		int result;
		const char *words; /* of the failure */
	} t[] = {
		{ SPAN("{\"ok\":true}\n"), 0, "" },
		{ SPAN("{\"state\":\"queued\"}\n"), 0, "" },
		{ SPAN("{\"ok\":false,\"error\":\"X\",\"what\":\"not so\"}\n"), ERR_REFUSED,
		  "postrider: not so\n" },
		{ SPAN("{\"ok\":tr"), ERR_CLOSED,
		  "postrider: the server ended the connection; its log says why\n" },
		{ SPAN(""), ERR_CLOSED,
		  "postrider: the server ended the connection; its log says why\n" },
	};
	EACH_ROW(t) {
		json_t *answer = NULL;
		int server, r = 0;
		struct control c = client(t[row].said, &server);
		CHECK_PRINTS(STDERR_FILENO, t[row].words, r = control_answer(&c, &answer));
		CHECK_INT(r, t[row].result);
		CHECK_INT(answer != NULL, r == 0);
		json_decref(answer);
		control_close(&c);
		close(server);
	}
}

TEST(control_not_json)
{
	AUTO_BUF words = BUF(1024);
	json_t *answer = NULL;
	int server;
	struct control c = client(SPAN("hello\n"), &server);
	struct capture capture = capture_begin(STDERR_FILENO);
	int r = control_answer(&c, &answer);

	capture_end(&capture, &words);
	CHECK_INT(r, ERR_SYNTAX);
	CHECK(span_starts(buf_span(&words), SPAN("postrider: the server's answer is not JSON: ")));
	control_close(&c);
	close(server);
}

/* Rows, the last line, and octets behind it, however they come. */
TEST(control_rows_and_octets)
{
	int server, r = 0;
	struct span line;
	json_t *answer = NULL;
	struct control c =
	        client(SPAN("{\"a\":1}\n{\"a\":2}\n{\"ok\":true}\n{\"ok\":true,\"size\":5}\n"
	                    "12345{\"ok\":false,\"what\":\"no\"}\n"),
	               &server);

	CHECK_INT(control_answer_text(&c, &line), 1);
	CHECK_SPAN(line, SPAN("{\"a\":1}"));
	CHECK_INT(control_answer_text(&c, &line), 1);
	CHECK_INT(control_answer_text(&c, &line), 0);
	CHECK_INT(control_answer(&c, &answer), 0);
	CHECK(control_is_last(answer));
	json_decref(answer);
	CHECK_PRINTS(STDOUT_FILENO, "12345", r = control_copy_out(&c, 5));
	CHECK_INT(r, 0);
	CHECK_PRINTS(STDERR_FILENO, "postrider: no\n", r = control_answer_text(&c, &line));
	CHECK_INT(r, ERR_REFUSED);
	control_close(&c);
	close(server);
}

/* Octets that were promised and do not come. */
TEST(control_octets_cut_off)
{
	int server, r = 0;
	struct control c = client(SPAN("123"), &server);
	AUTO_BUF out = BUF(100);
	struct capture printed = capture_begin(STDOUT_FILENO);

	CHECK_PRINTS(STDERR_FILENO,
	             "postrider: the server ended the connection; its log says why\n",
	             r = control_copy_out(&c, 5));
	capture_end(&printed, &out);
	CHECK_INT(r, ERR_CLOSED);
	control_close(&c);
	close(server);
}

TEST(control_asks_in_one_line)
{
	char got[256];
	int server;
	struct control c = client(SPAN(""), &server);

	CHECK_INT(control_ask(&c, json_pack("{s:s,s:s}", "call", "status", "message", "a\nb")), 0);
	CHECK_INT(control_put(&c, SPAN("octets")), 0);
	ssize_t n = recv(server, got, sizeof got, 0);
	CHECK_SPAN(span_make(got, (size_t)n),
	           SPAN("{\"call\":\"status\",\"message\":\"a\\nb\"}\noctets"));
	control_close(&c);
	close(server);
}

TEST(control_members)
{
	json_t *v = json_pack("{s:s,s:n,s:i,s:s}", "a", "text", "b", "c", 1, "return_path", "a@b");

	CHECK_STR(control_text(v, "a"), "text");
	CHECK_STR(control_text(v, "b"), "");
	CHECK_STR(control_text(v, "c"), "");
	CHECK_STR(control_text(v, "d"), "");
	CHECK_STR(control_return_path(v), "a@b");
	json_decref(v);
}

TEST(control_nobody_there)
{
	static struct settings set = { .listen_control = "/nowhere/control" };
	struct control c;
	int r = 0;

	CHECK_PRINTS(STDERR_FILENO,
	             "postrider: the server does not answer at /nowhere/control: No such file or "
	             "directory; is it running (postrider serve)?\n",
	             r = control_open(&set, &c));
	CHECK_INT(r, ERR_UNAVAILABLE);
	CHECK_INT(control_server(&set), 0);
}
