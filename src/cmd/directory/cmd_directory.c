/* cmd/directory/cmd_directory.c - domain, account, alias: who is who. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/directory/hold.h"
#include "cmd/directory/password.h"
#include "cmd/directory/print_publish.h"
#include "cmd/directory/usage.h"
#include "cmd/directory/who.h"

/* One of the commands. */
struct directory_command {
	const char *object, *usage;
	const char *verbs, *sets;     /* for who named none, or no setting */
	const struct option *options; /* 'f': its name is the field's; 'y', 'n': enabled or not */
	void (*print)(json_t *row);   /* a line of a list */
	const char *title;
};

struct directory_given {
	const char *config, *password_file, *hash;
	bool json, app_passwords; /* of the account's row, these alone */
	bool removed, delete_mail, yes;
	const char *holds, *reason; /* "hold", "release"; NULL: neither */
	struct who_order order;
};

/* ---- what is printed ---- */

static bool truth(json_t *row, const char *key)
{
	return json_is_true(json_object_get(row, key));
}

static size_t count(json_t *row, const char *key)
{
	return json_array_size(json_object_get(row, key));
}

static void end_with_defence(json_t *row)
{
	const char *words = control_text(row, "defence");

	printf("%s%s\n", *words ? "  " : "", words);
}

static void print_domain(json_t *row)
{
	const char *of = control_text(row, "alias_of");

	printf("%-34s %-9s %s%s", control_text(row, "domain"),
	       truth(row, "enabled") ? "enabled" : "disabled", *of ? "= " : "", of);
	end_with_defence(row);
}

static void print_alias(json_t *row)
{
	json_t *to = json_object_get(row, "to");

	printf("%-42s %zu", control_text(row, "alias"), json_array_size(to));
	for (size_t i = 0; i < 2 && i < json_array_size(to); i++)
		printf("  %s", json_string_value(json_array_get(to, i)));
	puts(json_array_size(to) > 2 ? "  ..." : "");
}

static void print_account(json_t *row)
{
	printf("%-42s %-9s %5zu  %12lld  %-5s", control_text(row, "account"),
	       !truth(row, "enabled")       ? "disabled"
	       : *control_text(row, "held") ? "held"
	                                    : "enabled",
	       count(row, "addresses"),
	       (long long)json_integer_value(json_object_get(row, "quota_octets")),
	       truth(row, "index") ? "on" : "off");
	end_with_defence(row);
}

static void print_removed(json_t *row)
{
	json_t *messages = json_object_get(row, "messages"),
	       *octets = json_object_get(row, "octets");

	printf("%-42s %-20.19s", control_text(row, "account"), control_text(row, "removed"));
	if (messages)
		printf(" %10lld  %14lld", (long long)json_integer_value(messages),
		       (long long)json_integer_value(octets));
	else
		printf(" %10s  %14s", "?", "?"); /* the server knows */
	puts(truth(row, "deleting") ? "  being deleted" : "");
}

static void print_app_passwords(json_t *row, bool json)
{
	json_t *one, *name;
	size_t i, k;

	json_array_foreach(json_object_get(row, "app_passwords"), i, one)
	{
		if (json) {
			control_print(one);
			continue;
		}
		printf("%-30s %s ", control_text(one, "label"), control_text(one, "made"));
		json_array_foreach(json_object_get(one, "for"), k, name)
		{
			printf(" %s", json_string_value(name));
		}
		putchar('\n');
	}
}

/* "key: value" a line, for whoever wants to know everything of one. */
static void print_all(json_t *row)
{
	const char *key;
	json_t *value, *one;
	size_t i;

	json_object_foreach(row, key, value)
	{
		printf("%-16s", key);
		if (json_is_string(value))
			printf(" %s", json_string_value(value));
		else if (json_is_integer(value))
			printf(" %lld", (long long)json_integer_value(value));
		else if (json_is_boolean(value))
			fputs(json_is_true(value) ? " yes" : " no", stdout);
		json_array_foreach(value, i, one)
		{
			printf(" %s", json_is_object(one) ? control_text(one, "label")
			                                  : json_string_value(one));
		}
		putchar('\n');
	}
}

