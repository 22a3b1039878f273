/* cmd/dkim/keys.c - dkim new, rotate, list: the keys that domains sign with. */
#include "cmd/dkim/dkim_cmd.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/directory/print_publish.h"
#include "cmd/directory/who.h"

enum { SELECTOR_ROOM = 80 };

static const char *const algorithms[] = { "rsa", "ed25519" };

void dkim_cmd_keep(json_t *row, void *arg)
{
	json_t **out = arg;

	json_decref(*out);
	*out = json_incref(row);
}

int dkim_cmd_row(const struct dkim_cmd *x, json_t **out)
{
	const struct who_order o = { .object = "dkim", .verb = "show", .name = x->domain };

	*out = NULL;
	return who_ask(x->set, &o, dkim_cmd_keep, out);
}

/* ---- new, rotate ---- */

/* Neither that was asked for is both. */
static bool wants(const struct dkim_cmd *x, size_t algorithm)
{
	return x->rsa == x->ed25519 || (algorithm ? x->ed25519 : x->rsa);
}

static bool has_selector(json_t *row, const char *selector)
{
	json_t *k;
	size_t i;

	json_array_foreach(json_object_get(row, "keys"), i, k)
	{
		if (strcmp(control_text(k, "selector"), selector) == 0)
			return true;
	}
	return false;
}

static bool has_algorithm(json_t *row, const char *algorithm)
{
	json_t *k;
	size_t i;

	json_array_foreach(json_object_get(row, "keys"), i, k)
	{
		if (strcmp(control_text(k, "algorithm"), algorithm) == 0)
			return true;
	}
	return false;
}

/* The name that was given is one key's; both share it as they share the date: 20261129-rsa, and
 * 20261129b-rsa for who needs another on that day. */
static void choose_selector(const struct dkim_cmd *x, json_t *row, const char *algorithm,
                            char out[SELECTOR_ROOM])
{
	time_t now = (time_t)(clock_wall_time_ms() / 1000);
	char date[16];
	struct tm day;

	gmtime_r(&now, &day);
	strftime(date, sizeof date, "%Y%m%d", &day);
	if (x->selector && x->rsa != x->ed25519)
		snprintf(out, SELECTOR_ROOM, "%s", x->selector);
	else if (x->selector)
		snprintf(out, SELECTOR_ROOM, "%s-%s", x->selector, algorithm);
	else
		snprintf(out, SELECTOR_ROOM, "%s-%s", date, algorithm);
	for (char more = 'b'; !x->selector && has_selector(row, out) && more <= 'z'; more++)
		snprintf(out, SELECTOR_ROOM, "%s%c-%s", date, more, algorithm);
}

static int add_one(const struct dkim_cmd *x, const char *algorithm, const char *secret,
                   json_t **row)
{
	AUTO(who_fini) struct who_order o = { .object = "dkim", .verb = "add", .name = x->domain };
	char selector[SELECTOR_ROOM];

	choose_selector(x, *row, algorithm, selector);
	int r = who_field(&o, "selector", selector);
	if (r >= 0)
		r = who_field(&o, "algorithm", algorithm);
	if (r >= 0 && secret)
		r = who_field(&o, "secret", secret);
	return r < 0 ? r : who_ask(x->set, &o, dkim_cmd_keep, row);
}

int dkim_cmd_make(const struct dkim_cmd *x, json_t **row)
{
	enum { SECRET_MAX = 16 << 10 };
	AUTO_BUF secret = BUF(SECRET_MAX + 1);
	int r = x->key_file ? cli_read_file(x->key_file, SECRET_MAX, &secret) : 0;

	for (size_t i = 0; r >= 0 && i < N_ELEMS(algorithms); i++)
		if (wants(x, i))
			r = add_one(x, algorithms[i], x->key_file ? buf_str(&secret) : NULL, row);
	return r;
}

/* The records that were not seen in DNS yet. */
static void print_waiting(const struct dkim_cmd *x, json_t *row)
{
	json_t *waiting = json_deep_copy(row), *keys = json_object_get(waiting, "keys");

	for (size_t i = json_array_size(keys); i > 0; i--)
		if (json_is_true(json_object_get(json_array_get(keys, i - 1), "published")))
			json_array_remove(keys, i - 1);
	puts("To publish in DNS, each a line:\n");
	publish_print_keys(waiting);
	printf("\npostrider dkim show %s tells whether DNS has them.\n", x->domain);
	json_decref(waiting);
}

static int finish(const struct dkim_cmd *x, int r, json_t *row, const char *words)
{
	if (r >= 0 && x->json) {
		control_print(row);
	} else if (r >= 0) {
		puts(words);
		print_waiting(x, row);
	}
	json_decref(row);
	return r < 0 ? CLI_FAILED : CLI_OK;
}

int dkim_cmd_new(struct dkim_cmd *x)
{
	json_t *row;
	int r = dkim_cmd_row(x, &row);

	for (size_t i = 0; r >= 0 && !x->key_file && i < N_ELEMS(algorithms); i++)
		if (wants(x, i) && has_algorithm(row, algorithms[i]))
			r = (cli_fail("%s has a key for %s already; postrider dkim rotate %s "
			              "makes one that takes its place",
			              x->domain, algorithms[i], x->domain),
			     ERR_EXISTS);
	if (r >= 0)
		r = dkim_cmd_make(x, &row);
	return finish(x, r, row,
	              "What leaves with an author there is signed from now on; who receives it can "
	              "check that once DNS\nhas the public half.\n");
}

int dkim_cmd_rotate(struct dkim_cmd *x)
{
	json_t *row;
	int r = dkim_cmd_row(x, &row);

	if (r >= 0 && !json_array_size(json_object_get(row, "keys")))
		r = (cli_fail("%s has no DKIM key; postrider dkim new %s makes some", x->domain,
		              x->domain),
		     ERR_NOT_FOUND);
	if (r >= 0 && x->rsa == x->ed25519) {
		x->rsa = has_algorithm(row, algorithms[0]);
		x->ed25519 = has_algorithm(row, algorithms[1]);
	}
	if (r >= 0)
		r = dkim_cmd_make(x, &row);
	return finish(
	        x, r, row,
	        "The old keys sign until the new records are seen in DNS: the running server looks "
	        "for them, at first\nevery minute. Leave the old records there for a week after "
	        "that: "
	        "mail on its way is still checked by\nthem.\n");
}

/* ---- list ---- */

static void print_keys(json_t *row, void *arg)
{
	const struct dkim_cmd *x = arg;
	json_t *k;
	size_t i;

	if (x->json)
		return control_print(row);
	json_array_foreach(json_object_get(row, "keys"), i, k)
	{
		bool signs = json_is_true(json_object_get(k, "signs"));
		bool published = json_is_true(json_object_get(k, "published"));

		printf("%-30s %-22s %-8s %s\n", control_text(row, "dkim"),
		       control_text(k, "selector"), control_text(k, "algorithm"),
		       signs && published ? "signs"
		       : signs            ? "signs, not seen in DNS yet"
		       : published        ? "replaced"
		                          : "waits for DNS");
	}
}

int dkim_cmd_list(struct dkim_cmd *x)
{
	const struct who_order o = { .object = "dkim", .verb = "list", .name = "" };

	return who_ask(x->set, &o, print_keys, x) < 0 ? CLI_FAILED : CLI_OK;
}
