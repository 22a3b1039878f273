/* cmd/cmd_queue.c - queue list, queue show: what is not decided yet. */
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "cmd/cli.h"
#include "cmd/control.h"

enum { TERMINAL_ROWS = 100 };

static const char usage[] =
        "usage: postrider queue list [-c FILE] [--json] [--limit N] [WHICH]\n"
        "       postrider queue show [-c FILE] [--json] ID\n\n"
        "list: the recipients whose fate is open, the next to be tried first; all of them when\n"
        "      piped, 100 on a terminal.\n"
        "show: one message, recipient by recipient (as postrider status).\n\n"
        "WHICH, all of what is given:\n"
        "  ID               one message, by its id here or its Message-ID\n"
        "  --from ADDRESS   envelope sender; @DOMAIN: of that domain; <>: notifications\n"
        "  --to ADDRESS     recipient; @DOMAIN: of that domain\n"
        "  --domain DOMAIN  where it goes\n"
        "  --state STATES   queued, trying, deferred, held; several with commas\n"
        "  --class CLASS    why it was deferred, as the list shows it in JSON\n"
        "  --older AGE      accepted longer ago than that, as in 30m, 12h, 3d\n"
        "  --younger AGE    accepted since then";

struct queue_options {
	const char *config;
	bool json;
	int64_t limit; /* 0: none; -1: not given */
	json_t *which; /* the request's members */
};

/* What the options with a value are called in a request. */
static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },  { "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },          { "limit", required_argument, NULL, 'n' },
	{ "from", required_argument, NULL, 'w' },    { "to", required_argument, NULL, 'w' },
	{ "domain", required_argument, NULL, 'w' },  { "state", required_argument, NULL, 'w' },
	{ "class", required_argument, NULL, 'w' },   { "older", required_argument, NULL, 'a' },
	{ "younger", required_argument, NULL, 'a' }, { 0 },
};

static int set_age(json_t *which, const char *name)
{
	int64_t ms;
	char member[32];

	if (clock_parse_length(span_str(optarg), &ms) < 0)
		return cli_misuse("queue", "--%s: %s is no length of time such as 30m, 12h, 3d",
		                  name, optarg);
	snprintf(member, sizeof member, "%s_ms", name);
	json_object_set_new(which, member, json_integer(ms));
	return CLI_OK;
}

/* One option; the exit status when it ends the command, else CLI_OK. */
static int set_option(int o, int at, struct queue_options *out)
{
	uint64_t limit;

	switch (o) {
	case 'c': out->config = optarg; return CLI_OK;
	case 'j': out->json = true; return CLI_OK;
	case 'n':
		if (span_to_u64(span_str(optarg), INT64_MAX, &limit) < 0)
			return cli_misuse("queue", "--limit: %s is no number", optarg);
		out->limit = (int64_t)limit;
		return CLI_OK;
	case 'w':
		json_object_set_new(out->which, options[at].name, json_string(optarg));
		return CLI_OK;
	default: return set_age(out->which, options[at].name);
	}
}

static void print_row(json_t *row)
{
	const char *state = control_text(row, "state");

	printf("%s %s%-9s%s %-34s tries %-3lld next %s  %s\n", control_text(row, "message"),
	       cli_state_colour(state), state, cli_normal(), control_text(row, "address"),
	       (long long)json_integer_value(json_object_get(row, "attempt")),
	       control_text(row, "next_try"), control_text(row, "text"));
}

/* 1 a line, 0 the last one, which *end is. */
static int print_lines(struct control *c, json_t **end)
{
	json_t *row;
	int r;

	while ((r = control_answer(c, &row)) >= 0 && !control_is_last(row)) {
		print_row(row);
		json_decref(row);
	}
	if (r >= 0)
		*end = row;
	return r;
}

static int copy_lines(struct control *c)
{
	struct span line;
	int r;

	while ((r = control_answer_text(c, &line)) == 1 && !ferror(stdout)) {
		fwrite(line.p, 1, line.n, stdout);
		putchar('\n');
	}
	return r;
}

static void print_end(json_t *end)
{
	int64_t n = json_integer_value(json_object_get(end, "rows"));

	if (json_is_true(json_object_get(end, "more")))
		printf("the first %jd; --limit N shows more of them, --limit 0 all\n", (intmax_t)n);
	else
		printf("%jd recipient%s undecided\n", (intmax_t)n, n == 1 ? "" : "s");
}

static int list(const struct settings *set, const struct queue_options *o)
{
	int64_t limit = o->limit >= 0 ? o->limit : cli_is_terminal() ? TERMINAL_ROWS : 0;
	json_t *request = json_copy(o->which), *end = NULL;
	struct control c;
	int r = control_open(set, &c);

	if (r < 0) {
		json_decref(request);
		return CLI_FAILED;
	}
	json_object_set_new(request, "call", json_string("queue"));
	json_object_set_new(request, "limit", json_integer(limit));
	r = control_ask(&c, request);
	if (r >= 0)
		r = o->json ? copy_lines(&c) : print_lines(&c, &end);
	control_close(&c);
	if (end)
		print_end(end);
	json_decref(end);
	return r < 0 || fflush(stdout) != 0 ? CLI_FAILED : CLI_OK;
}

static int show(const struct queue_options *o, char *message)
{
	char *name[] = { (char *)(uintptr_t) "queue",
		         (char *)(uintptr_t) "-c",
		         (char *)(uintptr_t)cli_config_path(o->config),
		         message,
		         o->json ? (char *)(uintptr_t) "--json" : NULL,
		         NULL };

	optind = 1;
	return cmd_status(o->json ? 5 : 4, name);
}

static int run(int argc, char **argv, struct queue_options *o)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	int n = argc - optind;

	if (n < 1)
		return cli_misuse("queue", "list or show?");
	if (strcmp(argv[optind], "show") == 0)
		return n == 2 ? show(o, argv[optind + 1]) : cli_misuse("queue", "which message?");
	if (strcmp(argv[optind], "list") != 0)
		return cli_misuse("queue", "list or show?");
	if (n > 2)
		return cli_misuse("queue", "one message, or all of them");
	if (n == 2)
		json_object_set_new(o->which, "message", json_string(argv[optind + 1]));
	return cli_settings(o->config, &mem, &set) < 0 ? CLI_FAILED : list(&set, o);
}

int cmd_queue(int argc, char **argv)
{
	struct queue_options given = { .json = !cli_is_terminal(),
		                       .limit = -1,
		                       .which = json_object() };
	int o, at, r = CLI_OK;

	while (r == CLI_OK && (o = getopt_long(argc, argv, "c:h", options, &at)) != -1) {
		if (o == 'h' || o == '?')
			r = cli_help(o, "queue", usage);
		else
			r = set_option(o, at, &given);
		if (o == 'h')
			break;
	}
	if (r == CLI_OK && o == -1)
		r = run(argc, argv, &given);
	json_decref(given.which);
	return r;
}