/* ---- a domain's DNS ---- */

static void add_record(const char *owner, const char *type, const char *value, void *arg)
{
	json_t *all = json_object_get(arg, "publish");

	json_array_append_new(all,
	                      json_pack("{ssssss}", "name", owner, "type", type, "value", value));
}

static void print_published(const struct settings *set, json_t *row, bool json)
{
	const struct publish p = { control_text(row, "domain"), set->server_hostname, set };

	if (json) {
		json_object_set_new(row, "publish", json_array());
		publish_each(&p, add_record, row);
		control_print(row);
		return;
	}
	print_all(row);
	printf("\nTo publish in DNS (192.0.2.1 stands for this machine's address):\n\n");
	publish_print(&p);
	printf("\nAnd what postrider dkim show %s prints.\n", p.domain);
	printf("\nFor mail programs; the name is the whole address:\n\n");
	publish_print_clients(&p);
}

struct printing {
	const struct directory_command *x;
	const struct settings *set;
	const struct directory_given *given;
	const struct password *password;
	size_t n;
	char name[DIRECTORY_NAME_BYTES_MAX + 1]; /* of the account that was let go */
};

static const char *name_of(const struct printing *p, json_t *row)
{
	return control_text(row, p->x->object);
}

static void print_done(const struct printing *p, json_t *row)
{
	static const char *const verbs[][2] = {
		{ "add", "added" },        { "remove", "removed" },
		{ "restore", "restored" }, { "purge", "deleting all mail of" },
		{ "hold", "held" },        { "release", "released" }
	};
	const char *verb = p->given->holds ? p->given->holds : p->given->order.verb,
	           *done = "changed", *name = name_of(p, row);

	for (size_t i = 0; i < N_ELEMS(verbs); i++)
		if (strcmp(verb, verbs[i][0]) == 0)
			done = verbs[i][1];
	printf("%s %s\n", done, name);
	if (done == verbs[1][1] && strcmp(p->x->object, "account") == 0 && !p->given->delete_mail)
		printf("Its mail is kept.  postrider account restore %s#%d brings it back,\n"
		       "postrider account purge %s#%d deletes it.\n",
		       name, (int)json_integer_value(json_object_get(row, "number")), name,
		       (int)json_integer_value(json_object_get(row, "number")));
}

static void print_row(json_t *row, void *arg)
{
	struct printing *p = arg;
	const char *verb = p->given->order.verb;
	bool made = p->password && p->password->made.n;
	bool shows_account = strcmp(verb, "show") == 0 && strcmp(p->x->object, "account") == 0;

	snprintf(p->name, sizeof p->name, "%s", control_text(row, "name"));
	if (made && p->given->json)
		json_object_set_new(row, "password",
		                    json_stringn(p->password->made.p, p->password->made.n));
	if (p->given->app_passwords) {
		print_app_passwords(row, p->given->json);
	} else if (strcmp(verb, "show") == 0 && strcmp(p->x->object, "domain") == 0) {
		print_published(p->set, row, p->given->json);
	} else if (p->given->json) {
		shows_account ? usage_print(p->set, row, true) : control_print(row);
	} else if (strcmp(verb, "list") == 0) {
		if (!p->n++)
			printf("%s\n", p->x->title);
		p->x->print(row);
	} else if (strcmp(verb, "show") == 0) {
		print_all(row);
		if (shows_account)
			usage_print(p->set, row, false);
	} else {
		print_done(p, row);
	}
	if (made && !p->given->json)
		printf("The password of %s is %.*s (shown only now)\n", name_of(p, row),
		       SPAN_ARG(buf_span(&p->password->made)));
}

/* ---- what is asked ---- */

static void take_salt(json_t *row, void *arg)
{
	buf_puts(arg, control_text(row, "salt"));
}

/* All passwords of an account share their salt, so that each of them can show itself by SCRAM. */
static int ask_salt(const struct settings *set, const char *account, struct buf *out)
{
	const struct who_order show = { .object = "account", .verb = "show", .name = account };

	return who_ask(set, &show, take_salt, out);
}

