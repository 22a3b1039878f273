/* controld/queue.c - the queue: which recipients are undecided. */
#include "controld/queue.h"

#include "base/base64.h"
#include "rt/loop.h"
#include "wire/smtp/verdict/verdict.h"

enum { FIRST_ROWS = 100, PAGE_ROWS = 500, ROW_BYTES_MAX = 64 << 10, PAGE_MS = 10 * 60 * 1000 };

/* "queued,held" */
static int states_of(struct span names, uint16_t *out)
{
	struct span name;
	uint16_t states = 0;

	while (span_split(&names, ',', &name)) {
		uint8_t state;

		if (recipient_state_from_name(name, &state) < 0 || recipient_state_is_final(state))
			return err(ERR_SYNTAX,
			           "%.*s is no state of what is undecided: queued, "
			           "trying, deferred or held",
			           SPAN_ARG(name));
		states |= (uint16_t)(1u << state);
	}
	*out = states;
	return 0;
}

static int class_of(struct span name, uint8_t *out)
{
	enum smtp_class class = SMTP_CLASS_DELIVERED;

	if (name.n && (smtp_class_from_name(name, &class) < 0 || class == SMTP_CLASS_DELIVERED))
		return err(ERR_SYNTAX, "%.*s is no class of failures", SPAN_ARG(name));
	*out = (uint8_t) class;
	return 0;
}

/* The wall clock's time so long ago; 0 without the member. */
static int64_t ago_ms(json_t *request, const char *key)
{
	int64_t age_ms = controld_number(request, key, -1);
	int64_t now_ms = clock_wall_time_ms();

	return age_ms < 0 ? 0 : age_ms < now_ms ? now_ms - age_ms : 1;
}

WAITS int controld_filter(struct controld_session *s, json_t *request, struct queue_filter *out)
{
	struct queue_filter f = {
		.from = controld_string(request, "from"),
		.to = controld_string(request, "to"),
		.domain = controld_string(request, "domain"),
		.who = controld_string(request, "who"),
		.login = controld_string(request, "login"),
		.accepted_from_ms = ago_ms(request, "younger_ms"),
		.accepted_to_ms = ago_ms(request, "older_ms"),
	};
	int r = states_of(controld_string(request, "state"), &f.states);

	if (r >= 0)
		r = class_of(controld_string(request, "class"), &f.class);
	if (r >= 0 && json_object_get(request, "message"))
		r = controld_message(s, request, &f.message); /* WAITS */
	if (r >= 0)
		*out = f;
	return r;
}

static void put_row(struct json *j, const struct queue_row *row)
{
	json_begin_object(j);
	json_member_id(j, "message", row->message);
	json_member_int(j, "recipient", row->recipient);
	json_member_span(j, "return_path", row->return_path);
	json_member_span(j, "address", row->address);
	json_member_span(j, "domain", row->domain);
	json_member_time(j, "accepted", row->accepted_ms);
	json_member_time(j, "next_try", row->next_try_ms);
	json_member_int(j, "attempt", row->attempt);
	json_member_int(j, "size_bytes", (int64_t)row->size_bytes);
	json_member_span(j, "state", span_str(recipient_state_name(row->state)));
	json_member_span(
	        j, "class",
	        span_str(row->class != SMTP_CLASS_DELIVERED ? smtp_class_name(row->class) : NULL));
	json_member_span(j, "text", row->text);
	json_member_span(j, "route", row->route);
	json_member_span(j, "who", row->who);
	json_member_span(j, "why", row->why);
	json_end_object(j);
}

WAITS int controld_put_rows(struct controld_session *s, const struct queue_row *rows, size_t n)
{
	AUTO_BUF line = BUF(ROW_BYTES_MAX);
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		struct json j = JSON(&line);

		buf_reset(&line);
		put_row(&j, &rows[i]);
		r = controld_put_line(s, &line); /* WAITS */
	}
	return r;
}

void controld_put_place(const struct queue_place *place, struct buf *out)
{
	char id[ID_TEXT_LEN + 1];

	id_print(place->message, id);
	buf_printf(out, "%jd.%s.%u", (intmax_t)place->next_try_ms, id, place->recipient);
}

int controld_take_place(struct span text, struct queue_place *out)
{
	struct span rest = text, part[3] = { { 0 } };
	uint64_t at, recipient;
	size_t n = 0;

	while (n < N_ELEMS(part) && span_split(&rest, '.', &part[n]))
		n++;
	if (n < N_ELEMS(part) || rest.n || span_to_u64(part[0], INT64_MAX, &at) < 0 ||
	    id_parse(part[1], &out->message) < 0 ||
	    span_to_u64(part[2], UINT32_MAX, &recipient) < 0)
		return err(ERR_SYNTAX, "after: %.*s is no \"next\" of a list", SPAN_ARG(text));
	out->next_try_ms = (int64_t)at;
	out->recipient = (uint32_t)recipient;
	return 0;
}

/* place: of the last one, when there are more. */
static WAITS int end_list(struct controld_session *s, int64_t n, const struct queue_place *place)
{
	AUTO_BUF line = BUF(256), next = BUF(64);
	struct json j = JSON(&line);

	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_int(&j, "rows", n);
	json_member_bool(&j, "more", place);
	if (place)
		controld_put_place(place, &next);
	json_member_span(&j, "next", buf_span(&next));
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}

/* One page after the other as they come, whatever their number. */
static WAITS int list(struct controld_session *s, const struct queue_filter *filter,
                      struct queue_place place, int64_t limit)
{
	struct arena mem = { 0 };
	struct queue_list_args a = { .filter = (struct queue_filter *)filter,
		                     .n_filter = 1,
		                     .after = &place,
		                     .n_after = 1 };
	struct queue_list_reply page = { .more = true };
	int64_t n = 0;
	int r = 0;

	while (r >= 0 && page.more && (!limit || n < limit)) {
		fibre_deadline_set(clock_add(loop_now_at(), PAGE_MS));
		arena_reset(&mem);
		a.max = n ? PAGE_ROWS : FIRST_ROWS;
		if (limit && limit - n < a.max)
			a.max = (uint32_t)(limit - n);
		r = queue_list(&a, &mem, &page); /* WAITS */
		if (r < 0)
			break;
		r = controld_put_rows(s, page.rows, page.n_rows) < 0 ? ERR_CLOSED : 0; /* WAITS */
		n += (int64_t)page.n_rows;
		place = page.n_place ? page.place[0] : place;
	}
	arena_fini(&mem);
	return r < 0 ? r : end_list(s, n, page.more ? &place : NULL); /* WAITS */
}

WAITS int controld_queue(struct controld_session *s, json_t *request)
{
	struct queue_place place = { .next_try_ms = INT64_MIN };
	struct span after = controld_string(request, "after");
	struct queue_filter filter;
	int64_t limit;
	int r = controld_filter(s, request, &filter); /* WAITS */

	if (r >= 0)
		r = controld_limit(request, &limit);
	if (r >= 0 && after.n)
		r = controld_take_place(after, &place);
	return r < 0 ? r : list(s, &filter, place, limit); /* WAITS */
}
