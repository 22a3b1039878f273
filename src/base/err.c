/* base/err.c - see err.h. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct row {
	const char *name, *enhanced, *text;
	enum err_class class;
	int smtp;
};

static const struct row rows[] = {
#define ERR(name_, number, class_, smtp_, enhanced_, text_)                                        \
	[number] = { .name = #name_,                                                               \
		     .enhanced = (enhanced_),                                                      \
		     .text = (text_),                                                              \
		     .class = ERR_CLASS_##class_,                                                  \
		     .smtp = (smtp_) },
#include "base/errs.def"
#undef ERR
};

_Thread_local struct err_detail *err_here;
static _Thread_local struct err_detail thread_detail;

static struct err_detail *detail(void)
{
	return err_here ? err_here : &thread_detail;
}

static const struct row *find(int code)
{
	if (code >= 0 || code <= -(int)N_ELEMS(rows) || !rows[-code].name)
		return NULL;
	return &rows[-code];
}

/* By way of a copy, since the arguments may quote the record itself. */
static void note(int code, const char *fmt, va_list ap, const char *why)
{
	struct err_detail *d = detail();
	char text[ERR_DETAIL_BYTES];
	int n = vsnprintf(text, sizeof text, fmt, ap);

	if (why && n >= 0 && (size_t)n < sizeof text)
		snprintf(text + n, sizeof text - (size_t)n, ": %s", why);
	d->code = code;
	memcpy(d->text, text, sizeof text);
}

void err_clear(void)
{
	detail()->code = 0;
}

void err_note(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(code, fmt, ap, NULL);
	va_end(ap);
}

static int code_of_errno(int e, int code)
{
	switch (e) {
	case ENOSPC:
#ifdef EDQUOT
	case EDQUOT:
#endif
		return ERR_NO_SPACE;
	case ENOMEM: return ERR_NO_MEMORY;
	case EMFILE:
	case ENFILE: return ERR_LIMIT;
	default: return code;
	}
}

int err_errno(int code, const char *fmt, ...)
{
	int e = errno;
	va_list ap;

	code = code_of_errno(e, code);
	va_start(ap, fmt);
	note(code, fmt, ap, strerror(e));
	va_end(ap);
	errno = e;
	return code;
}

const char *err_str(int code)
{
	const struct err_detail *d = detail();
	const struct row *row = find(code);

	if (code < 0 && d->code == code)
		return d->text;
	if (code >= 0)
		return "no error";
	return row ? row->text : "unknown error";
}

const char *err_name(int code)
{
	const struct row *row = find(code);

	return row ? row->name : "UNKNOWN_ERROR";
}

enum err_class err_class(int code)
{
	const struct row *row = find(code);

	if (code >= 0)
		return ERR_CLASS_NONE;
	return row ? row->class : ERR_CLASS_BUG;
}

void err_reply(int code, int *smtp, const char **enhanced, const char **text)
{
	const struct row *row = find(code);

	if (!row)
		row = find(ERR_BUG);
	*smtp = row->smtp;
	*enhanced = row->enhanced;
	*text = row->text;
}
