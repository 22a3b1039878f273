/* mailfile/maildir_folder.c - names of folders, and lists of them: see maildir.h.
 *
 * A '.' within a level is written "\2e", a '/' "\2f" and a '\' "\5c", as Dovecot's listescape does.
 */
#include "mailfile/maildir.h"

#include "base/utf8.h"
#include "wire/imap/name.h"

static int unescape(struct span level, struct buf *out)
{
	while (level.n && !out->err) {
		bool escaped = span_eat_nocase(&level, SPAN("\\2e"));
		if (escaped) {
			buf_putc(out, '.');
		} else if (span_eat_nocase(&level, SPAN("\\5c"))) {
			buf_putc(out, '\\');
		} else {
			buf_putc(out, level.p[0]);
			level = span_sub(level, 1, level.n);
		}
	}
	return out->err;
}

/* Modified UTF-7, or UTF-8 where it is none. */
static int level_get(struct span level, struct buf *out)
{
	AUTO_BUF plain = BUF(4 * IMAP_NAME_MAX), name = BUF(IMAP_NAME_MAX);
	int r = unescape(level, &plain);

	if (r < 0)
		return r;
	if (imap_utf7_decode(buf_span(&plain), &name) >= 0 && utf8_valid(buf_span(&name)))
		return buf_put(out, buf_span(&name));
	return utf8_valid(buf_span(&plain)) ? buf_put(out, buf_span(&plain)) : ERR_SYNTAX;
}

/* Levels that `by` parts. */
static int levels_get(struct span name, char by, struct buf *out)
{
	struct span level;
	size_t begin = out->n;
	int r = 0;

	while (r >= 0 && span_split(&name, by, &level)) {
		if (!level.n || span_find(level, '/') >= 0)
			return ERR_SYNTAX;
		if (out->n > begin)
			buf_putc(out, '/');
		r = level_get(level, out);
	}
	if (r >= 0 && out->n == begin)
		return ERR_SYNTAX;
	return r < 0 ? r : out->err;
}

int maildir_folder_get(struct span name, struct buf *out)
{
	return span_eat(&name, SPAN(".")) ? levels_get(name, '.', out) : ERR_SYNTAX;
}

static int level_put(struct span level, struct buf *out)
{
	AUTO_BUF name = BUF(4 * IMAP_NAME_MAX);
	int r = imap_utf7_encode(level, &name);

	for (size_t i = 0; i < name.n && r >= 0; i++)
		if (name.p[i] == '.')
			r = buf_puts(out, "\\2e");
		else if (name.p[i] == '\\')
			r = buf_puts(out, "\\5c");
		else
			r = buf_putc(out, name.p[i]);
	return r;
}

int maildir_folder_put(struct span path, struct buf *out)
{
	struct span level;
	int r = 0;

	while (r >= 0 && span_split(&path, '/', &level)) {
		buf_putc(out, '.');
		r = level_put(level, out);
	}
	return r < 0 ? r : out->err;
}

/* ---- subscriptions ---- */

bool maildir_subscription_next(struct span *file, struct buf *out)
{
	struct span line;
	size_t begin = out->n;

	while (span_split(file, '\n', &line)) {
		bool courier = span_eat(&line, SPAN("INBOX."));
		bool tabs = !courier && span_find(line, '\t') >= 0;
		if (!line.n || span_eq(line, SPAN("V\t2")))
			continue;
		if (levels_get(line, tabs ? '\t' : '.', out) >= 0)
			return true;
		out->n = begin;
		out->err = 0;
	}
	return false;
}

int maildir_subscription_put(struct span path, struct buf *out)
{
	struct span level;
	bool first = true;
	int r = 0;

	while (r >= 0 && span_split(&path, '/', &level)) {
		if (!first)
			buf_putc(out, '\t');
		first = false;
		r = level_put(level, out);
	}
	return r < 0 ? r : buf_putc(out, '\n');
}
