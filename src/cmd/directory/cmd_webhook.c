/* cmd/directory/cmd_webhook.c - webhook new, list, ...: endpoints of an account. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cli.h"
#include "cmd/control.h"

static const char usage[] =
        "usage: postrider webhook new [-c FILE] [--json] --account ADDRESS [--events NAME,...]\n"
        "                             [--tags TAG,...] URL\n"
        "       postrider webhook list [-c FILE] [--json] --account ADDRESS\n"
        "       postrider webhook show|enable|disable|rotate|test|log|remove [-c FILE] [--json]\n"
        "                             --account ADDRESS ID\n"
        "       postrider webhook replay [-c FILE] --account ADDRESS --since NUMBER|TIME ID\n\n"
        "URLs to which what becomes of an account's messages is posted, signed as Standard\n"
        "Webhooks, in order, until it is taken.\n"
        "new: prints the secret that signs, once.  --events: these alone (delivered, deferred,\n"
        "refused, ...); --tags: of messages with one of these alone.\n"
        "rotate: another secret; for a day the old one signs beside it.\n"
        "test: posts a test, and tells what came of it.  log: each attempt, the latest first.\n"
        "replay: goes on from that change, by its number or from a time such as\n"
        "2026-11-30T12:00:00Z, also if it was posted before.";

struct webhook_given {
	const char *config, *account, *events, *tags, *since, *verb, *what;
	bool json;
};

/* ---- what is printed ---- */

static void print_list(json_t *list, const char *without)
{
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) printf("%s%s", i ? "," : "", json_string_value(one));
	if (!json_array_size(list))
		fputs(without, stdout);
}

static void print_secret(json_t *row, const struct webhook_given *g)
{
	const char *secret = control_text(row, "secret");

	if (!*secret)
		return;
	if (cli_is_terminal())
		printf("\nThe secret that signs what is posted there, shown this once:\n\n"
		       "    %s\n\nTry it:  postrider webhook test --account %s %s\n",
		       secret, g->account, control_text(row, "id"));
	else
		printf("secret %s\n", secret);
}

static void print_endpoint(json_t *row, const struct webhook_given *g)
{
	bool enabled = json_is_true(json_object_get(row, "enabled"));
	json_int_t failures = json_integer_value(json_object_get(row, "failures"));

	printf("%s  %s  %s", control_text(row, "id"),
	       !enabled   ? "disabled"
	       : failures ? "failing"
	                  : "enabled",
	       control_text(row, "url"));
	fputs("  events ", stdout);
	print_list(json_object_get(row, "events"), "all");
	fputs("  tags ", stdout);
	print_list(json_object_get(row, "tags"), "any");
	if (*control_text(row, "why"))
		printf("  (%s)", control_text(row, "why"));
	if (enabled && failures)
		printf("  %lld failures, next try %s", (long long)failures,
		       control_text(row, "next_try"));
	putchar('\n');
	print_secret(row, g);
}

static void print_attempt(json_t *row)
{
	json_int_t status = json_integer_value(json_object_get(row, "status"));

	printf("%.19s  %-6s  ", control_text(row, "time"), control_text(row, "kind"));
	if (*control_text(row, "webhook_id"))
		printf("%s  %s", control_text(row, "webhook_id"),
		       json_is_true(json_object_get(row, "taken")) ? "taken" : "not taken");
	if (status)
		printf("  %lld", (long long)status);
	if (*control_text(row, "webhook_id"))
		printf("  %lld ms",
		       (long long)json_integer_value(json_object_get(row, "elapsed_ms")));
	if (*control_text(row, "text"))
		printf("  %s", control_text(row, "text"));
	if (*control_text(row, "next_try"))
		printf("  next try %.19s", control_text(row, "next_try"));
	putchar('\n');
}

static void print_row(json_t *row, const struct webhook_given *g)
{
	if (g->json)
		control_print(row);
	else if (json_object_get(row, "webhook_id"))
		print_attempt(row);
	else
		print_endpoint(row, g);
}

/* ---- what is asked ---- */

static json_t *tags_of(const struct webhook_given *g)
{
	struct span rest = span_str(g->tags), one;
	json_t *tags = json_array();

	while (g->tags && span_split(&rest, ',', &one))
		if (one.n)
			json_array_append_new(tags, json_stringn(one.p, one.n));
	return tags;
}

static json_t *request_of(const struct webhook_given *g)
{
	const char *what = g->what ? g->what : "";
	bool is_new = strcmp(g->verb, "new") == 0;

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s}", "call", "webhook", "verb",
	                 g->verb, "account", g->account, "id", is_new ? "" : what, "url",
	                 is_new ? what : "", "events", g->events ? g->events : "", "tags",
	                 tags_of(g), "since", g->since ? g->since : "");
}

/* ERR_REFUSED: a test was not taken. */
static int take_answers(struct control *c, const struct webhook_given *g)
{
	bool last = false, failed = false;
	size_t n = 0;
	json_t *row;
	int r = 0;

	while (!last && (r = control_answer(c, &row)) >= 0) {
		last = control_is_last(row);
		if (!last)
			print_row(row, g);
		failed = failed || json_is_false(json_object_get(row, "taken"));
		n += !last;
		json_decref(row);
	}
	if (r >= 0 && !g->json && strcmp(g->verb, "list") == 0 && !n)
		printf("%s has no webhooks\n", g->account);
	if (r >= 0 && !g->json && strcmp(g->verb, "remove") == 0)
		printf("%s gets nothing any more\n", g->what);
	return r >= 0 && failed && strcmp(g->verb, "test") == 0 ? ERR_REFUSED : r;
}

static int ask(const struct webhook_given *g)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;

	if (cli_settings(g->config, &mem, &set) < 0 || control_open(&set, &c) < 0)
		return CLI_FAILED;
	int r = control_ask(&c, request_of(g));
	if (r >= 0)
		r = take_answers(&c, g);
	control_close(&c);
	return r < 0 || fflush(stdout) != 0 ? CLI_FAILED : CLI_OK;
}

static bool is_verb(const char *verb)
{
	static const char *const verbs[] = { "new",    "list", "show", "enable", "disable",
		                             "rotate", "test", "log",  "remove", "replay" };

	for (size_t i = 0; i < N_ELEMS(verbs); i++)
		if (strcmp(verb, verbs[i]) == 0)
			return true;
	return false;
}

int cmd_webhook(int argc, char **argv)
{
	struct webhook_given g = { 0 };
	const struct cli_option options[] = {
		{ "json", .flag = &g.json },     { "account", .text = &g.account },
		{ "events", .text = &g.events }, { "tags", .text = &g.tags },
		{ "since", .text = &g.since },   { 0 }
	};
	int status = cli_options(argc, argv, "webhook", usage, &g.config, options);
	int n = argc - optind;

	if (status >= 0)
		return status;
	if (!n || !is_verb(argv[optind]))
		return cli_misuse("webhook", "new, list, show, enable, disable, rotate, test, log, "
		                             "remove or replay?");
	g.verb = argv[optind];
	g.what = n > 1 ? argv[optind + 1] : NULL;
	if (!g.account)
		return cli_misuse("webhook", "of which account? (--account ADDRESS)");
	if (n != (strcmp(g.verb, "list") == 0 ? 1 : 2))
		return cli_misuse("webhook", strcmp(g.verb, "new") == 0 ? "to which URL?"
		                                                        : "which one? (its id)");
	if (strcmp(g.verb, "replay") == 0 && !g.since)
		return cli_misuse("webhook", "since when? (--since NUMBER or TIME)");
	return ask(&g);
}
