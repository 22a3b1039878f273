/* cmd/cli.c - settings, files and the terminal, for the commands. */
#include "cmd/cli.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "config/config.h"
#include "mailfile/lines.h"
#include "wire/message/words.h"

enum { VALUE_MAX = 16 << 10 };

/* What came from elsewhere may hold what a terminal obeys. */
static void print_error(const char *fmt, va_list ap)
{
	AUTO_BUF text = BUF(VALUE_MAX), shown = BUF(4 * VALUE_MAX);

	buf_vprintf(&text, fmt, ap);
	buf_put_escaped(&shown, buf_span(&text));
	fprintf(stderr, "postrider: %.*s", SPAN_ARG(buf_span(&shown)));
}

int cli_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_error(fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return CLI_FAILED;
}

int cli_misuse(const char *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_error(fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see postrider %s --help\n", command);
	return CLI_USAGE;
}

int cli_help(int o, const char *command, const char *text)
{
	if (o == 'h')
		return puts(text), CLI_OK;
	fprintf(stderr, "see postrider %s --help\n", command);
	return CLI_USAGE;
}

enum { OPTIONS_MAX = 16, FIRST_OWN = 256 };

int cli_options(int argc, char **argv, const char *command, const char *usage, const char **config,
                const struct cli_option *own)
{
	struct option all[OPTIONS_MAX + 3] = { { "help", no_argument, NULL, 'h' },
		                               { "config", required_argument, NULL, 'c' } };
	int o;

	for (int i = 0; own && own[i].name; i++) {
		assert(i < OPTIONS_MAX);
		all[i + 2] =
		        (struct option){ own[i].name, own[i].text ? required_argument : no_argument,
			                 NULL, FIRST_OWN + i };
	}
	while ((o = getopt_long(argc, argv, "c:h", all, NULL)) != -1) {
		if (o == 'c')
			*config = optarg;
		else if (o < FIRST_OWN)
			return cli_help(o, command, usage);
		else if (own[o - FIRST_OWN].text)
			*own[o - FIRST_OWN].text = optarg;
		else
			*own[o - FIRST_OWN].flag = true;
	}
	return -1;
}

bool cli_is_called(const char *program, const char *name)
{
	const char *last = strrchr(program, '/');

	return strcmp(last ? last + 1 : program, name) == 0;
}

const char *cli_config_path(const char *path)
{
	static const char *const usual = "var/postrider.conf";

	if (path)
		return path;
	path = getenv("POSTRIDER_CONFIG");
	if (path && *path)
		return path;
	return access(usual, R_OK) == 0 ? usual : "/etc/postrider/postrider.conf";
}

int cli_read_file(const char *path, size_t max, struct buf *out)
{
	bool is_stdin = strcmp(path, "-") == 0;
	AUTO_FD int file = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	out->cap = max + 1;
	while (file >= 0 && n > 0 && out->n <= max) {
		int r = buf_reserve(out,
		                    out->n + (64 << 10) > out->cap ? out->cap - out->n : 64 << 10);
		if (r < 0)
			return cli_fail("%s: %s", path, err_str(r)), r;
		n = read(file, out->p + out->n, out->room - out->n);
		if (n > 0)
			out->n += (size_t)n;
	}
	if (file < 0 || n < 0)
		return cli_fail("cannot read %s: %s", path, strerror(errno)), ERR_IO;
	if (out->n > max)
		return cli_fail("%s has more than %zu octets", path, max), ERR_TOO_BIG;
	return 0;
}

int cli_read_message(const char *path, struct buf *out)
{
	enum { FILE_MAX = 1 << 30 };
	AUTO_BUF text = { 0 };
	int r = cli_read_file(path, FILE_MAX, &text);

	if (r < 0)
		return r;
	out->cap = (size_t)2 * FILE_MAX;
	r = mailfile_text_get(buf_span(&text), out);
	return r < 0 ? (cli_fail("%s: %s", path, err_str(r)), r) : r;
}

int cli_settings(const char *path, struct arena *mem, struct settings *out)
{
	enum { CONFIG_MAX = 16 << 20 };
	AUTO_BUF text = { 0 };
	AUTO_BUF errors = BUF(64 << 10);
	struct span kept;

	path = cli_config_path(path);
	if (access(path, R_OK) < 0) {
		cli_fail("cannot read the configuration %s: %s; give it with -c FILE, or make one "
		         "with postrider init",
		         path, strerror(errno));
		return ERR_CONFIG;
	}
	int r = cli_read_file(path, CONFIG_MAX, &text);
	if (r >= 0)
		r = arena_copy(mem, buf_span(&text), &kept);
	if (r < 0)
		return r;
	r = config_parse(kept, path, mem, out, &errors);
	if (r < 0)
		fputs(buf_str(&errors), stderr);
	return r;
}

void cli_print_value(const char *value)
{
	AUTO_BUF text = BUF(VALUE_MAX), shown = BUF(4 * VALUE_MAX);

	if (message_words_get(span_str(value), &text) < 0 ||
	    buf_put_escaped(&shown, buf_span(&text)) < 0)
		return;
	if (shown.n)
		fwrite(shown.p, 1, shown.n, stdout);
}

int cli_confirm(const char *fmt, ...)
{
	char answer[16] = "";
	va_list args;

	va_start(args, fmt);
	print_error(fmt, args);
	va_end(args);
	if (!isatty(STDIN_FILENO)) {
		fputs("\npostrider: nothing was done: without a terminal this needs --yes\n",
		      stderr);
		return CLI_FAILED;
	}
	fputs(" [y/N] ", stderr);
	if (!fgets(answer, sizeof answer, stdin))
		answer[0] = 0;
	answer[strcspn(answer, "\r\n")] = 0;
	return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0
	               ? CLI_OK
	               : cli_fail("nothing was done");
}

bool cli_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

bool cli_has_colour(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
	return cli_is_terminal() && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

int cli_columns(void)
{
	struct winsize w;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40 ? w.ws_col : 80;
}

int cli_fit(const char *line, int columns)
{
	int n = 0;

	while (line[n] && (columns > 0 || (line[n] & 0xC0) == 0x80)) {
		columns -= (line[n] & 0xC0) != 0x80;
		n++;
	}
	return n;
}

const char *cli_state_colour(const char *state)
{
	static const struct {
		const char *state, *colour;
	} colours[] = {
		{ "delivered", "\033[32m" }, { "refused", "\033[31m" },  { "expired", "\033[31m" },
		{ "cancelled", "\033[31m" }, { "deferred", "\033[33m" }, { "trying", "\033[36m" },
	};

	for (size_t i = 0; cli_has_colour() && i < N_ELEMS(colours); i++)
		if (strcmp(state, colours[i].state) == 0)
			return colours[i].colour;
	return "";
}

const char *cli_normal(void)
{
	return cli_has_colour() ? "\033[0m" : "";
}
