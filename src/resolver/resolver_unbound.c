/* resolver/resolver_unbound.c - sets libunbound up, and takes its answers over.
 *
 * Names that RFC 6761 and RFC 6303 keep local (.test, private reverse zones) are answered
 * by libunbound itself; with a forwarder that is asked about them too, without
 * validation: nobody signs them.
 *
 * A file of root hints would be read by each worker as it starts, which is in the
 * sandbox; libunbound's own list is enough to ask the root for its servers (RFC 8109).
 */
#include "resolver/resolver_unbound.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

enum {
	TTL_MAX = 86400,
	TTL_NEGATIVE_MAX = 900,
	FAILURE_MS = 5000,
	RCODE_NXDOMAIN = 3,
};

#define ROOT_KEY "/usr/share/dns/root.key"

/* The root's keys of 2017 and 2024, where no package keeps them up to date.
 * Source: https://data.iana.org/root-anchors/root-anchors.xml */
static const char *const root_ds[] = {
	". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
	". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
};

/* libunbound's defaults for programs are for a handful of questions. */
static const char *const options[][2] = {
	{ "num-queries-per-thread:", "2048" }, { "outgoing-range:", "512" },
	{ "outgoing-num-tcp:", "32" },         { "msg-cache-size:", "4m" },
	{ "rrset-cache-size:", "8m" },         { "cache-max-ttl:", "86400" },
	{ "cache-max-negative-ttl:", "900" },
};

static const char *const forward_options[][2] = {
	{ "unblock-lan-zones:", "yes" },
	{ "insecure-lan-zones:", "yes" },
	/* A forwarder that was away is found again soon. */
	{ "infra-host-ttl:", "60" },
	{ "infra-keep-probing:", "yes" },
};

/* Asked of a forwarder like any other name. */
static const char *const special_zones[] = {
	"test.",
	"home.arpa.",
	"127.in-addr.arpa.",
	"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
};

/* And these are nobody's to sign either. */
static const char *const unsigned_zones[] = { "internal.", "local.", "lan." };

static int failed(const char *what, int r)
{
	return err(ERR_CONFIG, "resolver: %s: %s", what, ub_strerror(r));
}

static int set_options(struct ub_ctx *ctx, const char *const (*o)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = ub_ctx_set_option(ctx, o[i][0], o[i][1]);

		if (r)
			return failed(o[i][0], r);
	}
	return 0;
}

static int set_insecure(struct ub_ctx *ctx, const char *const *zones, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = ub_ctx_set_option(ctx, "domain-insecure:", zones[i]);

		if (r)
			return failed(zones[i], r);
	}
	return 0;
}

static int set_forwarder(struct ub_ctx *ctx, const struct settings *set)
{
	char host[ADDRESS_TEXT_BYTES], text[ADDRESS_TEXT_BYTES + 8];
	struct address a;
	int r = address_parse(span_str(set->resolver_address), 0, &a);

	if (r < 0)
		return err(ERR_CONFIG, "resolver.address: no address");
	address_text(&a, false, host);
	snprintf(text, sizeof text, "%s@%u", host, (unsigned)set->resolver_port);
	r = set_options(ctx, forward_options, N_ELEMS(forward_options));
	if (r == 0)
		r = set_insecure(ctx, special_zones, N_ELEMS(special_zones));
	if (r == 0)
		r = set_insecure(ctx, unsigned_zones, N_ELEMS(unsigned_zones));
	if (r < 0)
		return r;
	if (address_is_loopback(&a))
		r = ub_ctx_set_option(ctx, "do-not-query-localhost:", "no");
	if (!r)
		r = ub_ctx_set_fwd(ctx, text);
	return r ? failed("resolver.address", r) : 0;
}

static int set_anchor(struct ub_ctx *ctx)
{
	int r = 0;

	if (access(ROOT_KEY, R_OK) == 0)
		r = ub_ctx_add_ta_file(ctx, ROOT_KEY);
	else
		for (size_t i = 0; !r && i < N_ELEMS(root_ds); i++)
			r = ub_ctx_add_ta(ctx, root_ds[i]);
	return r ? failed(ROOT_KEY, r) : 0;
}

/* Zones whose parents sign nothing, or that the world does not see. */
static int set_own_anchors(struct ub_ctx *ctx, const struct settings_list *anchors)
{
	for (size_t i = 0; i < anchors->n; i++) {
		int r = ub_ctx_add_ta(ctx, anchors->v[i]);

		if (r)
			return failed(anchors->v[i], r);
	}
	return 0;
}

/* The first change of zones reads all files; without one, an answer that needs no
 * network does. */
static int finalize(struct ub_ctx *ctx, bool forwards)
{
	struct ub_result *res = NULL;
	int r = 0;

	for (size_t i = 0; forwards && !r && i < N_ELEMS(special_zones); i++)
		r = ub_ctx_zone_remove(ctx, special_zones[i]);
	if (!r)
		r = ub_resolve(ctx, "localhost.", RESOLVER_A, 1, &res);
	ub_resolve_free(res);
	return r ? failed("libunbound", r) : 0;
}

static int set_up(struct ub_ctx *ctx, const struct settings *set)
{
	bool forwards = *set->resolver_address != 0;
	int r;

	ub_ctx_debugout(ctx, NULL); /* what is wrong comes with each answer */
	r = set_options(ctx, options, N_ELEMS(options));
	if (r == 0 && forwards)
		r = set_forwarder(ctx, set);
	if (r == 0 && set->resolver_dnssec)
		r = set_anchor(ctx);
	if (r == 0 && set->resolver_dnssec)
		r = set_own_anchors(ctx, &set->resolver_anchors);
	if (r == 0 && (r = ub_ctx_async(ctx, 1)))
		r = failed("thread", r);
	return r < 0 ? r : finalize(ctx, forwards);
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

/* Where a record goes: behind the others, or, when there is no more room, in place of the MX that
 * is least preferred (RFC 5321 5.1).  NULL: it is none of the best. */
static struct resolver_record *room_for(struct resolver_answer *a, enum resolver_type type,
                                        struct span data)
{
	struct resolver_record *worst = a->records;
	unsigned preference;

	if (a->n_records < RESOLVER_RECORDS_MAX)
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

	while (res->data[n] && n < RESOLVER_RECORDS_MAX)
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
