/* webhooks/order.c - what is ordered about an account's endpoints (calls/webhooks.h), one order at
 * a time. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/event.h"
#include "base/os.h"
#include "policy/limits.h"
#include "store/store.h"
#include "ticket/gate.h"
#include "webhooks/wanted.h"
#include "webhooks/webhooks_impl.h"
#include "wire/http/url.h"

enum { ROW_MAX = 32 << 10, TESTING_MAX = 32, TESTING_OF_ONE_MAX = 4 };

struct order {
	const struct webhook_order_args *a;
	struct span account;
	struct arena *mem;
	struct webhook_order_reply *out;
	struct endpoint *e; /* of the id, which has been found; NULL for LIST and NEW */
};

WAITS int orders_enter(void)
{
	int r = 0;

	while (webhooks.busy && r >= 0)
		r = cond_wait(&webhooks.free, "an order about webhooks"); /* WAITS */
	if (r >= 0)
		webhooks.busy = true;
	return r;
}

void orders_leave(void)
{
	webhooks.busy = false;
	cond_signal(&webhooks.free);
}

/* ---- rows ---- */

static int rows_room(struct order *o, size_t n)
{
	o->out->rows = arena_array(o->mem, struct webhook_row, n);
	return n && !o->out->rows ? err(ERR_NO_MEMORY, "no memory for %zu rows", n) : 0;
}

static int put_row(struct order *o, const struct buf *text)
{
	int r = text->err ? text->err
	                  : arena_copy(o->mem, buf_span(text), &o->out->rows[o->out->n_rows].json);
	o->out->n_rows += r >= 0;
	return r;
}

static int put_endpoint(struct order *o, const struct endpoint *e, bool secret)
{
	AUTO_BUF text = BUF(ROW_MAX);
	struct json j = JSON(&text);

	row_endpoint(&j, e, secret);
	int r = put_row(o, &text);
	if (secret)
		buf_wipe(&text);
	return r;
}

static int put_attempt(struct order *o, const struct attempt *a)
{
	AUTO_BUF text = BUF(ROW_MAX);
	struct json j = JSON(&text);

	row_attempt(&j, a);
	return put_row(o, &text);
}

static int answer_endpoint(struct order *o, bool secret)
{
	int r = rows_room(o, 1);

	return r < 0 ? r : put_endpoint(o, o->e, secret);
}

/* ---- what an owner says ---- */

static bool is_permitted(const struct http_url *url)
{
	struct address a;

	if (url->clear && !webhooks.set->http_webhook_networks.n)
		return false;
	if (!url->ip.n)
		return true; /* each time its addresses are looked at */
	address_from_ip(&url->ip, url->port, &a);
	return limits_in_networks(&a, &webhooks.set->http_webhook_networks) ||
	       (!url->clear && !ip_is_special(&url->ip));
}

static int check_url(struct span text)
{
	struct http_url url;
	int r = http_url_parse(text, &url);

	if (r < 0)
		return err(ERR_SYNTAX, "%s", err_str(r));
	if (is_permitted(&url))
		return 0;
	if (url.clear)
		return err(ERR_REFUSED, "webhooks go by https; in clear text they go only to "
		                        "networks that the operator permits "
		                        "(http.webhook_networks)");
	return err(ERR_REFUSED,
	           "%.*s is a private address; webhooks go there only where the operator permits "
	           "its network (http.webhook_networks)",
	           SPAN_ARG(url.host));
}

static int check(const struct webhook_order_args *a, uint32_t *states)
{
	int r = a->given & WEBHOOK_URL ? check_url(a->url) : 0;

	if (r >= 0)
		r = wanted_states(a->events, states);
	if (r >= 0 && a->tags.n &&
	    (a->tags.n > WEBHOOK_TAGS_BYTES_MAX || !wanted_tags_valid(a->tags)))
		r = err(ERR_SYNTAX, "tags are texts, of at most %d octets together",
		        WEBHOOK_TAGS_BYTES_MAX);
	return r;
}

static int set_text(char **at, struct span text)
{
	char *copy = strndup(text.p ? text.p : "", text.n);

	if (!copy)
		return err(ERR_NO_MEMORY, "no memory for an endpoint");
	*at = copy;
	return 0;
}

static size_t count_of(struct span account)
{
	struct endpoint *e;
	size_t n = 0;

	LIST_EACH(e, &webhooks.all, link)
		n += span_eq(span_str(e->account), account);
	return n;
}

static struct span tags_of(const struct webhook_order_args *a)
{
	return a->tags.n ? a->tags : SPAN("[]");
}

/* ---- verbs ---- */

