/* component/mail/source.c - files, memory and functions as sources; see source.h. */
#include "component/mail/source.h"

#include "base/utf8.h"

enum { PIECE_BYTES = 1024 };

/* ---- made ----------------------------------------------------------------------------- */

static int get_from_file(void *arg, void *octets, int n)
{
	return file_read(*(int *)arg, octets, (size_t)n);
}

int source_file(const char *path, struct arena *mem, struct source *out)
{
	struct source s = { .kind = SOURCE_FILE, .fd = -1 };
	AUTO_FD int fd = file_open(path, true, &s.stamp);
	int r;

	if (fd < 0)
		return fd;
	s.name = arena_str(mem, span_str(path));
	if (!s.name)
		return err(ERR_NO_MEMORY, "%s: out of memory", path);
	s.size = s.stamp.size;
	if (!s.stamp.regular) {
		r = source_spool(get_from_file, &fd, s.name, &s);
		if (r < 0)
			return r == ERR_CANCELLED ? err_errno(ERR_IO, "%s", path) : r;
	}
	*out = s;
	return 0;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		int put = file_write(fd, p, n);

		if (put < 0)
			return err_errno(ERR_IO, "a temporary file");
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

int source_spool(int (*get)(void *arg, void *octets, int n), void *arg, const char *name,
                 struct source *out)
{
	struct source s = { .kind = SOURCE_SPOOL, .name = name };
	char octets[PIECE_BYTES];
	int n, r = 0;

	s.fd = file_open_nameless();
	if (s.fd < 0)
		return s.fd;
	while (r >= 0 && (n = get(arg, octets, sizeof octets)) > 0) {
		r = n > PIECE_BYTES ? err(ERR_BUG, "more octets were put than there is room for")
		                    : write_all(s.fd, octets, (size_t)n);
		s.size += (uint64_t)n;
	}
	if (r >= 0 && n < 0)
		r = err(ERR_CANCELLED, "the function that gives the octets failed");
	if (r < 0)
		file_close(s.fd);
	else
		*out = s;
	return r;
}

int source_look(struct source *s)
{
	int fd;

	if (s->kind != SOURCE_FILE)
		return 0;
	fd = file_open(s->name, true, &s->stamp);
	if (fd < 0)
		return fd;
	file_close(fd);
	s->size = s->stamp.size;
	return s->stamp.regular ? 0
	                        : err(ERR_IO, "%s: it was a file, and is none any more", s->name);
}

void source_fini(struct source *s)
{
	if (s->kind == SOURCE_SPOOL)
		file_close(s->fd);
}

static bool is_same(const struct file_stamp *a, const struct file_stamp *b)
{
	return a->size == b->size && a->id == b->id && a->device == b->device &&
	       a->modified_s == b->modified_s && a->modified_ns == b->modified_ns;
}

/* ---- read ----------------------------------------------------------------------------- */

static int compare_stamp(const struct source *s, const struct file_stamp *now)
{
	return is_same(now, &s->stamp)
	               ? 0
	               : err(ERR_IO, "%s: the file has changed while the mail was sent", s->name);
}

static int check_stamp(const struct source_reader *r)
{
	struct file_stamp now;
	int e;

	if (r->source->kind != SOURCE_FILE)
		return 0;
	e = file_look(r->fd, r->source->name, &now);
	return e < 0 ? e : compare_stamp(r->source, &now);
}

int source_begin(const struct source *s, struct source_reader *out)
{
	struct source_reader r = { .source = s, .fd = s->fd };
	struct file_stamp now;
	int e = 0;

	if (s->kind == SOURCE_PROGRAM && s->rewind(s->arg) != 0)
		return err(ERR_CANCELLED, "%s: the function that begins again failed", s->name);
	if (s->kind == SOURCE_FILE) {
		r.fd = file_open(s->name, false, &now);
		e = r.fd < 0 ? r.fd : compare_stamp(s, &now);
	}
	if (e < 0)
		source_end(&r);
	else
		*out = r;
	return e;
}

void source_end(struct source_reader *r)
{
	if (r->source && r->source->kind == SOURCE_FILE)
		file_close(r->fd);
	*r = (struct source_reader){ .fd = -1 };
}

/* Some octets, 0 at the end. */
static int read_some(struct source_reader *r, char *p, size_t n)
{
	const struct source *s = r->source;
	struct span octets;
	int got;

	if (s->kind == SOURCE_MEMORY) {
		octets = span_sub(s->octets, (size_t)r->at, n);
		memcpy(p, octets.p ? octets.p : "", octets.n);
		return (int)octets.n;
	}
	if (s->kind == SOURCE_PROGRAM) {
		got = s->get(s->arg, p, (int)n);
		if (got < 0)
			return err(ERR_CANCELLED, "%s: the function that gives the octets failed",
			           s->name);
		return got > (int)n
		               ? err(ERR_BUG, "%s: more octets than there is room for", s->name)
		               : got;
	}
	got = file_read_at(r->fd, p, n, r->at);
	return got < 0 ? err_errno(ERR_IO, "%s", s->name) : got;
}

/* Neither less nor more than the servers were told. */
static int check_end(const struct source_reader *r)
{
	const struct source *s = r->source;

	if (s->size != SOURCE_UNKNOWN && r->at != s->size)
		return err(ERR_IO, "%s: it has %ju octets, and should have %ju", s->name,
		           (uintmax_t)r->at, (uintmax_t)s->size);
	return check_stamp(r);
}

int source_read(struct source_reader *r, char *p, size_t n)
{
	size_t done = 0;
	int got = 1;

	while (done < n && got > 0) {
		got = read_some(r, p + done, n - done);
		if (got < 0)
			return got;
		done += (size_t)got;
		r->at += (uint64_t)got;
		if (r->source->size != SOURCE_UNKNOWN && r->at > r->source->size)
			return check_end(r);
	}
	if (got == 0) {
		got = check_end(r);
		if (got < 0)
			return got;
	}
	return (int)done;
}

/* How much of s is whole characters: up to three octets may wait for what follows. */
static size_t whole_characters(struct span s)
{
	size_t back = 0;

	while (back < 3 && back < s.n && ((unsigned char)s.p[s.n - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back < s.n && (unsigned char)s.p[s.n - 1 - back] >= 0xc0)
		return s.n - 1 - back;
	return s.n;
}

bool source_is_utf8(const struct source *s)
{
	struct source_reader r;
	char octets[PIECE_BYTES];
	size_t kept = 0;
	int n = 1;
	bool good = true;

	if (s->kind == SOURCE_PROGRAM || source_begin(s, &r) < 0)
		return false;
	while (good && n > 0) {
		struct span all;
		size_t whole;

		n = source_read(&r, octets + kept, sizeof octets - kept);
		all = span_make(octets, kept + (size_t)(n > 0 ? n : 0));
		whole = n > 0 ? whole_characters(all) : all.n;
		good = n >= 0 && utf8_valid(span_sub(all, 0, whole));
		kept = all.n - whole;
		memmove(octets, octets + whole, kept);
	}
	source_end(&r);
	return good;
}
