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
