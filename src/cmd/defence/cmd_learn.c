/* cmd/defence/cmd_learn.c - learn: messages of files that were wanted, or not. */
#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd/cli.h"
#include "cmd/control.h"
#include "mailfile/mbox.h"
#include "wire/message/header.h"

enum {
	MESSAGE_BYTES = 512 << 10, /* of a message, as controld/controld.h says */
	FILE_BYTES_MAX = 1 << 30,
	LEVELS_MAX = 20,
};

struct learning {
	struct control c;
	const char *what, *account;
	size_t n, n_counted, n_turned, n_repeated, n_known;
	size_t n_refused, n_passed_over; /* files that were named, that are in a directory */
};

static int ask(struct learning *l, struct span message, json_t **answer)
{
	json_t *request = json_pack("{s:s, s:s, s:I}", "call", "learn", "what", l->what, "size",
	                            (json_int_t)message.n);

	if (request && l->account)
		json_object_set_new(request, "account", json_string(l->account));
	int r = control_ask(&l->c, request);
	if (r >= 0 && message.n)
		r = control_put(&l->c, message);
	return r < 0 ? r : control_answer(&l->c, answer);
}

static int tell(struct learning *l, const struct buf *message)
{
	json_t *answer;
	int r = ask(l, span_sub(buf_span(message), 0, MESSAGE_BYTES), &answer);

	if (r < 0)
		return r;
	const char *done = control_text(answer, "done");
	l->n++;
	l->n_counted += strcmp(done, "counted") == 0;
	l->n_turned += strcmp(done, "turned") == 0;
	l->n_repeated += strcmp(done, "repeated") == 0;
	l->n_known += strcmp(done, "known") == 0;
	json_decref(answer);
	return 0;
}

/* A header section with a field of it at least (RFC 5322 2.1), and no NUL, which no text has. */
static bool is_message(struct span text)
{
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, text);
	return message_header_next(&h, &f) && !memchr(text.p, 0, message_header_body(text));
}

/* What is no message teaches nothing.  In a directory others may be, such as an index. */
static int pass_over(struct learning *l, const char *path, bool named, size_t n)
{
	l->n_refused += named;
	l->n_passed_over += !named;
	if (named)
		cli_fail("%s is no message%s: nothing was learned of it",
		         strcmp(path, "-") == 0 ? "standard input" : path,
		         n ? ", for it does not begin with the fields of a header" : ", but empty");
	return 0;
}

/* A message's front is enough; the rest of it goes by. */
static void take_line(const struct mbox_reader *reader, struct mailfile_lines *lines,
                      struct buf *message)
{
	if (message->n < MESSAGE_BYTES)
		mailfile_line_get(lines, reader->text, reader->eol, message);
}

/* 1: there was a message in it. */
static int tell_mbox(struct learning *l, struct span in)
{
	size_t before = l->n;
	struct mbox_reader reader = { .kind = MBOX_RD };
	struct mailfile_lines lines = { 0 };
	AUTO_BUF message = BUF(2 * MESSAGE_BYTES);
	int r = 0;

	for (;;)
		switch (mbox_next(&reader, &in, true)) {
		case MBOX_BEGIN:
			buf_reset(&message);
			lines = (struct mailfile_lines){ 0 };
			break;
		case MBOX_LINE: take_line(&reader, &lines, &message); break;
		case MBOX_END:
			r = tell(l, &message);
			if (r < 0)
				return r;
			break;
		case MBOX_MORE:
		case MBOX_NOT: return l->n > before;
		}
}

