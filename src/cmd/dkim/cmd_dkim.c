/* cmd/dkim/cmd_dkim.c - dkim: signatures of domains. */
#include <getopt.h>
#include <string.h>

#include "cmd/cli.h"
#include "cmd/dkim/dkim_cmd.h"

static const char usage[] =
        "usage: postrider dkim new DOMAIN [--selector S] [--rsa | --ed25519] [--key FILE]\n"
        "       postrider dkim show DOMAIN\n"
        "       postrider dkim rotate DOMAIN [--selector S] [--rsa | --ed25519]\n"
        "       postrider dkim list\n"
        "       postrider dkim remove DOMAIN [--selector S] [--yes]\n"
        "       postrider dkim verify MESSAGE\n\n"
        "new       makes the keys that mail of the domain's authors is signed with (RFC 6376),\n"
        "          one for RSA and one for Ed25519, and prints what to publish in DNS;\n"
        "          --key takes over a key in PEM form, of that kind and with that selector\n"
        "show      the records to publish, and whether DNS has them\n"
        "rotate    makes new keys; the old ones sign until DNS has the new records\n"
        "remove    one key, or all of the domain's: then it does not sign any more. Of a key that\n"
        "          signs it tells what signs without it, and asks first unless --yes is given\n"
        "verify    what the signatures of a message in a file (- for standard input) are\n"
        "          worth: none, pass, fail, policy, neutral, temperror or permerror, and why.\n"
        "          Exit status: 0 pass, 1 any other result, 2 it could not be asked (temperror,\n"
        "          no server runs, no such file)\n\n"
        "All take -c FILE and --json. What is ordered is in force at once, also in a server\n"
        "that runs; DNS is asked by the running server.";

static const struct {
	const char *verb;
	int (*run)(struct dkim_cmd *x);
	bool has_domain;
} verbs[] = {
	{ "new", dkim_cmd_new, true },       { "show", dkim_cmd_show, true },
	{ "rotate", dkim_cmd_rotate, true }, { "list", dkim_cmd_list, false },
	{ "remove", dkim_cmd_remove, true },
};

static int run(struct dkim_cmd *x, int n, char **args)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;

	x->set = &set;
	if (x->key_file && (!x->selector || x->rsa == x->ed25519))
		return cli_misuse("dkim", "--key needs --selector, and --rsa or --ed25519");
	if (n == 2 && strcmp(args[0], "verify") == 0)
		return cli_settings(x->config, &mem, &set) < 0 ? CLI_FAILED
		                                               : dkim_cmd_verify(x, args[1]);
	for (size_t i = 0; n > 0 && i < N_ELEMS(verbs); i++) {
		if (strcmp(args[0], verbs[i].verb) != 0 || n != 1 + verbs[i].has_domain)
			continue;
		x->domain = args[1];
		return cli_settings(x->config, &mem, &set) < 0 ? CLI_FAILED : verbs[i].run(x);
	}
	return cli_misuse("dkim", "new, show, rotate or remove and a domain, list, or verify and "
	                          "a file?");
}

int cmd_dkim(int argc, char **argv)
{
	struct dkim_cmd x = { 0 };
	const struct cli_option options[] = { { "selector", .text = &x.selector },
		                              { "key", .text = &x.key_file },
		                              { "rsa", .flag = &x.rsa },
		                              { "ed25519", .flag = &x.ed25519 },
		                              { "json", .flag = &x.json },
		                              { "yes", .flag = &x.yes },
		                              { 0 } };
	int status = cli_options(argc, argv, "dkim", usage, &x.config, options);

	if (status >= 0)
		return status;
	return run(&x, argc - optind, argv + optind);
}
