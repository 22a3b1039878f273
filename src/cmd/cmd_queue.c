/* cmd/cmd_queue.c - queue list, queue show: what is not decided yet. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cli.h"
#include "cmd/control.h"

static void print_row(json_t *row, bool json)
{
	if (json) {
		control_print(row);
		return;
	}
	const char *state = control_text(row, "state");
	printf("%s %s%-9s%s %-34s tries %-3lld next %s  %s\n", control_text(row, "message"),
	       cli_state_colour(state), state, cli_normal(), control_text(row, "address"),
	       (long long)json_integer_value(json_object_get(row, "attempt")),
	       control_text(row, "next_try"), control_text(row, "text"));
}

/* One page; false at the end. */
static int page(struct control *c, json_t **last, bool json, size_t *n)
{
	json_t *answer, *row, *request = json_pack("{s:s}", "call", "queue");
	size_t i;

	if (*last) {
		json_object_set(request, "after_next_try_ms",
		                json_object_get(*last, "next_try_ms"));
		json_object_set(request, "after_message", json_object_get(*last, "message"));
		json_object_set(request, "after_recipient", json_object_get(*last, "recipient"));
	}
	int r = control_ask(c, request);
	if (r >= 0)
		r = control_answer(c, &answer);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(answer, "rows"), i, row) print_row(row, json);
	json_decref(*last);
	*last = i ? json_incref(json_array_get(json_object_get(answer, "rows"), i - 1)) : NULL;
	*n += i;
	json_decref(answer);
	return i > 0;
}

static int list(const struct settings *set, bool json)
{
	struct control c;
	json_t *last = NULL;
	size_t n = 0;
	int r = control_open(set, &c);

	if (r < 0)
		return CLI_FAILED;
	while ((r = page(&c, &last, json, &n)) > 0)
		continue;
	json_decref(last);
	control_close(&c);
	if (r == 0 && !json)
		printf("%zu recipient%s undecided\n", n, n == 1 ? "" : "s");
	return r < 0 ? CLI_FAILED : CLI_OK;
}

int cmd_queue(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	AUTO_ARENA mem = { 0 };
	struct settings set;
	const char *path = NULL;
	bool json = !cli_is_terminal();
	int o;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (o == 'c')
			path = optarg;
		else if (o == 'j')
			json = true;
		else
			return cli_help(o, "queue",
			                "usage: postrider queue list [-c FILE] [--json]\n"
			                "       postrider queue show [-c FILE] [--json] ID\n\n"
			                "list: every recipient whose fate is open, the next to be "
			                "tried first.\n"
			                "show: one message, recipient by recipient (as postrider "
			                "status).");
	}
	if (optind < argc && strcmp(argv[optind], "show") == 0) {
		int shift = optind;
		char *name[] = { argv[0],
			         "-c",
			         (char *)(uintptr_t)cli_config_path(path),
			         argv[shift + 1],
			         json ? "--json" : NULL,
			         NULL };
		optind = 1;
		return argv[shift + 1] ? cmd_status(name[4] ? 5 : 4, name)
		                       : cli_misuse("queue", "which message?");
	}
	if (optind + 1 != argc || strcmp(argv[optind], "list") != 0)
		return cli_misuse("queue", "list or show?");
	return cli_settings(path, &mem, &set) < 0 ? CLI_FAILED : list(&set, json);
}
