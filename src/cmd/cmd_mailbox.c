/* cmd/cmd_mailbox.c - mailbox list, mailbox show. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cli.h"
#include "cmd/control.h"

/* Rows after *after, or the one with uid; *after moves to the last one's uid. */
static int rows(struct control *c, const char *account, json_int_t uid, json_int_t *after,
                json_t **out)
{
	int r = control_ask(c, json_pack("{s:s, s:s, s:s, s:I, s:I}", "call", "mailbox", "account",
	                                 account, "mailbox", "INBOX", "uid", uid, "after", *after));
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

static int list(struct control *c, const char *account, bool json)
{
	json_int_t after = 0;
	json_t *answer, *row;
	size_t i, total = 0;
	int n;

	if (!json)
		printf("%6s  %-24s  %8s  %-30s %s\n", "uid", "received", "octets", "from",
		       "subject");
	while ((n = rows(c, account, 0, &after, &answer)) > 0) {
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
		printf("%zu message%s in INBOX of %s\n", total, total == 1 ? "" : "s", account);
	return n < 0 ? CLI_FAILED : CLI_OK;
}

static int show(struct control *c, const char *account, const char *uid_text)
{
	json_int_t after = 0, uid = strtoll(uid_text, NULL, 10);
	json_t *answer;
	int n = uid > 0 ? rows(c, account, uid, &after, &answer) : 0;

	if (n < 0)
		return CLI_FAILED;
	if (n == 0)
		return cli_fail("%s has no message %s in INBOX", account, uid_text);
	json_t *row = json_array_get(json_object_get(answer, "rows"), 0);
	int r = control_ask(c, json_pack("{s:s, s:s, s:b}", "call", "text", "message",
	                                 control_text(row, "message"), "mailbox", 1));
	json_decref(answer);
	if (r >= 0)
		r = control_answer(c, &answer);
	if (r < 0)
		return CLI_FAILED;
	r = control_copy_out(c, (uint64_t)json_integer_value(json_object_get(answer, "size")));
	json_decref(answer);
	return r < 0 ? CLI_FAILED : CLI_OK;
}

int cmd_mailbox(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;
	const char *path = NULL;
	bool json = !cli_is_terminal();
	int o, status;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (o == 'c')
			path = optarg;
		else if (o == 'j')
			json = true;
		else
			return cli_help(o, "mailbox",
			                "usage: postrider mailbox list [-c FILE] [--json] ACCOUNT\n"
			                "       postrider mailbox show [-c FILE] ACCOUNT UID\n\n"
			                "list: the messages in the account's INBOX.  show: one of "
			                "them, as it is stored.");
	}
	int n = argc - optind;
	bool is_list = n == 2 && strcmp(argv[optind], "list") == 0;
	bool is_show = n == 3 && strcmp(argv[optind], "show") == 0;
	if (!is_list && !is_show)
		return cli_misuse("mailbox", "list ACCOUNT, or show ACCOUNT UID?");
	if (cli_settings(path, &mem, &set) < 0 || control_open(&set, &c) < 0)
		return CLI_FAILED;
	status = is_list ? list(&c, argv[optind + 1], json)
	                 : show(&c, argv[optind + 1], argv[optind + 2]);
	control_close(&c);
	return status;
}
