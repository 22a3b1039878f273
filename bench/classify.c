/* bench/classify.c - trains the classifier on some messages, and tests it on others.
 *
 *   bench_classify [--bits N] [--score N] [--correct] FILE
 *
 * FILE has a line for each message, "train|test spam|ham PATH", in the order in which they came.
 * Prints what was found for each score from which on a message would have been taken for unwanted,
 * and what a message costs.  --correct: of those tested, the ones that came out wrong are learned
 * at once, as if their reader had moved them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/os.h"
#include "classify/feature.h"
#include "classify/table.h"
#include "wire/message/header.h"

enum { FILE_BYTES = 16 << 20, SCORES = 100 };

struct run {
	struct classify_table table;
	int score;
	bool correct;
	size_t n_ham, n_spam, false_at[SCORES], caught_at[SCORES], n_features;
	int64_t read_us, score_us;
};

static void read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	char *octets = malloc(FILE_BYTES);
	struct span text = { octets, 0 }, line;

	if (!f || !octets) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(1);
	}
	text.n = fread(octets, 1, FILE_BYTES, f);
	fclose(f);
	if (span_starts(text, SPAN("From ")))
		span_split(&text, '\n', &line);
	if (message_normalise(text, out) < 0)
		exit(1);
	free(octets);
}

static size_t hashes_of(struct run *r, const char *path, uint32_t *hashes)
{
	AUTO_BUF message = BUF(2 * FILE_BYTES);
	AUTO_ARENA mem = { 0 };
	struct classify_features f;

	read_file(path, &message);
	int64_t since = os_took_us();
	if (classify_read(buf_span(&message), &mem, &f) < 0)
		exit(1);
	r->read_us += os_took_us() - since;
	r->n_features += f.n;
	for (size_t i = 0; i < f.n; i++)
		hashes[i] = f.v[i].hash;
	return f.n;
}

static void test(struct run *r, const uint32_t *hashes, size_t n, bool spam)
{
	struct classify_score s;
	int64_t since = os_took_us();

	classify_score(&r->table, NULL, hashes, n, &s);
	r->score_us += os_took_us() - since;
	*(spam ? &r->n_spam : &r->n_ham) += 1;
	for (int at = 0; at < SCORES && at < s.score; at++)
		(spam ? r->caught_at : r->false_at)[at]++;
	if (r->correct && (s.score > r->score) != spam)
		(void)classify_learn(&r->table, hashes, n, spam);
}

static void print(const struct run *r, size_t n)
{
	printf("learned: %u spam of %u, %u ham of %u\n", r->table.spam, r->table.told_spam,
	       r->table.ham, r->table.told_ham);
	printf("tested: %zu spam, %zu ham\nscore  false          caught\n", r->n_spam, r->n_ham);
	for (int at = r->correct ? r->score : 5; at < SCORES; at += 5) {
		printf("%5d  %4zu  %6.3f %%  %5zu  %5.1f %%\n", at, r->false_at[at],
		       100.0 * (double)r->false_at[at] / (double)r->n_ham, r->caught_at[at],
		       100.0 * (double)r->caught_at[at] / (double)r->n_spam);
		if (r->correct)
			break;
	}
	printf("a message: %zu features, %.0f us to read, %.0f us for its score\n",
	       r->n_features / n, (double)r->read_us / (double)n,
	       (double)r->score_us / (double)(r->n_spam + r->n_ham));
}

int main(int argc, char **argv)
{
	static uint32_t hashes[CLASSIFY_FEATURES_MAX];
	static struct run r = { .score = 25 };
	unsigned bits = CLASSIFY_BITS_MAX;
	char what[8], kind[8];
	static char path[4096];
	size_t n_messages = 0;

	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--bits") == 0)
			bits = (unsigned)atoi(argv[++i]);
		else if (strcmp(argv[i], "--score") == 0)
			r.score = atoi(argv[++i]);
		else if (strcmp(argv[i], "--correct") == 0)
			r.correct = true;
	}
	FILE *list = argc > 1 ? fopen(argv[argc - 1], "r") : NULL;
	if (!list || classify_table_init(&r.table, bits, 65536) < 0)
		return 1;
	while (fscanf(list, "%7s %7s %4095s", what, kind, path) == 3) {
		size_t n = hashes_of(&r, path, hashes);
		bool spam = strcmp(kind, "spam") == 0;
		n_messages++;
		if (strcmp(what, "train") == 0)
			(void)classify_learn(&r.table, hashes, n, spam);
		else
			test(&r, hashes, n, spam);
	}
	print(&r, n_messages);
	classify_table_fini(&r.table);
	fclose(list);
	return 0;
}
