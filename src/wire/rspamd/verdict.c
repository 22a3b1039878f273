/* wire/rspamd/verdict.c - the object of JSON that /checkv2 answers.  See rspamd.h. */
#include "wire/rspamd/rspamd.h"

#include <jansson.h>
#include <math.h>

#include "base/json.h"

/* Its parser calls itself for each array and object within another one. */
enum { DEPTH_MAX = 40 };

static const struct {
	const char *said, *name;
} actions[RSPAMD_ACTIONS] = {
	[RSPAMD_NO_ACTION] = { "no action", "no-action" },
	[RSPAMD_GREYLIST] = { "greylist", "greylist" },
	[RSPAMD_ADD_HEADER] = { "add header", "add-header" },
	[RSPAMD_REWRITE_SUBJECT] = { "rewrite subject", "rewrite-subject" },
	[RSPAMD_SOFT_REJECT] = { "soft reject", "soft-reject" },
	[RSPAMD_REJECT] = { "reject", "reject" },
	[RSPAMD_QUARANTINE] = { "quarantine", "quarantine" },
	[RSPAMD_DISCARD] = { "discard", "discard" },
};

const char *rspamd_action_name(enum rspamd_action a)
{
	return actions[a].name;
}

static double number(const json_t *object, const char *name)
{
	double d = json_number_value(json_object_get(object, name));

	return isfinite(d) && fabs(d) < 1e6 ? d : 0;
}

static void put_text(const char *text, char *out, size_t room)
{
	size_t n = 0;

	for (; text && text[n] && n + 1 < room; n++)
		out[n] = text[n] < ' ' || text[n] > '~' ? '?' : text[n];
	out[n] = '\0';
}

/* Into its place among the heaviest.  Those of no weight tell something where no other does: a
 * rule that decides by itself has none. */
static void keep(struct rspamd_verdict *v, const char *name, double score)
{
	size_t i = v->n_symbols;

	if (score < 0)
		return;
	while (i && v->symbols[i - 1].score < score)
		i--;
	if (i == RSPAMD_SYMBOLS_MAX)
		return;
	if (v->n_symbols < RSPAMD_SYMBOLS_MAX)
		v->n_symbols++;
	memmove(&v->symbols[i + 1], &v->symbols[i], (v->n_symbols - i - 1) * sizeof v->symbols[0]);
	v->symbols[i].score = score;
	put_text(name, v->symbols[i].name, sizeof v->symbols[i].name);
}

static int read_action(const json_t *root, enum rspamd_action *out)
{
	const char *said = json_string_value(json_object_get(root, "action"));

	if (!said)
		return err(ERR_SYNTAX, "it names no action");
	for (size_t i = 0; i < RSPAMD_ACTIONS; i++)
		if (strcmp(said, actions[i].said) == 0) {
			*out = (enum rspamd_action)i;
			return 0;
		}
	char shown[RSPAMD_NAME_MAX + 1];
	put_text(said, shown, sizeof shown);
	return err(ERR_UNKNOWN, "it names an action that is not known, \"%s\"", shown);
}

static int read_root(json_t *root, struct rspamd_verdict *out)
{
	struct rspamd_verdict v = { .score = number(root, "score"),
		                    .required = number(root, "required_score") };
	const char *name;
	json_t *symbol;
	int r = read_action(root, &v.action);

	if (r < 0)
		return r;
	json_object_foreach(json_object_get(root, "symbols"), name, symbol)
	        keep(&v, name, number(symbol, "score"));
	while (v.n_symbols && v.symbols[0].score > 0 && v.symbols[v.n_symbols - 1].score <= 0)
		v.n_symbols--;
	put_text(json_string_value(
	                 json_object_get(json_object_get(root, "messages"), "smtp_message")),
	         v.message, sizeof v.message);
	*out = v;
	return 0;
}

int rspamd_verdict_parse(struct span json, struct rspamd_verdict *out)
{
	json_error_t why;

	if (json_check_depth(json, DEPTH_MAX) < 0)
		return err(ERR_SYNTAX, "its reply is nested too deep");
	json_t *root = json_loadb(json.n ? json.p : "", json.n, 0, &why);
	if (!root)
		return err(ERR_SYNTAX, "its reply is no JSON: %s", why.text);
	int r = json_is_object(root) ? read_root(root, out)
	                             : err(ERR_SYNTAX, "its reply is no object");
	json_decref(root);
	return r;
}
