/* cmd/cmd_mailbox.c - mailbox names, list, show, rebuild. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cli.h"
#include "cmd/control.h"

struct place {
	const char *account, *mailbox;
};

/* Rows after *after, or the one with uid; *after moves to the last one's uid. */
static int rows(struct control *c, struct place at, json_int_t uid, json_int_t *after, json_t **out)
{
	int r = control_ask(c, json_pack("{s:s, s:s, s:s, s:I, s:I}", "call", "mailbox", "account",
	                                 at.account, "mailbox", at.mailbox, "uid", uid, "after",
	                                 *after));
	if (r >= 0)
		r = control_answer(c, out);
	if (r < 0)
		return r;
	json_t *all = json_object_get(*out, "rows");
	size_t n = json_array_size(all);
	if (n)
		*after = json_integer_value(json_object_get(json_array_get(all, n - 1), "uid"));
	return (int)n;
}

static void print_row(json_t *row)
{
	printf("%6lld  %-24s  %8lld  %-30s ",
	       (long long)json_integer_value(json_object_get(row, "uid")),
	       control_text(row, "received"),
	       (long long)json_integer_value(json_object_get(row, "size_bytes")),
	       control_return_path(row));
	cli_print_value(control_text(row, "subject"));
	putchar('\n');
}

static int list(struct control *c, struct place at, bool json)
{
	json_int_t after = 0;
	json_t *answer, *row;
	size_t i, total = 0;
	int n;

	if (!json)
		printf("%6s  %-24s  %8s  %-30s %s\n", "uid", "received", "octets", "from",
		       "subject");
	while ((n = rows(c, at, 0, &after, &answer)) > 0) {
		total += (size_t)n;
		json_array_foreach(json_object_get(answer, "rows"), i, row)
		{
			if (json) {
				control_print(row);
				continue;
			}
			print_row(row);
		}
		json_decref(answer);
	}
	if (n == 0)
		json_decref(answer);
	if (n == 0 && !json)
		printf("%zu message%s in %s of %s\n", total, total == 1 ? "" : "s", at.mailbox,
		       at.account);
	return n < 0 ? CLI_FAILED : CLI_OK;
}

static int show_row(struct control *c, json_t *row)
{
	if (json_object_get(row, "error"))
		return cli_fail("%s", control_text(row, "what"));
	int r = control_copy_out(c, (uint64_t)json_integer_value(json_object_get(row, "size")));
	return r < 0 ? CLI_FAILED : CLI_OK;
}

/* The row of the message, its octets, a last line; the latter alone when nothing is behind uid - 1.
 */
static int show(struct control *c, struct place at, const char *uid_text)
{
	json_int_t uid = strtoll(uid_text, NULL, 10);
	json_t *row;
	int r = uid <= 0 || uid > UINT32_MAX
	                ? cli_fail("%s is no number of a message", uid_text)
	                : control_ask(c, json_pack("{s:s, s:s, s:s, s:I, s:i, s:b}", "call",
	                                           "messages", "account", at.account, "mailbox",
	                                           at.mailbox, "after", uid - 1, "max", 1, "octets",
	                                           1));

	if (r == CLI_OK)
		r = control_answer(c, &row);
	if (r != CLI_OK)
		return CLI_FAILED;
	r = json_integer_value(json_object_get(row, "uid")) == uid
	            ? show_row(c, row)
	            : cli_fail("%s has no message %s in %s", at.account, uid_text, at.mailbox);
	json_decref(row);
	return r;
}

