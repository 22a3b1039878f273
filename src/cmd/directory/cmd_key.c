/* cmd/directory/cmd_key.c - key new, list, revoke: keys of accounts for programs (HTTP). */
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
        "       postrider key revoke [-c FILE] --account ADDRESS LABEL\n\n"
        "Keys by which programs send as an account over HTTP, and ask what became of it.\n"
        "new: prints the key, once: only a digest is kept.  --rights: send (messages), read\n"
        "(what became of those that the account sent), manage (cancel, retry); without it send\n"
        "and read.  --senders: it sends as these addresses alone.\n"
        "revoke: the key opens nothing any more, from this moment on.";

struct key_given {
	const char *config, *account, *label;
	bool json;
	struct who_order order;
};

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
	if (g->json)
		printf("{\"key\": \"%s\", \"account\": \"%s\", \"label\": \"%s\"}\n", key->made.p,
		       g->account, g->label);
	else if (!cli_is_terminal())
		printf("%s\n", key->made.p);
	else
		printf("key for %s, named %s, shown this once:\n\n    %s\n\n"
		       "A program sends it with each request:  Authorization: Bearer KEY\n"
		       "To take it back:  postrider key revoke --account %s %s\n",
		       g->account, g->label, key->made.p, g->account, g->label);
}

static int make(const struct settings *set, struct key_given *g)
{
	AUTO(password_fini) struct password key = { .is_app = true };
	struct who_order *o = &g->order;
	int r = password_make_key(g->account, &key);

	o->object = "app-password";
	o->verb = "add";
	if (r >= 0 &&
	    ((r = who_field(o, "label", label_of(g))) < 0 ||
	     (r = who_field(o, "for", "http")) < 0 || (r = who_field(o, "scram", "")) < 0))
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
	int r = who_field(o, "label", g->label);

	o->object = "app-password";
	o->verb = "remove";
	if (r >= 0)
		r = who_ask(set, o, who_ignore, NULL);
	if (r >= 0 && !g->json)
		printf("%s of %s opens nothing any more\n", g->label, g->account);
	return r;
}

static int list(const struct settings *set, struct key_given *g)
{
	g->order.object = "account";
	g->order.verb = "show";
	return who_ask(set, &g->order, print_keys, g);
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
	else if (status == GO_ON && !g.account)
		status = cli_misuse("key", "of which account? (--account ADDRESS)");
	else if (status == GO_ON)
		status = run(&g, argv[optind], argc - optind - 1, argv + optind + 1);
	who_fini(&g.order);
	return status;
}
