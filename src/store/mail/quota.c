/* store/mail/quota.c - what an account may use: the settings' limits, or its own. */
#include "store/store_impl.h"

#include <stdlib.h>
#include <string.h>

struct store_limit {
	uint64_t octets, messages; /* 0: the settings' */
	struct span account;       /* behind it */
};

int store_limit_set(struct store *sp, struct span account, uint64_t octets, uint64_t messages)
{
	if (!octets && !messages) {
		free(map_remove(&sp->limits, account));
		return 0;
	}
	struct store_limit *l = map_get(&sp->limits, account);
	if (!l) {
		l = malloc(sizeof *l + account.n);
		if (!l)
			return err(ERR_NO_MEMORY, "no memory for the limits of an account");
		memcpy(l + 1, account.p, account.n);
		l->account = span_make((char *)(l + 1), account.n);
		int r = map_put(&sp->limits, l->account, l, NULL);
		if (r < 0) {
			free(l);
			return r;
		}
	}
	l->octets = octets;
	l->messages = messages;
	return 0;
}

void store_quota(const struct store *sp, struct span account, uint64_t *octets, uint64_t *messages)
{
	const struct store_limit *l = map_get(&sp->limits, account);
	*octets = l && l->octets ? l->octets : sp->quota_octets;
	*messages = l && l->messages ? l->messages : sp->quota_messages;
}

void store_limits_fini(struct store *sp)
{
	struct store_limit *l;
	MAP_EACH(l, &sp->limits)
		free(map_remove(&sp->limits, l->account));
	map_fini(&sp->limits);
}
