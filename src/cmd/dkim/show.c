/* cmd/dkim/show.c - dkim show: what is to be published, and whether DNS has it. */
#include "cmd/dkim/dkim_cmd.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cli.h"
#include "cmd/control_dns.h"
#include "cmd/directory/print_publish.h"
#include "cmd/directory/who.h"
#include "wire/dkim/signature.h"

enum found { FOUND, ABSENT, OTHER, UNKNOWN };

static const char *const words[] = {
	[FOUND] = "found",
	[ABSENT] = "absent",
	[OTHER] = "other",
	[UNKNOWN] = "unknown",
};

static enum found look_up(struct control *c, const char *domain, json_t *k)
{
	AUTO_ARENA mem = { 0 };
	struct dns_question q = { .type = DNS_TXT };
	struct dns_answer answer;

	snprintf(q.name, sizeof q.name, "%s._domainkey.%s", control_text(k, "selector"), domain);
	if (!c || control_dns(c, &q, &mem, &answer) < 0 || answer.status == DNS_FAILED)
		return UNKNOWN;
	for (size_t i = 0; i < answer.n; i++)
		if (dkim_key_same(span_str(control_text(k, "record")), answer.records[i].text,
		                  &mem))
			return FOUND;
	return answer.n ? OTHER : ABSENT;
}

/* "dns" into each key; those that are seen for the first time are told.  True: some were. */
static bool look_all_up(const struct dkim_cmd *x, struct control *c, json_t *row)
{
	bool news = false;
	json_t *k;
	size_t i;

	json_array_foreach(json_object_get(row, "keys"), i, k)
	{
		AUTO(who_fini)
		struct who_order o = { .object = "dkim", .verb = "set", .name = x->domain };
		enum found found = look_up(c, x->domain, k);

		json_object_set_new(k, "dns", json_string(words[found]));
		if (found == FOUND && !json_is_true(json_object_get(k, "published")))
			news = who_field(&o, "published", control_text(k, "selector")) >= 0 &&
			       who_ask(x->set, &o, who_ignore, NULL) >= 0;
	}
	return news;
}

static const char *state_of(json_t *k)
{
	if (json_is_true(json_object_get(k, "signs")))
		return "signs";
	return json_is_true(json_object_get(k, "published"))
	               ? "was replaced; postrider dkim remove --selector takes it out, a week later"
	               : "signs once DNS has its record; until then the one before does";
}

static const char *dns_of(json_t *k, bool running)
{
	const char *found = control_text(k, "dns");

	return strcmp(found, words[FOUND]) == 0    ? "DNS has it"
	       : strcmp(found, words[ABSENT]) == 0 ? "DNS has no record of that name: publish this"
	       : strcmp(found, words[OTHER]) == 0
	               ? "DNS has another record of that name: replace it by this"
	       : running ? "DNS could not be asked now"
	                 : "no server runs that could ask DNS";
}

struct printing {
	json_t *keys;
	size_t i;
	bool running;
};

static void print_key(const char *owner, const char *type, const char *value, void *arg)
{
	struct printing *p = arg;
	json_t *k = json_array_get(p->keys, p->i++);

	printf("%s (%s): %s\n    %s IN %s %s\n    %s\n", control_text(k, "selector"),
	       control_text(k, "algorithm"), state_of(k), owner, type, value,
	       dns_of(k, p->running));
}

static void print(const struct dkim_cmd *x, json_t *row, bool running)
{
	struct printing p = { .keys = json_object_get(row, "keys"), .running = running };

	if (x->json)
		return control_print(row);
	if (!json_array_size(p.keys))
		printf("%s has no DKIM key; postrider dkim new %s makes some\n", x->domain,
		       x->domain);
	publish_keys_each(row, print_key, &p);
}

/* What is in force since it was seen. */
static int show_again(const struct dkim_cmd *x, struct control *c, json_t **row)
{
	json_decref(*row);
	int r = dkim_cmd_row(x, row);

	if (r >= 0)
		(void)look_all_up(x, c, *row);
	return r;
}

int dkim_cmd_show(struct dkim_cmd *x)
{
	struct control control, *c = NULL;
	json_t *row;
	int r = dkim_cmd_row(x, &row);

	if (r >= 0 && control_server(x->set) > 0 && control_open(x->set, &control) >= 0)
		c = &control;
	if (r >= 0 && look_all_up(x, c, row))
		r = show_again(x, c, &row);
	if (r >= 0)
		print(x, row, c);
	json_decref(row);
	if (c)
		control_close(c);
	return r < 0 ? CLI_FAILED : CLI_OK;
}
