/* segfile: segments as files; torn tails, recycled content, cut-off tails, damage. */
#include "store/journal/segfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/journal/file.h"
#include "store/journal/journal.h"
#include "test.h"

enum { SIZE = 64 << 10 };

static char path[64];

static int dir_make(void)
{
	snprintf(path, sizeof path, "/tmp/postrider-segfile-XXXXXX");
	CHECK(mkdtemp(path) != NULL);
	return open(path, O_RDONLY | O_DIRECTORY);
}

static void dir_drop(int dir)
{
	char line[128];
	close(dir);
	snprintf(line, sizeof line, "rm -rf '%s'", path);
	CHECK_INT(system(line), 0);
}

static uint64_t append(int fd, uint64_t number, uint64_t at, uint8_t kind, uint8_t flags,
                       struct span payload)
{
	size_t octets = segment_record_octets(payload.n);
	char *p = calloc(1, octets);
	segment_record_frame(p, kind, flags, payload.n);
	memcpy(p + SEGMENT_RECORD_HEADER_BYTES, payload.p, payload.n);
	segment_record_seal(p, number, at, payload, NULL, 0);
	CHECK_INT(file_write_at(fd, span_make(p, octets), at), 0);
	free(p);
	return at + octets;
}

/* Payload octets of all records read, each followed by a comma. */
static uint64_t read_all(int dir, uint64_t number, uint64_t limit, struct buf *out,
                         uint64_t *damaged)
{
	struct segfile_reader r;
	struct segment_record record;
	buf_reset(out);
	CHECK_INT(segfile_reader_open(&r, dir, number, 0, limit), 0);
	int e;
	while ((e = segfile_reader_next(&r, &record)) == 1) {
		buf_put(out, record.payload);
		buf_putc(out, ',');
	}
	CHECK_INT(e, 0);
	uint64_t end = r.offset;
	*damaged = r.damaged;
	segfile_reader_close(&r);
	return end;
}

TEST(a_torn_last_record_is_no_record_at_any_octet)
{
	int dir = dir_make();
	int fd = segfile_make(dir, 1, SIZE, 0);
	CHECK(fd >= 0);
	uint64_t at = append(fd, 1, SEGMENT_HEADER_BYTES, SEGMENT_CHANGE, 0, SPAN("first"));
	uint64_t end = append(fd, 1, at, SEGMENT_CHANGE, 0, SPAN("the second record"));
	char whole[64];
	struct span record;
	CHECK_INT(file_read_at(fd, whole, end - at, at, &record), 0);
	AUTO_BUF out = BUF(1000);
	uint64_t damaged;
	for (size_t n = 0; n <= record.n; n++) {
		static const char zeros[64];
		CHECK_INT(file_write_at(fd, span_make(zeros, record.n), at), 0);
		CHECK_INT(file_write_at(fd, span_sub(record, 0, n), at), 0);
		bool complete = n >= SEGMENT_RECORD_HEADER_BYTES + 17;
		CHECK_INT(read_all(dir, 1, UINT64_MAX, &out, &damaged), complete ? end : at);
		CHECK_SPAN(buf_span(&out),
		           complete ? SPAN("first,the second record,") : SPAN("first,"));
		CHECK_INT(damaged, 0);
	}
	close(fd);
	dir_drop(dir);
}

TEST(a_recycled_segment_begins_empty)
{
	int dir = dir_make();
	int fd = segfile_make(dir, 1, SIZE, 0);
	uint64_t at = SEGMENT_HEADER_BYTES;
	for (int i = 0; i < 100; i++)
		at = append(fd, 1, at, SEGMENT_CHANGE, 0, SPAN("12345678"));
	close(fd);
	CHECK_INT(segfile_retire(dir, 1), 0);
	fd = segfile_make(dir, 2, SIZE, 1);
	CHECK(fd >= 0);
	AUTO_BUF out = BUF(10000);
	uint64_t damaged;
	CHECK_INT(read_all(dir, 2, UINT64_MAX, &out, &damaged), SEGMENT_HEADER_BYTES);
	/* A new record in the place of an old one: the old ones behind stay dead. */
	at = append(fd, 2, SEGMENT_HEADER_BYTES, SEGMENT_CHANGE, 0, SPAN("abcdefgh"));
	CHECK_INT(read_all(dir, 2, UINT64_MAX, &out, &damaged), at);
	CHECK_SPAN(buf_span(&out), SPAN("abcdefgh,"));
	close(fd);
	CHECK_INT(segfile_make(dir, 3, 2 * SIZE, 2) < 0, 1); /* no such spare */
	dir_drop(dir);
}

TEST(a_limit_cuts_off_what_lies_behind)
{
	int dir = dir_make();
	int fd = segfile_make(dir, 1, SIZE, 0);
	uint64_t first = append(fd, 1, SEGMENT_HEADER_BYTES, SEGMENT_CHANGE, 0, SPAN("good"));
	uint64_t second = append(fd, 1, first, SEGMENT_CHANGE, 0, SPAN("failed"));
	AUTO_BUF out = BUF(1000);
	uint64_t damaged;
	CHECK_INT(read_all(dir, 1, first, &out, &damaged), first);
	CHECK_SPAN(buf_span(&out), SPAN("good,"));
	CHECK_INT(read_all(dir, 1, second, &out, &damaged), second);
	CHECK_SPAN(buf_span(&out), SPAN("good,failed,"));
	close(fd);
	dir_drop(dir);
}

