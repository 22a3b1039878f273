/* resolver/resolver_unbound.c - libunbound on a thread, and its answers taken over. */
#include "resolver/resolver_unbound.h"

#include "resolver/unbound_setup.h"

enum {
	TTL_MAX = 86400,
	TTL_NEGATIVE_MAX = 900,
	FAILURE_MS = 5000,
	RCODE_NXDOMAIN = 3,
};

static int failed(const char *what, int r)
{
	return err(ERR_CONFIG, "resolver: %s: %s", what, ub_strerror(r));
}

static int rules_of(const struct settings *set, struct unbound_rules *out)
{
	const char *forwarder = set->resolver_address;

	*out = (struct unbound_rules){
		.port = (unsigned)set->resolver_port,
		.dnssec = set->resolver_dnssec,
		.anchors = (const char *const *)set->resolver_anchors.v,
		.n_anchors = set->resolver_anchors.n,
	};
	if (*forwarder && ip_parse(span_str(forwarder), &out->forwarder) < 0)
		return err(ERR_CONFIG, "resolver.address: no address");
	return 0;
}

/* The first change of zones reads all files; without one, an answer that needs no
 * network does. */
static int finalize(struct ub_ctx *ctx, const struct unbound_rules *rules)
{
	struct ub_result *res = NULL;
	int r = unbound_open_zones(ctx, rules);

	if (r < 0)
		return r;
	r = ub_resolve(ctx, "localhost.", RESOLVER_A, 1, &res);
	ub_resolve_free(res);
	return r ? failed("libunbound", r) : 0;
}

static int set_up(struct ub_ctx *ctx, const struct settings *set)
{
	struct unbound_rules rules;
	int r = rules_of(set, &rules);

	if (r == 0)
		r = unbound_set_up(ctx, &rules);
	if (r == 0 && (r = ub_ctx_async(ctx, 1)))
		r = failed("thread", r);
	return r < 0 ? r : finalize(ctx, &rules);
}

int resolver_unbound_new(const struct settings *set, struct ub_ctx **out)
{
	struct ub_ctx *ctx = ub_ctx_create();
	int r;

	if (!ctx)
		return err(ERR_NO_MEMORY, "resolver: libunbound");
	r = set_up(ctx, set);
	if (r < 0)
		ub_ctx_delete(ctx);
	else
		*out = ctx;
	return r;
}

/* ---- answers ----------------------------------------------------------------- */

static size_t most_of(enum resolver_type type)
{
	return type == RESOLVER_TXT ? RESOLVER_TEXTS_MAX : RESOLVER_RECORDS_MAX;
}

/* Where a record goes: behind the others, or, when there is no more room, in place of the MX that
 * is least preferred (RFC 5321 5.1).  NULL: it is none of the best. */
static struct resolver_record *room_for(struct resolver_answer *a, enum resolver_type type,
                                        struct span data)
{
	struct resolver_record *worst = a->records;
	unsigned preference;

	if (a->n_records < most_of(type))
		return &a->records[a->n_records];
	if (type != RESOLVER_MX || data.n < 2)
		return NULL;
	preference = (unsigned)(uint8_t)data.p[0] << 8 | (uint8_t)data.p[1];
	for (size_t i = 1; i < a->n_records; i++)
		if (a->records[i].preference > worst->preference)
			worst = &a->records[i];
	return preference < worst->preference ? worst : NULL;
}

/* What is malformed takes nobody's room. */
static int take_records(const struct ub_result *res, enum resolver_type type,
                        struct resolver_entry *e)
{
	struct resolver_answer *a = &e->answer;
	size_t n = 0;

	while (res->data[n] && n < most_of(type))
		n++;
	a->records = arena_array(&e->mem, struct resolver_record, n);
	if (!a->records)
		return ERR_NO_MEMORY;
	for (size_t i = 0; res->data[i]; i++) {
		struct span data = span_make(res->data[i], (size_t)res->len[i]);
		struct resolver_record *to = room_for(a, type, data);
		int r = to ? resolver_rdata_parse(type, data, &e->mem, to) : ERR_LIMIT;

		if (r == ERR_NO_MEMORY)
			return r;
		a->n_records += r == 0 && to == &a->records[a->n_records];
	}
	return a->n_records ? 0 : ERR_SYNTAX;
}

/* A canonical name that is no plain host name is of no use to us. */
static int take_canonical(const struct ub_result *res, struct resolver_entry *e)
{
	char name[RESOLVER_NAME_MAX + 1];

	if (!res->canonname || resolver_name_parse(span_str(res->canonname), name) < 0 ||
	    span_eq(span_str(name), span_sub(e->key, 2, SIZE_MAX)))
		return 0;
	return arena_copy(&e->mem, span_str(name), &e->answer.canonical);
}

static int64_t ttl_of(const struct ub_result *res)
{
	int64_t most = res->havedata ? TTL_MAX : TTL_NEGATIVE_MAX;

	return res->ttl < 0 ? 0 : res->ttl < most ? res->ttl : most;
}

static void fail(struct resolver_entry *e, const char *why, int64_t now_at)
{
	e->answer = (struct resolver_answer){ 0 };
	e->failure = arena_printf(&e->mem, "%s", why);
	e->expires_at = clock_add(now_at, FAILURE_MS);
	if (!e->failure)
		e->failure = "out of memory";
}

static const char *failure_of(const struct ub_result *res, int error)
{
	if (error)
		return ub_strerror(error);
	if (res->bogus)
		return res->why_bogus ? res->why_bogus : "the answer is forged (DNSSEC)";
	if (res->rcode && res->rcode != RCODE_NXDOMAIN)
		return res->rcode == 2 ? "no name server gave an answer (SERVFAIL)"
		                       : "the name server refused";
	return NULL;
}

void resolver_unbound_take(const struct ub_result *res, int error, enum resolver_type type,
                           int64_t now_at, struct resolver_entry *e)
{
	const char *why = failure_of(res, error);
	int r = 0;

	if (why) {
		fail(e, why, now_at);
		return;
	}
	e->answer.secure = res->secure;
	e->answer.status = res->havedata                                   ? RESOLVER_FOUND
	                   : res->nxdomain || res->rcode == RCODE_NXDOMAIN ? RESOLVER_NO_NAME
	                                                                   : RESOLVER_NO_DATA;
	e->expires_at = clock_add(now_at, ttl_of(res) * 1000);
	if (res->havedata)
		r = take_records(res, type, e);
	if (r == 0)
		r = take_canonical(res, e);
	if (r < 0)
		fail(e, r == ERR_SYNTAX ? "every record of the answer is malformed" : err_str(r),
		     now_at);
}
