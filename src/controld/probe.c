/* controld/probe.c - who helps the defence, and whether they answer now. */
#include "controld/session.h"

#include "calls/inspect.h"

enum { LINE_MAX = 64 << 10, WAIT_MS = 5000 };

static void put_help(struct json *j, const struct inspect_help *h)
{
	static const char *const helpers[] = {
		[INSPECT_CLAMD] = "clamd",
		[INSPECT_HASHES] = "hashes",
		[INSPECT_MILTER] = "milter",
		[INSPECT_RSPAMD] = "rspamd",
	};
	static const char *const states[] = { [INSPECT_ANSWERS] = "answers",
		                              [INSPECT_ABSENT] = "absent",
		                              [INSPECT_SILENT] = "silent" };

	if (h->helper >= N_ELEMS(helpers) || h->state >= N_ELEMS(states))
		return;
	json_begin_object(j);
	json_member_span(j, "helper", span_str(helpers[h->helper]));
	json_member_span(j, "state", span_str(states[h->state]));
	json_member_span(j, "at", h->at);
	json_member_span(j, "words", h->words);
	json_member_int(j, "n", h->n);
	json_end_object(j);
}

WAITS int controld_probe(struct controld_session *s, UNUSED json_t *request)
{
	struct inspect_probe_args a = { .ms = WAIT_MS };
	struct inspect_probe_reply got;
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	int r = inspect_probe(&a, &s->mem, &got); /* WAITS */

	if (r < 0)
		return r;
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_key(&j, "help");
	json_begin_array(&j);
	for (size_t i = 0; i < got.n_help; i++)
		put_help(&j, &got.help[i]);
	json_end_array(&j);
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}
