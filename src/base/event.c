/* base/event.c - see event.h.
 *
 * printf loses where a value ends, so the format is walked here pair by pair:
 * each value is printed alone, then escaped, and only then joins the line.
 */
#include "base/event.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/os.h"
#include "base/verb.h"

enum {
	VALUE_BYTES = 640, /* most of a value, as printed */
	PAIR_BYTES = 700,  /* most of a pair, as escaped: 5 of them fit any line */
	KEY_BYTES = 32,
	TAIL_BYTES = 16, /* kept free for what ends a line */
};

#define ELLIPSIS "\xe2\x80\xa6"

static const struct {
	const char *name, *doc;
	enum event_level level;
} events[] = {
#define EVENT(name_, level_, doc_) { #name_, (doc_), EVENT_##level_ },
#include "base/events.def"
#undef EVENT
};

static const char *const levels[] = { "debug", "info", "notice", "warning", "error" };

static struct {
	const char *role;
	enum event_level least;
	bool json;
	void (*sink)(struct span line, void *arg);
	void *arg;
} conf = { .role = "-", .least = EVENT_INFO };

static _Atomic uint64_t counts[EVENT_COUNT];

/* A pair and a line in the making; too big for the stack of a fibre. */
static _Thread_local struct {
	char value[VALUE_BYTES + sizeof ELLIPSIS];
	char line[EVENT_LINE_BYTES];
	struct err_detail err;
} memory;

struct line {
	struct buf out;
	struct json json; /* writes to out */
};

/* A buf over memory that is not its own: never grown, never freed. */
static struct buf buf_over(char *p, size_t n)
{
	return (struct buf){ .p = p, .room = n - 1, .cap = n - 1 };
}

/* Puts as much of s as fits. */
static void put_some(struct buf *b, struct span s)
{
	buf_put(b, span_sub(s, 0, b->cap - b->n));
}

/* most is the precision, negative for none. */
static void put_string(struct buf *value, int most, va_list *ap)
{
	const char *z = va_arg(*ap, const char *);

	if (!z)
		z = most ? "-" : "";
	put_some(value, span_make(z, strnlen(z, most < 0 ? VALUE_BYTES + 1 : (size_t)most)));
}

/* Takes the verb at the front of fmt, and its arguments.  NULL on a verb
 * that event.h does not name: where the later arguments are is not known then. */
static const char *put_verb(struct buf *value, const char *fmt, va_list *ap)
{
	struct verb v;
	const char *rest = verb_take(fmt, &v);

	if (rest && v.kind == 's')
		put_string(value, v.some ? va_arg(*ap, int) : -1, ap);
	else if (rest && v.kind != '%')
		verb_put_number(value, v, ap);
	return rest;
}

/* Prints what fmt, to its end or to a space, gives for one value; NULL as put_verb. */
static const char *print_value(struct buf *value, const char *fmt, va_list *ap)
{
	while (fmt && *fmt && *fmt != ' ') {
		size_t plain = strcspn(fmt, "% ");

		put_some(value, span_make(fmt, plain));
		fmt += plain;
		if (*fmt == '%')
			fmt = put_verb(value, fmt + 1, ap);
	}
	return fmt;
}

/* The first n octets of the value at hand, or fewer so that no character is
 * torn, and an ellipsis. */
static struct span shorten(size_t n)
{
	for (int i = 0; i < 3 && n > 0 && ((unsigned char)memory.value[n] & 0xc0) == 0x80; i++)
		n--;
	memcpy(memory.value + n, ELLIPSIS, sizeof ELLIPSIS - 1);
	return span_make(memory.value, n + sizeof ELLIPSIS - 1);
}

static bool is_quotable(char c)
{
	return c == '"' || c == '\\';
}

static void put_quoted(struct buf *out, struct span v)
{
	buf_putc(out, '"');
	while (v.n) {
		size_t n = 0;

		while (n < v.n && !is_quotable(v.p[n]))
			n++;
		buf_put_escaped(out, span_sub(v, 0, n));
		v = span_sub(v, n, v.n);
		if (v.n) {
			buf_putc(out, '\\');
			buf_putc(out, v.p[0]);
			v = span_sub(v, 1, v.n);
		}
	}
	buf_putc(out, '"');
}

static void put_text_value(struct buf *out, struct span v)
{
	size_t mark = out->n;
	bool plain = v.n > 0;

	for (size_t i = 0; i < v.n && plain; i++)
		plain = v.p[i] != ' ' && !is_quotable(v.p[i]);
	if (plain && buf_put_escaped(out, v) == 0 && out->n - mark == v.n)
		return;
	out->n = mark;
	put_quoted(out, v);
}

static void put_json_value(struct json *j, struct span v, bool number)
{
	if (!number) {
		json_span(j, v);
		return;
	}
	buf_put(j->out, v);
	j->comma = true;
}

