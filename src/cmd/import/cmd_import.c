/* cmd/import/cmd_import.c - import: options, the source, and what came of it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cmd/cli.h"
#include "cmd/import/imap_link.h"
#include "cmd/import/import.h"
#include "cmd/import/walk.h"

struct form {
	const char *name;
	int (*import)(struct import *m, const char *path);
};

static int import_mboxes(struct import *m, const char *path)
{
	const char *into = m->options.mailbox ? m->options.mailbox : "INBOX";

	return walk_is_directory(path) ? import_tree(m, path)
	                               : import_mbox(m, path, span_str(into));
}

static const struct form forms[] = { { "mbox", import_mboxes },
	                             { "maildir", import_maildir },
	                             { "eml", import_eml } };

struct job {
	struct import import;
	struct imap_link_how how;
	const char *config, *source, *password_file;
	const struct form *form; /* NULL: as it looks */
	bool json;
};

static int usage(int o)
{
	return cli_help(
	        o, "import",
	        "usage: postrider import [options] ACCOUNT SOURCE\n\n"
	        "SOURCE is an mbox, a Maildir with its folders, a directory of EML files, a\n"
	        "directory of mboxes (each file is a mailbox, each directory a level of names), "
	        "or\n"
	        "an account of an IMAP server: imaps://user@host[:port], or imap: for STARTTLS.\n"
	        "What is in a mailbox already is passed over: run it again after it was cut, and\n"
	        "it goes on.\n\n"
	        "  --mailbox NAME   where to; but for an mbox, the mailbox above all others\n"
	        "  --from FORM      mbox, maildir or eml, where it looks like another\n"
	        "  --kind KIND      mboxo, mboxrd, mboxcl or mboxcl2; else the file tells\n"
	        "  --local          an mbox's dates without a zone are of this machine's, not UTC\n"
	        "  --password-file FILE   the IMAP account's; else it is asked for\n"
	        "  --any-certificate      also of an IMAP server that may be another one\n"
	        "  --clear-text           without TLS, where the IMAP server has no STARTTLS\n"
	        "  --json           a summary as JSON, and nothing else\n"
	        "  -c, --config FILE\n\n"
	        "Exit status: 0 all is there now, 1 something is not; messages say what.");
}

static int take_option(struct job *j, int o)
{
	struct import_options *options = &j->import.options;

	switch (o) {
	case 'c': j->config = optarg; return 0;
	case 'm': options->mailbox = optarg; return 0;
	case 'l': options->local = true; return 0;
	case 'j': j->json = true; return 0;
	case 'p': j->password_file = optarg; return 0;
	case 'a': j->how.any_certificate = true; return 0;
	case 't': j->how.clear_text = true; return 0;
	case 'f':
		for (size_t i = 0; i < N_ELEMS(forms); i++)
			if (strcmp(forms[i].name, optarg) == 0)
				return j->form = &forms[i], 0;
		return cli_misuse("import", "--from: %s is none of mbox, maildir, eml", optarg);
	case 'k':
		if (mbox_kind_from_name(span_str(optarg), &options->kind) < 0)
			return cli_misuse("import", "--kind: %s is none", optarg);
		return 0;
	default: return usage(o);
	}
}

/* Whose it is.  A link could be led elsewhere by who owns the directory that it is in. */
static int look(struct job *j)
{
	AUTO_ARENA mem = { 0 };
	struct span path = span_str(j->source);
	struct stat s;

	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	const char *name = arena_str(&mem, path);
	if (!name || lstat(name, &s) < 0)
		return cli_fail("cannot read %s: %s", j->source, strerror(errno)), ERR_IO;
	if (S_ISLNK(s.st_mode))
		return cli_fail("%s is a link: give what it leads to", name), ERR_DENIED;
	j->import.owner = s.st_uid;
	return 0;
}

