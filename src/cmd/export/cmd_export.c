/* cmd/export/cmd_export.c - export: options, mailboxes, messages, and what came of it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/export/export.h"

enum { PAGE_ROWS = 200 };

struct job {
	struct export_run x;
	const char *config;
	bool json;
};

static int usage(int o)
{
	return cli_help(
	        o, "export",
	        "usage: postrider export [options] ACCOUNT DIRECTORY\n\n"
	        "Each mailbox becomes a file or directory there.  Run it again after it was cut,\n"
	        "or to have what has come since: it goes on behind what is there.\n\n"
	        "  --to FORM        mbox (unless you say otherwise), maildir, or eml\n"
	        "  --mailbox NAME   this one alone\n"
	        "  --kind KIND      mboxo, mboxrd (unless you say otherwise), mboxcl or mboxcl2\n"
	        "  --json           a summary as JSON, and nothing else\n"
	        "  -c, --config FILE\n\n"
	        "Exit status: 0 all is there now, 1 something is not; messages say what.");
}

static const struct export_form *const forms[] = { &export_mbox_form, &export_maildir_form,
	                                           &export_eml_form };

static int take_option(struct job *j, int o)
{
	struct export_options *options = &j->x.options;

	switch (o) {
	case 'c': j->config = optarg; return 0;
	case 'm': options->mailbox = optarg; return 0;
	case 'j': j->json = true; return 0;
	case 't':
		for (size_t i = 0; i < N_ELEMS(forms); i++)
			if (strcmp(forms[i]->name, optarg) == 0)
				return options->form = forms[i], 0;
		return cli_misuse("export", "--to: %s is none of mbox, maildir, eml", optarg);
	case 'k':
		if (mbox_kind_from_name(span_str(optarg), &options->kind) < 0)
			return cli_misuse("export", "--kind: %s is none", optarg);
		return 0;
	default: return usage(o);
	}
}

/* ---- messages ---- */

static int read_text(struct export_run *x, uint64_t n, struct buf *out)
{
	struct span part;
	int r = 0, put = 0;

	for (; n && r >= 0; n -= part.n) {
		r = control_piece(x->c, n, &part);
		if (r < 0)
			return r;
		put = put < 0 ? put : buf_put(out, part);
	}
	return put < 0 ? (cli_fail("no memory for a message"), put) : 0;
}

static int message(struct export_run *x, json_t *row)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(UINT32_MAX);
	struct export_message m = {
		.uid = (uint32_t)json_integer_value(json_object_get(row, "uid")),
		.date_s = json_integer_value(json_object_get(row, "date")),
	};
	json_t *size = json_object_get(row, "size");
	int r;

	x->progress.messages++;
	x->progress.done++;
	progress_show(&x->progress, x->mailbox);
	if (!size) /* expunged meanwhile is no mistake */
		return strcmp(control_text(row, "error"), "NOT_FOUND") == 0
		               ? 0
		               : (export_refuse(x, "message %u: %s", m.uid,
		                                control_text(row, "what")),
		                  0);
	r = read_text(x, (uint64_t)json_integer_value(size), &text);
	if (r >= 0)
		r = mailfile_flags_parse(span_str(control_text(row, "flags")), &mem, &m.flags);
	if (r < 0)
		return r;
	m.text = buf_span(&text);
	r = x->options.form->put(x, &m);
	x->n_exported += r == 0;
	x->n_present += r == 1;
	x->n_octets += r == 0 ? text.n : 0;
	return r == ERR_REFUSED || r > 0 ? 0 : r;
}

/* One page; *after moves on.  1: that was the last. */
static int page(struct export_run *x, uint32_t *after)
{
	json_t *row;
	bool last = false, done = false;
	int r = control_ask(x->c, json_pack("{s:s, s:s, s:s%, s:I, s:I, s:b}", "call", "messages",
	                                    "account", x->options.account, "mailbox", x->mailbox.p,
	                                    x->mailbox.n, "after", (json_int_t)*after, "max",
	                                    (json_int_t)PAGE_ROWS, "octets", true));

	while (r >= 0 && !last) {
		r = control_answer(x->c, &row);
		if (r < 0)
			break;
		last = control_is_last(row);
		done = json_is_true(json_object_get(row, "done"));
		if (!last) {
			*after = (uint32_t)json_integer_value(json_object_get(row, "uid"));
			r = message(x, row);
		}
		json_decref(row);
	}
	return r < 0 ? r : done;
}

/* ---- mailboxes ---- */