static WAITS int list(struct order *o)
{
	struct endpoint *e;

	if (o->a->id)
		return answer_endpoint(o, false);
	int r = rows_room(o, count_of(o->account));
	LIST_EACH(e, &webhooks.all, link)
		if (r >= 0 && span_eq(span_str(e->account), o->account))
			r = put_endpoint(o, e, false);
	return r;
}

/* Nobody can guess it, and no other has it. */
static uint64_t make_id(void)
{
	struct endpoint *e;
	uint64_t id = 0;
	bool taken;

	do {
		os_random(&id, sizeof id);
		id &= INT64_MAX;
		taken = !id;
		LIST_EACH(e, &webhooks.all, link)
			taken = taken || e->id == id;
	} while (taken);
	return id;
}

/* From now on. */
static struct endpoint *make(const struct order *o, uint32_t states)
{
	struct endpoint *e = endpoint_add(make_id(), o->account, o->a->url, tags_of(o->a));

	if (!e)
		return NULL;
	e->def.states = states;
	os_random(e->def.secret, sizeof e->def.secret);
	e->made_ms = e->is.cursor_ms = clock_wall_time_ms();
	e->is.cursor = e->kept_cursor = store_seq(webhooks.store);
	e->is.enabled = true;
	return e;
}

static WAITS int new (struct order *o)
{
	uint32_t states;
	int r = check(o->a, &states);

	if (r >= 0 && !(o->a->given & WEBHOOK_URL))
		r = err(ERR_SYNTAX, "a webhook needs its \"url\"");
	if (r >= 0 && count_of(o->account) >= WEBHOOK_ENDPOINTS_MAX)
		r = err(ERR_REFUSED, "the account has %d webhooks, which is the most: delete one",
		        WEBHOOK_ENDPOINTS_MAX);
	if (r < 0)
		return r;
	o->e = make(o, states);
	if (!o->e)
		return err(ERR_NO_MEMORY, "no memory for an endpoint");
	r = kept_put(o->e); /* WAITS */
	if (r < 0) {
		endpoint_drop(o->e);
		return r;
	}
	cond_broadcast(&webhooks.some);
	line_news(o->e);
	return answer_endpoint(o, true);
}

static void set_enabled(struct endpoint *e, bool enabled)
{
	if (e->is.enabled == enabled)
		return;
	e->is.enabled = enabled;
	e->is.failures = 0;
	e->is.failing_since_ms = e->is.next_ms = 0;
	snprintf(e->is.why, sizeof e->is.why, "%s", enabled ? "" : "it was disabled by an order");
}

/* What is under way is another's; it was kept, or it is as it was. */
static WAITS int put_changed(struct order *o, const struct endpoint_def *was,
                             const struct endpoint_state *state)
{
	o->e->epoch++;
	int r = kept_put(o->e); /* WAITS */
	if (r < 0) {
		o->e->def = *was;
		o->e->is = *state;
	}
	if (!o->e->gone)
		line_resume(o->e);
	return r;
}

static WAITS int change(struct order *o)
{
	const struct endpoint_def was = o->e->def;
	const struct endpoint_state state = o->e->is;
	struct endpoint_def def = was;
	int r = check(o->a, &def.states);

	if (!(o->a->given & WEBHOOK_EVENTS))
		def.states = was.states;
	if (r >= 0 && o->a->given & WEBHOOK_URL)
		r = set_text(&def.url, o->a->url);
	if (r >= 0 && o->a->given & WEBHOOK_TAGS)
		r = set_text(&def.tags, tags_of(o->a));
	if (r >= 0) {
		o->e->def = def;
		if (o->a->given & WEBHOOK_ENABLED)
			set_enabled(o->e, o->a->enabled);
		r = put_changed(o, &was, &state); /* WAITS */
	}
	const struct endpoint_def *over = r < 0 ? &def : &was;
	const struct endpoint_def *stays = r < 0 ? &was : &def;
	if (over->url != stays->url)
		free(over->url);
	if (over->tags != stays->tags)
		free(over->tags);
	return r < 0 ? r : answer_endpoint(o, false);
}

static WAITS int remove_it(struct order *o)
{
	int r = kept_remove(o->e->id); /* WAITS */

	if (r >= 0)
		endpoint_drop(o->e);
	return r;
}

static WAITS int rotate(struct order *o)
{
	const struct endpoint_def was = o->e->def;
	const struct endpoint_state state = o->e->is;

	memcpy(o->e->def.old_secret, was.secret, SIGN_SECRET_BYTES);
	os_random(o->e->def.secret, SIGN_SECRET_BYTES);
	o->e->def.old_until_ms = clock_wall_time_ms() + OLD_SECRET_MS;
	int r = put_changed(o, &was, &state); /* WAITS */
	return r < 0 ? r : answer_endpoint(o, true);
}

