/* webhooks/endpoints.c - the endpoints in memory: all there are, each with what it refers to. */
#include <stdlib.h>

#include "base/map.h"
#include "base/os.h"
#include "calls/directory.h"
#include "queue/serve/serve.h"
#include "webhooks/webhooks_impl.h"

static struct map closed; /* names of accounts */

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
	e->closed = map_get(&closed, account);
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

/* ---- accounts that are closed ---- */

static void note_closed(struct span account, bool is_closed)
{
	char *name = is_closed && !map_get(&closed, account) ? strndup(account.p, account.n) : NULL;

	if (!is_closed)
		free(map_remove(&closed, account));
	else if (name && map_put(&closed, span_str(name), name, NULL) < 0)
		free(name);
}

void webhooks_account(const struct directory_account *a)
{
	bool is_closed = !a->enabled && !a->gone;
	struct endpoint *e;

	note_closed(a->name, is_closed);
	if (!webhooks.open)
		return;
	LIST_EACH(e, &webhooks.all, link)
		if (e->closed != is_closed && span_eq(span_str(e->account), a->name)) {
			e->closed = is_closed;
			line_resume(e);
		}
}

void endpoints_forget_closed(void)
{
	char *name;

	MAP_EACH(name, &closed)
		free(name);
	map_fini(&closed);
}
