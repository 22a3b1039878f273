/* cmd/defence/cmd_quarantine.c - quarantine list, show, release, delete. */
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/control.h"

static const char usage[] =
        "usage: postrider quarantine list [-c FILE] [--json] [--account ACCOUNT]\n"
        "       postrider quarantine show [-c FILE] [--json | --text] ID\n"
        "       postrider quarantine release [-c FILE] [--json] ID...\n"
        "       postrider quarantine delete [-c FILE] [--json] ID...\n\n"
        "What the defence has put aside: in the mailbox Quarantine of accounts here, and in the\n"
        "queue where the recipient is elsewhere.\n\n"
        "list:    what there is, of all accounts or of one, and why.\n"
        "show:    what each step found; with --text the message as it is kept.\n"
        "release: it goes to the account's INBOX, or on its way.\n"
        "delete:  it is gone, and the sender is told nothing.\n\n"
        "An ID is one recipient's, such as 06B8ZQ4M1R0G2.0; without the dot and number all\n"
        "recipients of that message are meant. A user releases by moving a message elsewhere.\n"
        "JSON when piped.";

struct quarantine_options {
	const char *config, *account;
	bool json, text;
};

static void print_value(const char *before, json_t *row, const char *key)
{
	fputs(before, stdout);
	cli_print_value(control_text(row, key));
}

static void print_who(json_t *row)
{
	bool here = strcmp(control_text(row, "where"), "mailbox") == 0;

	print_value("  from ", row, "return_path");
	if (!*control_text(row, "return_path"))
		fputs("<>", stdout);
	print_value("  to ", row, here ? "account" : "address");
}

/* 06B8ZQ4M1R0G2.0  2026-11-29T20:17:17Z  from a@b.test  to alice@home.test
 *     attachments: evil.exe is not taken ...
 *     its subject */
static void print_row(json_t *row)
{
	const char *received = control_text(row, "received");

	printf("%-17s  %s", control_text(row, "id"),
	       *received ? received : control_text(row, "since"));
	print_who(row);
	if (*control_text(row, "step")) {
		printf("\n    %s: ", control_text(row, "step"));
		cli_print_value(control_text(row, "words"));
	}
	if (*received)
		print_value("\n    ", row, "subject");
	else
		fputs("\n    its user has put it there", stdout);
	putchar('\n');
}

static void print_done(json_t *row)
{
	bool here = strcmp(control_text(row, "where"), "mailbox") == 0;
	bool released = strcmp(control_text(row, "done"), "released") == 0;

	printf("%s  %s", control_text(row, "id"),
	       !released ? "deleted, of"
	       : here    ? "released into INBOX of"
	                 : "released, on its way to");
	print_value(" ", row, here ? "account" : "address");
	print_value("  ", row, "subject");
	putchar('\n');
}

static void print_shown(json_t *row)
{
	json_t *found;
	size_t i;

	print_row(row);
	if (*control_text(row, "client_address")) {
		printf("    client %s, which called itself ", control_text(row, "client_address"));
		cli_print_value(control_text(row, "helo"));
		putchar('\n');
	}
	json_array_foreach(json_object_get(row, "defence"), i, found)
	{
		printf("    %-12s %-8s %-10s ", control_text(found, "step"),
		       control_text(found, "result"), control_text(found, "value"));
		cli_print_value(control_text(found, "words"));
		putchar('\n');
	}
}

static json_t *request(const char *verb, const char *id, const struct quarantine_options *o)
{
	const struct passwd *user = getpwuid(getuid());
	json_t *made = json_pack("{s:s, s:s}", "call", "quarantine", "order", verb);

	if (id)
		json_object_set_new(made, "id", json_string(id));
	if (o->account)
		json_object_set_new(made, "account", json_string(o->account));
	if (user)
		json_object_set_new(made, "by", json_string(user->pw_name));
	return made;
}

/* Rows until the last line, whose number of them is added to *n. */
static int ask(struct control *c, json_t *asked, bool json, void (*print)(json_t *), int64_t *n)
{
	json_t *row = NULL;
	int r = control_ask(c, asked);

	while (r >= 0 && (r = control_answer(c, &row)) >= 0 && !control_is_last(row)) {
		if (json)
			control_print(row);
		else
			print(row);
		json_decref(row);
	}
	if (r < 0)
		return r;
	*n += json_integer_value(json_object_get(row, "rows"));
	json_decref(row);
	return 0;
}

static int list(struct control *c, const struct quarantine_options *o)
{
	int64_t n = 0;
	int r = ask(c, request("list", NULL, o), o->json, print_row, &n);

	if (r >= 0 && !o->json)
		printf("%jd in quarantine\n", (intmax_t)n);
	return r < 0 ? CLI_FAILED : CLI_OK;
}

/* The words of the server say what is wrong, and this with what. */
static int each(struct control *c, const char *verb, char *const *ids, int n,
                const struct quarantine_options *o)
{
	void (*print)(json_t *) = strcmp(verb, "show") == 0 ? print_shown : print_done;
	int status = CLI_OK;
	int64_t rows = 0;

	for (int i = 0; i < n; i++) {
		int r = ask(c, request(verb, ids[i], o), o->json, print, &rows);
		if (r < 0)
			status = cli_fail("%s: nothing was done", ids[i]);
		if (r < 0 && r != ERR_REFUSED)
			break; /* the connection is gone */
	}
	return status;
}

/* As it is kept: what a recipient has in front of it alone is left out. */
static int text(struct control *c, const char *id)
{
	json_t *answer;
	int r = control_ask(c, json_pack("{s:s, s:s%}", "call", "text", "message", id,
	                                 (size_t)strcspn(id, ".")));

	if (r >= 0)
		r = control_answer(c, &answer);
	if (r < 0)
		return CLI_FAILED;
	uint64_t n = (uint64_t)json_integer_value(json_object_get(answer, "size"));
	json_decref(answer);
	return control_copy_out(c, n) < 0 ? CLI_FAILED : CLI_OK;
}

static bool fits(const char *verb, int n, const struct quarantine_options *o)
{
	if (strcmp(verb, "list") == 0)
		return !n && !o->text;
	if (o->account)
		return false;
	if (strcmp(verb, "show") == 0)
		return n == 1;
	return (strcmp(verb, "release") == 0 || strcmp(verb, "delete") == 0) && n && !o->text;
}

static int run(const char *verb, char *const *ids, int n, const struct quarantine_options *o)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;

	if (!fits(verb, n, o))
		return cli_misuse("quarantine", "list, show ID, release ID..., or delete ID...?");
	if (cli_settings(o->config, &mem, &set) < 0 || control_open(&set, &c) < 0)
		return CLI_FAILED;
	int status = !n ? list(&c, o) : o->text ? text(&c, ids[0]) : each(&c, verb, ids, n, o);
	control_close(&c);
	return fflush(stdout) != 0 ? CLI_FAILED : status;
}

int cmd_quarantine(int argc, char **argv)
{
	struct quarantine_options given = { .json = !cli_is_terminal() };
	const struct cli_option options[] = { { "account", .text = &given.account },
		                              { "json", .flag = &given.json },
		                              { "text", .flag = &given.text },
		                              { 0 } };
	int status = cli_options(argc, argv, "quarantine", usage, &given.config, options);

	if (status >= 0)
		return status;
	if (optind == argc)
		return cli_misuse("quarantine", "list, show ID, release ID..., or delete ID...?");
	return run(argv[optind], argv + optind + 1, argc - optind - 1, &given);
}