static int mailbox(struct export_run *x, json_t *row)
{
	const struct export_form *form = x->options.form;
	uint32_t after = 0;
	uint64_t before = x->n_exported;
	int r = arena_copy(&x->mem, span_str(control_text(row, "mailbox")), &x->mailbox);

	x->uid_validity = (uint32_t)json_integer_value(json_object_get(row, "uid_validity"));
	if (r >= 0)
		r = form->open(x, &after);
	for (int last = r; r >= 0 && !last; r = last)
		last = page(x, &after);
	int closed = form->close(x, r >= 0);
	if (r >= 0)
		r = closed;
	if (r >= 0) {
		x->n_mailboxes++;
		progress_say(&x->progress, "%.*s: %ju messages", SPAN_ARG(x->mailbox),
		             (uintmax_t)(x->n_exported - before));
	}
	arena_fini(&x->mem);
	x->mailbox = SPAN("");
	return r == ERR_REFUSED ? 0 : r;
}

static bool is_wanted(const struct export_run *x, json_t *row)
{
	const char *only = x->options.mailbox;
	return json_is_true(json_object_get(row, "selectable")) &&
	       (!only || strcmp(only, control_text(row, "mailbox")) == 0);
}

/* Whoever else may write into it could lead what is written elsewhere. */
static int make_directory(const char *path)
{
	struct stat s;

	if ((mkdir(path, 0700) < 0 && errno != EEXIST) || stat(path, &s) < 0)
		return cli_fail("cannot make %s: %s", path, strerror(errno)), ERR_IO;
	if (!S_ISDIR(s.st_mode) || s.st_uid != geteuid() || s.st_mode & (S_IWGRP | S_IWOTH))
		return cli_fail("%s is not a directory into which you alone may write: take one of "
		                "your own, and give it away afterwards",
		                path),
		       ERR_DENIED;
	return 0;
}

static int all(struct export_run *x)
{
	json_t *answer, *row;
	size_t i, n = 0;
	int r = control_ask(
	        x->c, json_pack("{s:s, s:s}", "call", "mailboxes", "account", x->options.account));

	if (r >= 0)
		r = control_answer(x->c, &answer);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(answer, "rows"), i, row)
	{
		json_int_t messages = json_integer_value(json_object_get(row, "messages"));
		x->progress.total += is_wanted(x, row) ? (uint64_t)messages : 0;
		n += is_wanted(x, row);
	}
	r = n ? make_directory(x->options.directory) : 0;
	json_array_foreach(json_object_get(answer, "rows"), i, row)
	{
		if (r >= 0 && is_wanted(x, row))
			r = mailbox(x, row);
	}
	if (r >= 0 && x->options.form == &export_maildir_form && !x->options.mailbox)
		r = export_maildir_subscriptions(x, json_object_get(answer, "rows"));
	json_decref(answer);
	if (r >= 0 && !n)
		return cli_fail("%s has no mailbox %s", x->options.account, x->options.mailbox),
		       ERR_NOT_FOUND;
	return r;
}

static void print_summary(const struct job *j)
{
	const struct export_run *x = &j->x;
	json_t *sum = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "mailboxes",
	                        (json_int_t)x->n_mailboxes, "exported", (json_int_t)x->n_exported,
	                        "present", (json_int_t)x->n_present, "refused",
	                        (json_int_t)x->n_refused, "octets", (json_int_t)x->n_octets,
	                        "flags_lost", (json_int_t)x->n_flags_lost, "milliseconds",
	                        (json_int_t)progress_ms(&x->progress));
	if (j->json)
		control_print(sum);
	else
		printf("%ju messages exported, %ju left out; %ju mailboxes, %ju octets, %.1f s\n",
		       (uintmax_t)x->n_exported, (uintmax_t)x->n_refused, (uintmax_t)x->n_mailboxes,
		       (uintmax_t)x->n_octets, (double)progress_ms(&x->progress) / 1000);
	json_decref(sum);
}

static int run(struct job *j)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;
	struct export_run *x = &j->x;

	if (cli_settings(j->config, &mem, &set) < 0 || control_open(&set, &c) < 0)
		return CLI_FAILED;
	x->c = &c;
	x->progress.quiet = j->json;
	progress_begin(&x->progress);
	int r = all(x);
	if (r < 0)
		progress_cut(&x->progress, r);
	progress_end(&x->progress);
	print_summary(j);
	control_close(&c);
	return r < 0 || x->n_refused ? CLI_FAILED : CLI_OK;
}

int cmd_export(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "mailbox", required_argument, NULL, 'm' },
		                                 { "kind", required_argument, NULL, 'k' },
		                                 { "to", required_argument, NULL, 't' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	struct job j = { .x.options = { .kind = MBOX_RD, .form = &export_mbox_form } };
	int o, r;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		r = take_option(&j, o);
		if (r || o == 'h')
			return r;
	}
	if (argc - optind != 2)
		return cli_misuse("export", "which ACCOUNT, and into which DIRECTORY?");
	j.x.options.account = argv[optind];
	j.x.options.directory = argv[optind + 1];
	return run(&j);
}
