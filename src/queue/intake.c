/* queue/intake.c - gathers a message's text and commits it. */
#include "queue/intake.h"

#include "base/clock.h"
#include "rt/fibre.h"
#include "wire/message/header.h"

enum { TAKE_BACK_MS = 10000 };

/* Octets of all texts in this process. */
static size_t held_bytes;

static void count(struct queue_intake *in)
{
	size_t n = in->header.n + in->text.n;

	held_bytes += n - in->held;
	in->held = n;
}

void queue_intake_init(struct queue_intake *in, const struct settings *set, size_t room)
{
	*in = (struct queue_intake){ .threshold = (size_t)set->store_blob_threshold,
		                     .held_max = (size_t)set->smtp_memory };
	buf_init(&in->prefix, INTAKE_PREFIX_BYTES);
	buf_init(&in->header, in->threshold + room);
	buf_init(&in->text, in->threshold + room);
}

/* In a time of its own: the sender's may be what ran out.  Should this fail, the store takes
 * the blob back later. */
static WAITS void take_back(uint64_t blob)
{
	AUTO_ARENA mem = { 0 };
	struct queue_blob_reply gone;
	struct queue_blob_args a = { .blob = blob, .abort = true };
	int64_t before_at = fibre_deadline_set(clock_add(clock_now_at(), TAKE_BACK_MS));

	(void)!queue_blob(&a, &mem, &gone); /* WAITS */
	fibre_deadline_set(before_at);
}

void queue_intake_fini(struct queue_intake *in)
{
	if (in->blob)
		take_back(in->blob); /* WAITS */
	buf_fini(&in->prefix);
	buf_fini(&in->header);
	buf_fini(&in->text);
	count(in);
}

/* Moves the header section out of text.  all: nothing follows. */
static int split(struct queue_intake *in, bool all)
{
	struct message_header h;
	struct message_field f;
	int r;

	if (in->split)
		return 0;
	message_header_begin(&h, buf_span(&in->text));
	while (message_header_next(&h, &f))
		;
	if (h.end == MESSAGE_HEADER_ALL && !all)
		return err(ERR_TOO_BIG, "the header section alone is over %zu octets", in->text.n);
	r = buf_put(&in->header, span_sub(buf_span(&in->text), 0, h.at));
	if (r < 0)
		return r;
	buf_consume(&in->text, h.at);
	in->split = true;
	return 0;
}

static WAITS int spill(struct queue_intake *in)
{
	struct span rest = buf_span(&in->text);

	while (rest.n) {
		AUTO_ARENA mem = { 0 };
		struct queue_blob_reply at;
		struct queue_blob_args a = { .blob = in->blob,
			                     .octets = span_sub(rest, 0, QUEUE_PIECE_BYTES) };
		int r = queue_blob(&a, &mem, &at);
		if (r < 0)
			return r;
		in->blob = at.blob;
		in->blob_bytes += a.octets.n;
		rest = span_sub(rest, a.octets.n, rest.n);
	}
	if (held_bytes > in->held_max)
		buf_release(&in->text);
	else
		buf_reset(&in->text);
	count(in);
	return 0;
}

bool queue_intake_is_pressed(struct queue_intake *in)
{
	count(in);
	return held_bytes > in->held_max && in->text.n > INTAKE_SMALL_BYTES;
}

int queue_intake_settle(struct queue_intake *in, bool all)
{
	size_t least = in->blob ? QUEUE_PIECE_BYTES : in->threshold + 1;
	bool pressed = queue_intake_is_pressed(in);
	int r = 0;

	if (all || pressed || in->text.n >= least)
		r = split(in, all);
	if (r >= 0 && (pressed || in->text.n >= least || (all && in->blob)))
		r = spill(in);
	return r;
}

int queue_intake_commit(struct queue_intake *in, struct record_message *m, struct arena *mem,
                        struct queue_submit_reply *out)
{
	int r = queue_intake_settle(in, true);
	if (r < 0)
		return r;
	m->prefix = buf_span(&in->prefix);
	m->header = buf_span(&in->header);
	m->blob = in->blob;
	m->body = in->blob ? SPAN("") : buf_span(&in->text);
	m->body_bytes = in->blob ? in->blob_bytes : in->text.n;
	m->size_bytes = m->prefix.n + m->header.n + m->body_bytes;
	struct queue_submit_args a = { .message = m, .n_message = 1 };
	r = queue_submit(&a, mem, out);
	if (r >= 0)
		in->blob = 0; /* the store's now */
	return r;
}