static void put_pair(struct line *l, struct span key, struct span value, bool number)
{
	if (conf.json) {
		char name[KEY_BYTES];

		snprintf(name, sizeof name, "%.*s", SPAN_ARG(key));
		json_key(&l->json, name);
		put_json_value(&l->json, value, number);
		return;
	}
	buf_putc(&l->out, ' ');
	buf_put(&l->out, key);
	buf_putc(&l->out, '=');
	put_text_value(&l->out, value);
}

/* Puts the pair, its value cut as short as needed; false when none of it fits. */
static bool fit_pair(struct line *l, struct span key, struct span value, bool number)
{
	struct line before = *l;

	for (;;) {
		put_pair(l, key, value, number);
		if (!l->out.err && l->out.n - before.out.n <= PAIR_BYTES &&
		    l->out.n <= l->out.cap - TAIL_BYTES)
			return true;
		l->out = before.out;
		l->json.comma = before.json.comma;
		if (number || value.n < 16)
			return false;
		value = shorten(value.n / 2);
	}
}

/* Whether the value is one decimal number, which JSON shows without quotes. */
static bool is_number(const char *fmt)
{
	struct verb v;
	const char *rest = *fmt == '%' ? verb_take(fmt + 1, &v) : NULL;

	return rest && (*rest == ' ' || !*rest) && (v.kind == 'd' || v.kind == 'u');
}

static bool put_pairs(struct line *l, const char *fmt, va_list *ap)
{
	while (*fmt) {
		struct buf value = buf_over(memory.value, sizeof memory.value);
		size_t key = strcspn(fmt, "=");
		const char *verb = fmt + key + (fmt[key] == '='),
		           *rest = print_value(&value, verb, ap);
		struct span shown = buf_span(&value);

		if (!rest)
			return false;
		if (value.err || shown.n > VALUE_BYTES)
			shown = shorten(VALUE_BYTES - sizeof ELLIPSIS);
		if (!fit_pair(l, span_make(fmt, key), shown, is_number(verb)))
			return false;
		fmt = rest + (*rest == ' ');
	}
	return true;
}

static void begin_line(struct line *l, enum event e)
{
	char text[32];
	struct buf time = buf_over(text, sizeof text);

	clock_put_rfc3339(&time, clock_wall_time_ms());
	if (!conf.json) {
		buf_printf(&l->out, "%.*s %s %s %s", SPAN_ARG(buf_span(&time)), conf.role,
		           levels[events[e].level], events[e].name);
		return;
	}
	json_begin_object(&l->json);
	json_key(&l->json, "time");
	json_span(&l->json, buf_span(&time));
	json_key(&l->json, "role");
	json_str(&l->json, conf.role);
	json_key(&l->json, "level");
	json_str(&l->json, levels[events[e].level]);
	json_key(&l->json, "event");
	json_str(&l->json, events[e].name);
}

static void end_line(struct line *l, bool whole)
{
	if (conf.json) {
		if (!whole) {
			json_key(&l->json, "cut");
			json_bool(&l->json, true);
		}
		json_end_object(&l->json);
	} else if (!whole) {
		buf_puts(&l->out, " " ELLIPSIS);
	}
}

static void send_line(struct line *l)
{
	if (conf.sink) {
		conf.sink(buf_span(&l->out), conf.arg);
		return;
	}
	buf_putc(&l->out, '\n');
	os_put_stderr(l->out.p, l->out.n);
}

void event_log(enum event e, const char *fmt, ...)
{
	struct err_detail *err_before = err_here;
	int errno_before = errno;
	struct line l = { .out = buf_over(memory.line, sizeof memory.line) };
	va_list ap;

	atomic_fetch_add_explicit(&counts[e], 1, memory_order_relaxed);
	if (events[e].level < conf.least)
		return;
	l.json = JSON(&l.out);
	/* What is noted while a line is cut short is not the caller's concern. */
	err_here = &memory.err;
	begin_line(&l, e);
	va_start(ap, fmt);
	end_line(&l, put_pairs(&l, fmt, &ap));
	va_end(ap);
	err_here = err_before;
	send_line(&l);
	errno = errno_before;
}

void event_set_role(const char *role)
{
	conf.role = role;
}

void event_set_level(enum event_level least)
{
	conf.least = least;
}

void event_set_json(bool on)
{
	conf.json = on;
}

void event_set_sink(void (*sink)(struct span line, void *arg), void *arg)
{
	conf.sink = sink;
	conf.arg = arg;
}

uint64_t event_count(enum event e)
{
	return atomic_load_explicit(&counts[e], memory_order_relaxed);
}

const char *event_name(enum event e)
{
	return events[e].name;
}

const char *event_doc(enum event e)
{
	return events[e].doc;
}
