/* The scanner against one that looks at an octet at a time, in chunks of any size; it ends at
 * CRLF.CRLF only.  What we send comes back as it was, with CRLF alone (RFC 5321 4.1.1.4, 4.5.2). */
#include "fuzz.h"

#include "wire/smtp/data.h"

enum { OUT_MAX = 1 << 20 };

struct slow {
	struct buf out;
	size_t used;
	bool ended, bare_cr, bare_lf, eight_bit;
};

/* The rule as RFC 5321 writes it: lines end at CRLF; a line "." ends all; a first dot goes. */
static void scan_slowly(struct slow *s, struct span in)
{
	size_t start = 0; /* of the line */

	for (size_t i = 0; i < in.n; i++) {
		bool after_cr = i > 0 && in.p[i - 1] == '\r';
		bool starts = i == start;

		if (in.p[i] == '\n' && after_cr && i == start + 2 && in.p[start] == '.') {
			s->ended = true;
			s->used = i + 1;
			s->out.n--; /* the CR of the end */
			return;
		}
		s->bare_lf |= in.p[i] == '\n' && !after_cr;
		s->bare_cr |= after_cr && in.p[i] != '\n';
		if (!(starts && in.p[i] == '.')) {
			buf_putc(&s->out, in.p[i]);
			s->eight_bit |= (unsigned char)in.p[i] >= 0x80;
		}
		if (in.p[i] == '\n' && after_cr && i > start)
			start = i + 1;
	}
	s->used = in.n;
	/* The scanner keeps a CR back that may belong to the end. */
	if (in.n == start + 2 && in.p[start] == '.' && in.p[start + 1] == '\r')
		s->out.n--;
}

static void check_in(struct span all, uint8_t seed)
{
	struct slow slow = { .out = BUF(OUT_MAX) };
	AUTO_BUF out = BUF(OUT_MAX);
	struct smtp_data_in s;
	struct span rest = all;

	scan_slowly(&slow, all);
	smtp_data_in_init(&s);
	while (rest.n && !s.ended) {
		struct span part = span_sub(rest, 0, 1 + seed % 31), left = part;

		seed = (uint8_t)(seed * 5 + 3);
		MUST(smtp_data_in_feed(&s, &left, &out) == 0);
		MUST(left.n == 0 || s.ended);
		rest = span_sub(rest, part.n - left.n, rest.n);
	}
	MUST(s.ended == slow.ended && all.n - rest.n == slow.used);
	MUST(span_eq(buf_span(&out), buf_span(&slow.out)) && s.n_bytes == out.n);
	MUST(s.bare_cr == slow.bare_cr && s.bare_lf == slow.bare_lf);
	MUST(s.eight_bit == slow.eight_bit);
	MUST(!s.ended || slow.used == 3 ||
	     span_find_span(all, SPAN("\r\n.\r\n")) == (ptrdiff_t)slow.used - 5);
	buf_fini(&slow.out);
}

/* What the message becomes: each CRLF, CR or LF is CRLF, and the last line ends. */
static void normalize(struct span in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] != '\r' && in.p[i] != '\n') {
			buf_putc(out, in.p[i]);
			continue;
		}
		buf_puts(out, "\r\n");
		i += in.p[i] == '\r' && i + 1 < in.n && in.p[i + 1] == '\n';
	}
	if (out->n && out->p[out->n - 1] != '\n')
		buf_puts(out, "\r\n");
}

static void check_out(struct span all, uint8_t seed)
{
	AUTO_BUF sent = BUF(SMTP_DATA_OUT_MAX(all.n)), back = BUF(OUT_MAX), want = BUF(OUT_MAX);
	struct smtp_data_out s;
	struct smtp_data_in check;
	struct span in, rest = all;

	smtp_data_out_init(&s);
	while (rest.n) {
		struct span part = span_sub(rest, 0, 1 + seed % 31);

		seed = (uint8_t)(seed * 5 + 3);
		MUST(smtp_data_out_put(&s, part, &sent) == 0);
		rest = span_sub(rest, part.n, rest.n);
	}
	MUST(smtp_data_out_end(&s, &sent) == 0);
	smtp_data_in_init(&check);
	in = buf_span(&sent);
	MUST(smtp_data_in_feed(&check, &in, &back) == 0);
	normalize(all, &want);
	MUST(check.ended && in.n == 0 && !check.bare_cr && !check.bare_lf);
	MUST(span_eq(buf_span(&back), buf_span(&want)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 1 << 16)
		return 0;
	check_in(span_make(data + 1, size - 1), data[0]);
	check_out(span_make(data + 1, size - 1), data[0]);
	return 0;
}