TEST(damage_before_the_limit_is_skipped_and_counted)
{
	int dir = dir_make();
	int fd = segfile_make(dir, 1, SIZE, 0);
	uint64_t one = append(fd, 1, SEGMENT_HEADER_BYTES, SEGMENT_CHANGE, 0, SPAN("one"));
	uint64_t two = append(fd, 1, one, SEGMENT_CHANGE, 0, SPAN("two"));
	uint64_t end = append(fd, 1, two, SEGMENT_CHANGE, 0, SPAN("three"));
	CHECK_INT(file_write_at(fd, SPAN("x"), one + SEGMENT_RECORD_HEADER_BYTES), 0);
	AUTO_BUF out = BUF(1000);
	uint64_t damaged;
	CHECK_INT(read_all(dir, 1, end, &out, &damaged), end);
	CHECK_SPAN(buf_span(&out), SPAN("one,three,"));
	CHECK_INT(damaged, two - one);
	/* Without a limit it is the end of the log. */
	CHECK_INT(read_all(dir, 1, UINT64_MAX, &out, &damaged), one);
	CHECK_SPAN(buf_span(&out), SPAN("one,"));
	close(fd);
	dir_drop(dir);
}

TEST(a_group_without_its_end_is_not_read)
{
	int dir = dir_make();
	int fd = segfile_make(dir, 1, SIZE, 0);
	uint64_t one = append(fd, 1, SEGMENT_HEADER_BYTES, SEGMENT_CHANGE, 0, SPAN("one"));
	uint64_t at = append(fd, 1, one, SEGMENT_MESSAGE, SEGMENT_MORE, SPAN("message"));
	AUTO_BUF out = BUF(1000);
	uint64_t damaged;
	CHECK_INT(read_all(dir, 1, UINT64_MAX, &out, &damaged), one);
	CHECK_SPAN(buf_span(&out), SPAN("one,"));
	at = append(fd, 1, at, SEGMENT_CHANGE, 0, SPAN("change"));
	CHECK_INT(read_all(dir, 1, UINT64_MAX, &out, &damaged), at);
	CHECK_SPAN(buf_span(&out), SPAN("one,message,change,"));
	close(fd);
	dir_drop(dir);
}

/* Longer than what is read at once. */
TEST(long_records_are_read)
{
	enum { LONG = 300 << 10 };
	int dir = dir_make();
	int fd = segfile_make(dir, 1, 2 << 20, 0);
	char *p = malloc(LONG);
	memset(p, 'x', LONG);
	uint64_t at = SEGMENT_HEADER_BYTES;
	for (int i = 0; i < 5; i++)
		at = append(fd, 1, at, SEGMENT_CHANGE, 0, span_make(p, LONG));
	AUTO_BUF out = BUF(2 << 20);
	uint64_t damaged;
	CHECK_INT(read_all(dir, 1, UINT64_MAX, &out, &damaged), at);
	CHECK_INT(out.n, 5 * (LONG + 1));
	free(p);
	close(fd);
	dir_drop(dir);
}

TEST(the_list_tells_what_the_names_and_headers_say)
{
	int dir = dir_make();
	for (uint64_t number = 1; number <= 4; number++) {
		int fd = segfile_make(dir, number, SIZE, 0);
		struct journal_open_record open = { .previous = number - 1,
			                            .previous_end = 1000 + number,
			                            .last_id = 5,
			                            .last_seq = 6 };
		AUTO_BUF b = BUF(1000);
		CHECK_INT(journal_open_record_pack(&open, &b), 0);
		if (number < 4)
			append(fd, number, SEGMENT_HEADER_BYTES, SEGMENT_OPEN, 0, buf_span(&b));
		close(fd);
	}
	CHECK_INT(segfile_retire(dir, 1), 0);
	close(openat(dir, "new", O_CREAT | O_WRONLY, 0600));
	close(openat(dir, "7.seg.bak", O_CREAT | O_WRONLY, 0600));
	CHECK_INT(segfile_clean(dir), 0);
	CHECK_INT(segfile_clean(dir), 0);
	struct segfile *all;
	size_t n;
	CHECK_INT(segfile_list(dir, &all, &n), 0);
	CHECK_INT(n, 4);
	CHECK(all[0].spare && all[0].number == 1);
	CHECK(!all[1].spare && all[1].opened && all[1].last_id == 5 && all[1].last_seq == 6);
	CHECK(!all[3].opened && !all[3].damaged);
	CHECK_INT(segfile_limit(all, n, 2), 1003);
	CHECK_INT(segfile_limit(all, n, 3), UINT64_MAX);
	CHECK_INT(faccessat(dir, "new", F_OK, 0), -1);
	free(all);
	dir_drop(dir);
}
