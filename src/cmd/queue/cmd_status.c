/* cmd/queue/cmd_status.c - status, changes: what became of messages. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/queue/table.h"

enum { WAIT_MS = 30000 };
#define FROM_NOW UINT64_MAX /* the server knows it as -1 */

/* The last line of the answer, with the records in it as "recipients". */
static int ask_status(const struct settings *set, const char *message, json_t **out)
{
	json_t *recipients = json_array(), *line = NULL;
	struct control c;
	int r = control_open(set, &c);

	if (r < 0)
		return r;
	r = control_ask(&c, json_pack("{s:s, s:s}", "call", "status", "message", message));
	while (r >= 0 && (r = control_answer(&c, &line)) >= 0 && !control_is_last(line))
		json_array_append_new(recipients, line);
	control_close(&c);
	if (r < 0) {
		json_decref(recipients);
		return r;
	}
	json_object_set_new(line, "recipients", recipients);
	*out = line;
	return 0;
}

/* "dmarc     fail      its words" */
static void print_findings(const json_t *answer)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, "defence"), i, row)
	{
		if (!i)
			printf("\n");
		printf("%-12s %-12s ", control_text(row, "step"), control_text(row, "value"));
		cli_print_value(control_text(row, "words"));
		putchar('\n');
	}
}

/* The address of the recipient of this number, as the records have it. */
static const char *address_of(const json_t *answer, json_int_t number)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, "recipients"), i,
	                   row) if (json_integer_value(json_object_get(row, "recipient")) ==
	                            number) return control_text(row, "address");
	return "";
}

/* Whether it still lies in quarantine, and how it is let go. */
static void print_where(const json_t *answer, json_int_t number)
{
	const json_t *rows = json_object_get(answer, "quarantine");
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (json_integer_value(json_object_get(row, "recipient")) != number)
			continue;
		printf(", lies in %s: postrider quarantine release %s",
		       *control_text(row, "account") ? "the mailbox Quarantine" : "the queue",
		       control_text(row, "id"));
		return;
	}
	if (rows)
		printf(", no longer there: it was released, moved or deleted");
}

/* "bob@example.net: junk, by wanted" */
static void print_followed(const json_t *answer)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, "followed"), i, row)
	{
		const json_int_t number = json_integer_value(json_object_get(row, "recipient"));
		const char *action = control_text(row, "action");

		if (!i)
			printf("\n");
		cli_print_value(address_of(answer, number));
		printf(": %s, by %s", action, control_text(row, "step"));
		if (strcmp(action, "quarantine") == 0 || strcmp(action, "reject") == 0)
			print_where(answer, number);
		putchar('\n');
	}
}

/* Returns the exit status. */
static int print_status(json_t *answer, bool json)
{
	json_t *m = json_object_get(answer, "message"), *row;
	struct table t = { 0 };
	size_t i;

	json_array_foreach(json_object_get(answer, "recipients"), i, row) table_set(&t, row);
	int status = table_status(&t);
	if (json) {
		control_print(answer);
		table_fini(&t);
		return status;
	}
	printf("message %s  %s\nfrom    %s\nsubject ", control_text(m, "id"),
	       control_text(m, "accepted"), control_return_path(m));
	cli_print_value(control_text(m, "subject"));
	fputs("\n\n", stdout);
	table_draw(&t);
	table_explain(&t);
	json_array_foreach(json_object_get(answer, "reports"), i, row) table_report(row);
	print_findings(answer);
	print_followed(answer);
	table_fini(&t);
	return status;
}

static int help_of(int o, const char *name)
{
	static const char status[] =
	        "usage: postrider status [-c FILE] [--json] ID\n\n"
	        "Where a message is, recipient by recipient.  ID is a message's id here, or its\n"
	        "Message-ID.  JSON when piped.\n"
	        "Exit status: 0 all delivered, 1 some failed, 2 some undecided.";
	static const char why[] =
	        "usage: postrider why [-c FILE] [--json] ID\n\n"
	        "What each step of the defence found in a message, what followed, and where it is\n"
	        "now.  ID is a message's id here, or its Message-ID.  JSON when piped.\n"
	        "Exit status: 0 all delivered, 1 some failed, 2 some undecided.";

	return cli_help(o, name, span_eq(span_str(name), SPAN("why")) ? why : status);
}

