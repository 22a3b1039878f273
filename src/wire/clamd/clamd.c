/* wire/clamd/clamd.c - see clamd.h.  clamd(8). */
#include "wire/clamd/clamd.h"

int clamd_session_put(struct buf *out)
{
	return buf_put(out, SPAN("zIDSESSION\0"));
}

int clamd_stream_put(struct buf *out)
{
	return buf_put(out, SPAN("zINSTREAM\0"));
}

int clamd_version_put(struct buf *out)
{
	return buf_put(out, SPAN("zVERSION\0"));
}

static int put_length(struct buf *out, size_t n)
{
	char head[CLAMD_CHUNK_HEAD_BYTES] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8),
		                              (char)n };

	return buf_put(out, span_make(head, sizeof(head)));
}

int clamd_chunk_head(struct buf *out, size_t n)
{
	if (n == 0 || n > CLAMD_CHUNK_MAX)
		return err(ERR_BUG, "a chunk of %zu octets", n);
	return put_length(out, n);
}

int clamd_stream_end(struct buf *out)
{
	return put_length(out, 0);
}

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

/* "12: " from the front; false when a number is there that is none of a stream. */
static bool take_stream(struct span *s, uint32_t *stream)
{
	struct span rest = *s, number;
	uint64_t n;

	*stream = 0;
	if (!s->n || s->p[0] < '0' || s->p[0] > '9')
		return true;
	if (!span_split(&rest, ':', &number) || span_to_u64(number, UINT32_MAX, &n) < 0 || !n ||
	    !span_eat(&rest, SPAN(" ")))
		return false;
	*stream = (uint32_t)n;
	*s = rest;
	return true;
}

/* Takes the word from the end of what is said. */
static bool eat_last(struct span *s, struct span word)
{
	if (s->n < word.n || !span_eq(span_sub(*s, s->n - word.n, word.n), word))
		return false;
	s->n -= word.n;
	return true;
}

static bool is_limit(struct span words)
{
	return span_starts(words, SPAN("Heuristics.Limits.Exceeded")) ||
	       span_starts(words, SPAN("INSTREAM size limit exceeded"));
}

static int read_reply(struct span said, struct clamd_reply *out)
{
	struct clamd_reply r = { 0 };
	bool of_stream;

	if (!is_printable(said) || !take_stream(&said, &r.stream))
		return err(ERR_SYNTAX, "no reply of clamd");
	of_stream = span_eat(&said, SPAN("stream: "));
	if (of_stream && span_eq(said, SPAN("OK")))
		r.verdict = CLAMD_CLEAN;
	else if (of_stream && eat_last(&said, SPAN(" FOUND")) && said.n)
		r.verdict = is_limit(said) ? CLAMD_LIMIT : CLAMD_FOUND;
	else if (eat_last(&said, SPAN(" ERROR")) && said.n)
		r.verdict = is_limit(said) ? CLAMD_LIMIT : CLAMD_ERROR;
	else if (!of_stream && span_starts(said, SPAN("ClamAV ")))
		r.verdict = CLAMD_VERSION;
	else
		return err(ERR_SYNTAX, "no reply of clamd");
	r.words = r.verdict == CLAMD_CLEAN ? span_sub(said, 0, 0) : said;
	*out = r;
	return 1;
}

int clamd_reply_take(struct span *in, struct clamd_reply *out)
{
	ptrdiff_t end = span_find(span_sub(*in, 0, CLAMD_REPLY_MAX), '\0');
	struct span said;
	int r;

	if (end < 0)
		return in->n < CLAMD_REPLY_MAX ? 0 : err(ERR_TOO_LONG, "a reply of clamd");
	said = span_sub(*in, 0, (size_t)end);
	r = read_reply(said, out);
	if (r > 0)
		*in = span_sub(*in, (size_t)end + 1, in->n);
	return r;
}