static int put_password(struct who_order *o, const struct password *password)
{
	int r = who_field(o, "hash", password->hash.p);

	return r < 0 ? r : who_field(o, "scram", password->scram.p);
}

/* What the order sets, when it sets a password: a new account's, an account's, an app's. */
static int give_password(const struct settings *set, struct directory_given *given,
                         struct password *password)
{
	struct who_order *o = &given->order;
	bool adds = strcmp(o->verb, "add") == 0, app = strcmp(o->object, "app-password") == 0;
	AUTO_BUF salt = BUF(256);
	int r = 0;

	if (given->hash) { /* keys for SCRAM cannot be made of it */
		r = who_field(o, "hash", given->hash);
		return r < 0 ? r : who_field(o, "scram", "");
	}
	if (!adds || app)
		r = ask_salt(set, o->name, &salt);
	if (r >= 0)
		r = app ? password_make_app(buf_str(&salt), password)
		        : password_get(given->password_file, adds ? PASSWORD_MAKE : PASSWORD_STDIN,
		                       buf_str(&salt), password);
	return r < 0 ? r : put_password(o, password);
}

/* What cannot be undone is asked for. */
static bool may_delete(const struct directory_given *given)
{
	bool deletes = given->delete_mail || strcmp(given->order.verb, "purge") == 0;

	return !deletes || given->yes ||
	       cli_confirm("Delete all mail of %s for good?", given->order.name) == CLI_OK;
}

static int ask(const struct directory_command *x, struct directory_given *given)
{
	AUTO_ARENA mem = { 0 };
	AUTO(password_fini) struct password password = { 0 };
	struct settings set;
	struct printing p = { x, &set, given, &password, 0, "" };
	struct who_order *o = &given->order;
	bool sets_password = strcmp(o->verb, "password") == 0;
	int r = cli_settings(given->config, &mem, &set);

	if (r >= 0 && !may_delete(given))
		return CLI_FAILED;
	if (r >= 0 && strcmp(x->object, "account") == 0 &&
	    (sets_password || strcmp(o->verb, "add") == 0))
		r = give_password(&set, given, &password);
	if (sets_password)
		o->verb = "set";
	if (r >= 0)
		r = who_ask(&set, o, print_row, &p);
	if (r >= 0 && given->holds && strcmp(given->holds, "release") == 0)
		r = hold_let_go(&set, p.name, given->json);
	return r < 0 || fflush(stdout) != 0 ? CLI_FAILED : CLI_OK;
}

static int set_option(const struct directory_command *x, int o, int at, struct directory_given *out)
{
	int r = 0;

	switch (o) {
	case 'c': out->config = optarg; break;
	case 'j': out->json = true; break;
	case 'p': out->password_file = optarg; break;
	case 'H': out->hash = optarg; break;
	case 'y': r = who_field(&out->order, "enabled", "yes"); break;
	case 'n': r = who_field(&out->order, "enabled", "no"); break;
	case 'r': out->removed = true; break;
	case 'Y': out->yes = true; break;
	case 'R': out->reason = optarg; break;
	case 'd':
		out->delete_mail = true;
		r = who_field(&out->order, "delete-mail", "yes");
		break;
	default: r = who_field(&out->order, x->options[at].name, optarg); break;
	}
	return r < 0 ? CLI_USAGE : CLI_OK;
}

/* account app-password new ADDRESS LABEL, list ADDRESS, revoke ADDRESS LABEL. */
static int run_app_password(const struct directory_command *x, int n, char *const *args,
                            struct directory_given *given)
{
	static const char *const verbs[][2] = { { "new", "add" }, { "revoke", "remove" } };
	struct who_order *o = &given->order;

	o->name = n > 1 ? args[1] : NULL;
	if (n == 2 && strcmp(args[0], "list") == 0) {
		o->verb = "show";
		given->app_passwords = true;
		return ask(x, given);
	}
	for (size_t i = 0; n == 3 && i < N_ELEMS(verbs); i++)
		if (strcmp(args[0], verbs[i][0]) == 0) {
			o->object = "app-password";
			o->verb = verbs[i][1];
			return who_field(o, "label", args[2]) < 0 ? CLI_USAGE : ask(x, given);
		}
	return cli_misuse("account", "app-password new ADDRESS LABEL, list ADDRESS, or revoke "
	                             "ADDRESS LABEL?");
}

