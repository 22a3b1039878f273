/* cmd/cmd_metrics.c - metrics: what the server has counted, for Prometheus or a person. */
#include <getopt.h>

#include "cmd/cli.h"
#include "cmd/control.h"

static const char usage[] =
        "usage: postrider metrics [-c FILE]\n\n"
        "What the running server has counted and timed since its roles started: a page in\n"
        "Prometheus's text format.  With node_exporter's textfile collector:\n"
        "  postrider metrics > postrider.prom.new && mv postrider.prom.new postrider.prom";

static int print_page(const struct settings *set)
{
	struct control c;
	json_t *line = NULL;
	int r = control_open(set, &c);

	if (r < 0)
		return r;
	r = control_ask(&c, json_pack("{s:s}", "call", "metrics"));
	if (r >= 0)
		r = control_answer(&c, &line);
	if (r >= 0)
		r = control_copy_out(&c,
		                     (uint64_t)json_integer_value(json_object_get(line, "size")));
	json_decref(line);
	control_close(&c);
	return r;
}

int cmd_metrics(int argc, char **argv)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	const char *path = NULL;
	int status = cli_options(argc, argv, "metrics", usage, &path, NULL);

	if (status >= 0)
		return status;
	if (optind != argc)
		return cli_misuse("metrics", "it takes no arguments");
	if (cli_settings(path, &mem, &set) < 0 || print_page(&set) < 0)
		return CLI_FAILED;
	return CLI_OK;
}
