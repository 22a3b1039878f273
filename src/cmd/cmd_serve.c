/* cmd/cmd_serve.c - serve: run the server; role: one of its processes. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cli.h"
#include "role/acme.h"
#include "role/role.h"

static const char usage[] =
        "usage: postrider serve [-c FILE] [--one-process]\n\n"
        "Runs in the foreground, prints `ready` once every listener accepts, and logs to\n"
        "standard error.  SIGTERM finishes what is under way and stops; SIGHUP does\n"
        "what postrider reload does, and the log says what came of it (files_read_again,\n"
        "reload_refused).  --one-process is for debugging: no sandbox.";

int cmd_serve(int argc, char **argv)
{
	const char *path = NULL;
	bool one = false;
	const struct cli_option options[] = { { "one-process", .flag = &one }, { 0 } };
	int status = cli_options(argc, argv, "serve", usage, &path, options);

	if (status >= 0)
		return status;
	if (optind < argc)
		return cli_misuse("serve", "%s is no option", argv[optind]);
	return role_serve(cli_config_path(path), one);
}

/* Started by the parent, never by a person. */
int cmd_role(int argc, char **argv)
{
	for (int r = 0; argc == 2 && r < ROLE_COUNT; r++)
		if (strcmp(argv[1], role_name((enum role)r)) == 0 && role_ops((enum role)r))
			return role_run((enum role)r);
	if (argc == 2 && strcmp(argv[1], ACME_ROLE) == 0)
		return acme_run();
	return cli_misuse("serve", "`role` is for the server itself");
}
