/* intake/content.c - gathers a message's content: header section and body, in flat memory.
 *
 * A body past store.blob_threshold is written into a file of the store's by the descriptor that the
 * store has passed, in large pieces; then that is closed, and the store sees to it that nobody can
 * write any more, before it is judged.  Once all texts of the process
 * together are over smtp.memory, each goes there as soon as it is over INTAKE_SMALL_BYTES; a header
 * section, which has to be whole, then has to wait (452).
 */
#include "intake/intake_impl.h"

#include "base/utf8.h"
#include "rt/fibre.h"

enum { WRITE_BYTES = 256 << 10 };

/* Octets of all texts in this process. */
static size_t held_bytes;

static void count(struct intake *in)
{
	size_t n = in->made.n + in->text.n;

	held_bytes += n - in->held;
	in->held = n;
}

struct span intake_header(const struct intake *in)
{
	return in->made.n ? buf_span(&in->made) : span_sub(buf_span(&in->text), 0, in->header_n);
}

struct span intake_body(const struct intake *in)
{
	return span_sub(buf_span(&in->text), in->header_n, in->text.n);
}

WAITS void intake_content_fini(struct intake *in)
{
	spool_drop(&in->spool); /* WAITS */
	buf_fini(&in->prefix);
	buf_fini(&in->made);
	buf_fini(&in->text);
	count(in);
}

void intake_put(struct intake *in, struct span octets)
{
	int r;

	in->size_bytes += octets.n;
	if (in->no.code)
		return;
	r = buf_put(&in->text, octets);
	if (r < 0)
		intake_refuse_ours(in, err(r, "a text of %zu octets", in->text.n));
	if (in->split && !in->body_8bit)
		in->body_8bit = !utf8_is_ascii(octets);
}

/* Whether the empty line behind a header section has come; looks at each octet once. */
static bool has_header(struct intake *in)
{
	struct span rest = span_sub(buf_span(&in->text), in->searched, in->text.n);

	if (in->text.n >= 2 && memcmp(in->text.p, "\r\n", 2) == 0)
		return true;
	if (span_find_span(rest, SPAN("\r\n\r\n")) >= 0)
		return true;
	in->searched = in->text.n > 3 ? in->text.n - 3 : 0;
	return false;
}

/* Where header section and body meet, and what is to be known of the former. */
static WAITS int split(struct intake *in, bool ended)
{
	int r = 0;

	in->split = true;
	intake_facts_read(in, ended);
	if (!in->no.code && in->from.kind == INTAKE_SUBMISSION)
		r = intake_submission(in); /* WAITS */
	in->body_8bit = !utf8_is_ascii(intake_body(in));
	return r;
}

/* The header section stays; what is in memory of the body goes. */
static WAITS int spill(struct intake *in)
{
	int r = spool_put(&in->spool, intake_body(in)); /* WAITS */

	if (r >= 0 && !in->made.n)
		r = buf_put(&in->made, intake_header(in));
	if (r < 0)
		return r;
	in->header_n = 0;
	if (held_bytes > (size_t)in->set->smtp_memory)
		buf_release(&in->text);
	else
		buf_reset(&in->text);
	count(in);
	return 0;
}

static void check_size(struct intake *in)
{
	if (in->size_bytes > (uint64_t)in->set->smtp_size_max)
		intake_refuse(in, 552, "5.3.4", "Message too big: at most %jd octets",
		              (intmax_t)in->set->smtp_size_max);
}

static WAITS int settle(struct intake *in)
{
	size_t least = in->spool.blob ? WRITE_BYTES : (size_t)in->set->store_blob_threshold + 1;
	bool pressed = held_bytes > (size_t)in->set->smtp_memory && in->text.n > INTAKE_SMALL_BYTES;
	int r = 0;

	if (!in->split && (pressed || in->text.n >= least)) {
		if (has_header(in) || in->text.n > INTAKE_HEADER_BYTES_MAX)
			r = split(in, false); /* WAITS */
		else if (pressed)
			intake_refuse(in, 452, "4.3.1", "Short of memory; try again later");
	}
	if (r >= 0 && in->split && !in->no.code && (pressed || intake_body(in).n >= least))
		r = spill(in); /* WAITS */
	if (r >= 0)
		r = spool_keep(&in->spool); /* WAITS */
	return r;
}

WAITS int intake_settle(struct intake *in)
{
	int r = 0;

	count(in);
	check_size(in);
	if (!in->no.code)
		r = settle(in); /* WAITS */
	if (r < 0 && r != ERR_CANCELLED)
		intake_refuse_ours(in, r);
	if (in->no.code)
		buf_release(&in->text);
	return r == ERR_CANCELLED ? r : 0;
}

WAITS int intake_body_begin(struct intake *in)
{
	int r = in->made.n ? 0 : buf_put(&in->made, intake_header(in));

	if (r < 0)
		return r;
	spool_drop(&in->spool); /* WAITS */
	in->header_n = 0;
	in->body_8bit = false;
	in->size_bytes = in->made.n;
	buf_reset(&in->text);
	count(in);
	return 0;
}

WAITS int intake_content_end(struct intake *in, size_t most)
{
	int r = 0;

	check_size(in);
	if (!in->no.code && !in->split)
		r = split(in, true); /* WAITS */
	if (r >= 0 && !in->no.code && (in->spool.blob || intake_body(in).n > most))
		r = spill(in); /* WAITS */
	if (r < 0 || in->no.code || !in->spool.blob)
		spool_close(&in->spool);
	else
		r = spool_end(&in->spool); /* WAITS */
	if (r < 0)
		return r;
	return in->no.code ? ERR_REFUSED : 0;
}
