/* login/kept.c - see kept.h. */
#include "login/kept.h"

#include <stdlib.h>

#include "rt/loop.h"

enum { RENEW_MS = 10000, RENEW_AGAIN_MS = 60000 };

static int keep_ticket(struct login_kept *k, struct span octets, int64_t renew_at)
{
	buf_fini(&k->ticket);
	buf_init(&k->ticket, TICKET_OCTETS_MAX);
	k->renew_at = renew_at;
	return buf_put(&k->ticket, octets);
}

int login_keep(struct login_kept *k, const struct login_step *done, struct stream *wake)
{
	login_forget(k);
	k->account = strndup(done->account.p, done->account.n);
	int r = k->account ? keep_ticket(k, done->ticket, done->renew_at) : ERR_NO_MEMORY;
	if (r < 0)
		login_forget(k);
	else if (wake)
		login_news_enter(&k->news, k->account, wake);
	return r;
}

void login_forget(struct login_kept *k)
{
	login_news_leave(&k->news);
	free(TAKE(k->account));
	buf_fini(&k->ticket);
}

WAITS int login_renew(struct login_kept *k)
{
	AUTO_ARENA mem = { 0 };
	struct ticket_carried fresh;

	if (!k->account)
		return 0;
	if (!k->ticket.n)
		return err(ERR_TICKET, "the login has ended");
	if (loop_now_at() < k->renew_at && !k->news.changed)
		return 0;
	k->news.changed = false;
	FIBRE_TIMEOUT(RENEW_MS);
	struct ticket_renew_args a = { .octets = buf_span(&k->ticket) };
	int r = ticket_renew(&a, &mem, &fresh); /* WAITS */
	if (r >= 0)
		return keep_ticket(k, fresh.octets, fresh.renew_at);
	k->renew_at = clock_add(loop_now_at(), RENEW_AGAIN_MS);
	if (r == ERR_TICKET)
		buf_fini(&k->ticket);
	return r == ERR_TICKET || r == ERR_CANCELLED ? r : 0;
}
