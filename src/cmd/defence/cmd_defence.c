/* cmd/defence/cmd_defence.c - defence test: what would become of a message, and why. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cli.h"
#include "cmd/control.h"

static const char usage[] =
        "usage: postrider defence test [-c FILE] [--json] --from IP [--helo NAME]\n"
        "                              [--sender ADDRESS] --recipient ADDRESS MESSAGE\n\n"
        "Shows the message in the file MESSAGE (-: standard input) to the running server as if a\n"
        "client at that address had brought it to the smtp port: what each step of the defence\n"
        "says, in the order in which it is asked, or why nobody asks it; in the end where the\n"
        "message would go, or what its sender would read.  Nothing is kept, sent or logged.\n"
        "Without --sender it is <>, that of notifications.\n"
        "Exit status: 0 it would be taken, 1 it would be refused or could not be looked at.";

struct defence_options {
	const char *config, *ip, *helo, *sender, *recipient;
	bool json;
};

/* A row of the table on a terminal; else words between colons. */
static void print_finding(const char *step, const char *result, const char *value,
                          const char *words)
{
	if (cli_is_terminal())
		printf("%-12s %-9s %-10s ", step, result, value);
	else
		printf("%s: %s%s%s%s ", step, result, *value ? " (" : "", value,
		       *value ? "):" : ":");
	cli_print_value(words);
	putchar('\n');
}

/* What each step is set to, and who says so. */
static void print_set(json_t *row)
{
	json_t *set;
	size_t i;

	fputs("set for ", stdout);
	cli_print_value(control_text(row, "address"));
	putchar(':');
	json_array_foreach(json_object_get(row, "set"), i, set)
	        printf("%s %s=%s (%s)", i ? "," : "", control_text(set, "step"),
	               control_text(set, "action"), control_text(set, "by"));
	putchar('\n');
}

static void print_recipient(json_t *row)
{
	const char *account = control_text(row, "account"), *goes = control_text(row, "goes");
	const char *reply = control_text(row, "reply");
	bool refused = strcmp(goes, "refused") == 0;

	cli_print_value(control_text(row, "address"));
	if (*account && strcmp(account, control_text(row, "address")) != 0)
		printf(", account %s", account);
	printf(": %s", goes);
	if (*control_text(row, "action"))
		printf(", since %s=%s", control_text(row, "step"), control_text(row, "action"));
	if (*reply && !refused)
		fputs(", since others take it; else refused", stdout);
	putchar('\n');
}

/* "refused at RCPT: 554 5.7.1 ...", "put off behind the text: 451 ...". */
static void print_stop(json_t *answer)
{
	const char *at = control_text(answer, "refused_at"), *reply = control_text(answer, "reply");

	if (*control_text(answer, "cause")) {
		fputs("the cause: ", stdout);
		cli_print_value(control_text(answer, "cause"));
		putchar('\n');
	}
	printf("%s %s: ", *reply == '4' ? "put off" : "refused",
	       strcmp(at, "connection") == 0 ? "when it connects"
	       : strcmp(at, "text") == 0     ? "behind the text"
	       : strcmp(at, "MAIL") == 0     ? "at MAIL"
	                                     : "at RCPT");
	cli_print_value(reply);
	putchar('\n');
}

static bool is_taken(json_t *answer)
{
	return !*control_text(answer, "reply");
}

static void print_chain(json_t *chain)
{
	bool reached = true;
	json_t *row;
	size_t i;

	json_array_foreach(chain, i, row)
	{
		if (reached && !json_is_true(json_object_get(row, "reached"))) {
			puts("the client comes no further; if it did:");
			reached = false;
		}
		print_finding(control_text(row, "step"), control_text(row, "result"),
		              control_text(row, "value"), control_text(row, "words"));
	}
}

/* The last line is what becomes of it. */
static void print_answer(json_t *answer)
{
	json_t *row;
	size_t i;

	if (cli_is_terminal())
		printf("%-12s %-9s %-10s %s\n", "step", "result", "value", "why");
	print_chain(json_object_get(answer, "chain"));
	json_array_foreach(json_object_get(answer, "recipients"), i, row) print_set(row);
	json_array_foreach(json_object_get(answer, "recipients"), i, row) print_recipient(row);
	if (!is_taken(answer))
		print_stop(answer);
}

static int ask(struct control *c, const struct defence_options *o, struct span message)
{
	json_t *answer;
	int r = control_ask(c, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "call", "defence", "ip",
	                                 o->ip, "helo", o->helo, "sender", o->sender, "recipient",
	                                 o->recipient, "size", (json_int_t)message.n));

	if (r >= 0)
		r = control_put(c, message);
	if (r >= 0)
		r = control_answer(c, &answer);
	if (r < 0)
		return CLI_FAILED;
	if (o->json)
		control_print(answer);
	else
		print_answer(answer);
	int status = is_taken(answer) ? CLI_OK : CLI_FAILED;
	json_decref(answer);
	return status;
}

static int run(const struct defence_options *o, const char *file)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF message = { 0 };
	struct settings set;
	struct control c;

	if (cli_settings(o->config, &mem, &set) < 0 || cli_read_message(file, &message) < 0 ||
	    control_open(&set, &c) < 0)
		return CLI_FAILED;
	int status = ask(&c, o, buf_span(&message));
	control_close(&c);
	return fflush(stdout) != 0 ? CLI_FAILED : status;
}

int cmd_defence(int argc, char **argv)
{
	struct defence_options given = { .helo = "", .sender = "" };
	const struct cli_option options[] = {
		{ "from", .text = &given.ip },       { "helo", .text = &given.helo },
		{ "sender", .text = &given.sender }, { "recipient", .text = &given.recipient },
		{ "json", .flag = &given.json },     { 0 }
	};
	int status = cli_options(argc, argv, "defence", usage, &given.config, options);

	if (status >= 0)
		return status;
	given.sender = strcmp(given.sender, "<>") ? given.sender : "";
	if (argc - optind != 2 || strcmp(argv[optind], "test") != 0)
		return cli_misuse("defence", "test MESSAGE?");
	if (!given.ip || !given.recipient)
		return cli_misuse("defence", "--from which address, and for which --recipient?");
	return run(&given, argv[optind + 1]);
}
