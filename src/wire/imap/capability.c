/* wire/imap/capability.c - see capability.h. */
#include "wire/imap/capability.h"

enum { ENABLE = 1 };

static const struct {
	const char *word;
	unsigned states;
	bool enable;
} WORDS[IMAP_CAP_COUNT] = {
#define BEFORE                                     IMAP_NOT_AUTHENTICATED
#define AFTER                                      (IMAP_AUTHENTICATED | IMAP_SELECTED)
#define ALWAYS                                     (BEFORE | AFTER)
#define CAPABILITY(NAME, word, when, enable, what) [IMAP_CAP_##NAME] = { word, when, enable },
#include "wire/imap/capabilities.def"
#undef CAPABILITY
#undef ALWAYS
#undef AFTER
#undef BEFORE
};

uint64_t imap_capabilities(enum imap_state state)
{
	uint64_t told = 0;

	for (unsigned i = 0; i < IMAP_CAP_COUNT; i++)
		told |= (uint64_t)((WORDS[i].states & state) != 0) << i;
	return told;
}

uint64_t imap_capability_enable(struct span word)
{
	for (unsigned i = 0; i < IMAP_CAP_COUNT; i++)
		if (WORDS[i].enable && span_eq_nocase(word, span_str(WORDS[i].word)))
			return UINT64_C(1) << i;
	return 0;
}

static void put_mechanisms(struct buf *out, struct span mechanisms, const char **between)
{
	struct span one;

	while (span_split(&mechanisms, ' ', &one)) {
		(void)buf_printf(out, "%sAUTH=%.*s", *between, SPAN_ARG(one));
		*between = " ";
	}
}

int imap_put_capabilities(struct buf *out, uint64_t told, const struct imap_capability_values *v)
{
	const char *between = "";

	for (unsigned i = 0; i < IMAP_CAP_COUNT; i++) {
		if (!(told >> i & 1))
			continue;
		if (i == IMAP_CAP_AUTH) {
			put_mechanisms(out, v->mechanisms, &between);
			continue;
		}
		(void)buf_printf(out, "%s%s", between, WORDS[i].word);
		between = " ";
		if (i == IMAP_CAP_APPENDLIMIT)
			(void)buf_printf(out, "%ju", (uintmax_t)v->append_limit);
	}
	return out->err;
}

int imap_put_enabled(struct buf *out, uint64_t enabled)
{
	return imap_put_capabilities(out, enabled, NULL);
}
