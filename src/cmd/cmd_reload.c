/* cmd/cmd_reload.c - reload: the running server reads its configuration and files again. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cli.h"
#include "cmd/control.h"

static const char usage[] =
        "usage: postrider reload [-c FILE]\n\n"
        "The running server reads its configuration again, and the files that it names:\n"
        "certificates, keys, logins at relay hosts, lists of hashes.  All is looked at\n"
        "first: with a mistake anywhere nothing changes, and the mistake is told (exit\n"
        "status 1).  No connection ends; what is begun anew goes by what is new.  Printed is\n"
        "what has changed, and which settings count from the next start on.  SIGHUP to the\n"
        "server does the same, and its log says what came of it.";

static int reload(const struct settings *set)
{
	struct control c;
	json_t *line = NULL;
	int r = control_open(set, &c);

	if (r < 0)
		return CLI_FAILED;
	r = control_ask(&c, json_pack("{s:s}", "call", "reload"));
	if (r >= 0)
		r = control_answer(&c, &line);
	bool good = r >= 0 && json_is_true(json_object_get(line, "good"));
	if (r >= 0) {
		const char *text = control_text(line, "text");
		fputs(*text ? text : "nothing has changed\n", good ? stdout : stderr);
		if (!good)
			fputs("postrider: mend that, and give the order again\n", stderr);
	}
	json_decref(line);
	control_close(&c);
	return good ? CLI_OK : CLI_FAILED;
}

int cmd_reload(int argc, char **argv)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	const char *path = NULL;
	int status = cli_options(argc, argv, "reload", usage, &path, NULL);

	if (status >= 0)
		return status;
	if (optind != argc)
		return cli_misuse("reload", "it takes no arguments");
	return cli_settings(path, &mem, &set) < 0 ? CLI_FAILED : reload(&set);
}
