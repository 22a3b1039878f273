/* sending/senders.c - accounts and domains, as far as their sending goes. */
#include "sending/sending_impl.h"

#include <stdlib.h>

#include "base/event.h"
#include "base/map.h"

struct domain {
	char *name;
	struct config_rates own;
};

static struct map senders, domains;

struct sender *senders_find(struct span name)
{
	return name.n ? map_get(&senders, name) : NULL;
}

const struct config_rates *senders_domain(struct span name)
{
	const struct domain *d = name.n ? map_get(&domains, name) : NULL;

	return d ? &d->own : NULL;
}

static void sender_free(struct sender *s)
{
	if (!s)
		return;
	free(s->name);
	free(s->address);
	free(s->held);
	free(s->habits);
	free(s);
}

static void domain_free(struct domain *d)
{
	if (d)
		free(d->name);
	free(d);
}

static void no_memory(void)
{
	event_log(EVENT_internal_error, "what=%s reason=%s",
	          "limits of somebody who sends are not the ones in the directory",
	          err_str(ERR_NO_MEMORY));
}

static struct sender *sender_make(struct span name)
{
	struct sender *s = calloc(1, sizeof *s);

	if (s && (s->name = strndup(name.p, name.n)) &&
	    map_put(&senders, span_str(s->name), s, NULL) >= 0)
		return s;
	sender_free(s);
	return NULL;
}

static void set_text(char **at, struct span text)
{
	free(*at);
	*at = text.n ? strndup(text.p, text.n) : NULL;
}

/* Who is let go begins anew. */
static void set_held(struct sender *s, struct span why)
{
	bool was_held = s->held;

	if (!why.n && was_held) {
		event_log(EVENT_account_released, "account=%s", s->name);
		free(TAKE(s->habits));
	}
	set_text(&s->held, why);
	if (s->held && !was_held) {
		event_log(EVENT_account_held, "account=%s reason=%s", s->name, s->held);
		hold_queue(s);
	}
}

void sending_account(const struct directory_account *a)
{
	struct sender *s = senders_find(a->name);

	if (a->gone) {
		sender_free(map_remove(&senders, a->name));
		return;
	}
	s = s ? s : sender_make(a->name);
	if (!s) {
		no_memory();
		return;
	}
	set_text(&s->address, a->address);
	s->has_own = a->limit.n && config_rates_parse(a->limit, &s->own) >= 0;
	set_held(s, a->held);
}

void sending_domain(const struct directory_domain *d)
{
	struct config_rates own;
	struct domain *made = calloc(1, sizeof *made);

	domain_free(map_remove(&domains, d->name));
	if (d->gone || !d->limit.n || config_rates_parse(d->limit, &own) < 0) {
		free(made);
		return;
	}
	if (made && (made->name = strndup(d->name.p, d->name.n))) {
		made->own = own;
		if (map_put(&domains, span_str(made->name), made, NULL) >= 0)
			return;
	}
	domain_free(made);
	no_memory();
}

void senders_forget(void)
{
	struct sender *s;
	struct domain *d;

	MAP_EACH(s, &senders)
		sender_free(s);
	map_fini(&senders);
	senders = (struct map){ 0 };
	MAP_EACH(d, &domains)
		domain_free(d);
	map_fini(&domains);
	domains = (struct map){ 0 };
}
