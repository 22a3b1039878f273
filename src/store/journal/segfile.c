/* store/journal/segfile.c - see segfile.h. */
#include "store/journal/segfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/journal/file.h"
#include "store/journal/journal.h"

/* FRONT: the header and the place of the OPEN record. */
enum { ZERO_CHUNK = 1 << 20, SYNC_EVERY = 8 << 20, FRONT_BYTES = 512 };

static const char new_name[] = "new";

void segfile_name(uint64_t number, const char *suffix, char out[SEGFILE_NAME_BYTES])
{
	snprintf(out, SEGFILE_NAME_BYTES, "%012ju.%s", (uintmax_t)number, suffix);
}

/* Zeros behind the header tell a segment that was never used from one whose OPEN record is
 * damaged. */
static int header_write(int fd, uint64_t number, uint64_t size)
{
	char front[FRONT_BYTES] = { 0 };
	segment_header_put(number, size, front);
	int r = file_write_at(fd, span_make(front, sizeof front), 0);
	return r < 0 ? r : file_sync_data(fd);
}

/* Synced now and then, so that the commits of others never wait for all of it at once. */
static int zeros_write(int fd, uint64_t size)
{
	char *zeros = calloc(1, ZERO_CHUNK);
	if (!zeros)
		return err(ERR_NO_MEMORY, "no memory to fill a segment");
	int r = 0;
	for (uint64_t at = 0; r >= 0 && at < size; at += ZERO_CHUNK) {
		uint64_t n = size - at < ZERO_CHUNK ? size - at : ZERO_CHUNK;
		r = file_write_at(fd, span_make(zeros, n), at);
		if (r >= 0 && (at + n) % SYNC_EVERY == 0)
			r = file_sync_data(fd);
	}
	free(zeros);
	return r;
}

static int fill(int dir, uint64_t number, uint64_t size)
{
	AUTO_FD int fd = openat(dir, new_name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(ERR_IO, "cannot make a journal segment");
	/* Asks for all the space first: a full disk is told without filling it further. */
	if (fallocate(fd, 0, 0, (off_t)size) < 0 && errno != EOPNOTSUPP)
		return err_errno(ERR_IO, "cannot make a journal segment");
	int r = zeros_write(fd, size);
	if (r >= 0)
		r = header_write(fd, number, size);
	if (r >= 0)
		r = file_sync(fd);
	if (r < 0)
		return r;
	return TAKE_FD(fd);
}

/* Writing the number makes every old record in it invalid. */
static int renumber(int dir, const char *name, uint64_t number, uint64_t size)
{
	AUTO_FD int fd = openat(dir, name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return err_errno(ERR_IO, "cannot open %s", name);
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(ERR_IO, "cannot stat %s", name);
	if ((uint64_t)st.st_size != size)
		return err(ERR_NOT_FOUND, "%s has another size", name);
	int r = header_write(fd, number, size);
	return r < 0 ? r : TAKE_FD(fd);
}

int segfile_make(int dir, uint64_t number, uint64_t size, uint64_t spare)
{
	char from[SEGFILE_NAME_BYTES], to[SEGFILE_NAME_BYTES];
	segfile_name(number, "seg", to);
	if (spare)
		segfile_name(spare, "spare", from);
	else
		memcpy(from, new_name, sizeof new_name);
	AUTO_FD int fd = spare ? renumber(dir, from, number, size) : fill(dir, number, size);
	int r = fd;
	if (r >= 0 && renameat(dir, from, dir, to) < 0)
		r = err_errno(ERR_IO, "cannot rename %s to %s", from, to);
	if (r >= 0)
		r = file_sync(dir);
	if (r < 0) { /* whatever it holds by now, it must not become segment `number` later */
		unlinkat(dir, from, 0);
		unlinkat(dir, to, 0);
		return r;
	}
	return TAKE_FD(fd);
}

int segfile_retire(int dir, uint64_t number)
{
	char from[SEGFILE_NAME_BYTES], to[SEGFILE_NAME_BYTES];
	segfile_name(number, "seg", from);
	segfile_name(number, "spare", to);
	if (renameat(dir, from, dir, to) < 0)
		return err_errno(ERR_IO, "cannot rename %s to %s", from, to);
	return file_sync(dir);
}

int segfile_remove(int dir, uint64_t number, const char *suffix)
{
	char name[SEGFILE_NAME_BYTES];
	segfile_name(number, suffix, name);
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return err_errno(ERR_IO, "cannot remove %s", name);
	return file_sync(dir);
}

int segfile_clean(int dir)
{
	if (unlinkat(dir, new_name, 0) < 0 && errno != ENOENT)
		return err_errno(ERR_IO, "cannot remove %s", new_name);
	return 0;
}

/* ---- listing ---- */

static bool name_parse(const char *name, struct segfile *out)
{
	struct span rest = span_str(name), digits;
	uint64_t number;
	if (!span_split(&rest, '.', &digits) || span_to_u64(digits, INT64_MAX, &number) < 0 ||
	    !number)
		return false;
	bool spare = span_eq(rest, SPAN("spare"));
	if (!spare && !span_eq(rest, SPAN("seg")))
		return false;
	*out = (struct segfile){ .number = number, .spare = spare };
	return true;
}

static bool is_zero(struct span in)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i])
			return false;
	return true;
}

