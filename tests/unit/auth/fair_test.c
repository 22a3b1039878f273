/* A queue that is fair between networks, whatever each has waiting. */
#include "auth/fair.h"

#include "test.h"

/* Each letter is an item of that network; '-' takes one out, '~' removes the first
 * pushed that still waits. */
static void run(const char *script, char *out)
{
	static struct fair_item items[64];
	struct fair f;
	size_t n = 0, n_out = 0;

	fair_init(&f);
	for (const char *p = script; *p; p++) {
		struct fair_item *it = NULL;
		if (*p == '-') {
			it = fair_pop(&f);
			out[n_out++] = it ? (char)it->network : '.';
		} else if (*p == '~') {
			size_t i = 0;
			while (!items[i].in)
				i++;
			fair_remove(&items[i]);
			fair_remove(&items[i]);
		} else {
			items[n] = (struct fair_item){ .network = (uint64_t)*p };
			fair_push(&f, &items[n++]);
		}
	}
	out[n_out] = 0;
	while (fair_pop(&f))
		continue;
	CHECK_INT(f.n, 0);
}

TEST(fair_in_turns)
{
	static const struct {
		const char *script, *served;
	} t[] = {
		{ "-", "." },
		{ "abc----", "abc." },
		{ "aaab----", "abaa" },
		{ "aaaabbc-------", "abcabaa" },
		{ "aaa-b-c--", "abca" }, /* who comes late is not behind those who have much */
		{ "aaa---b-a-", "aaaba" },
		{ "a-a-a-b-", "aaab" },
		{ "abc~--", "bc" },
		{ "aab~--", "ba" },
	};
	EACH_ROW(t) {
		char served[64];
		run(t[row].script, served);
		CHECK_STR(served, t[row].served);
	}
}
