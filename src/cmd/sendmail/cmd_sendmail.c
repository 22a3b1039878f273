/* cmd/sendmail/cmd_sendmail.c - sendmail: what cron, PHP and mutt call. */
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "cmd/cli.h"
#include "cmd/sendmail/dialogue.h"
#include "cmd/sendmail/hand_over.h"

static int send_one(const struct sendmail_options *o, const struct sendmail_config *config)
{
	AUTO_BUF raw = { 0 };
	struct sendmail_message m;
	int status = sendmail_read(o, &raw);

	if (status != EX_OK)
		return status;
	status = sendmail_message(o, config->domain, config->sender, buf_span(&raw), &m);
	if (status == EX_OK)
		status = sendmail_hand_over(o, config, &m);
	sendmail_message_fini(&m);
	return status;
}

static int show_queue(void)
{
	static char name[] = "queue", verb[] = "list";
	char *argv[] = { name, verb, NULL };

	optind = 0; /* another command's options */
	return cmd_queue(2, argv) == CLI_OK ? EX_OK : EX_UNAVAILABLE;
}

static int usage(void)
{
	return cli_help('h', "sendmail",
	                "usage: postrider sendmail [-t] [-i] [-f SENDER] [-F NAME] [-v] [-C FILE] "
	                "[RECIPIENT...] < MESSAGE\n\n"
	                "  -t         recipients are those of To, Cc and Bcc, too\n"
	                "  -i, -oi    a line of one dot does not end the message\n"
	                "  -f, -r     the sender, to whom notifications go; \"\" for nobody\n"
	                "  -F NAME    its name, for a message without From\n"
	                "  -v         say what becomes of it\n"
	                "  -C FILE    instead of /etc/postrider/sendmail.conf\n"
	                "  -bs        speak SMTP on standard input and output\n"
	                "  -bp        what is in the queue\n\n"
	                "Under the name sendmail the program is this command; as mailq it is -bp, "
	                "as newaliases "
	                "-bi.  Other options of "
	                "sendmail are taken and change nothing.  Exit status: as in sysexits.h.");
}

int cmd_sendmail(int argc, char **argv)
{
	struct sendmail_options o;
	struct sendmail_config config;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return usage();
	int status = sendmail_options(argc, argv, &o);
	if (status != EX_OK || o.mode == SENDMAIL_NONE)
		return status;
	if (o.mode == SENDMAIL_QUEUE)
		return show_queue();
	status = sendmail_config_read(o.config, &config);
	if (status == EX_OK)
		status = sendmail_domain(&config);
	if (status == EX_OK)
		status = o.mode == SENDMAIL_SMTP ? sendmail_dialogue(&o, &config)
		                                 : send_one(&o, &config);
	sendmail_config_fini(&config);
	return status;
}
