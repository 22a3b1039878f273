/* webhooks/endpoints.c - the endpoints in memory: all there are, each with what it refers to. */
#include <stdlib.h>

#include "base/os.h"
#include "queue/serve/serve.h"
#include "webhooks/webhooks_impl.h"

static void endpoint_free(struct endpoint *e)
{
	loop_timer_stop(&e->timer);
	os_wipe(&e->def.secret, sizeof e->def.secret);
	os_wipe(&e->def.old_secret, sizeof e->def.old_secret);
	free(e->account);
	free(e->def.url);
	free(e->def.tags);
	free(e);
}

struct endpoint *endpoint_add(uint64_t id, struct span account, struct span url, struct span tags)
{
	struct endpoint *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->account = strndup(account.p ? account.p : "", account.n);
	e->def.url = strndup(url.p ? url.p : "", url.n);
	e->def.tags = strndup(tags.p ? tags.p : "", tags.n);
	if (!e->account || !e->def.url || !e->def.tags) {
		endpoint_free(e);
		return NULL;
	}
	e->id = id;
	e->owner = queue_owner(account);
	e->refs = 1;
	list_push_back(&webhooks.all, &e->link);
	webhooks.n++;
	return e;
}

void endpoint_unref(struct endpoint *e)
{
	if (--e->refs == 0)
		endpoint_free(e);
}

void endpoint_drop(struct endpoint *e)
{
	e->gone = true;
	line_leave(e);
	list_remove(&e->link);
	webhooks.n--;
	endpoint_unref(e);
}

struct endpoint *endpoint_find(struct span account, uint64_t id)
{
	struct endpoint *e;

	LIST_EACH(e, &webhooks.all, link)
		if (e->id == id && span_eq(span_str(e->account), account))
			return e;
	return NULL;
}
