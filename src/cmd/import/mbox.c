/* cmd/import/mbox.c - the messages of an mbox. */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/import/file.h"
#include "cmd/import/walk.h"
#include "wire/message/header.h"

enum { READ_BYTES = 1 << 20 };

/* A file in pieces, what is not used yet in front. */
struct input {
	const char *path;
	int file;
	struct buf octets;
	struct span in;
	uint64_t at; /* in the file, of `in` */
	bool last;
};

/* ERR_DENIED: counted and printed. */
static int input_open(struct import *m, struct input *i, const char *path)
{
	*i = (struct input){ .path = path, .octets = BUF(READ_BYTES + MBOX_LOOK_BYTES) };
	i->file = walk_open(path, m->owner);
	if (i->file < 0)
		import_refuse(m, path, "cannot be read: %s", import_why());
	if (i->file < 0)
		return ERR_DENIED;
	return 0;
}

static void input_close(struct input *i)
{
	if (i->file >= 0)
		close(i->file);
	buf_fini(&i->octets);
}

static int input_more(struct input *i)
{
	buf_consume(&i->octets, i->octets.n - i->in.n);
	int r = buf_reserve(&i->octets, i->octets.cap - i->octets.n);
	if (r < 0)
		return cli_fail("no memory to read %s", i->path), r;
	ssize_t n = read(i->file, i->octets.p + i->octets.n, READ_BYTES);
	if (n < 0)
		return cli_fail("cannot read %s: %s", i->path, strerror(errno)), ERR_IO;
	i->octets.n += (size_t)n;
	i->last = n == 0;
	i->in = buf_span(&i->octets);
	return 0;
}

static enum mbox_event next(struct input *i, struct mbox_reader *r)
{
	size_t before = i->in.n;
	enum mbox_event event = mbox_next(r, &i->in, i->last);

	i->at += before - i->in.n;
	return event;
}

/* Once through the file.  ERR_UNKNOWN, not printed: it is none; ERR_DENIED, counted: not read. */
static int find_kind(struct import *m, const char *path, enum mbox_kind *out)
{
	struct mbox_reader reader = { .kind = MBOX_CL2 };
	struct input in;
	enum mbox_event event = MBOX_MORE;
	int r = input_open(m, &in, path);

	while (r >= 0 && event != MBOX_NOT && !(event == MBOX_MORE && in.last)) {
		if (event == MBOX_MORE)
			r = input_more(&in);
		event = r < 0 ? MBOX_MORE : next(&in, &reader);
	}
	input_close(&in);
	if (r >= 0 && event == MBOX_NOT)
		return ERR_UNKNOWN;
	if (r >= 0)
		*out = mbox_kind_of(&reader);
	return r;
}

struct reading {
	struct import *m;
	struct input in;
	struct mbox_reader reader;
	struct mailfile_lines lines;
	struct buf message;
	uint64_t n, begin, size;
	int64_t date_s;
};

static int64_t date_of(const struct reading *x)
{
	const struct mailfile_from *from = &x->reader.from;
	time_t at = (time_t)from->unix_s;
	struct tm parts;

	if (!x->m->options.local || from->has_zone || !gmtime_r(&at, &parts))
		return from->unix_s;
	parts.tm_isdst = -1;
	return mktime(&parts);
}

/* What UW's and Dovecot's mboxes may begin with instead of a message. */
static bool is_internal(const struct reading *x, struct span text)
{
	const struct span says = SPAN("DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA");
	struct message_field f;

	return x->n == 1 && message_header_find(text, SPAN("X-IMAP"), &f) &&
	       message_header_find(text, SPAN("Subject"), &f) && span_eq(span_trim(f.value), says);
}

static int give(struct reading *x)
{
	AUTO_ARENA mem = { 0 };
	struct import_message one = { .date_s = x->date_s };
	char *name = arena_printf(&mem, "message %ju at octet %ju of %s", (uintmax_t)x->n,
	                          (uintmax_t)x->begin, x->in.path);
	bool counted = x->reader.kind == MBOX_CL || x->reader.kind == MBOX_CL2;

	one.name = name ? name : x->in.path;
	if (x->message.err == ERR_TOO_LONG) {
		import_refuse(x->m, one.name, "%ju octets; smtp.size_max permits %ju",
		              (uintmax_t)x->size, (uintmax_t)x->m->size_max);
		return 0;
	}
	int r = x->message.err;
	if (r >= 0)
		r = mailfile_fields_take(&x->message, counted, &mem, &one.flags);
	if (r < 0)
		return cli_fail("%s: %s", one.name, err_str(r)), r;
	one.text = buf_span(&x->message);
	return is_internal(x, one.text) ? 0 : import_message(x->m, &one);
}

static int step(struct reading *x)
{
	uint64_t at = x->in.at;

	switch (next(&x->in, &x->reader)) {
	case MBOX_MORE: return x->in.last ? 1 : input_more(&x->in);
	case MBOX_BEGIN:
		buf_reset(&x->message);
		x->lines = (struct mailfile_lines){ 0 };
		x->n++;
		x->begin = at;
		x->size = 0;
		x->date_s = date_of(x);
		return 0;
	case MBOX_LINE:
		x->size += x->reader.text.n + 2 * (x->reader.eol != MAILFILE_NO_EOL);
		mailfile_line_get(&x->lines, x->reader.text, x->reader.eol, &x->message);
		return 0;
	case MBOX_END: return give(x);
	case MBOX_NOT:
		import_refuse(x->m, x->in.path, "it does not begin as an mbox does");
		return 1;
	}
	return 1;
}

static int read_all(struct reading *x)
{
	struct stat s;
	int r = 0;

	x->m->progress.total = fstat(x->in.file, &s) == 0 ? (uint64_t)s.st_size : 0;

	while (!r) {
		r = step(x);
		x->m->progress.done = x->in.at;
	}
	return r < 0 ? r : 0;
}

static int read_into(struct reading *x, struct span mailbox)
{
	int r = import_open(x->m, mailbox);

	/* Room for what only the file has: fields that are taken out again. */
	x->message = BUF((size_t)x->m->size_max + (64 << 10));
	if (r >= 0)
		r = read_all(x);
	buf_fini(&x->message);
	return r < 0 ? r : import_close(x->m);
}

int import_mbox(struct import *m, const char *path, struct span mailbox)
{
	struct reading x = { .m = m, .reader.kind = m->options.kind };
	struct import_count before = import_count(m);
	int r = x.reader.kind ? 0 : find_kind(m, path, &x.reader.kind);

	if (r >= 0)
		r = input_open(m, &x.in, path);
	if (r == ERR_UNKNOWN)
		import_refuse(m, path, "it is no mbox: it does not begin with a line \"From ...\"");
	if (r < 0)
		return r == ERR_UNKNOWN || r == ERR_DENIED ? 0 : r; /* told, and counted */
	r = read_into(&x, mailbox);
	input_close(&x.in);
	if (r >= 0)
		import_say(m, mailbox, path, &before);
	return r;
}