static int describe(int dir, struct segfile *s)
{
	char name[SEGFILE_NAME_BYTES], head[FRONT_BYTES];
	segfile_name(s->number, s->spare ? "spare" : "seg", name);
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st = { 0 };
	if ((fd < 0 && errno != ELOOP) || (fd >= 0 && fstat(fd, &st) < 0))
		return err_errno(ERR_IO, "cannot read %s", name);
	if (!S_ISREG(st.st_mode))
		return err(ERR_REFUSED, "%s is a link, or no file", name);
	s->size = (uint64_t)st.st_size;
	struct span in;
	int r = file_read_at(fd, head, sizeof head, 0, &in);
	if (r < 0)
		return r;
	uint64_t number = 0, size = 0;
	r = segment_header_get(in, &number, &size);
	if (r == ERR_CONFIG)
		return r;
	s->damaged = r < 0 || (!s->spare && (number != s->number || size != s->size));
	struct segment_record record;
	struct journal_open_record open;
	size_t need;
	if (!s->spare &&
	    segment_record_get(span_sub(in, SEGMENT_HEADER_BYTES, SIZE_MAX), s->number,
	                       SEGMENT_HEADER_BYTES, s->size, &record, &need) == 1 &&
	    record.kind == SEGMENT_OPEN &&
	    journal_open_record_unpack(record.payload, NULL, &open) == 0) {
		s->opened = true;
		s->previous = open.previous;
		s->previous_end = open.previous_end;
		s->previous_failed = open.failed;
		s->last_id = open.last_id;
		s->last_seq = open.last_seq;
	} else if (!s->spare && !is_zero(span_sub(in, SEGMENT_HEADER_BYTES, SIZE_MAX))) {
		s->damaged = true;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct segfile *x = a, *y = b;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int list_add(struct segfile **all, size_t *n, size_t *room, const struct segfile *s)
{
	if (*n == *room) {
		size_t want = *room ? 2 * *room : 16;
		struct segfile *more = reallocarray(*all, want, sizeof *more);
		if (!more)
			return err(ERR_NO_MEMORY, "too many journal segments");
		*all = more;
		*room = want;
	}
	(*all)[(*n)++] = *s;
	return 0;
}

static int list_read(int dir, DIR *d, struct segfile **all, size_t *n)
{
	size_t room = 0;
	struct segfile s;
	int r = 0;
	for (struct dirent *e; r >= 0 && (errno = 0, e = readdir(d));) {
		if (!name_parse(e->d_name, &s))
			continue;
		r = describe(dir, &s);
		if (r >= 0)
			r = list_add(all, n, &room, &s);
	}
	if (r >= 0 && errno)
		r = err_errno(ERR_IO, "cannot list the journal");
	return r;
}

int segfile_list(int dir, struct segfile **out, size_t *n)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		file_close(&fd);
		return err_errno(ERR_IO, "cannot list the journal");
	}
	struct segfile *all = NULL;
	size_t found = 0;
	int r = list_read(dir, d, &all, &found);
	closedir(d);
	if (r < 0) {
		free(all);
		return r;
	}
	if (found)
		qsort(all, found, sizeof *all, by_number);
	*out = all;
	*n = found;
	return 0;
}

uint64_t segfile_limit(const struct segfile *all, size_t n, uint64_t number)
{
	for (size_t i = 0; i < n; i++)
		if (!all[i].spare && all[i].opened && all[i].previous == number)
			return all[i].previous_end;
	return UINT64_MAX;
}
