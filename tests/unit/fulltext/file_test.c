/* fulltext/file.h: what may hold a string is found, what is gone has left, what is damaged is told.
 */
#include "fulltext/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static char path[256];

static struct fulltext_file *open_new(void)
{
	struct fulltext_file *f = NULL;

	snprintf(path, sizeof path, "%s/fulltext-%d.db",
	         getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (int)getpid());
	fulltext_file_remove(path);
	CHECK_INT(fulltext_file_open(path, &f), 0);
	return f;
}

static void add(struct fulltext_file *f, uint32_t uid, struct span text)
{
	int64_t doc;

	CHECK_INT(fulltext_doc_add(f, uid + 100, 0, text, &doc), 0);
	CHECK_INT(fulltext_entry_add(f, 1, uid, doc), 0);
}

/* The bits of up to eight entries. */
static unsigned find(struct fulltext_file *f, struct span needle)
{
	AUTO_ARENA mem = { 0 };
	struct fulltext_found got;

	CHECK_INT(fulltext_find(f, 1, 1, UINT32_MAX, 8, &needle, 1, &mem, &got), 0);
	return got.n ? got.bits[0] & ((1U << got.n) - 1) : 0;
}

TEST(strings_are_found_whatever_is_in_them)
{
	struct fulltext_file *f = open_new();

	add(f, 1, SPAN("some words"));
	add(f, 2, SPAN("near(a \"b\" * c)"));
	add(f, 3, SPAN("\xe8\xb3\x87\xe6\x96\x99\xe8\xab\x8b"));
	CHECK_INT(find(f, SPAN("me wor")), 1);
	CHECK_INT(find(f, SPAN("near(")), 2);
	CHECK_INT(find(f, SPAN("\"b\" *")), 2);
	CHECK_INT(find(f, SPAN("\xe8\xb3\x87\xe6\x96\x99\xe8\xab\x8b")), 4);
	CHECK_INT(find(f, SPAN("ab")), 7); /* too short to tell */
	CHECK_INT(find(f, SPAN("nowhere")), 0);
	fulltext_file_close(f);
	fulltext_file_remove(path);
}

TEST(what_is_gone_has_left_and_shared_text_stays)
{
	struct fulltext_file *f = open_new();
	int64_t doc;

	add(f, 1, SPAN("alpha beta"));
	add(f, 2, SPAN("alpha gamma"));
	CHECK_INT(fulltext_doc(f, 101, 0, &doc), 1);
	CHECK_INT(fulltext_entry_add(f, 1, 3, doc), 0);
	CHECK_INT(fulltext_gone(f, 1, 1, 2, 1), 1);
	CHECK_INT(fulltext_gone(f, 1, 1, 2, 9), 0);
	CHECK_INT(find(f, SPAN("alpha")), 1);
	CHECK_INT(find(f, SPAN("gamma")), 0);
	CHECK_INT(fulltext_doc(f, 102, 0, &doc), 0);
	CHECK_INT(fulltext_gone(f, 1, 3, 3, 9), 0);
	CHECK_INT(fulltext_doc(f, 101, 0, &doc), 0);
	fulltext_file_close(f);
	fulltext_file_remove(path);
}

TEST(rubbish_is_told)
{
	struct fulltext_file *f = open_new();
	static const char rubbish[8192] = "no database at all";

	fulltext_file_close(f);
	FILE *to = fopen(path, "w");
	CHECK(to != NULL);
	CHECK_INT(fwrite(rubbish, 1, sizeof rubbish, to), sizeof rubbish);
	fclose(to);
	CHECK_INT(fulltext_file_open(path, &f), ERR_CORRUPT);
	fulltext_file_remove(path);
}

/* ---- octets that are wrong ---- */

enum { TEXTS = 300 };

static void add_many(struct fulltext_file *f)
{
	char text[400];

	CHECK_INT(fulltext_begin(f), 0);
	for (uint32_t uid = 1; uid <= TEXTS; uid++) {
		int n = snprintf(text, sizeof text, "word%u common%u ", uid, uid % 7);
		for (uint32_t i = 0, x = uid * 2654435761U; i < 300;
		     i++, x = x * 1664525 + 1013904223)
			text[n++] = (char)('a' + (x >> 24) % 26);
		add(f, uid, span_make(text, (size_t)n));
	}
	CHECK_INT(fulltext_end(f, 0), 0);
}

/* 0: each text is found by its word, as far as the file tells at all. */
static int find_each(struct fulltext_file *f)
{
	static const uint32_t uids[] = { 1, 2, 77, 150, 203, 299, 300 };
	char word[20];
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(uids) && r >= 0; i++) {
		AUTO_ARENA mem = { 0 };
		struct fulltext_found got = { 0 };
		struct span needle =
		        span_make(word, (size_t)snprintf(word, sizeof word, "word%u ", uids[i]));
		r = fulltext_find(f, 1, 1, UINT32_MAX, TEXTS, &needle, 1, &mem, &got);
		if (r < 0)
			break;
		CHECK_INT(got.n, TEXTS);
		if (got.n == TEXTS) /* each has an entry, and its own is not denied */
			CHECK(got.bits[(uids[i] - 1) / 8] & 1 << (uids[i] - 1) % 8);
	}
	return r;
}

static void spoil(int fd, long at)
{
	char octet;

	CHECK_INT(pread(fd, &octet, 1, at), 1);
	octet ^= 0x11;
	CHECK_INT(pwrite(fd, &octet, 1, at), 1);
}

/* What an octet that is wrong could make of it is never answered: it is told. */
TEST(no_octet_that_is_wrong_denies_a_text)
{
	struct fulltext_file *f = open_new();
	size_t n_told = 0, n = 0;

	add_many(f);
	CHECK_INT(find_each(f), 0);
	fulltext_file_close(f);
	int fd = open(path, O_RDWR);
	long size = lseek(fd, 0, SEEK_END);
	CHECK(fd >= 0 && size > 20 * 4096);
	for (long at = 0; at < size; at += 1013, n++) {
		spoil(fd, at);
		int r = fulltext_file_open(path, &f);
		if (r >= 0) {
			r = find_each(f);
			fulltext_file_close(f);
		}
		CHECK(r == 0 || r == ERR_CORRUPT);
		n_told += r < 0;
		spoil(fd, at);
	}
	CHECK(n_told > n / 10); /* the others are in pages of texts, which are not read for that */
	close(fd);
	CHECK_INT(fulltext_file_open(path, &f), 0);
	CHECK_INT(find_each(f), 0);
	fulltext_file_close(f);
	fulltext_file_remove(path);
}
