/* directory/news.c - which accounts changed, for who has their sessions.
 *
 * The latest are known by name; who asks for more than those, or comes from another auth role's
 * time, hears that any may have.
 */
#include "directory/directory.h"

#include <stdlib.h>

#include "base/os.h"
#include "rt/fibre.h"

enum { NAMES_MAX = 256, WAIT_MAX_MS = 20 * 1000 };

static struct {
	uint64_t now; /* counts changes, from a number that no other process begins with */
	char *names[NAMES_MAX];
	struct cond came;
} news = { .came = { LIST_INIT(news.came.waiters) } };

void news_open(void)
{
	os_random(&news.now, sizeof news.now);
	news.now |= 1; /* 0: who has heard nothing yet */
}

void news_close(void)
{
	for (size_t i = 0; i < NAMES_MAX; i++)
		free(TAKE(news.names[i]));
}

void news_all(void)
{
	news.now += NAMES_MAX + 1;
	cond_broadcast(&news.came);
}

void news_of(struct span account)
{
	char *name = strndup(account.p, account.n), **at;

	if (!name) {
		news_all();
		return;
	}
	at = &news.names[++news.now % NAMES_MAX];
	free(*at);
	*at = name;
	cond_broadcast(&news.came);
}

WAITS int directory_news_here(const struct directory_news_args *a, struct arena *mem,
                              struct directory_news_reply *out)
{
	struct directory_news_reply got = { 0 };
	int r = 0;

	FIBRE_TIMEOUT(a->wait_ms < WAIT_MAX_MS ? a->wait_ms : WAIT_MAX_MS);
	while (a->seen == news.now && r >= 0)
		r = cond_wait(&news.came, "news of accounts");
	if (r < 0 && r != ERR_TIMEOUT)
		return r;
	got.now = news.now;
	got.all = news.now - a->seen > NAMES_MAX;
	got.accounts = arena_array(mem, struct directory_name, NAMES_MAX);
	if (!got.accounts)
		return err(ERR_NO_MEMORY, "no memory for news of accounts");
	for (uint64_t n = a->seen + 1; !got.all && n != news.now + 1; n++) {
		const char *name = arena_str(mem, span_str(news.names[n % NAMES_MAX]));
		if (!name)
			return err(ERR_NO_MEMORY, "no memory for news of accounts");
		got.accounts[got.n_accounts++].name = span_str(name);
	}
	*out = got;
	return 0;
}
