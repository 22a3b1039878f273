/* wire/smtp/data.c - see data.h.
 *
 * Both directions look for line ends with memchr and move whole runs of lines,
 * so that ordinary text costs a few instructions a line, not an octet.
 */
#include "wire/smtp/data.h"

enum in_state {
	IN_START,  /* at the start of a line               */
	IN_TEXT,   /* within a line                        */
	IN_CR,     /* behind a CR that was given already   */
	IN_DOT,    /* behind a dot that started a line     */
	IN_DOT_CR, /* behind such a dot and a CR, not given */
};

enum out_state {
	OUT_START, /* at the start of a line               */
	OUT_TEXT,  /* within a line                        */
	OUT_CR,    /* a line end is due; LF belongs to it  */
};

void smtp_data_in_init(struct smtp_data_in *s)
{
	*s = (struct smtp_data_in){ .state = IN_START };
}

static bool has_eight_bit(struct span run)
{
	uint64_t all = 0;
	size_t i = 0;

	for (; i + 32 <= run.n; i += 32) {
		uint64_t w[4];

		memcpy(w, run.p + i, sizeof w);
		all |= w[0] | w[1] | w[2] | w[3];
	}
	for (; i < run.n; i++)
		all |= (unsigned char)run.p[i];
	return all & UINT64_C(0x8080808080808080);
}

static struct span note(struct smtp_data_in *s, struct span run)
{
	s->n_bytes += run.n;
	if (!s->eight_bit)
		s->eight_bit = has_eight_bit(run);
	return run;
}

/* Walks lines from p, which is no dot at a line's start, and returns where the
 * run ends: at such a dot or at `end`. */
static const char *scan_lines(struct smtp_data_in *s, const char *p, const char *end)
{
	if (s->state == IN_CR && *p == '\n') {
		s->state = IN_START;
		p++;
	} else if (s->state == IN_CR) {
		s->bare_cr = true;
		s->state = IN_TEXT;
	}
	while (p < end && !(s->state == IN_START && *p == '.')) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf ? lf : end;
		const char *cr = memchr(p, '\r', (size_t)(stop - p));

		if (cr && cr != stop - 1)
			s->bare_cr = true;
		if (!lf) {
			s->state = stop[-1] == '\r' ? IN_CR : IN_TEXT;
			return end;
		}
		if (cr && lf[-1] == '\r') {
			s->state = IN_START;
		} else {
			s->bare_lf = true;
			s->state = IN_TEXT;
		}
		p = lf + 1;
	}
	return p;
}

bool smtp_data_in_next(struct smtp_data_in *s, struct span *in, struct span *run)
{
	while (in->n && !s->ended) {
		const char *p = in->p, *to;

		if (s->state == IN_DOT_CR && *p != '\n') {
			s->bare_cr = true;
			s->state = IN_TEXT;
			*run = note(s, SPAN("\r"));
			return true;
		}
		if (s->state == IN_DOT_CR || (s->state == IN_DOT && *p == '\r') ||
		    (s->state == IN_START && *p == '.')) {
			s->ended = s->state == IN_DOT_CR;
			s->state = s->state == IN_START ? IN_DOT : IN_DOT_CR;
			*in = span_sub(*in, 1, in->n);
			continue;
		}
		if (s->state == IN_DOT)
			s->state = IN_TEXT;
		to = scan_lines(s, p, p + in->n);
		*run = note(s, span_sub(*in, 0, (size_t)(to - p)));
		*in = span_sub(*in, run->n, in->n);
		return true;
	}
	return false;
}

int smtp_data_in_feed(struct smtp_data_in *s, struct span *in, struct buf *out)
{
	struct span run;

	while (smtp_data_in_next(s, in, &run))
		buf_put(out, run);
	return out->err;
}

void smtp_data_out_init(struct smtp_data_out *s)
{
	s->state = OUT_START;
}

/* Finds where what may be sent as it is ends, and sets the state that follows;
 * *resume is where to go on. */
static const char *scan_clean(struct smtp_data_out *s, const char *p, const char *end,
                              const char **resume)
{
	do {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf ? lf : end;
		const char *cr = memchr(p, '\r', (size_t)(stop - p));

		if (cr && !(lf && cr == lf - 1)) {
			s->state = OUT_CR;
			*resume = cr + 1;
			return cr;
		}
		if (!lf || !cr) {
			s->state = lf ? OUT_CR : OUT_TEXT;
			return *resume = stop;
		}
		p = lf + 1;
	} while (p < end && *p != '.');
	s->state = OUT_START;
	return *resume = p;
}

int smtp_data_out_put(struct smtp_data_out *s, struct span in, struct buf *out)
{
	const char *p = in.p, *end = in.n ? in.p + in.n : in.p;

	while (p < end) {
		const char *to, *resume;

		if (s->state == OUT_CR) {
			buf_put(out, SPAN("\r\n"));
			s->state = OUT_START;
			p += *p == '\n';
			continue;
		}
		if (s->state == OUT_START && *p == '.')
			buf_putc(out, '.');
		to = scan_clean(s, p, end, &resume);
		buf_put(out, span_make(p, (size_t)(to - p)));
		p = resume;
	}
	return out->err;
}

int smtp_data_out_end(struct smtp_data_out *s, struct buf *out)
{
	if (s->state != OUT_START)
		buf_put(out, SPAN("\r\n"));
	s->state = OUT_START;
	return buf_put(out, SPAN(".\r\n"));
}
