/* The accounts file: each line, and the whole. */
#include "fuzz.h"

#include "auth/credentials.h"
#include "base/err.h"

static size_t n_added;

static int add(struct span account)
{
	MUST(account.n);
	n_added++;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make(data, size), rest = text, line, account, hash;
	size_t n_good = 0;
	bool bad = false;

	while (span_split(&rest, '\n', &line)) {
		int r = credentials_parse_line(line, &account, &hash);
		MUST(r == 0 || r == ERR_SYNTAX || r == ERR_NOT_FOUND);
		bad = bad || r == ERR_SYNTAX;
		if (r < 0)
			continue;
		n_good++;
		MUST(account.n && hash.n && account.p >= line.p);
		MUST(hash.p + hash.n <= line.p + line.n);
		MUST(span_find(account, ':') < 0 && hash.p == account.p + account.n + 1);
	}
	n_added = 0;
	int r = credentials_load(text, add);
	MUST(r == 0 || r == ERR_CONFIG);
	MUST(r < 0 || (!bad && n_added == n_good));
	for (rest = text; r == 0 && span_split(&rest, '\n', &line);) {
		AUTO_ARENA mem = { 0 };
		if (credentials_parse_line(line, &account, &hash) < 0)
			continue;
		const struct credential *c = credentials_find(credentials_name(&mem, account));
		MUST(c && span_eq_nocase(c->account, account));
	}
	credentials_close();
	return 0;
}
