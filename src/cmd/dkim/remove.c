/* cmd/dkim/remove.c - dkim remove: tells what signs without the key before it is gone. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/directory/who.h"
#include "cmd/dkim/dkim_cmd.h"
#include "directory/signer.h"

enum { WORDS_MAX = 8 << 10 };

struct removal {
	const struct dkim_cmd *x;
	struct directory_key keys[DIRECTORY_KEYS_MAX]; /* that stay, or all */
	struct directory_signer signer;
	bool signs; /* one that goes does, now */
};

static bool goes(const struct dkim_cmd *x, json_t *key)
{
	return !x->selector || strcasecmp(control_text(key, "selector"), x->selector) == 0;
}

static void foresee(const struct dkim_cmd *x, json_t *row, struct removal *out)
{
	json_t *key;
	size_t i;

	*out = (struct removal){ .x = x };
	out->signer.keys = out->keys;
	json_array_foreach(json_object_get(row, "keys"), i, key)
	{
		if (goes(x, key))
			out->signs = out->signs || json_is_true(json_object_get(key, "signs"));
		else if (out->signer.n_keys < DIRECTORY_KEYS_MAX)
			out->keys[out->signer.n_keys++] = (struct directory_key){
				.selector = span_str(control_text(key, "selector")),
				.ed25519 = strcmp(control_text(key, "algorithm"), "ed25519") == 0,
				.published = json_is_true(json_object_get(key, "published")),
			};
	}
}

/* Behind "mail of DOMAIN": what signs once it is gone.  A key that DNS does not have begins to sign
 * where no other is left that it has. */
static void put_future(const struct removal *v, struct buf *out)
{
	size_t n = 0, n_unpublished = 0;

	for (size_t i = 0; i < v->signer.n_keys; i++) {
		if (!signer_uses(&v->signer, i))
			continue;
		buf_printf(out, "%s%.*s", n++ ? " and " : " is signed by ",
		           SPAN_ARG(v->keys[i].selector));
		n_unpublished += !v->keys[i].published;
	}
	if (!n)
		buf_puts(out, " is not signed any more");
	else if (n_unpublished)
		buf_printf(out,
		           ", whose record%s not seen in DNS yet: nobody can check the signatures "
		           "before what postrider dkim show %s prints is published",
		           n_unpublished > 1 ? "s were" : " was", v->x->domain);
}

static bool may(const struct removal *v)
{
	AUTO_BUF words = BUF(WORDS_MAX);

	put_future(v, &words);
	return v->x->yes || !v->signs ||
	       cli_confirm("%s signs mail of %s now. Without it, mail of %s%s. Remove it?",
	                   v->x->selector ? v->x->selector : "What would be removed", v->x->domain,
	                   v->x->domain, buf_str(&words)) == CLI_OK;
}

static void print(const struct removal *v)
{
	AUTO_BUF words = BUF(WORDS_MAX);

	put_future(v, &words);
	printf("removed. Mail of %s%s.\nLeave the record in DNS for a week: mail on its way is "
	       "still checked by it.\n",
	       v->x->domain, buf_str(&words));
}

static int order(const struct removal *v, json_t **row)
{
	AUTO(who_fini)
	struct who_order o = { .object = "dkim", .verb = "remove", .name = v->x->domain };
	int r = v->x->selector ? who_field(&o, "selector", v->x->selector) : 0;

	return r < 0 ? r : who_ask(v->x->set, &o, dkim_cmd_keep, row);
}

int dkim_cmd_remove(struct dkim_cmd *x)
{
	struct removal v;
	json_t *before, *after = NULL;
	int r = dkim_cmd_row(x, &before);

	foresee(x, before, &v);
	if (r >= 0 && !may(&v))
		r = ERR_CANCELLED;
	if (r >= 0)
		r = order(&v, &after);
	if (r >= 0 && x->json)
		control_print(after);
	else if (r >= 0)
		print(&v);
	json_decref(before);
	json_decref(after);
	return r < 0 ? CLI_FAILED : CLI_OK;
}
