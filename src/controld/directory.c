/* controld/directory.c - orders to the directory: domains, accounts, aliases, keys. */
#include "controld/dkim_watch.h"
#include "controld/session.h"

#include "calls/directory.h"

enum { LINE_MAX = 1 << 20 };

/* [["name","value"],...] */
static int fields_of(struct controld_session *s, json_t *request, struct directory_order_args *a)
{
	json_t *all = json_object_get(request, "fields"), *one;
	size_t n = json_array_size(all), i;

	if (n > DIRECTORY_FIELDS_MAX)
		return err(ERR_LIMIT, "more than %d settings at once", DIRECTORY_FIELDS_MAX);
	a->fields = arena_array(&s->mem, struct directory_field, n ? n : 1);
	if (!a->fields)
		return ERR_NO_MEMORY;
	json_array_foreach(all, i, one)
	{
		json_t *name = json_array_get(one, 0), *value = json_array_get(one, 1);
		if (!json_is_string(name) || !json_is_string(value))
			return err(ERR_SYNTAX, "a field is a name and a value");
		a->fields[a->n_fields++] = (struct directory_field){
			span_make(json_string_value(name), json_string_length(name)),
			span_make(json_string_value(value), json_string_length(value)),
		};
	}
	return 0;
}

static WAITS int put_rows(struct controld_session *s, const struct directory_order_reply *got)
{
	AUTO_BUF line = BUF(LINE_MAX);
	int r = 0;

	for (size_t i = 0; r >= 0 && i < got->n_rows; i++) {
		buf_reset(&line);
		r = buf_put(&line, got->rows[i].json);
		if (r >= 0)
			r = controld_put_line(s, &line); /* WAITS */
	}
	return r < 0 ? ERR_CLOSED : 0;
}

/* A list has pages: all of them, or the one behind a name (after), whose next goes to s->mem. */
static WAITS int carry_out(struct controld_session *s, struct directory_order_args *a,
                           const json_t *after, struct span *next)
{
	struct arena pages[2] = { { 0 }, { 0 } };
	struct directory_order_reply got = { .more = true };
	int r = 0;

	for (unsigned i = 0; r >= 0 && got.more && !(i && after); i++) {
		arena_reset(&pages[i % 2]);
		r = directory_order(a, &pages[i % 2], &got); /* WAITS */
		if (r >= 0)
			r = put_rows(s, &got); /* WAITS */
		a->after = got.after;
	}
	if (r >= 0 && got.more)
		r = arena_copy(&s->mem, got.after, next);
	arena_fini(&pages[0]);
	arena_fini(&pages[1]);
	return r;
}

WAITS int controld_directory(struct controld_session *s, json_t *request)
{
	struct directory_order_args a = { .object = controld_string(request, "object"),
		                          .verb = controld_string(request, "verb"),
		                          .name = controld_string(request, "name"),
		                          .after = controld_string(request, "after") };
	const json_t *after = json_object_get(request, "after");
	struct span next = SPAN("");
	AUTO_BUF line = BUF(4096);
	struct json j = JSON(&line);
	int r = fields_of(s, request, &a);

	if (r >= 0)
		r = carry_out(s, &a, after, &next); /* WAITS */
	if (r < 0)
		return r;
	if (span_eq(a.object, SPAN("dkim")))
		dkim_watch_kick();
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	if (after)
		json_member_span(&j, "next", next);
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}
