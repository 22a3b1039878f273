/* httpd/form.c - see form.h. */
#include "httpd/form.h"

#include "base/clock.h"
#include "base/utf8.h"

enum { NAME_MAX_BYTES = 100, TEXT_MAX_BYTES = 500, FIELD_MAX_BYTES = 100, PER_HOUR_MAX = 100000 };

static struct span text_of(const json_t *value)
{
	return span_make(json_string_value(value), json_string_length(value));
}

/* One line for people. */
static int read_text(struct span *out, const json_t *value, const char *name, size_t max)
{
	struct span text = text_of(value);

	if (!json_is_string(value) || text.n > max)
		return err(ERR_SYNTAX, "\"%s\" is no text of at most %zu octets", name, max);
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20)
			return err(ERR_SYNTAX, "\"%s\" is more than one line", name);
	*out = text;
	return 0;
}

/* scheme://host[:port], without a path. */
static bool is_origin(struct span s)
{
	bool secure = span_eat(&s, SPAN("https://"));
	bool plain = !secure && span_eat(&s, SPAN("http://"));

	if ((!secure && !plain) || !s.n || s.n > 260)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '/' || s.p[i] == '?' ||
		    s.p[i] == '#' || s.p[i] == '@' || s.p[i] == '"' || s.p[i] == '\\' ||
		    (s.p[i] >= 'A' && s.p[i] <= 'Z') || (unsigned char)s.p[i] > 0x7e)
			return false;
	return true;
}

static int read_origins(struct form *f, const json_t *value)
{
	const json_t *one;
	size_t i, n = json_array_size(value);

	if (!json_is_array(value) || !n || n > FORM_ORIGINS_MAX)
		return err(ERR_SYNTAX, "\"origins\" is no array of 1 to %d texts",
		           FORM_ORIGINS_MAX);
	json_array_foreach((json_t *)value, i, one)
	{
		if (!json_is_string(one) || !is_origin(text_of(one)))
			return err(ERR_SYNTAX,
			           "\"origins\": number %zu is none such as "
			           "https://www.example.org",
			           i + 1);
	}
	f->origins = value;
	return 0;
}

static int read_required(struct form *f, const json_t *value)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) > FORM_FIELDS_MAX)
		return err(ERR_SYNTAX, "\"required\" is no array of at most %d names",
		           FORM_FIELDS_MAX);
	json_array_foreach((json_t *)value, i, one)
	{
		struct span name;
		int r = read_text(&name, one, "required", FIELD_MAX_BYTES);
		if (r < 0)
			return r;
	}
	f->required = value;
	return 0;
}

/* Where the visitor goes then; it stands in a field of the answer. */
static int read_redirect(struct form *f, const json_t *value)
{
	int r = read_text(&f->redirect, value, "redirect", TEXT_MAX_BYTES);

	if (r < 0)
		return r;
	if ((!span_starts(f->redirect, SPAN("https://")) &&
	     !span_starts(f->redirect, SPAN("http://"))) ||
	    !utf8_is_ascii(f->redirect) || span_find(f->redirect, ' ') >= 0)
		return err(ERR_SYNTAX, "\"redirect\" is no URL such as https://example.org/thanks");
	return 0;
}

static int read_count(int64_t *out, const json_t *value, const char *name)
{
	*out = json_integer_value(value);
	if (!json_is_integer(value) || *out < 1 || *out > PER_HOUR_MAX)
		return err(ERR_SYNTAX, "\"%s\" is no number from 1 to %d", name, PER_HOUR_MAX);
	return 0;
}

static int read_min_time(struct form *f, const json_t *value)
{
	if (!json_is_string(value) || clock_parse_length(text_of(value), &f->min_time_ms) < 0 ||
	    f->min_time_ms < 0 || f->min_time_ms > FORM_MIN_TIME_MAX_MS)
		return err(ERR_SYNTAX, "\"min_time\" is no time such as \"3s\", at most 1h");
	return 0;
}

static int read_member(struct form *f, const char *name, const json_t *value)
{
	struct {
		const char *name;
		struct span *text;
		size_t max;
	} texts[] = {
		{ "name", &f->name, NAME_MAX_BYTES },
		{ "to", &f->to, TEXT_MAX_BYTES },
		{ "subject", &f->subject, TEXT_MAX_BYTES },
		{ "reply_to", &f->reply_to, FIELD_MAX_BYTES },
		{ "honeypot", &f->honeypot, FIELD_MAX_BYTES },
	};

	for (size_t i = 0; i < N_ELEMS(texts); i++)
		if (strcmp(name, texts[i].name) == 0)
			return read_text(texts[i].text, value, name, texts[i].max);
	if (strcmp(name, "origins") == 0)
		return read_origins(f, value);
	if (strcmp(name, "required") == 0)
		return read_required(f, value);
	if (strcmp(name, "redirect") == 0)
		return read_redirect(f, value);
	if (strcmp(name, "per_hour") == 0)
		return read_count(&f->per_hour, value, name);
	if (strcmp(name, "per_visitor") == 0)
		return read_count(&f->per_visitor, value, name);
	if (strcmp(name, "min_time") == 0)
		return read_min_time(f, value);
	return err(ERR_SYNTAX, "there is no member \"%s\"; /v1/openapi.json has those there are",
	           name);
}

int form_read(json_t *body, struct form *out)
{
	struct form f = { .reply_to = SPAN("email"),
		          .per_hour = FORM_PER_HOUR,
		          .per_visitor = FORM_PER_VISITOR };
	const char *name;
	json_t *value;
	int r = 0;

	json_object_foreach(body, name, value)
	{
		if (r >= 0)
			r = read_member(&f, name, value);
	}
	if (r >= 0 && !f.name.n)
		r = err(ERR_SYNTAX, "\"name\" is missing: what the form is called in its mails");
	if (r >= 0 && !f.origins)
		r = err(ERR_SYNTAX, "\"origins\" is missing: the sites that have the form");
	*out = f;
	return r;
}

bool form_has_origin(const struct form *f, struct span origin)
{
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)f->origins, i, one)
	{
		if (span_eq(text_of(one), origin))
			return true;
	}
	return false;
}
