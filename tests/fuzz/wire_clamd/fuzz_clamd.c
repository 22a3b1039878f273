/* Clean is said in one way only; words may be printed (wire/clamd/). */
#include "fuzz.h"

#include "wire/clamd/clamd.h"
#include "wire/clamd/hash_line.h"

static void check_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		MUST(s.p[i] >= ' ' && s.p[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size), before = in;
	struct clamd_reply reply;
	struct clamd_hash hash;

	if (clamd_hash_line(in, &hash) > 0) {
		MUST(hash.size >= CLAMD_HASH_ANY_SIZE && hash.name.n);
		check_printable(hash.name);
	}
	while (clamd_reply_take(&in, &reply) > 0) {
		size_t taken = before.n - in.n;

		MUST(taken && taken <= CLAMD_REPLY_MAX);
		MUST((reply.verdict == CLAMD_CLEAN) == !reply.words.n);
		MUST(reply.verdict != CLAMD_CLEAN ||
		     memcmp(in.p - 11, "stream: OK", sizeof("stream: OK")) == 0);
		check_printable(reply.words);
		before = in;
	}
	return 0;
}
