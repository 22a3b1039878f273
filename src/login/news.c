/* login/news.c - see news.h. */
#include "login/news.h"

#include "calls/directory.h"
#include "rt/fibre.h"

enum {
	WAIT_MS = 15000,
	AGAIN_MS = 1000,
	AT_ONCE = 100, /* sessions that are woken, and then others have their turn */
	BETWEEN_MS = 10,
};

static struct list sessions = LIST_INIT(sessions); /* struct login_news */
static uint64_t seen;
static bool listening;

static bool is_of(const struct login_news *s, const struct directory_news_reply *got)
{
	for (size_t i = 0; i < got->n_accounts; i++)
		if (span_eq(got->accounts[i].name, span_str(s->account)))
			return true;
	return got->all;
}

static void mark(const struct directory_news_reply *got)
{
	struct login_news *s;

	LIST_EACH(s, &sessions, link)
		if (is_of(s, got))
			s->changed = s->sleeps = true;
}

/* True: there may be more. */
static bool wake_some(void)
{
	struct login_news *s;
	unsigned n = 0;

	LIST_EACH(s, &sessions, link) {
		if (!s->sleeps)
			continue;
		if (n++ == AT_ONCE)
			return true;
		s->sleeps = false;
		stream_wake(s->stream, LOGIN_WOKEN);
	}
	return false;
}

static WAITS int hear(void)
{
	AUTO_ARENA mem = { 0 };
	struct directory_news_args a = { seen, WAIT_MS };
	struct directory_news_reply got;
	int r = directory_news(&a, &mem, &got); /* WAITS */

	if (r == ERR_CANCELLED)
		return r;
	if (r < 0)
		return fibre_sleep(AGAIN_MS);
	mark(&got);
	seen = got.now;
	while (r >= 0 && wake_some())
		r = fibre_sleep(BETWEEN_MS);
	return r;
}

static void attend(UNUSED void *arg)
{
	while (!list_empty(&sessions) && hear() >= 0) /* WAITS */
		;
	listening = false;
}

void login_news_enter(struct login_news *s, const char *account, struct stream *stream)
{
	*s = (struct login_news){ .account = account, .stream = stream };
	list_push_back(&sessions, &s->link);
	if (!listening)
		listening = fibre_spawn("login news", attend, NULL) >= 0;
}

void login_news_leave(struct login_news *s)
{
	if (list_linked(&s->link))
		list_remove(&s->link);
}
