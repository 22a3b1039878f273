/* However a server's octets come in pieces, the same answers come out; each is read within its
 * bounds. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "wire/imap/client/answers.h"
#include "wire/imap/client/fetched.h"
#include "wire/imap/client/listed.h"

static bool within(struct span part, struct span all)
{
	return !part.n || (part.p >= all.p && part.p + part.n <= all.p + all.n);
}

static void look(struct span answer)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF path = BUF(1 << 20);
	struct imap_answer a;
	struct imap_fetched f;
	struct imap_listed l;
	struct imap_namespaces n = { 0 };

	if (imap_answer_parse(answer, &mem, &a) < 0)
		return;
	MUST(within(a.tag, answer) && within(a.code, answer) && within(a.text, answer) &&
	     within(a.name, answer));
	if (a.status != IMAP_ANSWER_DATA)
		return;
	struct imap_cursor c = a.args;
	if (imap_fetched_parse(&c, &f) >= 0)
		MUST(within(f.flags, answer));
	c = a.args;
	(void)!imap_namespaces_parse(&c, &n);
	c = a.args;
	if (imap_listed_parse(&c, &l) >= 0 && imap_listed_path(&l, &n, &path) >= 0)
		MUST(path.n && utf8_valid(buf_span(&path)));
}

static void run(struct span in, size_t step, struct buf *out)
{
	struct imap_answers a = { .gathered = BUF(4096) };
	struct span answer;
	int r = 0;

	while (in.n && r >= 0) {
		struct span piece = span_sub(in, 0, step);
		in = span_sub(in, piece.n, in.n);
		while ((r = imap_answers_next(&a, &piece, &answer)) > 0) {
			look(answer);
			buf_put(out, answer);
			buf_putc(out, '|');
		}
	}
	MUST(a.gathered.n <= 4096);
	buf_fini(&a.gathered);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF whole = BUF(1 << 20), pieces = BUF(1 << 20);
	struct span in = span_make(data, size);

	run(in, size ? size : 1, &whole);
	run(in, size % 5 + 1, &pieces);
	MUST(span_eq(buf_span(&whole), buf_span(&pieces)));
	return 0;
}
