/* tests/unit/wire_message/index_peer.c - envelope, structure, search and thread behind a pipe, for
 * index_differential.py.
 *
 * Standard input is frames `MODE N\n` and N octets, standard output `N\n` and N octets for each:
 *   structure  a message; BODYSTRUCTURE
 *   section    a line `1 2 WHAT` and a message; the section's octets, or nothing
 *   search     a line `WHERE field needle` in hex and a message; 0 or 1
 *   thread     lines `sent reply id references subject`, the last three in hex; two lines of
 * threads
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "wire/message/search/search.h"
#include "wire/message/structure/section.h"
#include "wire/message/structure/structure.h"
#include "wire/message/structure/walk.h"
#include "wire/message/thread/thread.h"

enum { BYTES_MAX = 256 << 20, MESSAGES_MAX = 64, PATH_NUMBERS_MAX = 60 };

static void must(bool ok)
{
	if (!ok)
		exit(2);
}

static uint64_t number(struct span s)
{
	uint64_t n = 0;

	must(span_to_u64(s, UINT64_MAX, &n) == 0);
	return n;
}

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Takes the next word of *line and decodes it from hex. */
static struct span take_hex(struct span *line, struct arena *mem)
{
	struct span word = { 0 };
	char *p;

	span_split(line, ' ', &word);
	p = arena_alloc(mem, word.n / 2 + 1);
	must(p);
	for (size_t i = 0; i < word.n / 2; i++)
		p[i] = (char)(hex_value(word.p[2 * i]) << 4 | hex_value(word.p[2 * i + 1]));
	return span_make(p, word.n / 2);
}

/* In two pieces, cut in the middle of it. */
static void structure_of(struct span message, struct buf *record)
{
	must(message_structure_pack(span_sub(message, 0, message.n / 2),
	                            span_sub(message, message.n / 2, message.n), record) == 0);
}

static void structure(struct span in, struct buf *out)
{
	AUTO_BUF record = BUF(BYTES_MAX);

	structure_of(in, &record);
	must(message_structure_print(out, buf_span(&record), true, true) == 0);
}

static void section(struct span in, struct buf *out)
{
	AUTO_BUF record = BUF(BYTES_MAX);
	uint32_t path[PATH_NUMBERS_MAX];
	struct message_range range;
	struct span line, word;
	size_t n = 0;
	enum message_section what = MESSAGE_SECTION_WHOLE;
	int r;

	span_split(&in, '\n', &line);
	while (span_split(&line, ' ', &word) && n < PATH_NUMBERS_MAX)
		if (span_eq(word, SPAN("HEADER")))
			what = MESSAGE_SECTION_HEADER;
		else if (span_eq(word, SPAN("TEXT")))
			what = MESSAGE_SECTION_TEXT;
		else if (span_eq(word, SPAN("MIME")))
			what = MESSAGE_SECTION_MIME;
		else if (word.n)
			path[n++] = (uint32_t)number(word);
	structure_of(in, &record);
	r = message_section_find(buf_span(&record), 0, path, n, what, &range, NULL);
	must(r >= 0);
	if (r > 0) {
		must(range.at + range.n <= in.n);
		buf_put(out, span_sub(in, range.at, range.n));
	}
}

static void search(struct span in, struct buf *out)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF record = BUF(BYTES_MAX);
	struct message_search_key key = { 0 };
	struct message_search s;
	struct message_range range;
	struct span line, word = { 0 };

	span_split(&in, '\n', &line);
	span_split(&line, ' ', &word);
	key.where = (enum message_search_where)number(word);
	key.field = take_hex(&line, &mem);
	must(message_needle_make(take_hex(&line, &mem), &mem, &key.needle) == 0);
	structure_of(in, &record);
	must(message_search_begin(&s, buf_span(&record), 0, &key, 1, NULL) == 0);
	while (message_search_next(&s, &range) > 0)
		for (size_t at = 0; at < range.n; at += 7)
			must(message_search_put(
			             &s, span_sub(span_sub(in, range.at, range.n), at, 7)) >= 0);
	message_search_fini(&s);
	buf_putc(out, key.found ? '1' : '0');
}

static void thread(struct span in, struct buf *out)
{
	AUTO_ARENA mem = { 0 };
	static struct message_sort_entry entries[MESSAGES_MAX];
	struct message_threads t;
	struct span line, word = { 0 };
	size_t n = 0;

	while (span_split(&in, '\n', &line) && n < MESSAGES_MAX) {
		struct message_sort_entry *e = &entries[n++];

		*e = (struct message_sort_entry){ .number = (uint32_t)n };
		span_split(&line, ' ', &word);
		e->sent_s = (int64_t)number(word);
		span_split(&line, ' ', &word);
		e->reply = number(word);
		e->message_id = take_hex(&line, &mem);
		e->references = take_hex(&line, &mem);
		e->subject = take_hex(&line, &mem);
	}
	must(message_thread_references(entries, n, &mem, &t) == 0);
	message_threads_print(out, &t);
	buf_putc(out, '\n');
	must(message_thread_subjects(entries, n, &mem, &t) == 0);
	message_threads_print(out, &t);
}

static void answer(struct span mode, struct span in, struct buf *out)
{
	static const struct {
		struct span mode;
		void (*fn)(struct span, struct buf *);
	} modes[] = { { SPAN("structure"), structure },
		      { SPAN("section"), section },
		      { SPAN("search"), search },
		      { SPAN("thread"), thread } };

	for (size_t i = 0; i < N_ELEMS(modes); i++)
		if (span_eq(mode, modes[i].mode)) {
			modes[i].fn(in, out);
			must(!out->err);
			return;
		}
	exit(2);
}

static void read_all(struct buf *in)
{
	ssize_t n;

	do {
		must(buf_reserve(in, 1 << 16) == 0);
		n = read(STDIN_FILENO, in->p + in->n, 1 << 16);
		must(n >= 0);
		in->n += (size_t)n;
	} while (n);
}

int main(void)
{
	AUTO_BUF in = BUF(BYTES_MAX);
	struct span rest, mode, length = { 0 };

	read_all(&in);
	rest = buf_span(&in);
	while (span_split(&rest, ' ', &mode)) {
		AUTO_BUF out = BUF(BYTES_MAX);
		size_t n;

		span_split(&rest, '\n', &length);
		n = (size_t)number(length);
		answer(mode, span_sub(rest, 0, n), &out);
		rest = span_sub(rest, n, rest.n);
		printf("%zu\n", out.n);
		if (out.n)
			fwrite(out.p, 1, out.n, stdout);
	}
	return fflush(stdout) ? 2 : 0;
}
