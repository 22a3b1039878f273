/* cmd/cmd_mirror.c - mirror: how far the copy of the ledger in a database of one's own is. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cli.h"
#include "cmd/control.h"

static const char usage[] =
        "usage: postrider mirror [-c FILE] [--json]\n"
        "       postrider mirror rebuild [-c FILE]\n\n"
        "How far the database of ledger.mirror has the ledger, and what is wrong if it does not\n"
        "take it. Exit status 0: it has all, or is being written to; 1: something is wrong.\n"
        "rebuild: writes all that the ledger still has again, over what is there, for tables\n"
        "from which rows were lost; of tables that were emptied as a whole it is done by itself.";

static void print_time(const char *label, json_t *answer, const char *key)
{
	const char *time = control_text(answer, key);

	if (*time)
		printf("%-10s %.19sZ\n", label, time);
}

static void print(json_t *answer)
{
	const char *words = control_text(answer, "words");
	long long behind = (long long)json_integer_value(json_object_get(answer, "behind"));

	if (json_is_true(json_object_get(answer, "connected")))
		printf("%-10s %s\n", "connected", control_text(answer, "database"));
	else
		printf("%-10s %s\n", "not there", *words ? words : "being connected");
	printf("%-10s %lld changes\n", "behind", behind);
	print_time("since", answer, "since");
	print_time("written", answer, "written");
	if (*words && json_is_true(json_object_get(answer, "connected")))
		printf("%-10s %s\n", "trouble", words);
}

static int ask(const char *path, const char *order, bool json)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;
	json_t *answer = NULL;
	bool well = false;

	if (cli_settings(path, &mem, &set) < 0 || control_open(&set, &c) < 0)
		return CLI_FAILED;
	int r = control_ask(&c, json_pack("{s:s, s:s}", "call", "mirror", "order", order));
	if (r >= 0)
		r = control_answer(&c, &answer);
	control_close(&c);
	if (r >= 0) {
		well = !*control_text(answer, "words");
		if (json)
			control_print(answer);
		else if (*order)
			puts("all that the ledger has is written again; postrider mirror tells how "
			     "far it is");
		else
			print(answer);
	}
	json_decref(answer);
	return r < 0 || fflush(stdout) != 0 || !(well || *order) ? CLI_FAILED : CLI_OK;
}

int cmd_mirror(int argc, char **argv)
{
	bool json = !cli_is_terminal();
	const struct cli_option options[] = { { "json", .flag = &json }, { 0 } };
	const char *path = NULL;
	int status = cli_options(argc, argv, "mirror", usage, &path, options);
	bool rebuild = status < 0 && optind + 1 == argc && strcmp(argv[optind], "rebuild") == 0;

	if (status >= 0)
		return status;
	if (optind != argc && !rebuild)
		return cli_misuse("mirror", "rebuild, or nothing?");
	return ask(path, rebuild ? "rebuild" : "", json);
}
