/* cmd/queue/cmd_suppression.c - suppression list, add, remove: whom an account does not send to. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cmd/cli.h"
#include "cmd/control.h"

static const char usage[] =
        "usage: postrider suppression list [-c FILE] [--json] --account A [ADDRESS]\n"
        "       postrider suppression add [-c FILE] [--json] --account A [--for LENGTH]\n"
        "                                 [--list NAME] [--words TEXT] ADDRESS\n"
        "       postrider suppression remove [-c FILE] [--json] --account A [--list NAME]\n"
        "                                 ADDRESS\n\n"
        "Addresses that an account does not send to any more: mail to them came back for good,\n"
        "or their owners complained, or unsubscribed, or you say so. What is handed in for one\n"
        "is refused, by whatever way it comes.\n"
        "add: for ever, or as long as --for says (12h, 30d); of one list alone with --list.\n"
        "remove: it is sent to again.";

struct suppression_given {
	const char *config, *account, *list, *words, *length, *verb, *address;
	int64_t ms;
	bool json;
};

static void print_row(json_t *row, bool json)
{
	const char *until = control_text(row, "until"), *list = control_text(row, "list");

	if (json) {
		control_print(row);
		return;
	}
	printf("%-40s %-12s since %.10s", control_text(row, "address"), control_text(row, "why"),
	       control_text(row, "since"));
	if (*until)
		printf(", until %.10s", until);
	if (*list)
		printf(", list %s", list);
	printf("  %s\n", control_text(row, "words"));
}

static int take_answers(struct control *c, const struct suppression_given *g)
{
	json_t *row;
	bool last = false, lists = strcmp(g->verb, "list") == 0;
	size_t n = 0;
	int r = 0;

	while (!last && (r = control_answer(c, &row)) >= 0) {
		last = control_is_last(row);
		if (!last && (lists || g->json))
			print_row(row, g->json);
		n += !last;
		json_decref(row);
	}
	if (r < 0 || g->json)
		return r;
	if (!lists)
		printf("%s is %s\n", g->address,
		       strcmp(g->verb, "add") == 0 ? "not sent to any more" : "sent to again");
	else if (!n)
		puts("nobody is suppressed");
	return r;
}

static int ask(const struct suppression_given *g)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;

	if (cli_settings(g->config, &mem, &set) < 0 || control_open(&set, &c) < 0)
		return CLI_FAILED;
	int r = control_ask(&c,
	                    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "call", "suppression",
	                              "verb", g->verb, "account", g->account, "address", g->address,
	                              "list", g->list, "words", g->words, "until_ms",
	                              (json_int_t)(g->ms ? clock_wall_time_ms() + g->ms : 0)));
	if (r >= 0)
		r = take_answers(&c, g);
	control_close(&c);
	return r < 0 || fflush(stdout) != 0 ? CLI_FAILED : CLI_OK;
}

static int run(struct suppression_given *g, int n, char *const *args)
{
	bool lists = n > 0 && strcmp(args[0], "list") == 0;

	if (n < 1 || (!lists && strcmp(args[0], "add") != 0 && strcmp(args[0], "remove") != 0))
		return cli_misuse("suppression", "list, add or remove?");
	if (!g->account)
		return cli_misuse("suppression", "of which account? (--account ADDRESS)");
	if (n > 2 || (!lists && n != 2))
		return cli_misuse("suppression", "which one address?");
	g->verb = args[0];
	g->address = n == 2 ? args[1] : "";
	return ask(g);
}

int cmd_suppression(int argc, char **argv)
{
	struct suppression_given g = { .json = !cli_is_terminal(), .list = "", .words = "" };
	const struct cli_option options[] = {
		{ "json", .flag = &g.json },  { "account", .text = &g.account },
		{ "list", .text = &g.list },  { "words", .text = &g.words },
		{ "for", .text = &g.length }, { 0 }
	};
	int status = cli_options(argc, argv, "suppression", usage, &g.config, options);

	if (status >= 0)
		return status;
	if (g.length && clock_parse_length(span_str(g.length), &g.ms) < 0)
		return cli_misuse("suppression", "--for: %s is no length such as 12h, 30d",
		                  g.length);
	return run(&g, argc - optind, argv + optind);
}