static long long number(json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

static void print_mailbox(json_t *row)
{
	printf("%8lld  %8lld  %12lld  %-10s  ", number(row, "messages"), number(row, "unseen"),
	       number(row, "size_bytes"), control_text(row, "use"));
	cli_print_value(control_text(row, "mailbox"));
	putchar('\n');
}

static int names(struct control *c, const char *account, bool json)
{
	json_t *answer, *row;
	size_t i;

	if (control_mailboxes(c, account, &answer) < 0)
		return CLI_FAILED;
	if (!json)
		printf("%8s  %8s  %12s  %-10s  %s\n", "messages", "unseen", "octets", "use",
		       "mailbox");
	json_array_foreach(json_object_get(answer, "rows"), i, row)
	{
		if (json)
			control_print(row);
		else
			print_mailbox(row);
	}
	json_decref(answer);
	return CLI_OK;
}

/* ---- rebuild ---- */

static void print_rebuilt(json_t *row)
{
	cli_print_value(control_text(row, "mailbox"));
	printf(": %lld messages are back", number(row, "messages"));
	if (number(row, "flags_lost"))
		printf(", %lld without the flags that they had", number(row, "flags_lost"));
	if (number(row, "flags_doubtful"))
		printf(", %lld with flags that may be wrong", number(row, "flags_doubtful"));
	printf("; UIDVALIDITY %lld\n", number(row, "uid_validity"));
}

static int rebuild(struct control *c, const char *account, bool json)
{
	json_t *answer, *row;
	size_t i;
	int r = control_ask(c, json_pack("{s:s, s:s}", "call", "rebuild", "account", account));

	if (r >= 0)
		r = control_answer(c, &answer);
	if (r < 0)
		return CLI_FAILED;
	long long missing = number(answer, "missing");
	if (json)
		control_print(answer);
	else if (!json_array_size(json_object_get(answer, "rows")))
		printf("no mailbox of %s is damaged\n", account);
	json_array_foreach(json_object_get(answer, "rows"), i, row) if (!json) print_rebuilt(row);
	if (missing && !json)
		printf("%lld more cannot be read any more; store verify tells which files are "
		       "damaged\n",
		       missing);
	json_decref(answer);
	return CLI_OK;
}

enum verb { NONE, NAMES, LIST, SHOW, REBUILD };

/* What is asked for; the account is args[1]. */
static enum verb verb_of(int n, char *const *args, struct place *at, const char **uid)
{
	*at = (struct place){ n > 1 ? args[1] : NULL, "INBOX" };
	if (n == 2 && strcmp(args[0], "names") == 0)
		return NAMES;
	if (n == 2 && strcmp(args[0], "rebuild") == 0)
		return REBUILD;
	bool is_list = n > 1 && strcmp(args[0], "list") == 0;
	bool is_show = n > 2 && strcmp(args[0], "show") == 0;
	if (!is_list && !is_show)
		return NONE;
	int most = is_list ? 3 : 4;
	if (n == most)
		at->mailbox = args[2];
	if (is_show)
		*uid = args[n - 1];
	return n > most ? NONE : is_list ? LIST : SHOW;
}

static const char usage[] = "usage: postrider mailbox names [-c FILE] [--json] ACCOUNT\n"
                            "       postrider mailbox list [-c FILE] [--json] ACCOUNT [MAILBOX]\n"
                            "       postrider mailbox show [-c FILE] ACCOUNT [MAILBOX] UID\n"
                            "       postrider mailbox rebuild [-c FILE] [--json] ACCOUNT\n\n"
                            "names: the account's mailboxes.  list: the messages in one, INBOX "
                            "unless you name another.\n"
                            "show: one of them, as it is stored.\n"
                            "rebuild: mailboxes whose files are damaged or lost get new ones, with "
                            "all messages that are\n"
                            "still known; mail programs fetch them anew.";

int cmd_mailbox(int argc, char **argv)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;
	const char *path = NULL, *uid = NULL;
	struct place at;
	bool json = !cli_is_terminal();
	const struct cli_option options[] = { { "json", .flag = &json }, { 0 } };
	int status = cli_options(argc, argv, "mailbox", usage, &path, options);

	if (status >= 0)
		return status;
	enum verb verb = verb_of(argc - optind, argv + optind, &at, &uid);
	if (verb == NONE)
		return cli_misuse(
		        "mailbox",
		        "names ACCOUNT, list ACCOUNT, show ACCOUNT UID, or rebuild ACCOUNT?");
	if (cli_settings(path, &mem, &set) < 0 || control_open(&set, &c) < 0)
		return CLI_FAILED;
	status = verb == NAMES     ? names(&c, at.account, json)
	         : verb == LIST    ? list(&c, at, json)
	         : verb == REBUILD ? rebuild(&c, at.account, json)
	                           : show(&c, at, uid);
	control_close(&c);
	return status;
}
