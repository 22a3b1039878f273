/* cmd/doctor/see_defence.c - who helps the defence, what was learned, and how far the mirror is:
 * asked of the server. */
#include <stdio.h>

#include "cmd/control.h"
#include "cmd/doctor/see.h"

/* One request, one line: a new reference, NULL where the server says no. */
static json_t *ask(struct control *server, json_t *request)
{
	json_t *answer;

	return control_ask(server, request) >= 0 && control_answer(server, &answer) >= 0 ? answer
	                                                                                 : NULL;
}

static int index_of(const char *word, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (span_eq(span_str(word), span_str(words[i])))
			return i;
	return -1;
}

static void take_help(json_t *row, struct arena *mem, struct doctor_help *all, size_t *n)
{
	static const char *const helpers[] = {
		[DOCTOR_CLAMD] = "clamd",
		[DOCTOR_HASHES] = "hashes",
		[DOCTOR_MILTER] = "milter",
		[DOCTOR_RSPAMD] = "rspamd",
	};
	static const char *const states[] = {
		[DOCTOR_ANSWERS] = "answers", [DOCTOR_ABSENT] = "absent", [DOCTOR_SILENT] = "silent"
	};
	int helper = index_of(control_text(row, "helper"), helpers, N_ELEMS(helpers));
	int state = index_of(control_text(row, "state"), states, N_ELEMS(states));
	struct doctor_help h = {
		.at = arena_str(mem, span_str(control_text(row, "at"))),
		.words = arena_str(mem, span_str(control_text(row, "words"))),
		.n_hashes = (uint64_t)json_integer_value(json_object_get(row, "n")),
	};

	if (helper < 0 || state < 0 || !h.at || !h.words)
		return;
	h.helper = (enum doctor_helper)helper;
	h.answer = (enum doctor_answer)state;
	all[(*n)++] = h;
}

static void see_help(struct control *server, struct arena *mem, struct doctor_seen *out)
{
	json_t *answer = ask(server, json_pack("{s:s}", "call", "probe")), *row;
	json_t *rows = json_object_get(answer, "help");
	struct doctor_help *all = arena_array(mem, struct doctor_help, json_array_size(rows) + 1);
	size_t i;

	if (!answer || !all)
		snprintf(out->help_failed, sizeof out->help_failed,
		         "the server does not say; see its log");
	json_array_foreach(rows, i, row)
	{
		if (all)
			take_help(row, mem, all, &out->n_help);
	}
	out->help = all;
	json_decref(answer);
}

void see_mirror(const struct settings *set, struct control *server, struct doctor_mirror *out)
{
	json_t *told =
	        *set->ledger_mirror ? ask(server, json_pack("{s:s}", "call", "mirror")) : NULL;

	*out = (struct doctor_mirror){
		.seen = told != NULL,
		.connected = json_is_true(json_object_get(told, "connected")),
		.n_behind = (uint64_t)json_integer_value(json_object_get(told, "behind")),
	};
	snprintf(out->words, sizeof out->words, "%s", told ? control_text(told, "words") : "");
	json_decref(told);
}

void see_defence(struct control *server, struct arena *mem, struct doctor_seen *out)
{
	see_help(server, mem, out);
	json_t *told = ask(server, json_pack("{s:s, s:s}", "call", "learn", "what", "show"));
	out->learned = (struct doctor_learned){
		.seen = told != NULL,
		.enough = span_eq(span_str(control_text(told, "done")), SPAN("enough")),
		.n_wanted = (uint64_t)json_integer_value(json_object_get(told, "told_ham")),
		.n_unwanted = (uint64_t)json_integer_value(json_object_get(told, "told_spam")),
	};
	json_decref(told);
}
