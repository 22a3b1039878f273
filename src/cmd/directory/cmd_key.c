/* cmd/directory/cmd_key.c - key new, list, revoke: keys of accounts, or of the operator, for
 * programs (HTTP). */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/os.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/directory/password.h"
#include "cmd/directory/who.h"

static const char usage[] =
        "usage: postrider key new [-c FILE] [--json] --account ADDRESS [--label LABEL]\n"
        "                         [--rights send,read,manage] [--senders ADDRESS,...]\n"
        "       postrider key list [-c FILE] [--json] --account ADDRESS\n"
        "       postrider key revoke [-c FILE] --account ADDRESS LABEL\n"
        "       postrider key new|list|revoke ... --operator\n\n"
        "Keys by which programs send as an account over HTTP, and ask what became of it.\n"
        "new: prints the key, once: only a digest is kept.  --rights: send (messages), read\n"
        "(what became of those that the account sent), manage (cancel, retry); without it send\n"
        "and read.  --senders: it sends as these addresses alone.\n"
        "revoke: the key opens nothing any more, from this moment on.\n"
        "--operator: a key that may do what this command line may, at listen.admin.";

struct key_given {
	const char *config, *account, *label;
	bool json, operator;
	struct who_order order;
};

static const char *owner_of(const struct key_given *g)
{
	return g->operator? "the operator" : g->account;
}

/* Of an account's passwords the keys alone. */
static bool is_key(const json_t *row)
{
	return json_object_get(row, "rights") != NULL;
}

static void print_words(const json_t *row, const char *key, const char *without)
{
	const json_t *words = json_object_get(row, key);

	for (size_t i = 0; i < json_array_size(words); i++)
		printf("%s%s", i ? "," : "", json_string_value(json_array_get(words, i)));
	if (!json_array_size(words))
		fputs(without, stdout);
}

static void print_keys(json_t *row, void *arg)
{
	const struct key_given *g = arg;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(row, "app_passwords"), i, one)
	{
		if (!is_key(one))
			continue;
		if (g->json) {
			control_print(one);
			continue;
		}
		printf("%-24s %s  ", control_text(one, "label"), control_text(one, "made"));
		print_words(one, "rights", "nothing");
		fputs("  as ", stdout);
		print_words(one, "senders", "any address of the account");
		putchar('\n');
	}
}

/* "key-7f3a9c", when none was given. */
static const char *label_of(struct key_given *g)
{
	unsigned char noise[3];

	if (g->label)
		return g->label;
	os_random(noise, sizeof noise);
	g->label = arena_printf(&g->order.mem, "key-%02x%02x%02x", noise[0], noise[1], noise[2]);
	return g->label ? g->label : "key";
}

static void print_new(const struct key_given *g, const struct password *key)
{
	if (g->json && g->operator)
		printf("{\"key\": \"%s\", \"label\": \"%s\"}\n", key->made.p, g->label);
	else if (g->json)
		printf("{\"key\": \"%s\", \"account\": \"%s\", \"label\": \"%s\"}\n", key->made.p,
		       g->account, g->label);
	else if (!cli_is_terminal())
		printf("%s\n", key->made.p);
	else
		printf("key for %s, named %s, shown this once:\n\n    %s\n\n"
		       "A program sends it with each request:  Authorization: Bearer KEY\n"
		       "To take it back:  postrider key revoke %s%s %s\n",
		       owner_of(g), g->label, key->made.p, g->operator? "--operator" : "--account ",
		       g->operator? "" : g->account, g->label);
}

/* What names it: of an account's a field, the operator's have nothing else. */
static int name_it(struct key_given *g)
{
	struct who_order *o = &g->order;

	o->object = g->operator? "operator-key" : "app-password";
	if (!g->operator)
		return who_field(o, "label", label_of(g));
	o->name = label_of(g);
	return 0;
}

static int make(const struct settings *set, struct key_given *g)
{
	AUTO(password_fini) struct password key = { .is_app = true };
	struct who_order *o = &g->order;
	int r = password_make_key(g->operator? NULL : g->account, &key);

	o->verb = "add";
	if (r >= 0)
		r = name_it(g);
	if (r >= 0 && !g->operator&&((r = who_field(o, "for", "http")) < 0 ||
	                             (r = who_field(o, "scram", "")) < 0))
		return r;
	if (r >= 0)
		r = who_field(o, "hash", key.hash.p);
	if (r >= 0)
		r = who_ask(set, o, who_ignore, NULL);
	if (r >= 0)
		print_new(g, &key);
	return r;
}

static int revoke(const struct settings *set, struct key_given *g)
{
	struct who_order *o = &g->order;
	int r = name_it(g);

	o->verb = "remove";
	if (r >= 0)
		r = who_ask(set, o, who_ignore, NULL);
	if (r >= 0 && !g->json)
		printf("%s of %s opens nothing any more\n", g->label, owner_of(g));
	return r;
}

static void print_operators(json_t *row, void *arg)
{
	const struct key_given *g = arg;

	if (g->json)
		control_print(row);
	else
		printf("%-24s %s\n", control_text(row, "operator_key"), control_text(row, "made"));
}

static int list(const struct settings *set, struct key_given *g)
{
	g->order.object = g->operator? "operator-key" : "account";
	g->order.verb = g->operator? "list" : "show";
	return who_ask(set, &g->order, g->operator? print_operators : print_keys, g);
}

static int run(struct key_given *g, const char *verb, int n, char *const *args)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	int r;

	if (cli_settings(g->config, &mem, &set) < 0)
		return CLI_FAILED;
	g->order.name = g->account;
	if (n == 0 && strcmp(verb, "new") == 0) {
		r = make(&set, g);
	} else if (n == 0 && strcmp(verb, "list") == 0) {
		r = list(&set, g);
	} else if (n == 1 && !g->label && strcmp(verb, "revoke") == 0) {
		g->label = args[0];
		r = revoke(&set, g);
	} else {
		return cli_misuse("key", "new, list, or revoke and the label of one?");
	}
	return r < 0 || fflush(stdout) != 0 ? CLI_FAILED : CLI_OK;
}

/* GO_ON, or the exit status. */
enum { GO_ON = -1 };
static int read_options(struct key_given *g, int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "account", required_argument, NULL, 'a' },
		                                 { "operator", no_argument, NULL, 'o' },
		                                 { "label", required_argument, NULL, 'l' },
		                                 { "rights", required_argument, NULL, 'r' },
		                                 { "senders", required_argument, NULL, 's' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	int o;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (o) {
		case 'c': g->config = optarg; break;
		case 'j': g->json = true; break;
		case 'a': g->account = optarg; break;
		case 'o': g->operator= true; break;
		case 'l': g->label = optarg; break;
		case 'r':
		case 's':
			if (who_field(&g->order, o == 'r' ? "rights" : "senders", optarg) < 0)
				return CLI_USAGE;
			break;
		default: return cli_help(o, "key", usage);
		}
	}
	return GO_ON;
}

int cmd_key(int argc, char **argv)
{
	struct key_given g = { 0 };
	int status = read_options(&g, argc, argv);

	if (status == GO_ON && optind == argc)
		status = cli_misuse("key", "new, list, or revoke?");
	else if (status == GO_ON && !g.account == !g.operator)
		status = cli_misuse("key", "whose? --account ADDRESS, or --operator");
	else if (status == GO_ON && g.operator&& g.order.n_fields)
		status = cli_misuse("key", "--rights and --senders are of an account's keys");
	else if (status == GO_ON)
		status = run(&g, argv[optind], argc - optind - 1, argv + optind + 1);
	who_fini(&g.order);
	return status;
}
