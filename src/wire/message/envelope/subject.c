/* wire/message/envelope/subject.c - see subject.h.  RFC 5256 2.1, 5.
 */
#include "wire/message/envelope/subject.h"
#include "wire/message/words.h"

/* subj-blob: "[" *BLOBCHAR "]" *WSP */
static bool eat_blob(struct span *s)
{
	if (!s->n || s->p[0] != '[')
		return false;
	for (size_t i = 1; i < s->n && s->p[i] != '['; i++)
		if (s->p[i] == ']') {
			*s = span_trim_left(span_sub(*s, i + 1, s->n));
			return true;
		}
	return false;
}

/* subj-refwd: ("re" / ("fw" ["d"])) *WSP [subj-blob] ":" */
static bool eat_refwd(struct span *s)
{
	struct span rest = *s;

	if (!span_eat_nocase(&rest, SPAN("re")) && !span_eat_nocase(&rest, SPAN("fwd")) &&
	    !span_eat_nocase(&rest, SPAN("fw")))
		return false;
	rest = span_trim_left(rest);
	eat_blob(&rest);
	if (!span_eat(&rest, SPAN(":")))
		return false;
	*s = rest;
	return true;
}

/* subj-leader: (*subj-blob subj-refwd) / WSP */
static bool eat_leader(struct span *s, bool *reply)
{
	struct span rest = span_trim_left(*s);
	bool any = rest.n != s->n;

	*s = rest;
	while (eat_blob(&rest))
		;
	if (!eat_refwd(&rest))
		return any;
	*s = rest;
	*reply = true;
	return true;
}

/* subj-trailer: "(fwd)" / WSP */
static void cut_trailers(struct span *s, bool *reply)
{
	for (;;) {
		struct span fwd = SPAN("(fwd)");

		*s = span_trim(*s);
		if (!span_ends_nocase(*s, fwd))
			return;
		s->n -= fwd.n;
		*reply = true;
	}
}

/* Steps 3 to 5.  Behind the last leader no blob is followed by a "re:", so the blobs may go at
 * once. */
static void eat_leaders(struct span *s, bool *reply)
{
	struct span rest;

	while (eat_leader(s, reply))
		;
	for (rest = *s; eat_blob(&rest) && rest.n;)
		*s = rest;
}

static bool eat_fwd(struct span *s, bool *reply)
{
	if (!span_starts_nocase(*s, SPAN("[fwd:")) || s->p[s->n - 1] != ']')
		return false;
	*s = span_sub(*s, 5, s->n - 6);
	*reply = true;
	return true;
}

static void put_spaced(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' || !i || s.p[i - 1] != ' ')
			buf_putc(out, s.p[i]);
}

int message_subject_base(struct span value, struct buf *out, bool *reply)
{
	AUTO_BUF decoded = BUF(4 * value.n + 16);
	AUTO_BUF spaced = BUF(4 * value.n + 16);
	bool is_reply = false;
	struct span s;

	if (message_words_get(value, &decoded) < 0)
		return decoded.err;
	put_spaced(&spaced, buf_span(&decoded));
	if (spaced.err)
		return spaced.err;
	s = buf_span(&spaced);
	do {
		cut_trailers(&s, &is_reply);
		eat_leaders(&s, &is_reply);
	} while (eat_fwd(&s, &is_reply));
	if (reply)
		*reply = is_reply;
	return buf_put(out, s);
}
