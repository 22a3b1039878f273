/* Each mailbox name has one form in modified UTF-7, and comes back from it; a pattern fits what a
 * plain matcher says. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "wire/imap/name.h"
#include "wire/imap/put.h"

static void check_decode(struct span in)
{
	AUTO_BUF utf8 = BUF(1 << 20);
	AUTO_BUF again = BUF(1 << 20);

	if (imap_utf7_decode(in, &utf8) < 0)
		return;
	MUST(utf8_valid(buf_span(&utf8)));
	MUST(imap_utf7_encode(buf_span(&utf8), &again) == 0);
	MUST(span_eq(buf_span(&again), in));
}

static void check_encode(struct span in)
{
	AUTO_BUF utf7 = BUF(1 << 20);
	AUTO_BUF again = BUF(1 << 20);

	if (imap_utf7_encode(in, &utf7) < 0) {
		MUST(!utf8_valid(in));
		return;
	}
	MUST(utf8_is_ascii(buf_span(&utf7)));
	MUST(imap_utf7_decode(buf_span(&utf7), &again) == 0);
	MUST(span_eq(buf_span(&again), in));
}

static void check_mailbox(struct span in, bool utf8)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1 << 20);
	struct imap_cursor c = { .rest = in, .mem = &mem, .verb = "TEST", .utf8 = utf8 };
	struct span name, again;

	if (imap_take_mailbox(&c, &name) < 0)
		return;
	MUST(name.n <= IMAP_NAME_MAX && utf8_valid(name) && span_find(name, '\r') < 0);
	MUST(imap_put_mailbox(&text, name, utf8) == 0);
	c.rest = buf_span(&text);
	MUST(imap_take_mailbox(&c, &again) == 0 && c.rest.n == 0);
	MUST(span_eq(again, name));
}

/* Descends, and so only into short texts. */
static bool fits(struct span p, struct span s)
{
	if (p.n == 0)
		return s.n == 0;
	if (p.p[0] != '*' && p.p[0] != '%')
		return s.n > 0 && s.p[0] == p.p[0] &&
		       fits(span_sub(p, 1, p.n), span_sub(s, 1, s.n));
	if (fits(span_sub(p, 1, p.n), s))
		return true;
	return s.n > 0 && (p.p[0] == '*' || s.p[0] != '/') && fits(p, span_sub(s, 1, s.n));
}

static void check_pattern(struct span in)
{
	struct span pattern;

	if (in.n > 24 || !span_split(&in, '\n', &pattern))
		return;
	MUST(imap_pattern_fits(pattern, in, '/') == fits(pattern, in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);

	check_decode(in);
	check_encode(in);
	check_mailbox(in, false);
	check_mailbox(in, true);
	check_pattern(in);
	return 0;
}
