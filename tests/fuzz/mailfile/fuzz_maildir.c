/* Names in a Maildir: what is read is bounded and valid; a path that is written comes back. */
#include "fuzz.h"

#include "base/utf8.h"
#include "mailfile/maildir.h"
#include "mailfile/name.h"

static void path_comes_back(struct span path)
{
	AUTO_BUF name = BUF(64 << 10), again = BUF(64 << 10);
	struct span rest = path, level;

	while (span_split(&rest, '/', &level))
		if (!level.n)
			return;
	if (!path.n || path.n > 500 || path.p[path.n - 1] == '/' || span_find(path, '\0') >= 0)
		return;
	if (maildir_folder_put(path, &name) < 0)
		return;
	MUST(maildir_folder_get(buf_span(&name), &again) >= 0);
	MUST(span_eq(buf_span(&again), path));
}

static void level_comes_back(struct span level)
{
	AUTO_BUF name = BUF(64 << 10), again = BUF(64 << 10);

	if (level.n > 200 || mailfile_name_put(level, &name) < 0)
		return;
	MUST(name.n <= MAILFILE_NAME_MAX && !span_starts(buf_span(&name), SPAN(".")));
	MUST(mailfile_name_get(buf_span(&name), &again) >= 0);
	MUST(span_eq(buf_span(&again), level));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF out = BUF(1 << 20), file = BUF(1 << 20);
	struct span in = span_make(data, size), rest = in;
	struct maildir_keywords k;
	struct mailfile_flags flags;
	uint64_t n_lost = 0;

	maildir_keywords_parse(in, &k);
	if (maildir_flags_parse(in, &k, &mem, &flags) >= 0)
		maildir_flags_put(&flags, &k, &out, &n_lost);
	maildir_keywords_put(&k, &file);
	buf_reset(&out);
	if (maildir_folder_get(in, &out) >= 0)
		MUST(utf8_valid(buf_span(&out)) && out.n);
	buf_reset(&out);
	while (maildir_subscription_next(&rest, &out))
		MUST(out.n);
	MUST(maildir_name_cmp(in, in) == 0);
	path_comes_back(in);
	level_comes_back(in);
	return 0;
}