static int bring(struct job *j)
{
	AUTO_ARENA mem = { 0 };
	struct import *m = &j->import;

	if (imap_url_parse(j->source, &mem, &j->how.url) >= 0)
		return import_imap(m, &j->how, j->password_file);
	if (strstr(j->source, "://"))
		return cli_fail("%s: write imaps://user@host, or imap://user@host:143; an @ in the "
		                "user is %%40, a %% is %%25",
		                j->source),
		       ERR_SYNTAX;
	int r = look(j);
	if (r < 0)
		return r;
	if (j->form)
		return j->form->import(m, j->source);
	if (walk_is_directory(j->source) && import_is_maildir(j->source))
		return import_maildir(m, j->source);
	if (walk_is_directory(j->source) && import_is_eml(j->source))
		return import_eml(m, j->source);
	return import_mboxes(m, j->source);
}

static void print_summary(const struct job *j)
{
	const struct import *m = &j->import;
	json_t *sum = json_pack(
	        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "mailboxes", (json_int_t)m->n_mailboxes,
	        "imported", (json_int_t)m->n_added, "present", (json_int_t)m->n_present, "refused",
	        (json_int_t)m->n_refused, "octets", (json_int_t)m->n_octets, "flags_lost",
	        (json_int_t)m->n_flags_lost, "milliseconds", (json_int_t)progress_ms(&m->progress));
	if (j->json)
		control_print(sum);
	json_decref(sum);
	if (j->json)
		return;
	printf("%ju messages imported, %ju were there already, %ju refused; %ju mailboxes, %ju "
	       "octets, %.1f s\n",
	       (uintmax_t)m->n_added, (uintmax_t)m->n_present, (uintmax_t)m->n_refused,
	       (uintmax_t)m->n_mailboxes, (uintmax_t)m->n_octets,
	       (double)progress_ms(&m->progress) / 1000);
	if (m->n_flags_lost)
		printf("%ju keywords are lost: an account has room for 55, of 64 octets each\n",
		       (uintmax_t)m->n_flags_lost);
}

/* Before the source is read, and a password asked for. */
static int look_for_account(struct control *c, const char *account)
{
	json_t *mailboxes;
	int r = control_mailboxes(c, account, &mailboxes);

	if (r >= 0)
		json_decref(mailboxes);
	return r;
}

static int run(struct job *j)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;
	struct import *m = &j->import;

	if (cli_settings(j->config, &mem, &set) < 0 || control_open(&set, &c) < 0)
		return CLI_FAILED;
	m->c = &c;
	m->size_max = (uint64_t)set.smtp_size_max;
	m->subscribe = true;
	m->octets = BUF(SIZE_MAX / 4);
	m->messages = json_array();
	m->progress.quiet = j->json;
	progress_begin(&m->progress);
	int r = m->messages ? look_for_account(&c, m->options.account) : ERR_NO_MEMORY;
	if (r >= 0)
		r = bring(j);
	if (r < 0) {
		progress_cut(&m->progress, r);
		present_fini(&m->present);
		arena_fini(&m->mem);
	}
	progress_end(&m->progress);
	print_summary(j);
	json_decref(m->messages);
	buf_fini(&m->octets);
	arena_fini(&m->batch_mem);
	control_close(&c);
	return r < 0 || m->n_refused ? CLI_FAILED : CLI_OK;
}

int cmd_import(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "mailbox", required_argument, NULL, 'm' },
		                                 { "from", required_argument, NULL, 'f' },
		                                 { "kind", required_argument, NULL, 'k' },
		                                 { "local", no_argument, NULL, 'l' },
		                                 { "password-file", required_argument, NULL, 'p' },
		                                 { "any-certificate", no_argument, NULL, 'a' },
		                                 { "clear-text", no_argument, NULL, 't' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	struct job j = { 0 };
	int o, r;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		r = take_option(&j, o);
		if (r || o == 'h')
			return r;
	}
	if (argc - optind != 2)
		return cli_misuse("import", "which ACCOUNT, and which SOURCE?");
	j.import.options.account = argv[optind];
	j.source = argv[optind + 1];
	return run(&j);
}
