/* store/mailbox/env_file.c - see env_file.h. */
#include "store/mailbox/env_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/journal/file.h"
#include "store/mailbox/box.h"
#include "store/mailbox/idx_file.h"

enum { READ_MIN = 4 << 10, READ_MAX = 64 << 10, WRITE_BYTES = 512 << 10 };
enum { WINDOW_BYTES = ENV_RECORD_BYTES + BOX_CACHE_BYTES_MAX + 8 };

/* ---- reading ---- */

int env_reader_init(struct env_reader *r, int dir, uint32_t account)
{
	*r = (struct env_reader){ .dir = dir, .account = account, .fd = -1 };
	r->window = malloc(WINDOW_BYTES);
	return r->window ? 0 : err(ERR_NO_MEMORY, "no memory to read envelopes");
}

void env_reader_fini(struct env_reader *r)
{
	file_close(&r->fd);
	free(TAKE(r->window));
}

static int open_generation(struct env_reader *r, uint32_t generation)
{
	char name[IDX_PATH_BYTES];
	if (r->generation == generation)
		return 0;
	file_close(&r->fd);
	r->n = 0;
	r->generation = generation;
	if (r->dir < 0)
		return 0;
	idx_name(generation, "env", name);
	r->fd = openat(r->dir, name, O_RDONLY | O_CLOEXEC);
	return r->fd >= 0 || errno == ENOENT
	               ? 0
	               : err_errno(ERR_IO, "cannot open envelopes of account %u", r->account);
}

/* The window holds the octets from `at` on, n of them where the file has so many. */
static int fill(struct env_reader *r, uint64_t at, size_t n)
{
	struct span got;
	if (at >= r->at && at + n <= r->at + r->n)
		return 0;
	int e = file_read_at(r->fd, r->window, n, at, &got);
	if (e < 0)
		return e;
	r->at = at;
	r->n = got.n;
	return 0;
}

static struct span window_from(const struct env_reader *r, uint64_t at)
{
	return span_sub(span_make(r->window, r->n), (size_t)(at - r->at), SIZE_MAX);
}

/* How much is read at once. */
static size_t reach(uint64_t at, uint64_t place, uint64_t until)
{
	uint64_t end = env_place_offset(until) + READ_MIN;
	if (env_place_generation(until) != env_place_generation(place) || end < at + READ_MIN)
		return READ_MIN;
	return end - at > READ_MAX ? READ_MAX : (size_t)(end - at);
}

/* ERR_CORRUPT: no record is there. */
static int read_record(struct env_reader *r, uint64_t place, uint64_t until, struct env_record *out)
{
	uint64_t at = env_place_offset(place);
	size_t need = 0, n = reach(at, place, until);
	int e = at < r->at || at >= r->at + r->n ? fill(r, at, n) : 0;
	if (e == 0)
		e = env_record_get(window_from(r, at), r->account, place, out, &need);
	if (e == ERR_AGAIN && (e = fill(r, at, n > need ? n : need)) == 0)
		e = env_record_get(window_from(r, at), r->account, place, out, &need);
	if (e == ERR_AGAIN && need <= WINDOW_BYTES && /* its length is known only now */
	    (e = fill(r, at, need)) == 0)
		e = env_record_get(window_from(r, at), r->account, place, out, &need);
	return e == ERR_AGAIN ? ERR_CORRUPT : e;
}

int env_reader_get(struct env_reader *r, uint64_t place, uint64_t message, uint64_t until,
                   struct span *out)
{
	struct env_record record;
	int e = open_generation(r, env_place_generation(place));
	if (e < 0)
		return e;
	*out = (struct span){ 0 };
	e = r->fd < 0 ? ERR_CORRUPT : read_record(r, place, until, &record);
	if (e == 0 && (!message || message == record.message))
		*out = record.payload;
	if (e == ERR_CORRUPT)
		err_clear();
	return e == ERR_CORRUPT ? 0 : e;
}

/* ---- generations ---- */

