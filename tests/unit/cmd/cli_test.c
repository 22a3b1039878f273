/* What the commands share: words of failure, files, values for people. */
#include "cmd/cli.h"

#include <stdlib.h>

#include "base/err.h"
#include "capture.h"

TEST(cli_words_of_failure)
{
	int status = 0;

	CHECK_PRINTS(STDERR_FILENO, "postrider: no 7\n", status = cli_fail("no %d", 7));
	CHECK_INT(status, CLI_FAILED);
	CHECK_PRINTS(STDERR_FILENO, "postrider: which?; see postrider queue --help\n",
	             status = cli_misuse("queue", "which?"));
	CHECK_INT(status, CLI_USAGE);
	CHECK_PRINTS(STDOUT_FILENO, "usage: x\n", status = cli_help('h', "queue", "usage: x"));
	CHECK_INT(status, CLI_OK);
	CHECK_PRINTS(STDERR_FILENO, "see postrider queue --help\n",
	             status = cli_help('?', "queue", "usage: x"));
	CHECK_INT(status, CLI_USAGE);
}

TEST(cli_where_the_configuration_is)
{
	static const struct {
		const char *given, *environment, *path;
	} t[] = {
		{ "a.conf", NULL, "a.conf" },
		{ "a.conf", "b.conf", "a.conf" },
		{ NULL, "b.conf", "b.conf" },
		{ NULL, "", "/etc/postrider/postrider.conf" },
		{ NULL, NULL, "/etc/postrider/postrider.conf" },
	};
	CHECK_INT(chdir("/"), 0);
	EACH_ROW(t) {
		unsetenv("POSTRIDER_CONFIG");
		if (t[row].environment)
			setenv("POSTRIDER_CONFIG", t[row].environment, 1);
		CHECK_STR(cli_config_path(t[row].given), t[row].path);
	}
	unsetenv("POSTRIDER_CONFIG");
}

TEST(cli_read_file)
{
	static const struct {
		size_t size, max;
		int result;
	} t[] = {
		{ 0, 0, 0 },           { 1, 0, ERR_TOO_BIG },
		{ 100, 100, 0 },       { 101, 100, ERR_TOO_BIG },
		{ 200000, 200000, 0 }, { 200001, 200000, ERR_TOO_BIG },
	};
	char path[64];

	EACH_ROW(t) {
		AUTO_BUF out = { 0 };
		AUTO_BUF words = BUF(1024);
		int fd = memfd_create("file", 0), r;
		CHECK_INT(ftruncate(fd, (off_t)t[row].size), 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		struct capture c = capture_begin(STDERR_FILENO);
		r = cli_read_file(path, t[row].max, &out);
		capture_end(&c, &words);
		CHECK_INT(r, t[row].result);
		CHECK_INT(words.n > 0, r < 0);
		if (r >= 0)
			CHECK_INT(out.n, t[row].size);
		close(fd);
	}
	AUTO_BUF out = { 0 };
	int r = 0;
	CHECK_PRINTS(STDERR_FILENO,
	             "postrider: cannot read /nowhere/x: No such file or directory\n",
	             r = cli_read_file("/nowhere/x", 10, &out));
	CHECK_INT(r, ERR_IO);
}

/* RFC 2047 words are read; what could move a terminal is not sent to it. */
TEST(cli_values_for_people)
{
	static const struct {
		const char *value, *shown;
	} t[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "=?utf-8?q?gr=C3=BCn?=", "gr\xc3\xbcn" },
	};
	EACH_ROW(t)
		CHECK_PRINTS(STDOUT_FILENO, t[row].shown, cli_print_value(t[row].value));
	AUTO_BUF out = BUF(1024);
	struct capture c = capture_begin(STDOUT_FILENO);
	cli_print_value("a\033[2Jb\x07");
	cli_print_value("=?utf-8?q?=1B=5B2J?=");
	capture_end(&c, &out);
	CHECK(out.n && span_find(buf_span(&out), '\033') < 0 && span_find(buf_span(&out), 7) < 0);
}