static WAITS int replay(struct order *o)
{
	const struct endpoint_def was = o->e->def;
	const struct endpoint_state state = o->e->is;
	uint64_t last = store_seq(webhooks.store), cursor = o->a->seq ? o->a->seq - 1 : 0;
	int r = 0;

	if (!o->a->seq && o->a->time_ms)
		r = store_seq_before(webhooks.store, o->a->time_ms, &cursor); /* WAITS */
	if (r < 0)
		return r;
	o->e->is.cursor = o->e->kept_cursor = cursor < last ? cursor : last;
	o->e->is.cursor_ms = o->a->time_ms ? o->a->time_ms : clock_wall_time_ms();
	o->e->is.failures = 0;
	o->e->is.failing_since_ms = o->e->is.next_ms = 0;
	r = put_changed(o, &was, &state); /* WAITS */
	return r < 0 ? r : answer_endpoint(o, false);
}

static WAITS int read_log(struct order *o)
{
	size_t max = o->a->max && o->a->max < WEBHOOK_LOG_MAX ? o->a->max : WEBHOOK_LOG_MAX, n;
	struct attempt *rows;
	int r = kept_attempts(o->e->id, o->a->before, max + 1, o->mem, &rows, &n); /* WAITS */

	if (r < 0)
		return r;
	o->out->more = n > max;
	n -= o->out->more;
	r = rows_room(o, n);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = put_attempt(o, &rows[i]);
	return r;
}

/* One at a time of an endpoint, few of an account. */
static bool may_test(const struct endpoint *to)
{
	size_t n = 0, n_own = 0;
	struct endpoint *e;

	LIST_EACH(e, &webhooks.all, link) {
		n += e->testing;
		n_own += e->testing && e->owner == to->owner;
	}
	return !to->testing && n < TESTING_MAX && n_own < TESTING_OF_ONE_MAX;
}

/* Other orders do not wait for it. */
static WAITS int test(struct order *o)
{
	struct endpoint *e = o->e;
	struct attempt a = { 0 };
	int r = rows_room(o, 1);

	if (!may_test(e))
		return err(ERR_LIMIT, "a test is under way: wait for what comes of it");
	e->testing = true;
	e->refs++;
	if (r >= 0)
		r = post_test(e, o->mem, &a); /* WAITS */
	e->testing = false;
	endpoint_unref(e);
	return r < 0 ? r : put_attempt(o, &a);
}

/* ---- the call ---- */

static const struct verb {
	WAITS int (*fn)(struct order *o);
	bool beside; /* waits for no other order */
	bool of_all;
} verbs[WEBHOOK_VERBS] = {
	[WEBHOOK_LIST] = { list, true, true }, [WEBHOOK_NEW] = { new, false, true },
	[WEBHOOK_CHANGE] = { change },         [WEBHOOK_REMOVE] = { remove_it },
	[WEBHOOK_ROTATE] = { rotate },         [WEBHOOK_TEST] = { test, true },
	[WEBHOOK_LOG] = { read_log },          [WEBHOOK_REPLAY] = { replay },
};

static WAITS int carry_out(struct order *o, const struct verb *v)
{
	if (o->a->id)
		o->e = endpoint_find(o->account, o->a->id);
	if (!o->e && (o->a->id || !v->of_all))
		return err(ERR_NOT_FOUND, "the account has no webhook with this id");
	return v->fn(o); /* WAITS */
}

WAITS int webhooks_order_here(const struct webhook_order_args *a, struct arena *mem,
                              struct webhook_order_reply *out)
{
	const struct verb *v = a->verb < WEBHOOK_VERBS ? &verbs[a->verb] : NULL;
	struct order o = { .a = a, .mem = mem, .out = out };
	bool looks = a->verb == WEBHOOK_LIST || a->verb == WEBHOOK_LOG;
	unsigned right = TICKET_MANAGE | TICKET_OPERATOR | (looks ? TICKET_REPORT : 0);

	if (!v || !v->fn)
		return err(ERR_SYNTAX, "order %u is not known", a->verb);
	*out = (struct webhook_order_reply){ 0 };
	int r = gate_account(a->ticket, (enum ticket_right)right, mem, &o.account); /* WAITS */
	if (r < 0 || !webhooks.open)
		return r < 0 ? r : ERR_UNAVAILABLE;
	if (v->beside)
		return carry_out(&o, v); /* WAITS */
	r = orders_enter();              /* WAITS */
	if (r < 0)
		return r;
	r = webhooks.open ? carry_out(&o, v) : ERR_UNAVAILABLE; /* WAITS */
	orders_leave();
	return r;
}
