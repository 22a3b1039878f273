/* cmd/dkim/cmd_dkim.c - dkim: signatures of domains. */
#include <getopt.h>
#include <string.h>

#include "cmd/cli.h"
#include "cmd/dkim/dkim_cmd.h"

static const char usage[] =
        "usage: postrider dkim verify [-c FILE] [--json] MESSAGE\n\n"
        "verify    what the signatures of a message in a file (- for standard input) are\n"
        "          worth (RFC 6376): none, pass, fail, policy, neutral, temperror or\n"
        "          permerror, and why. The running server asks DNS.";

int cmd_dkim(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	const char *config = NULL;
	bool json = false;
	int o;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (o == 'c')
			config = optarg;
		else if (o == 'j')
			json = true;
		else
			return cli_help(o, "dkim", usage);
	}
	if (optind + 2 != argc || strcmp(argv[optind], "verify") != 0)
		return cli_misuse("dkim", "verify, and which message?");
	return dkim_cmd_verify(config, argv[optind + 1], json);
}
