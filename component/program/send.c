/* component/program/send.c - postrider-send: `postrider send --server` where there is no server of
 * ours, with the same options, table, JSON and exit status.
 *
 * It knows nothing but postrider.h and getopt_long.
 */
#include <getopt.h>
#include <postrider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component/program/program.h"

enum { STATUS_OK = 0, STATUS_USAGE = 64, STATUS_UNSENT = 69 };
enum { TEXT_MAX = 256 << 20, WORDS_MAX = 480, COLUMNS = 80, STATE_COLUMNS = 11 };

struct sending {
	struct postrider_mail *mail;
	struct postrider_client *client;
	const char *server;
	int columns; /* 0: JSON lines */
	bool has_text;
};

static const char usage[] =
        "usage: postrider-send --from ADDRESS --to ADDRESS... [options]\n\n"
        "  --to, --cc, --bcc LIST  recipients; repeat, or separate by commas\n"
        "  --subject TEXT\n"
        "  --body TEXT             the text itself\n"
        "  --text FILE             the text from a file\n"
        "  --html FILE             the same as HTML\n"
        "  --attach FILE           any number of times\n"
        "  --server none           to the recipients' servers, as DNS names them (the default)\n"
        "  --server URL            smtps://user:password@host, https://key@host, host:587\n"
        "  --option NAME=VALUE     such as dns=192.0.2.53; any number of times\n"
        "  --wait TIME             how long at most, e.g. 5m\n"
        "  --json                  JSON lines, also on a terminal\n"
        "  --table                 the table, also where there is no terminal\n\n"
        "Exit status: 0 all delivered; 1 some failed, whatever became of the others; 2 none\n"
        "failed, and some are undecided; 64 misuse; 69 nothing was sent.\n";

static int misuse(const char *what, const char *why)
{
	fprintf(stderr, "postrider-send: %s%s; see postrider-send --help\n", what, why);
	return POSTRIDER_INVALID;
}

/* ---- the command line ----------------------------------------------------------------- */

static char *read_all(FILE *f)
{
	size_t n = 0, room = 64 << 10, got;
	char *text = malloc(room), *more;

	while (text && (got = fread(text + n, 1, room - n - 1, f)) > 0) {
		n += got;
		if (n + 1 < room)
			continue;
		room *= 2;
		more = room > TEXT_MAX ? NULL : realloc(text, room);
		if (!more)
			free(text);
		text = more;
	}
	if (text)
		text[n] = 0;
	return text;
}

static int set_file(struct sending *s, int (*set)(struct postrider_mail *m, const char *text),
                    const char *path)
{
	FILE *f = open_utf8(path);
	char *text = f ? read_all(f) : NULL;
	int r = text ? set(s->mail, text) : POSTRIDER_FILE;

	if (f)
		fclose(f);
	free(text);
	return r == POSTRIDER_FILE ? misuse("cannot read ", path) : r;
}

static int set_text(struct sending *s, int o, const char *value)
{
	if (s->has_text)
		return misuse("the text is given twice: --body or --text, once", "");
	s->has_text = true;
	return o == 'B' ? postrider_mail_text(s->mail, value)
	                : set_file(s, postrider_mail_text, value);
}

static int set_option(struct sending *s, char *text)
{
	char *value = strchr(text, '=');
	int r;

	if (!value)
		return misuse("write --option NAME=VALUE, not ", text);
	*value++ = 0;
	r = postrider_client_set(s->client, text, value);
	return r ? misuse("--option ", postrider_client_error(s->client)) : 0;
}

static int take_option(struct sending *s, int o, char *value)
{
	switch (o) {
	case 'f': return postrider_mail_from(s->mail, value);
	case 't': return postrider_mail_to(s->mail, value);
	case 'k': return postrider_mail_cc(s->mail, value);
	case 'b': return postrider_mail_bcc(s->mail, value);
	case 's': return postrider_mail_subject(s->mail, value);
	case 'B':
	case 'x': return set_text(s, o, value);
	case 'H': return set_file(s, postrider_mail_html, value);
	case 'a': return postrider_mail_attach(s->mail, value);
	case 'w': return postrider_client_set(s->client, "time", value);
	case 'S': s->server = strcmp(value, "none") == 0 ? NULL : value; return 0;
	case 'o': return set_option(s, value);
	case 'j': s->columns = 0; return 0;
	case 'T': s->columns = s->columns ? s->columns : COLUMNS; return 0;
	default: return POSTRIDER_INVALID;
	}
}

/* ---- what became of it ---------------------------------------------------------------- */

static const char *state_of(const struct postrider_result *r, size_t i)
{
	switch (postrider_result_state(r, i)) {
	case POSTRIDER_DELIVERED: return "delivered";
	case POSTRIDER_REFUSED: return "refused";
	default: return "deferred";
	}
}

