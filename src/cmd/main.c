/* cmd/main.c - postrider: one program, many commands. */
#include <signal.h>
#include <stdio.h>

#include "cmd/cli.h"

static const struct {
	const char *name;
	cli_command *run;
	const char *help; /* NULL: not for people */
} commands[] = {
	{ "init", cmd_init, "make a configuration, keys and an account in a directory" },
	{ "serve", cmd_serve, "run the server in the foreground" },
	{ "acme", cmd_acme, "certificates that an authority issues by itself" },
	{ "reload", cmd_reload, "read configuration and certificates again, while it runs" },
	{ "send", cmd_send, "send a message and see what becomes of it" },
	{ "sendmail", cmd_sendmail, "what programs call as sendmail: a message on standard input" },
	{ "status", cmd_status, "where a message is, recipient by recipient" },
	{ "why", cmd_why, "the same: what was found in it, and what became of it" },
	{ "changes", cmd_changes, "every change of every recipient, as it happens" },
	{ "queue", cmd_queue, "what is not decided yet" },
	{ "quarantine", cmd_quarantine, "what the defence has put aside: look, release, delete" },
	{ "defence", cmd_defence, "what would become of a message, and which step says so" },
	{ "suppression", cmd_suppression, "whom an account does not send to any more" },
	{ "mailbox", cmd_mailbox, "what is in an account's mailbox" },
	{ "import", cmd_import, "bring mail into an account, from files or an IMAP server" },
	{ "export", cmd_export, "write an account's mail into files" },
	{ "learn", cmd_learn, "say of messages whether they were wanted" },
	{ "domain", cmd_domain, "the domains whose mail is kept here" },
	{ "alias", cmd_alias, "addresses that lead to others" },
	{ "account", cmd_account, "who has mail here, and their passwords" },
	{ "key", cmd_key, "keys by which programs send, over HTTP" },
	{ "webhook", cmd_webhook, "URLs to which what becomes of an account's messages is posted" },
	{ "route", cmd_route, "where mail for an address goes, and which setting says so" },
	{ "ban", cmd_ban, "sources that are shut out" },
	{ "doctor", cmd_doctor, "what keeps mail from being taken, here and elsewhere" },
	{ "metrics", cmd_metrics, "what the server has counted and timed, for Prometheus" },
	{ "mirror", cmd_mirror, "how far the copy of the ledger in a database of yours is" },
	{ "spf", cmd_spf, "whether an address may send for a domain, by its SPF record" },
	{ "dkim", cmd_dkim, "keys that mail is signed with, and what signatures are worth" },
	{ "dmarc", cmd_dmarc, "what a domain wants done with mail that is not from it" },
	{ "config", cmd_config, "print or check the settings" },
	{ "store", cmd_store, "verify what is stored" },
	{ "backup", cmd_backup, "copy what is stored, while the server runs" },
	{ "restore", cmd_restore, "bring a backup back" },
	{ "role", cmd_role, NULL },
};

static int usage(FILE *to)
{
	fprintf(to,
	        "postrider %s - carries mail, and tells you what became of it\n\n"
	        "usage: postrider COMMAND [options]\n\n",
	        POSTRIDER_VERSION);
	for (size_t i = 0; i < N_ELEMS(commands); i++)
		if (commands[i].help)
			fprintf(to, "  %-10s  %s\n", commands[i].name, commands[i].help);
	fprintf(to,
	        "\nEach command has --help.  Most take -c FILE, the configuration; without it:\n"
	        "$POSTRIDER_CONFIG, var/postrider.conf, /etc/postrider/postrider.conf.\n");
	return to == stderr ? CLI_USAGE : CLI_OK;
}

static bool is_sendmail(const char *program)
{
	return cli_is_called(program, "sendmail") || cli_is_called(program, "mailq") ||
	       cli_is_called(program, "newaliases");
}

int main(int argc, char **argv)
{
	static char name[] = "postrider"; /* begins what getopt complains about */

	signal(SIGPIPE, SIG_IGN);
	if (argc && is_sendmail(argv[0]))
		return cmd_sendmail(argc, argv);
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return usage(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		printf("postrider %s\n", POSTRIDER_VERSION);
		return CLI_OK;
	}
	for (size_t i = 0; i < N_ELEMS(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			argv[1] = name;
			return commands[i].run(argc - 1, argv + 1);
		}
	fprintf(stderr, "postrider: no command %s\n\n", argv[1]);
	return usage(stderr);
}
