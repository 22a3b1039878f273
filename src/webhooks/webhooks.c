/* webhooks/webhooks.c - start and end; see webhooks.h. */
#include "metrics/metrics.h"
#include "webhooks/webhooks_impl.h"

struct webhooks webhooks;

int webhooks_reload(void)
{
	const struct settings *set = webhooks.set;

	return retry_rule_make("http.webhook_retry", &set->http_webhook_retry,
	                       set->http_webhook_expiry, &webhooks.rule);
}

static void drop_all(void)
{
	struct endpoint *e;

	while ((e = LIST_FIRST(&webhooks.all, struct endpoint, link)))
		endpoint_drop(e);
}

WAITS int webhooks_start(const struct settings *set, struct store *sp)
{
	webhooks = (struct webhooks){ .set = set, .store = sp };
	list_init(&webhooks.all);
	list_init(&webhooks.line);
	list_init(&webhooks.running);
	nursery_init(&webhooks.fibres);
	cond_init(&webhooks.some);
	cond_init(&webhooks.free);
	int r = webhooks_reload();
	if (r >= 0)
		r = kept_open(set->server_data_dir); /* WAITS */
	if (r < 0) {
		drop_all();
		kept_close();
		return r;
	}
	webhooks.open = true;
	webhook_order_serve(webhooks_order_here);
	return nursery_spawn(&webhooks.fibres, "webhooks", follow, NULL);
}

WAITS void webhooks_stop(void)
{
	webhook_order_serve(NULL);
	if (!webhooks.open)
		return;
	webhooks.open = false;
	nursery_cancel(&webhooks.fibres);
	(void)nursery_wait(&webhooks.fibres); /* WAITS */
	(void)!orders_enter();                /* WAITS */
	drop_all();
	endpoints_forget_closed();
	kept_close();
}

WAITS int webhooks_forget(struct span account)
{
	struct endpoint *e, *next;

	if (!webhooks.open)
		return err(ERR_UNAVAILABLE, "webhooks are not open");
	int r = orders_enter(); /* WAITS */
	if (r < 0)
		return r;
	LIST_EACH_SAFE(e, next, &webhooks.all, link)
		if (r >= 0 && span_eq(span_str(e->account), account)) {
			uint64_t id = e->id;

			endpoint_drop(e);
			r = kept_remove(id); /* WAITS */
		}
	orders_leave();
	return r;
}

void webhooks_count(void)
{
	size_t n[METRICS_HOOKS] = { 0 };
	struct endpoint *e;

	if (webhooks.open)
		LIST_EACH(e, &webhooks.all, link)
			n[!e->is.enabled                        ? METRICS_HOOK_DISABLED
			  : e->is.failures                      ? METRICS_HOOK_FAILING
			  : e->running || list_linked(&e->line) ? METRICS_HOOK_SENDING
			                                        : METRICS_HOOK_IDLE]++;
	for (size_t i = 0; i < METRICS_HOOKS; i++)
		metrics_set(METRIC_WEBHOOK_ENDPOINTS, i, 0, (int64_t)n[i]);
}
