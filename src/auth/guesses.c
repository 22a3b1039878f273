/* auth/guesses.c - when each debt of wrong passwords is paid off. */
#include "auth/guesses.h"

#include <stddef.h>
#include <string.h>

struct debt {
	uint64_t key;
	int64_t paid_at;
};

static struct debt debts[GUESSES_SETS][GUESSES_WAYS];

static struct debt *find(uint64_t key)
{
	struct debt *set = debts[key % GUESSES_SETS];

	for (size_t i = 0; i < GUESSES_WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

static struct debt *make(uint64_t key)
{
	struct debt *set = debts[key % GUESSES_SETS], *least = set;

	for (size_t i = 1; i < GUESSES_WAYS; i++)
		if (set[i].paid_at < least->paid_at)
			least = &set[i];
	*least = (struct debt){ .key = key };
	return least;
}

bool guesses_exhausted(uint64_t key, int64_t now_at)
{
	const struct debt *d = find(key);

	return d && d->paid_at - now_at > (GUESSES_BURST - 1) * GUESSES_EACH_MS;
}

void guesses_wrong(uint64_t key, int64_t now_at)
{
	struct debt *d = find(key);

	if (!d)
		d = make(key);
	d->paid_at = (d->paid_at > now_at ? d->paid_at : now_at) + GUESSES_EACH_MS;
}

void guesses_close(void)
{
	memset(debts, 0, sizeof debts);
}
