/* cmd/defence/cmd_ban.c - ban list, add, remove: sources that are shut out. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/defence/ban_look.h"

static const char usage[] =
        "usage: postrider ban list [-c FILE] [--json]\n"
        "       postrider ban add [-c FILE] [--for LENGTH] [--reason TEXT] [--yes] ADDRESS\n"
        "       postrider ban remove [-c FILE] ADDRESS\n\n"
        "Sources (an IPv4 address, an IPv6 /64) that are answered 421, BYE or -ERR when they\n"
        "connect: those that did only harm (defence.ban_debt), and those that you add.\n"
        "add: for a day, or as long as --for says (30m, 12h, 3d), over restarts too. Of an\n"
        "address of this machine, or of smtp.relay_networks, it says who would be shut out,\n"
        "and asks first unless --yes is given.\n"
        "remove: lets it in, and forgives what it did.";

struct ban_given {
	const char *config, *verb, *address, *why;
	int64_t ms;
	bool json, yes;
};

static void print_row(json_t *row, bool json)
{
	if (json)
		control_print(row);
	else
		printf("%-40s until %.19s  turned away %-6lld %s\n", control_text(row, "address"),
		       control_text(row, "until"),
		       (long long)json_integer_value(json_object_get(row, "turned_away")),
		       control_text(row, "reason"));
}

static int take_answers(struct control *c, const struct ban_given *g)
{
	json_t *row;
	bool last = false;
	size_t n = 0;
	int r = 0;

	while (!last && (r = control_answer(c, &row)) >= 0) {
		last = control_is_last(row);
		if (!last)
			print_row(row, g->json);
		n += !last;
		json_decref(row);
	}
	if (r >= 0 && !g->json && strcmp(g->verb, "list") != 0)
		printf("%s is %s\n", g->address,
		       strcmp(g->verb, "add") == 0 ? "shut out" : "let in");
	else if (r >= 0 && !g->json && !n)
		puts("nobody is shut out");
	return r;
}

static bool may(const struct settings *set, const struct ban_given *g)
{
	struct ip ip;
	const char *whose = NULL;

	if (strcmp(g->verb, "add") == 0 && ip_parse(span_str(g->address), &ip) >= 0)
		whose = ban_look(set, &ip);
	return !whose || g->yes ||
	       cli_confirm("%s is %s: all of these would be turned away. Shut it out?", g->address,
	                   whose) == CLI_OK;
}

static int ask(const struct ban_given *g)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;

	if (cli_settings(g->config, &mem, &set) < 0 || !may(&set, g) || control_open(&set, &c) < 0)
		return CLI_FAILED;
	int r = control_ask(&c, json_pack("{s:s, s:s, s:s, s:I, s:s}", "call", "ban", "verb",
	                                  g->verb, "address", g->address, "ms", (json_int_t)g->ms,
	                                  "why", g->why));
	if (r >= 0)
		r = take_answers(&c, g);
	control_close(&c);
	return r < 0 || fflush(stdout) != 0 ? CLI_FAILED : CLI_OK;
}

static int run(struct ban_given *g, int n, char *const *args)
{
	bool lists = n == 1 && strcmp(args[0], "list") == 0;
	struct ip ip;

	if (!lists && (n != 2 || (strcmp(args[0], "add") != 0 && strcmp(args[0], "remove") != 0)))
		return cli_misuse("ban", "list, or add or remove and one address?");
	g->verb = args[0];
	g->address = lists ? "" : args[1];
	if (strchr(g->address, '/'))
		return cli_misuse("ban",
		                  "%s is a network, and one address is shut out (of IPv6, its "
		                  "/64): a whole network keep out by a firewall",
		                  g->address);
	if (!lists && (ip_parse(span_str(g->address), &ip) < 0 || ip_is_unspecified(&ip)))
		return cli_misuse("ban", "%s is no IPv4 or IPv6 address that somebody has",
		                  g->address);
	return ask(g);
}

int cmd_ban(int argc, char **argv)
{
	struct ban_given g = { .json = !cli_is_terminal(),
		               .why = "by the operator",
		               .ms = 24 * 60 * 60 * 1000 };
	const char *length = NULL;
	const struct cli_option options[] = { { "json", .flag = &g.json },
		                              { "for", .text = &length },
		                              { "reason", .text = &g.why },
		                              { "yes", .flag = &g.yes },
		                              { 0 } };
	int status = cli_options(argc, argv, "ban", usage, &g.config, options);

	if (status >= 0)
		return status;
	if (length && clock_parse_length(span_str(length), &g.ms) < 0)
		return cli_misuse("ban", "--for: %s is no length such as 12h, 3d", length);
	return run(&g, argc - optind, argv + optind);
}
