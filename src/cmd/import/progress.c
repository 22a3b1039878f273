/* cmd/import/progress.c - see progress.h. */
#include "cmd/import/progress.h"

#include <stdio.h>

#include "base/clock.h"
#include "cmd/cli.h"

enum { BAR_MS = 100, LINE_MS = 10000, BAR_COLUMNS = 30, NAME_COLUMNS = 20, TEXT_MAX = 4096 };

void progress_begin(struct progress *p)
{
	p->begun_at = p->shown_at = clock_now_at();
}

int64_t progress_ms(const struct progress *p)
{
	int64_t ms = clock_now_at() - p->begun_at;
	return ms > 0 ? ms : 1;
}

static int percent(const struct progress *p)
{
	if (!p->total || p->done >= p->total)
		return p->total ? 100 : 0;
	return (int)(100.0 * (double)p->done / (double)p->total);
}

static void put_bar(const struct progress *p, const char *name)
{
	static const char full[] = "##############################";
	int part = percent(p) * BAR_COLUMNS / 100;

	printf("\r%-*.*s [%.*s%*s] %3d %%  %ju messages, %ju/s\033[K", NAME_COLUMNS, NAME_COLUMNS,
	       name, part, full, BAR_COLUMNS - part, "", percent(p), (uintmax_t)p->messages,
	       (uintmax_t)(p->messages * 1000 / (uint64_t)progress_ms(p)));
	fflush(stdout);
}

void progress_show(struct progress *p, struct span name)
{
	AUTO_BUF shown = BUF(TEXT_MAX);
	int64_t now_at = clock_now_at();

	if (p->quiet || now_at - p->shown_at < (cli_is_terminal() ? BAR_MS : LINE_MS))
		return;
	p->shown_at = now_at;
	buf_put_escaped(&shown, name);
	if (!buf_str(&shown))
		return;
	p->drawn = cli_is_terminal();
	if (p->drawn)
		put_bar(p, buf_str(&shown));
	else
		printf("%s: %d %%, %ju messages\n", buf_str(&shown), percent(p),
		       (uintmax_t)p->messages);
	fflush(stdout);
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stdout);
	fflush(stdout);
	p->drawn = false;
}

/* On one line, without what a terminal would obey. */
static void say(struct progress *p, FILE *to, const char *lead, const char *fmt, va_list ap)
{
	AUTO_BUF text = BUF(TEXT_MAX), shown = BUF(4 * TEXT_MAX);

	progress_end(p);
	buf_vprintf(&text, fmt, ap);
	buf_put_escaped(&shown, buf_span(&text));
	fprintf(to, "%s%s\n", lead, buf_str(&shown) ? buf_str(&shown) : "");
}

void progress_say(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!p->quiet)
		say(p, stdout, "", fmt, ap);
	va_end(ap);
}

void progress_cut(struct progress *p, int r)
{
	if (r == ERR_CLOSED && p->messages)
		progress_fail(p, "cut short; run the same again and it goes on");
}

void progress_fail(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(p, stderr, "postrider: ", fmt, ap);
	va_end(ap);
}