/* Removed accounts: list --removed, restore NAME, purge NAME.  CLI_USAGE: none of these. */
static int run_removed(int n, char *const *args, struct directory_given *given)
{
	static const struct directory_command removed = {
		.object = "account",
		.print = print_removed,
		.title = "account                                    removed                "
		         "messages "
		         "         octets",
	};
	bool lists = given->removed && n == 1 && strcmp(args[0], "list") == 0;

	if (!lists && (n != 2 || given->removed ||
	               (strcmp(args[0], "restore") != 0 && strcmp(args[0], "purge") != 0)))
		return CLI_USAGE;
	given->order.object = "removed";
	given->order.verb = args[0];
	given->order.name = lists ? NULL : args[1];
	return ask(&removed, given);
}

/* account hold ADDRESS, release ADDRESS.  CLI_USAGE: neither. */
static int run_hold(const struct directory_command *x, int n, char *const *args,
                    struct directory_given *given)
{
	bool holds = strcmp(args[0], "hold") == 0;

	if (n != 2 || (!holds && strcmp(args[0], "release") != 0))
		return CLI_USAGE;
	given->holds = args[0];
	given->order.verb = "set";
	given->order.name = args[1];
	const char *why = given->reason ? given->reason : "by its operator";
	return who_field(&given->order, "held", holds ? why : "none") < 0 ? CLI_USAGE
	                                                                  : ask(x, given);
}

/* The targets of a new alias stand behind it. */
static int take_targets(struct directory_given *given, int n, char *const *targets)
{
	int r = 0;

	for (int i = 0; r >= 0 && i < n; i++)
		r = who_field(&given->order, "to", targets[i]);
	return r;
}

static bool has_verb(const struct directory_command *x, const char *verb)
{
	struct span rest = span_str(x->verbs), one;

	while (span_split(&rest, ',', &one))
		if (span_eq(span_trim(one), span_str(verb)))
			return true;
	return false;
}

/* None of the forms of the usage. */
static int misuse(const struct directory_command *x, int n, char *const *args)
{
	if (n && !has_verb(x, args[0]))
		return cli_misuse(x->object, "%s %s: what can be said is %s", x->object, args[0],
		                  x->verbs);
	if (!n)
		return cli_misuse(x->object, "%s: which of %s?", x->object, x->verbs);
	if (strcmp(args[0], "list") == 0)
		return cli_misuse(x->object, "list: it takes no name");
	if (n == 1)
		return cli_misuse(x->object, "%s: which %s?", args[0], x->object);
	return cli_misuse(x->object, "%s: one %s at a time", args[0], x->object);
}

static int run(const struct directory_command *x, int n, char *const *args,
               struct directory_given *given)
{
	static const char *const verbs[] = { "add", "set", "remove", "show", "password" };

	if (n && strcmp(x->object, "account") == 0) {
		int r = run_removed(n, args, given);
		if (r == CLI_USAGE)
			r = run_hold(x, n, args, given);
		if (r != CLI_USAGE)
			return r;
	}
	if (n == 1 && strcmp(args[0], "list") == 0) {
		given->order.verb = "list";
		return ask(x, given);
	}
	if (n > 1 && strcmp(x->object, "account") == 0 && strcmp(args[0], "app-password") == 0)
		return run_app_password(x, n - 1, args + 1, given);
	if (n > 2 && strcmp(x->object, "alias") == 0 && strcmp(args[0], "add") == 0) {
		if (take_targets(given, n - 2, args + 2) < 0)
			return CLI_USAGE;
		n = 2;
	}
	for (size_t i = 0; n == 2 && i < N_ELEMS(verbs); i++)
		if (strcmp(args[0], verbs[i]) == 0 &&
		    (strcmp(verbs[i], "password") != 0 || strcmp(x->object, "account") == 0)) {
			given->order.verb = verbs[i];
			given->order.name = args[1];
			if (strcmp(verbs[i], "set") == 0 && !given->order.n_fields)
				return cli_misuse(x->object, "set: nothing; what can be set is %s",
				                  x->sets);
			return ask(x, given);
		}
	return misuse(x, n, args);
}