int env_generation(int dir, uint32_t remove_below, uint32_t *out)
{
	uint32_t highest = 0;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		int e = err_errno(ERR_IO, "cannot list an account's directory");
		file_close(&fd);
		return e;
	}
	for (struct dirent *each; (each = readdir(d));) {
		struct span name = span_str(each->d_name), head;
		uint64_t n;
		if (!span_split(&name, '.', &head) || !span_eq(name, SPAN("env")) ||
		    span_to_u64(head, ENV_GENERATION_MAX, &n) < 0)
			continue;
		if (n > highest)
			highest = (uint32_t)n;
		if (n < remove_below)
			unlinkat(dir, each->d_name, 0);
	}
	closedir(d);
	*out = highest;
	return 0;
}

int env_count(int dir, uint32_t account, uint32_t generation, uint64_t *records, uint64_t *octets)
{
	struct env_reader r;
	struct stat st;
	uint64_t n = 0, at = ENV_HEADER_BYTES, size = 0;
	int e = env_reader_init(&r, dir, account);
	if (e == 0)
		e = open_generation(&r, generation);
	if (e == 0 && r.fd >= 0 && fstat(r.fd, &st) == 0)
		size = (uint64_t)st.st_size;
	while (e == 0 && at < size) {
		struct span record;
		uint64_t place = env_place(generation, at);
		e = env_reader_get(&r, place, 0, place + READ_MAX / 8, &record);
		n += record.n > 0;
		at += record.n ? env_record_octets(record.n) : 8;
	}
	env_reader_fini(&r);
	if (e < 0)
		return e;
	*records = n;
	*octets = size;
	return 0;
}

/* ---- writing ---- */

void env_writer_init(struct env_writer *w, int dir, uint32_t account, uint32_t generation)
{
	*w = (struct env_writer){ .fd = -1,
		                  .dir = dir,
		                  .account = account,
		                  .generation = generation,
		                  .buf = BUF(WRITE_BYTES + WINDOW_BYTES) };
}

void env_writer_fini(struct env_writer *w)
{
	file_close(&w->fd);
	buf_fini(&w->buf);
}

/* Opens the file, or makes it; what a fold left that did not end stays, and means nothing. */
static int writer_open(struct env_writer *w)
{
	char name[IDX_PATH_BYTES], header[ENV_HEADER_BYTES];
	struct stat st;
	idx_name(w->generation, "env", name);
	w->fd = openat(w->dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (w->fd < 0 || fstat(w->fd, &st) < 0)
		return err_errno(ERR_IO, "cannot open envelopes of account %u", w->account);
	w->end = ((uint64_t)st.st_size + 7) & ~UINT64_C(7);
	if (w->end >= ENV_HEADER_BYTES)
		return 0;
	w->end = ENV_HEADER_BYTES;
	env_header_put(w->account, w->generation, header);
	return file_write_at(w->fd, span_make(header, sizeof header), 0);
}

int env_writer_flush(struct env_writer *w)
{
	int e = w->buf.n ? file_write_at(w->fd, buf_span(&w->buf), w->end - w->buf.n) : 0;
	if (e == 0)
		buf_reset(&w->buf);
	return e;
}

int env_writer_put(struct env_writer *w, const struct env_record *record, uint64_t *place)
{
	static const char zeros[8];
	char header[ENV_RECORD_BYTES];
	int e = w->fd < 0 ? writer_open(w) : 0;
	if (e < 0)
		return e;
	uint64_t at = env_place(w->generation, w->end);
	size_t octets = env_record_octets(record->payload.n);
	env_record_put(w->account, at, record, header);
	buf_put(&w->buf, span_make(header, sizeof header));
	buf_put(&w->buf, record->payload);
	buf_put(&w->buf, span_make(zeros, octets - sizeof header - record->payload.n));
	if (w->buf.err < 0)
		return err(ERR_NO_MEMORY, "no memory for envelopes");
	w->end += octets;
	if (w->buf.n >= WRITE_BYTES)
		e = env_writer_flush(w);
	if (e == 0)
		*place = at;
	return e;
}
