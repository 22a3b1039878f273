/* httpd/dns_records.c - see dns_records.h. */
#include "httpd/dns_records.h"

#include <stdlib.h>

#include "calls/dns.h"
#include "doctor/publish.h"
#include "doctor/published.h"
#include "rt/loop.h"

enum { KEPT_MAX = 64, TEXT_MAX = 64 << 10, RECORDS_MAX = 64 };

struct kept {
	char domain[DNS_NAME_BYTES];
	int64_t until_at;
	char *text;
};
static struct kept kept[KEPT_MAX];

static struct kept *find(struct span domain)
{
	for (size_t i = 0; i < KEPT_MAX; i++)
		if (kept[i].text && kept[i].until_at > loop_now_at() &&
		    span_eq(span_str(kept[i].domain), domain))
			return &kept[i];
	return NULL;
}

/* In place of what ends first; that it is not remembered is no reason to fail. */
static void keep(struct span domain, struct span text)
{
	struct kept *k = find(domain);

	for (size_t i = 0; !k && i < KEPT_MAX; i++)
		if (!kept[i].text)
			k = &kept[i];
	for (size_t i = k ? KEPT_MAX : 0; i < KEPT_MAX; i++)
		if (!k || kept[i].until_at < k->until_at)
			k = &kept[i];
	char *copy = strndup(text.p, text.n);
	if (!copy || domain.n >= sizeof k->domain) {
		free(copy);
		return;
	}
	free(k->text);
	k->text = copy;
	memcpy(k->domain, domain.p, domain.n);
	k->domain[domain.n] = '\0';
	k->until_at = clock_add(loop_now_at(), HTTPD_DNS_KEPT_MS);
}

/* ---- what is to be published ---- */

struct wanted {
	struct arena *mem;
	struct published_record v[RECORDS_MAX];
	size_t n;
	int error;
};

static void want(const char *owner, const char *type, const char *value, void *arg)
{
	struct wanted *w = arg;
	struct published_record r = { arena_str(w->mem, span_str(owner)),
		                      arena_str(w->mem, span_str(type)),
		                      arena_str(w->mem, span_str(value)) };

	if (w->n == RECORDS_MAX)
		return;
	if (!r.owner || !r.type || !r.value)
		w->error = ERR_NO_MEMORY;
	else
		w->v[w->n++] = r;
}

static bool is_below(struct span domain, struct span above)
{
	return span_eq(domain, above) || (domain.n > above.n && span_ends_nocase(domain, above) &&
	                                  domain.p[domain.n - above.n - 1] == '.');
}

static int want_all(struct httpd_request *q, struct span domain,
                    const struct directory_own_reply *own, struct wanted *w)
{
	const struct publish p = { arena_str(&q->mem, domain), q->s->set->server_hostname,
		                   q->s->set };

	if (!p.domain)
		return ERR_NO_MEMORY;
	publish_each(&p, want, w);
	for (size_t i = 0; i < own->n_keys; i++) {
		const struct directory_own_key *k = &own->keys[i];
		const struct publish_key key = { k->domain, k->selector, k->record };

		if (is_below(domain, k->domain))
			publish_key(&key, want, w);
	}
	return w->error;
}

/* ---- what there is ---- */

static WAITS int look_up(const struct published_record *r, struct arena *mem, struct published *out)
{
	struct dns_answer answer = { .status = DNS_FAILED };
	struct dns_question q = { .type = DNS_A };
	int e = published_question(r, &q) ? dns_look_up(&q, mem, &answer) : 0; /* WAITS */

	return e < 0 ? e : published_judge(r, &answer, mem, out);
}

static void put(const struct published_record *r, const struct published *p, struct json *j)
{
	json_begin_object(j);
	json_member_span(j, "name", span_str(r->owner));
	json_member_span(j, "type", span_str(r->type));
	/* The address of this machine, as others see it, is not known here. */
	json_member_span(j, "value", span_str(strcmp(r->type, "A") == 0 ? NULL : r->value));
	json_member_span(j, "published", span_str(published_name(p->state)));
	json_key(j, "found");
	json_begin_array(j);
	for (size_t i = 0; i < p->n_found; i++)
		json_span(j, p->found[i]);
	json_end_array(j);
	json_member_span(j, "why", p->why);
	json_end_object(j);
}

static WAITS int put_each(const struct wanted *w, struct json *j)
{
	FIBRE_TIMEOUT(HTTPD_DNS_ALL_MS);
	int r = 0;

	for (size_t i = 0; r >= 0 && i < w->n; i++) {
		AUTO_ARENA mem = { 0 };
		struct published found;

		r = look_up(&w->v[i], &mem, &found); /* WAITS */
		if (r >= 0)
			put(&w->v[i], &found, j);
	}
	return r;
}

static WAITS int look(struct httpd_request *q, struct span domain,
                      const struct directory_own_reply *own, struct buf *text)
{
	struct wanted *w = arena_new(&q->mem, struct wanted);
	struct json j = JSON(text);

	if (!w)
		return ERR_NO_MEMORY;
	*w = (struct wanted){ .mem = &q->mem };
	int r = want_all(q, domain, own, w);
	json_begin_array(&j);
	if (r >= 0)
		r = put_each(w, &j); /* WAITS */
	json_end_array(&j);
	return r < 0 ? r : text->err;
}

WAITS int httpd_dns_records(struct httpd_request *q, struct span domain,
                            const struct directory_own_reply *own, struct json *j)
{
	const struct kept *k = find(domain);
	AUTO_BUF text = BUF(TEXT_MAX);
	int64_t ago_ms = 0;
	int r = 0;

	if (k) {
		ago_ms = HTTPD_DNS_KEPT_MS - (k->until_at - loop_now_at());
		r = buf_puts(&text, k->text);
	} else {
		r = look(q, domain, own, &text); /* WAITS */
		if (r >= 0)
			keep(domain, buf_span(&text));
	}
	json_member_time(j, "checked", clock_wall_time_ms() - ago_ms);
	json_key(j, "records");
	json_value(j, buf_span(&text));
	return r;
}
