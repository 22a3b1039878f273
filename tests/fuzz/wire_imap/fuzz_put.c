/* What is put is read back as it was; a status line is one line. */
#include "fuzz.h"

#include "wire/imap/cursor.h"
#include "wire/imap/date.h"
#include "wire/imap/put.h"

static void check_string(struct span in, bool utf8, bool astring)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1 << 20);
	struct imap_cursor c = { .mem = &mem, .verb = "TEST" };
	struct span again;

	MUST((astring ? imap_put_astring(&text, in, utf8) : imap_put_string(&text, in, utf8)) == 0);
	c.rest = buf_span(&text);
	if (span_starts(c.rest, SPAN("~{")) || !astring)
		MUST(imap_take_string8(&c, "a string", &again) == 0);
	else
		MUST(imap_take_astring(&c, "a string", &again) == 0);
	MUST(c.rest.n == 0 && span_eq(again, in));
}

static void check_status(struct span in)
{
	AUTO_BUF text = BUF(1 << 20);
	struct span line;

	MUST(imap_put_status(&text, SPAN("a"), "NO", SPAN(""), in) == 0);
	line = buf_span(&text);
	MUST(span_find(line, '\n') == (ptrdiff_t)line.n - 1 && span_find(line, '[') != 5);
}

/* A time that is read is printed as one that is read the same. */
static void check_date_time(struct span in)
{
	AUTO_BUF text = BUF(100);
	struct imap_cursor c = { .rest = in, .verb = "TEST" };
	struct imap_time t, again;

	if (imap_take_date_time(&c, &t) < 0)
		return;
	MUST(imap_put_date_time(&text, t) == 0 && text.n == 28);
	c.rest = buf_span(&text);
	MUST(imap_take_date_time(&c, &again) == 0);
	MUST(again.unix_s == t.unix_s && again.zone_minutes == t.zone_minutes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);

	for (int i = 0; i < 4; i++)
		check_string(in, i & 1, i & 2);
	check_status(in);
	check_date_time(in);
	return 0;
}