static int tell_of(int argc, char **argv, const char *name)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	AUTO_ARENA mem = { 0 };
	struct settings set;
	const char *path = NULL;
	bool json = !cli_is_terminal();
	json_t *answer;
	int o;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (o == 'c')
			path = optarg;
		else if (o == 'j')
			json = true;
		else
			return help_of(o, name);
	}
	if (optind + 1 != argc)
		return cli_misuse(name, "which message?");
	if (cli_settings(path, &mem, &set) < 0 || ask_status(&set, argv[optind], &answer) < 0)
		return CLI_FAILED;
	int status = print_status(answer, json);
	json_decref(answer);
	return status;
}

int cmd_status(int argc, char **argv)
{
	return tell_of(argc, argv, "status");
}

int cmd_why(int argc, char **argv)
{
	return tell_of(argc, argv, "why");
}

/* One round: prints what is there (or comes within the wait) and moves *after on. */
static int follow(struct control *c, uint64_t *after, const char *message, bool json, int wait_ms)
{
	json_t *request = json_pack("{s:s, s:I, s:i}", "call", "changes", "after",
	                            (json_int_t)*after, "wait", wait_ms);
	if (message)
		json_object_set_new(request, "message", json_string(message));
	int r = control_ask(c, request);
	for (bool last = false; r >= 0 && !last;) {
		json_t *line;
		r = control_answer(c, &line);
		if (r < 0)
			return r;
		last = control_is_last(line);
		*after = (uint64_t)json_integer_value(json_object_get(line, "seq"));
		if (!last && json)
			control_print(line);
		else if (!last)
			table_print_line(line);
		json_decref(line);
	}
	return r < 0 ? r : fflush(stdout) != 0 || ferror(stdout) ? ERR_CLOSED : 0;
}

int cmd_changes(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "follow", no_argument, NULL, 'f' },
		                                 { "after", required_argument, NULL, 'a' },
		                                 { "now", no_argument, NULL, 'n' },
		                                 { "message", required_argument, NULL, 'm' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;
	const char *path = NULL, *message = NULL;
	bool json = !cli_is_terminal(), on = false;
	uint64_t after = 0;
	int o;

	while ((o = getopt_long(argc, argv, "c:fh", options, NULL)) != -1) {
		switch (o) {
		case 'c': path = optarg; break;
		case 'j': json = true; break;
		case 'f': on = true; break;
		case 'a':
			if (span_to_u64(span_str(optarg), INT64_MAX, &after) < 0)
				return cli_misuse("changes", "--after: %s is no number", optarg);
			break;
		case 'n': after = FROM_NOW; break;
		case 'm': message = optarg; break;
		default:
			return cli_help(o, "changes",
			                "usage: postrider changes [-c FILE] [--follow] [--json] "
			                "[--after SEQ | --now] [--message ID]\n\n"
			                "Every change of every recipient's state, oldest first; "
			                "--follow waits for more.\n"
			                "--after goes on behind a change, --now begins with the "
			                "next one.\n"
			                "JSON lines when piped.");
		}
	}
	if (cli_settings(path, &mem, &set) < 0 || control_open(&set, &c) < 0)
		return CLI_FAILED;
	int r;
	uint64_t before, first = after;
	do {
		before = after;
		r = follow(&c, &after, message, json, on ? WAIT_MS : 0);
	} while (r >= 0 && (on || after > before));
	control_close(&c);
	if (r < 0 && after > first && after != FROM_NOW)
		cli_fail("to go on where this ended: postrider changes --after %ju",
		         (uintmax_t)after);
	return r < 0 ? CLI_FAILED : CLI_OK;
}
