/* controld/reload.c - configuration and files are read anew. */
#include "controld/session.h"

enum { TEXT_MAX = 64 << 10 };

WAITS int controld_reload(struct controld_session *s, UNUSED json_t *request)
{
	AUTO_BUF text = BUF(TEXT_MAX);
	AUTO_BUF line = BUF(8 * TEXT_MAX);
	struct json j = JSON(&line);
	bool good;
	int r = s->reload(&good, &text); /* WAITS */

	if (r < 0)
		return r;
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_bool(&j, "good", good);
	json_member_span(&j, "text", buf_span(&text));
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}
