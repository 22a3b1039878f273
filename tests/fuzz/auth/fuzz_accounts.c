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
	struct span text = span_make(data, size), rest = text, line;
	struct credential_line got;
	size_t n_good = 0;
	bool bad = false;

	while (span_split(&rest, '\n', &line)) {
		int r = credentials_parse_line(line, &got);
		MUST(r == 0 || r == ERR_SYNTAX || r == ERR_NOT_FOUND);
		bad = bad || r == ERR_SYNTAX;
		if (r < 0)
			continue;
		n_good++;
		MUST(got.account.n && got.hash.n && got.account.p >= line.p);
		MUST(got.hash.p + got.hash.n <= line.p + line.n);
		MUST(span_find(got.account, ':') < 0 && span_find(got.hash, ':') < 0);
		MUST(got.hash.p == got.account.p + got.account.n + 1);
		MUST(!got.scram.n || got.scram.p == got.hash.p + got.hash.n + 1);
	}
	n_added = 0;
	int r = credentials_load(text, add);
	MUST(r == 0 || r == ERR_CONFIG);
	MUST(r < 0 || (!bad && n_added == n_good));
	for (rest = text; r == 0 && span_split(&rest, '\n', &line);) {
		AUTO_ARENA mem = { 0 };
		if (credentials_parse_line(line, &got) < 0)
			continue;
		const struct credential *c = credentials_find(credentials_name(&mem, got.account));
		MUST(c && span_eq_nocase(c->account, got.account));
		MUST(span_eq(c->scram, got.scram));
	}
	credentials_close();
	return 0;
}