static int command(const struct directory_command *x, int argc, char **argv)
{
	struct directory_given given = { .json = !cli_is_terminal(),
		                         .order = { .object = x->object } };
	int o, at, r = CLI_OK;

	while (r == CLI_OK && (o = getopt_long(argc, argv, "c:h", x->options, &at)) != -1) {
		if (o == 'h' || o == '?')
			break;
		r = set_option(x, o, at, &given);
	}
	if (r == CLI_OK)
		r = o == -1 ? run(x, argc - optind, argv + optind, &given)
		            : cli_help(o, x->object, x->usage);
	who_fini(&given.order);
	return r;
}

/* ---- the commands ---- */

int cmd_domain(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { "enable", no_argument, NULL, 'y' },
		                                 { "disable", no_argument, NULL, 'n' },
		                                 { "alias-of", required_argument, NULL, 'f' },
		                                 { "catch-all", required_argument, NULL, 'f' },
		                                 { "defence", required_argument, NULL, 'f' },
		                                 { "limit", required_argument, NULL, 'f' },
		                                 { 0 } };
	static const struct directory_command domain = {
		.object = "domain",
		.verbs = "list, add, set, show, remove",
		.sets = "--alias-of, --catch-all, --defence, --limit, --enable, --disable",
		.usage = "usage: postrider domain list [-c FILE] [--json]\n"
		         "       postrider domain add|set [-c FILE] [--json] [SETTINGS] DOMAIN\n"
		         "       postrider domain show|remove [-c FILE] [--json] DOMAIN\n\n"
		         "The domains whose mail is received and kept here.  One that still has\n"
		         "addresses is not removed.\n\n"
		         "SETTINGS:\n"
		         "  --alias-of D          its addresses are those of D; none: its own "
		         "again\n"
		         "  --catch-all ADDRESS   who gets what is for nobody; none\n"
		         "  --defence STEPS       what follows from steps of the defence, such "
		         "as\n"
		         "                        attachments=junk; none: what defence.steps "
		         "says\n"
		         "  --limit RATES         of recipients that its addresses may send to, "
		         "such as\n"
		         "                        \"200/h 1000/d\"; off: any number; none: what "
		         "limits.domain\n"
		         "                        says\n"
		         "  --enable, --disable   a disabled one takes no mail",
		.options = options,
		.print = print_domain,
		.title = "domain                             state     alias, defence",
	};

	return command(&domain, argc, argv);
}

