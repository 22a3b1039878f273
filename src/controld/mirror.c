/* controld/mirror.c - how far the copy of the ledger is, and that it is made anew. */
#include "controld/session.h"

#include "calls/mirror.h"

enum { LINE_MAX = 4096, ASK_MS = 5000 };

WAITS int controld_mirror(struct controld_session *s, json_t *request)
{
	struct mirror_state_args a = { .rebuild = span_eq(controld_string(request, "order"),
		                                          SPAN("rebuild")) };
	struct mirror_state_reply got;
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	FIBRE_TIMEOUT(ASK_MS);

	if (!*s->set->ledger_mirror)
		return err(ERR_NOT_FOUND, "ledger.mirror is not set, so nothing is copied");
	int r = mirror_state(&a, &s->mem, &got); /* WAITS */
	if (r < 0)
		return r;
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_bool(&j, "connected", got.connected);
	json_member_span(&j, "database", got.database);
	json_member_span(&j, "words", got.words);
	json_member_int(&j, "seq", (int64_t)got.seq);
	json_member_int(&j, "behind", (int64_t)got.behind);
	json_member_time(&j, "since", got.since_ms);
	json_member_time(&j, "written", got.written_ms);
	json_member_int(&j, "rows", (int64_t)got.n_written);
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}