/* "From " begins an mbox, or one message that was taken out of it. */
static int tell_file(struct learning *l, const char *path, bool named)
{
	AUTO_BUF file = BUF(FILE_BYTES_MAX);
	AUTO_BUF message = BUF(2 * MESSAGE_BYTES);
	int r = cli_read_file(path, FILE_BYTES_MAX, &file);

	if (r < 0)
		return r;
	if (span_starts(buf_span(&file), SPAN("From "))) {
		r = tell_mbox(l, buf_span(&file));
		return r ? r : pass_over(l, path, named, file.n);
	}
	r = mailfile_text_get(span_sub(buf_span(&file), 0, MESSAGE_BYTES), &message);
	if (r >= 0 && !is_message(buf_span(&message)))
		return pass_over(l, path, named, file.n);
	return r < 0 ? r : tell(l, &message);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* A Maildir, or any other: each file in it and below, but for those that begin with a dot and what
 * is not finished. */
static int tell_path(struct learning *l, const char *path, int levels)
{
	AUTO_ARENA mem = { 0 };
	struct dirent **names;
	struct stat s;
	int r = 0;

	if (strcmp(path, "-") == 0 || stat(path, &s) < 0 || !S_ISDIR(s.st_mode))
		return tell_file(l, path, levels == LEVELS_MAX);
	int n = scandir(path, &names, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		const char *below = arena_printf(&mem, "%s/%s", path, name);
		if (r >= 0 && levels && below && name[0] != '.' && strcmp(name, "tmp") != 0)
			r = tell_path(l, below, levels - 1);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return n < 0 ? cli_fail("cannot read %s", path), ERR_IO : r;
}

/* A file, or a directory with a message at least. */
static int tell_named(struct learning *l, const char *path)
{
	size_t seen = l->n + l->n_refused;
	int r = tell_path(l, path, LEVELS_MAX);

	if (r < 0 || l->n + l->n_refused > seen)
		return r;
	l->n_refused++;
	cli_fail("there is no message in %s: nothing was learned of it", path);
	return 0;
}

static void print_sum(const struct learning *l)
{
	printf("%zu messages: %zu counted, %zu were sure already, %zu were told before", l->n,
	       l->n_counted + l->n_turned, l->n_known, l->n_repeated);
	if (l->n_turned)
		printf("; %zu had been told the other way round", l->n_turned);
	if (l->n_passed_over)
		printf("; %zu files are no messages and were passed over", l->n_passed_over);
	putchar('\n');
}

static int show(struct learning *l, bool json)
{
	json_t *answer;

	if (ask(l, SPAN(""), &answer) < 0)
		return CLI_FAILED;
	if (json)
		control_print(answer);
	else if (strcmp(l->what, "show") == 0)
		printf("%lld unwanted and %lld wanted messages were told: %s for a score\n",
		       (long long)json_integer_value(json_object_get(answer, "told_spam")),
		       (long long)json_integer_value(json_object_get(answer, "told_ham")),
		       control_text(answer, "done"));
	json_decref(answer);
	return CLI_OK;
}

/* What is to be forgotten is told before. */
static bool may_forget(struct learning *l, bool yes)
{
	const char *what = l->what;
	json_t *told;

	if (yes || strcmp(what, "forget") != 0)
		return true;
	l->what = "show";
	int r = ask(l, SPAN(""), &told);
	l->what = what;
	if (r < 0)
		return false;
	r = cli_confirm("Forget the %lld unwanted and %lld wanted messages that were told of %s? "
	                "Nothing is scored until enough are told anew.",
	                (long long)json_integer_value(json_object_get(told, "told_spam")),
	                (long long)json_integer_value(json_object_get(told, "told_ham")),
	                l->account ? l->account : "the server");
	json_decref(told);
	return r == CLI_OK;
}

static int run(struct learning *l, const char *config, char **paths, bool json, bool yes)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	int r = cli_settings(config, &mem, &set);

	if (r >= 0)
		r = control_open(&set, &l->c);
	if (r < 0)
		return CLI_FAILED;
	if (!*paths) {
		r = may_forget(l, yes) ? show(l, json) : CLI_FAILED;
		control_close(&l->c);
		return r;
	}
	for (; *paths && r >= 0; paths++)
		r = tell_named(l, *paths);
	control_close(&l->c);
	print_sum(l);
	return r < 0 || l->n_refused ? CLI_FAILED : CLI_OK;
}

static const char usage[] =
        "usage: postrider learn spam|ham [--account NAME] FILE...\n"
        "       postrider learn show [--account NAME] [--json]\n"
        "       postrider learn forget [--account NAME] [--yes]\n\n"
        "Says of messages that they were wanted (ham) or not (spam), for the server, or for\n"
        "one account alone: its mail is scored by both. A FILE is a message, an mbox, a\n"
        "Maildir or another directory, or - for standard input; what is no message is\n"
        "refused, and in a directory passed over. What is told again is not\n"
        "counted again, and what is told the other way round is taken back first. show says\n"
        "how much was told; forget begins anew, and asks first unless --yes is given.\n\n"
        "  --account NAME   for the account alone\n"
        "  --json           show: as JSON\n"
        "  -c, --config FILE";

int cmd_learn(int argc, char **argv)
{
	struct learning l = { .n = 0 };
	const char *config = NULL;
	bool json = false, yes = false;
	const struct cli_option options[] = { { "account", .text = &l.account },
		                              { "json", .flag = &json },
		                              { "yes", .flag = &yes },
		                              { 0 } };
	int status = cli_options(argc, argv, "learn", usage, &config, options);

	if (status >= 0)
		return status;
	l.what = optind < argc ? argv[optind++] : "";
	bool tells = strcmp(l.what, "spam") == 0 || strcmp(l.what, "ham") == 0;
	if (!tells && strcmp(l.what, "show") && strcmp(l.what, "forget"))
		return cli_misuse("learn", "spam, ham, show or forget?");
	if (tells != (optind < argc))
		return cli_misuse("learn", "%s takes %s", l.what, tells ? "files" : "no files");
	return run(&l, config, argv + optind, json, yes);
}
