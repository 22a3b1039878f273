/* store/names/check.c - what a path may be. */
#include "base/utf8.h"
#include "store/names/names.h"

static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

static int check_levels(struct span path)
{
	struct span rest = path, level;
	unsigned levels = 0;
	if (!path.n || path.p[path.n - 1] == '/')
		return err(ERR_SYNTAX, "a mailbox's name has an empty level");
	while (span_split(&rest, '/', &level)) {
		if (!level.n)
			return err(ERR_SYNTAX, "a mailbox's name has an empty level");
		if (++levels > MAILBOX_LEVELS_MAX)
			return err(ERR_TOO_LONG, "a mailbox's name has more than %d levels",
			           MAILBOX_LEVELS_MAX);
	}
	return 0;
}

int names_check(struct span path, struct arena *mem, struct span *out)
{
	static const struct span inbox = { "INBOX", 5 };
	if (path.n > MAILBOX_NAME_BYTES_MAX)
		return err(ERR_TOO_LONG, "a mailbox's name has more than %d octets",
		           MAILBOX_NAME_BYTES_MAX);
	if (!utf8_valid(path) || has_control(path))
		return err(ERR_SYNTAX, "a mailbox's name is UTF-8 without control characters");
	int r = check_levels(path);
	if (r < 0)
		return r;
	char *copy = arena_str(mem, path);
	if (!copy)
		return err(ERR_NO_MEMORY, "no memory for a mailbox's name");
	if (span_starts_nocase(path, inbox) && (path.n == inbox.n || path.p[inbox.n] == '/'))
		memcpy(copy, inbox.p, inbox.n);
	*out = span_make(copy, path.n);
	return 0;
}