static const char account_usage[] =
        "usage: postrider account list [-c FILE] [--json]\n"
        "       postrider account add [--password-file F | --hash H] [SETTINGS] "
        "ADDRESS\n"
        "       postrider account password [--password-file F | --hash H] ADDRESS\n"
        "       postrider account set SETTINGS ADDRESS\n"
        "       postrider account show ADDRESS\n"
        "       postrider account hold [--reason TEXT] ADDRESS\n"
        "       postrider account release ADDRESS\n"
        "       postrider account remove [--delete-mail [--yes]] ADDRESS\n"
        "       postrider account list --removed [-c FILE] [--json]\n"
        "       postrider account restore [--as ADDRESS] ADDRESS[#NUMBER]\n"
        "       postrider account purge [--yes] ADDRESS[#NUMBER]\n"
        "       postrider account app-password new [--for smtp,imap,pop3] ADDRESS "
        "LABEL\n"
        "       postrider account app-password list ADDRESS\n"
        "       postrider account app-password revoke ADDRESS LABEL\n\n"
        "password: asked on a terminal, else the first line of standard input.\n"
        "add: asked on a terminal, else made at random and printed once.\n"
        "  --password-file F     it is the first line of F\n"
        "  --hash H              it is not known, but this is its hash as "
        "crypt(5)\n"
        "                        writes it: yescrypt, bcrypt, sha512crypt\n"
        "show: all that is set, and, of a running server, what it uses of its quota.\n"
        "SETTINGS:\n"
        "  --enable, --disable   a disabled account keeps its mail, takes no more "
        "and\n"
        "                        lets nobody in\n"
        "  --add-address A, --remove-address A\n"
        "                        further addresses of the account\n"
        "  --tags on|off|mailbox user+tag is the account's (the default), is "
        "nobody's, or\n"
        "                        goes to the mailbox of that name when there is "
        "one\n"
        "  --quota SIZE, --quota-messages N\n"
        "                        the most that its mailboxes may hold, such as "
        "10G; 0: what\n"
        "                        mailbox.quota and quota_messages say\n"
        "  --index on|off        keep an index of its messages' text, which "
        "makes SEARCH\n"
        "                        quick; off, which is so at first, removes it\n"
        "  --defence STEPS       what follows from steps of the defence, such as\n"
        "                        attachments=junk; none: what its domain says\n"
        "  --limit RATES         of recipients that it may send to, such as \"200/h 1000/d\";\n"
        "                        off: any number; none: what limits.account says\n"
        "hold: it cannot send (450), and what of it is in the queue waits; --reason says why.\n"
        "release lets both go, also of an account that was held since it sent like a\n"
        "spammer (limits.hold_*); list and show say who is held.\n"
        "app-password: one that is made for one program, printed once, and good "
        "for the\n"
        "protocols named by --for alone (all three without it).\n"
        "remove: its mail is kept, and an account of that address that is made "
        "later sees\n"
        "nothing of it.  list --removed shows what there is of removed accounts; "
        "restore\n"
        "brings one back with all that it had, purge deletes its mail for good, "
        "as does\n"
        "remove --delete-mail; both ask first unless --yes is given.";

int cmd_account(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "password-file", required_argument, NULL, 'p' },
		{ "hash", required_argument, NULL, 'H' },
		{ "enable", no_argument, NULL, 'y' },
		{ "disable", no_argument, NULL, 'n' },
		{ "add-address", required_argument, NULL, 'f' },
		{ "remove-address", required_argument, NULL, 'f' },
		{ "tags", required_argument, NULL, 'f' },
		{ "quota", required_argument, NULL, 'f' },
		{ "quota-messages", required_argument, NULL, 'f' },
		{ "index", required_argument, NULL, 'f' },
		{ "defence", required_argument, NULL, 'f' },
		{ "limit", required_argument, NULL, 'f' },
		{ "reason", required_argument, NULL, 'R' },
		{ "for", required_argument, NULL, 'f' },
		{ "removed", no_argument, NULL, 'r' },
		{ "as", required_argument, NULL, 'f' },
		{ "delete-mail", no_argument, NULL, 'd' },
		{ "yes", no_argument, NULL, 'Y' },
		{ 0 },
	};
	static const struct directory_command account = {
		.object = "account",
		.verbs = "list, add, password, set, show, hold, release, remove, restore, purge, "
		         "app-password",
		.sets = "--enable, --disable, --add-address, --remove-address, --tags, --quota, "
		        "--quota-messages, --index, --defence, --limit",
		.usage = account_usage,
		.options = options,
		.print = print_account,
		.title = "account                                    state     addresses    quota  "
		         "index  defence",
	};

	return command(&account, argc, argv);
}

int cmd_alias(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { "to", required_argument, NULL, 'f' },
		                                 { "remove-to", required_argument, NULL, 'f' },
		                                 { 0 } };
	static const struct directory_command alias = {
		.object = "alias",
		.verbs = "list, add, set, show, remove",
		.sets = "--to, --remove-to",
		.usage = "usage: postrider alias list [-c FILE] [--json]\n"
		         "       postrider alias add [-c FILE] [--json] ADDRESS TARGET...\n"
		         "       postrider alias set [--to TARGET]... [--remove-to TARGET]... "
		         "ADDRESS\n"
		         "       postrider alias show|remove ADDRESS\n\n"
		         "What comes to ADDRESS goes to each TARGET: accounts, other aliases, "
		         "addresses\n"
		         "elsewhere.  Who is named twice gets it once; a circle is no mistake.",
		.options = options,
		.print = print_alias,
		.title = "alias                                      targets",
	};

	return command(&alias, argc, argv);
}
