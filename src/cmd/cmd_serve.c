/* cmd/cmd_serve.c - serve: run the server; role: one of its processes. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cli.h"
#include "role/role.h"

int cmd_serve(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "one-process", no_argument, NULL, '1' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	const char *path = NULL;
	bool one = false;
	int o;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (o == 'c')
			path = optarg;
		else if (o == '1')
			one = true;
		else
			return cli_help(
			        o, "serve",
			        "usage: postrider serve [-c FILE] [--one-process]\n\n"
			        "Runs in the foreground, prints `ready` once every listener "
			        "accepts, and logs to\n"
			        "standard error.  SIGTERM finishes what is under way and "
			        "stops; SIGHUP reads\n"
			        "certificate, key, logins at relay hosts and lists of hashes "
			        "again, and the\nlog says so (files_read_again); what else is "
			        "changed in the configuration counts\nfrom a restart on.  "
			        "--one-process is for debugging: no sandbox.");
	}
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
	return cli_misuse("serve", "`role` is for the server itself");
}