/* "250 2.0.0 ok", or our own words where no reply was seen. */
static void put_words(const struct postrider_result *r, size_t i, char out[WORDS_MAX])
{
	const char *enhanced = postrider_result_enhanced(r, i);
	int code = postrider_result_code(r, i);

	if (code)
		snprintf(out, WORDS_MAX, "%d %s%s%s", code, enhanced, *enhanced ? " " : "",
		         postrider_result_words(r, i));
	else
		snprintf(out, WORDS_MAX, "%s", postrider_result_words(r, i));
}

/* How many octets of a line fit. */
static int fit(const char *line, int columns)
{
	int n = 0;

	while (line[n] && (columns > 0 || (line[n] & 0xC0) == 0x80)) {
		columns -= (line[n] & 0xC0) != 0x80;
		n++;
	}
	return n;
}

static void draw_row(const struct postrider_result *r, size_t i, int columns)
{
	const char *host = postrider_result_host(r, i);
	char words[WORDS_MAX], line[3 * WORDS_MAX];

	put_words(r, i, words);
	snprintf(line, sizeof line, " %-34s %s%s%s", postrider_result_address(r, i), host,
	         *host && *words ? ": " : "", words);
	printf("%-10s%.*s\n", state_of(r, i), fit(line, columns - STATE_COLUMNS), line);
}

static void explain_row(const struct postrider_result *r, size_t i)
{
	const char *why = postrider_result_meaning(r, i);
	char words[WORDS_MAX];

	if (postrider_result_state(r, i) == POSTRIDER_DELIVERED || !*why)
		return;
	put_words(r, i, words);
	printf("\n%s: %s\n", postrider_result_address(r, i), why);
	if (postrider_result_code(r, i))
		printf("  %s said: %s\n", postrider_result_host(r, i), words);
	else if (*words)
		printf("  reason: %s\n", words);
}

static void print_table(const struct postrider_result *r, int columns)
{
	printf("%s\n", postrider_result_route(r));
	for (size_t i = 0; i < postrider_result_count(r); i++)
		draw_row(r, i, columns);
	for (size_t i = 0; i < postrider_result_count(r); i++)
		explain_row(r, i);
}

/* Each object within the array, which is the JSON's first and only one. */
static void print_json(const char *json)
{
	bool in_text = false;
	int depth = 0;

	for (const char *p = json; *p; p++) {
		if (in_text && *p == '\\' && p[1]) {
			if (depth >= 2)
				putchar(*p);
			p++;
		} else if (*p == '"') {
			in_text = !in_text;
		} else if (!in_text && *p == '{') {
			depth++;
		}
		if (depth >= 2)
			putchar(*p);
		if (!in_text && *p == '}' && depth-- == 2)
			putchar('\n');
	}
}

static int run(struct sending *s)
{
	struct postrider_result *r = postrider_client_send(s->client, s->mail, s->server);
	int status = postrider_result_status(r);

	if (postrider_result_error(r)) {
		fprintf(stderr, "postrider-send: %s\n", postrider_result_error(r));
		status = STATUS_UNSENT;
	} else if (s->columns) {
		print_table(r, s->columns);
	} else {
		print_json(postrider_result_json(r));
	}
	postrider_result_free(r);
	return status;
}

static const struct option options[] = {
	{ "from", required_argument, NULL, 'f' },    { "to", required_argument, NULL, 't' },
	{ "cc", required_argument, NULL, 'k' },      { "bcc", required_argument, NULL, 'b' },
	{ "subject", required_argument, NULL, 's' }, { "body", required_argument, NULL, 'B' },
	{ "text", required_argument, NULL, 'x' },    { "html", required_argument, NULL, 'H' },
	{ "attach", required_argument, NULL, 'a' },  { "wait", required_argument, NULL, 'w' },
	{ "server", required_argument, NULL, 'S' },  { "option", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },          { "table", no_argument, NULL, 'T' },
	{ "help", no_argument, NULL, 'h' },          { 0 }
};

/* A status, or -1: go on and send. */
static int take_options(struct sending *s, int argc, char **argv)
{
	int o;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (o == 'h')
			return fputs(usage, stdout), STATUS_OK;
		if (take_option(s, o, optarg) == 0)
			continue;
		if (postrider_mail_error(s->mail))
			misuse(postrider_mail_error(s->mail), "");
		return STATUS_USAGE;
	}
	if (optind < argc)
		return misuse(argv[optind], " is no option"), STATUS_USAGE;
	return -1;
}

int utf8_main(int argc, char **argv)
{
	struct sending s = { .columns = terminal_columns() };
	int status;

	s.mail = postrider_mail_new(NULL, NULL, NULL);
	s.client = postrider_client_new();
	status = take_options(&s, argc, argv);
	if (status < 0)
		status = run(&s);
	postrider_mail_free(s.mail);
	postrider_client_free(s.client);
	return status;
}
