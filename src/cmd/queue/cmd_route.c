/* cmd/queue/cmd_route.c - route ADDRESS: where mail for it would go, and which line of the settings
 * says so. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/directory/who.h"
#include "config/config_route.h"

enum { PRINT_MAX = 16 << 10 };

/* What was asked, and what delivery.routes say to it. */
struct asked {
	struct span return_path, address;
	const struct settings *set;
	bool local;
	int line; /* of delivery.routes, from 0; -1: none fits */
	struct config_route route;
};

/* A domain of ours is the one that is asked about. */
struct search {
	struct span domain;
	bool found;
};

static void look(json_t *row, void *arg)
{
	struct search *s = arg;

	s->found = s->found || span_eq_nocase(s->domain, span_str(control_text(row, "domain")));
}

/* Before the server's first start there is no directory, and no domain is ours. */
static int is_ours(const struct settings *set, struct span domain, bool *out)
{
	static const struct who_order list = { .object = "domain", .verb = "list" };
	struct search s = { .domain = domain };
	int r = access(set->server_data_dir, F_OK) == 0 ? who_ask(set, &list, look, &s) : 0;

	*out = s.found;
	return r;
}

static const char *rule(const struct asked *a)
{
	return a->line < 0 ? "" : a->set->delivery_routes.v[a->line];
}

static void explain(const struct asked *a, struct span hop)
{
	static const char *const meanings[] = {
		[ROUTE_DIRECT] = "to the servers that DNS names for the domain",
		[ROUTE_RELAY] = "by SMTP to this host, whatever DNS says",
		[ROUTE_LMTP] = "by LMTP to this host or socket, whatever DNS says",
		[ROUTE_DISCARD] = "taken and thrown away; its state is cancelled",
		[ROUTE_HOLD] = "kept in the queue until the operator releases it",
	};

	if (a->local) {
		printf("%.*s is kept here: its domain is one of ours (postrider domain list)\n",
		       SPAN_ARG(a->address));
		return;
	}
	printf("%.*s: %.*s (%s)\n", SPAN_ARG(a->address), SPAN_ARG(hop), meanings[a->route.action]);
	if (a->line >= 0)
		printf("because of line %d of delivery.routes: %s\n", a->line + 1, rule(a));
	else
		printf("because no line of delivery.routes fits (there are %zu)\n",
		       a->set->delivery_routes.n);
}

static void explain_json(const struct asked *a, struct span hop)
{
	AUTO_BUF out = BUF(PRINT_MAX);
	struct json j = JSON(&out);

	json_begin_object(&j);
	json_member_span(&j, "address", a->address);
	json_member_span(&j, "return_path", a->return_path);
	json_member_span(&j, "route", a->local ? SPAN("local") : hop);
	if (a->line >= 0) {
		json_member_int(&j, "line", a->line + 1);
		json_member_span(&j, "rule", span_str(rule(a)));
	}
	json_end_object(&j);
	printf("%s\n", buf_str(&out));
}

int cmd_route(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "from", required_argument, NULL, 'f' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	AUTO_ARENA mem = { 0 };
	AUTO_BUF hop = BUF(PRINT_MAX);
	struct settings set;
	struct asked a = { .set = &set };
	struct config_route *routes;
	const char *path = NULL;
	bool json = !isatty(STDOUT_FILENO);
	int o;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (o == 'c')
			path = optarg;
		else if (o == 'f')
			a.return_path = span_str(strcmp(optarg, "<>") ? optarg : "");
		else if (o == 'j')
			json = true;
		else
			return cli_help(o, "route",
			                "usage: postrider route [-c FILE] [--from RETURN_PATH] "
			                "[--json] ADDRESS\n\n"
			                "Where mail for the address goes (for one of that return "
			                "path), and why: the first line of\n"
			                "delivery.routes that fits. Domains in their xn-- form.");
	}
	if (optind + 1 != argc)
		return cli_misuse("route", "one address?");
	a.address = span_str(argv[optind]);
	ptrdiff_t at = span_find_last(a.address, '@');
	if (at <= 0 || (size_t)at + 1 == a.address.n)
		return cli_misuse("route", "%s is no address such as user@example.org",
		                  argv[optind]);
	if (cli_settings(path, &mem, &set) < 0)
		return CLI_FAILED;
	struct span domain = span_sub(a.address, (size_t)at + 1, a.address.n);
	if (is_ours(&set, domain, &a.local) < 0)
		return CLI_FAILED;
	if (config_routes(&set.delivery_routes, &mem, &routes) < 0)
		return cli_fail("%s", err_str(ERR_NO_MEMORY));
	a.line = config_route_find(routes, set.delivery_routes.n, a.return_path, a.address, domain,
	                           &a.route);
	if (config_route_print(&a.route, &hop) < 0)
		return cli_fail("%s", err_str(hop.err));
	(json ? explain_json : explain)(&a, buf_span(&hop));
	return CLI_OK;
}
