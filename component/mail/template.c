/* component/mail/template.c - see template.h.
 *
 * A place is {{name}}, of letters, digits, - and _; all else that has braces stays as it is.
 */
#include "component/mail/template.h"

#include "base/os.h"

enum { FILLED_MAX = 64 << 20 };

static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], lower = (char)(c | 0x20);

		if (!(c >= '0' && c <= '9') && !(lower >= 'a' && lower <= 'z') && c != '-' &&
		    c != '_')
			return false;
	}
	return s.n > 0;
}

/* Cuts off what stands before the next place, and the place's name; false: there is none. */
static bool next_place(struct span *text, struct span *before, struct span *name)
{
	size_t from = 0;
	ptrdiff_t at;

	while ((at = span_find_span(span_sub(*text, from, SIZE_MAX), SPAN("{{"))) >= 0) {
		struct span rest = span_sub(*text, from + (size_t)at + 2, SIZE_MAX);
		ptrdiff_t end = span_find_span(rest, SPAN("}}"));

		*name = span_trim(span_sub(rest, 0, end < 0 ? 0 : (size_t)end));
		*before = span_sub(*text, 0, from + (size_t)at);
		if (end >= 0 && is_name(*name)) {
			*text = span_sub(rest, (size_t)end + 2, SIZE_MAX);
			return true;
		}
		from += (size_t)at + 1;
	}
	return false;
}

static ptrdiff_t column_of(const struct template *t, struct span name)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (span_eq(name, span_str(t->columns[i])))
			return (ptrdiff_t)i;
	return -1;
}

static int check_places(const struct template *t, struct span text, const char *what)
{
	struct span before, name;

	while (next_place(&text, &before, &name))
		if (column_of(t, name) < 0)
			return mail_fail(t->mail,
			                 err(ERR_SYNTAX, "{{%.*s}} is the name of no column",
			                     SPAN_ARG(span_sub(name, 0, 100))),
			                 what);
	return 0;
}

/* Once for all rows, some of which may be under way when others begin. */
static int look(struct postrider_mail *m)
{
	int r = mail_look(m);

	return r < 0 ? mail_fail_once(m, r, NULL) : 0;
}

int template_init(struct template *t, struct postrider_mail *m, const char *const *columns)
{
	int r = mail_begin(m, columns && columns[0] ? "" : NULL, "send_each");

	if (r)
		return r;
	*t = (struct template){ .mail = m, .columns = columns };
	while (columns[t->n_columns])
		t->n_columns++;
	if (m->has_raw)
		return mail_fail(m, err(ERR_SYNTAX, "a whole message has no places for values"),
		                 "send_each");
	if (m->to.n + m->cc.n + m->bcc.n)
		return mail_fail(m,
		                 err(ERR_SYNTAX,
		                     "the recipients come with the rows: leave to, cc and bcc out"),
		                 "send_each");
	r = check_places(t, m->draft.subject, "subject");
	if (!r)
		r = check_places(t, m->draft.text, "text");
	if (!r)
		r = check_places(t, m->draft.html, "html");
	for (size_t i = 0; i < m->extras.n && !r; i++)
		r = check_places(t, m->extras.v[i].value, "header");
	return r ? r : look(m);
}

int template_person(const struct template *t, const char *const *values, struct postrider_mail *row,
                    struct message_person *out)
{
	*row = (struct postrider_mail){ .mem = { .cap = SIZE_MAX / 2 } };
	return mail_person(row, values[0] ? values[0] : "", t->columns[0], out);
}

/* In html a value is text, whatever it holds. */
static void put_value(struct buf *out, const char *value, bool html)
{
	for (; html && *value; value++)
		switch (*value) {
		case '&': buf_puts(out, "&amp;"); break;
		case '<': buf_puts(out, "&lt;"); break;
		case '>': buf_puts(out, "&gt;"); break;
		case '"': buf_puts(out, "&quot;"); break;
		default: buf_putc(out, *value); break;
		}
	buf_puts(out, value);
}

static void fill(const struct template *t, const char *const *values, struct postrider_mail *row,
                 bool html, struct span *text)
{
	AUTO_BUF out = BUF(FILLED_MAX);
	struct span rest = *text, before, name;
	int r;

	while (next_place(&rest, &before, &name)) {
		const char *value = values[column_of(t, name)];

		buf_put(&out, before);
		put_value(&out, value ? value : "", html);
	}
	if (rest.n == text->n)
		return;
	r = buf_put(&out, rest);
	if (r >= 0)
		r = arena_copy(&row->mem, buf_span(&out), text);
	if (r < 0)
		mail_fail(row, err(ERR_LIMIT, "the values of this row are too long"), NULL);
}

void template_fill(const struct template *t, const char *const *values, struct postrider_mail *row,
                   struct message_person *to)
{
	const struct postrider_mail *m = t->mail;
	struct message_extra *extras;
	struct arena mem = row->mem;

	*row = *m;
	row->mem = mem;
	row->looked = true;
	row->to = (struct mail_people){ to, 1, 1 };
	row->extras = (struct mail_extras){ 0 };
	extras = arena_array(&row->mem, struct message_extra, m->extras.n);
	if (m->extras.n && !extras)
		mail_fail(row, err(ERR_NO_MEMORY, "out of memory"), NULL);
	for (size_t i = 0; extras && i < m->extras.n; i++) {
		extras[i] = m->extras.v[i];
		fill(t, values, row, false, &extras[i].value);
	}
	if (extras)
		row->extras = (struct mail_extras){ extras, m->extras.n, m->extras.n };
	fill(t, values, row, false, &row->draft.subject);
	fill(t, values, row, false, &row->draft.text);
	fill(t, values, row, true, &row->draft.html);
	row->draft.message_id = (struct span){ 0 };
	os_random(&row->draft.seed, sizeof row->draft.seed);
}

void template_row_fini(struct postrider_mail *row)
{
	arena_fini(&row->mem);
}
