/* wire/imap/client/answers.c - see answers.h. */
#include "wire/imap/client/answers.h"

static const struct {
	const char *word;
	enum imap_answer_status status;
} words[] = { { "OK", IMAP_ANSWER_OK },
	      { "NO", IMAP_ANSWER_NO },
	      { "BAD", IMAP_ANSWER_BAD },
	      { "PREAUTH", IMAP_ANSWER_PREAUTH },
	      { "BYE", IMAP_ANSWER_BYE } };

/* A status ends in text, which may look like the head of a literal. */
static bool may_hold_literals(struct span answer)
{
	struct imap_cursor c = { .rest = answer };

	if (!span_eat(&c.rest, SPAN("* ")))
		return false;
	for (size_t i = 0; i < N_ELEMS(words); i++)
		if (imap_eat_word(&c, words[i].word))
			return false;
	return true;
}

/* "{n}" at the end of a line, its line end off. */
static bool literal_head(struct span line, uint64_t *n)
{
	ptrdiff_t at = span_find_last(line, '{');

	if (at < 0 || line.p[line.n - 1] != '}')
		return false;
	struct span digits = span_sub(line, (size_t)at + 1, line.n - (size_t)at - 2);
	return span_to_u64(digits, UINT32_MAX, n) >= 0;
}

static int put(struct imap_answers *a, struct span *in, size_t n)
{
	int r = buf_put(&a->gathered, span_sub(*in, 0, n));

	*in = span_sub(*in, n, in->n);
	return r < 0 ? err(r, "an answer of more than %zu octets", a->gathered.cap) : 0;
}

/* 1: the answer is whole, but for its line end. */
static int end_line(struct imap_answers *a)
{
	struct span line = span_sub(buf_span(&a->gathered), a->line, a->gathered.n);

	a->line = a->gathered.n;
	line.n--;
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (may_hold_literals(buf_span(&a->gathered)) && line.n && literal_head(line, &a->left))
		return 0;
	a->gathered.n = (size_t)(line.p - a->gathered.p) + line.n;
	a->held = true;
	return 1;
}

static void begin(struct imap_answers *a)
{
	buf_reset(&a->gathered);
	a->line = a->n_line = 0;
	a->held = false;
}

int imap_answers_next(struct imap_answers *a, struct span *in, struct span *out)
{
	int r = 0;

	if (a->held)
		begin(a);
	while (in->n && r >= 0) {
		size_t n = a->left < in->n ? (size_t)a->left : in->n;
		if (a->left) {
			r = put(a, in, n);
			a->left -= n;
			a->line = a->gathered.n;
			continue;
		}
		ptrdiff_t at = span_find(*in, '\n');
		n = at < 0 ? in->n : (size_t)at + 1;
		a->n_line += n;
		if (a->n_line > IMAP_ANSWER_LINE_MAX)
			return err(ERR_TOO_LONG, "an answer of more than %d octets",
			           IMAP_ANSWER_LINE_MAX);
		r = put(a, in, n);
		if (r >= 0 && at >= 0)
			r = end_line(a);
		if (r > 0) {
			*out = buf_span(&a->gathered);
			return 1;
		}
	}
	return r;
}

/* ---- what it says ---- */

static void take_status(struct imap_cursor *c, struct imap_answer *out)
{
	imap_eat(c, ' ');
	if (imap_eat(c, '[')) {
		ptrdiff_t at = span_find(c->rest, ']');
		size_t n = at < 0 ? c->rest.n : (size_t)at;
		out->code = span_sub(c->rest, 0, n);
		c->rest = span_sub(c->rest, n + 1, c->rest.n);
		imap_eat(c, ' ');
	}
	out->text = c->rest;
}

static bool eat_status(struct imap_cursor *c, struct imap_answer *out)
{
	for (size_t i = 0; i < N_ELEMS(words); i++)
		if (imap_eat_word(c, words[i].word)) {
			out->status = words[i].status;
			take_status(c, out);
			return true;
		}
	return false;
}

static int take_data(struct imap_cursor *c, struct imap_answer *out)
{
	out->has_number = c->rest.n && c->rest.p[0] >= '0' && c->rest.p[0] <= '9';
	if (out->has_number) {
		int r = imap_take_u32(c, "a number", &out->number);
		if (r < 0 || !imap_eat(c, ' '))
			return r < 0 ? r : imap_bad(c, "a name is missing");
	}
	int r = imap_take_atom(c, "a name", &out->name);
	imap_eat(c, ' ');
	out->args = *c;
	return r;
}

int imap_answer_parse(struct span answer, struct arena *mem, struct imap_answer *out)
{
	struct imap_cursor c = { .rest = answer, .mem = mem, .verb = "the server's answer" };
	struct imap_answer got = { .status = IMAP_ANSWER_GO_ON };
	int r = 0;

	if (span_eat(&c.rest, SPAN("+"))) {
		take_status(&c, &got);
	} else if (span_eat(&c.rest, SPAN("* "))) {
		got.status = IMAP_ANSWER_DATA;
		if (!eat_status(&c, &got))
			r = take_data(&c, &got);
	} else {
		r = imap_take_atom(&c, "a tag", &got.tag);
		imap_eat(&c, ' ');
		if (r >= 0 && !eat_status(&c, &got))
			r = imap_bad(&c, "OK, NO or BAD is missing");
	}
	if (r >= 0)
		*out = got;
	return r;
}
