/* resolver/unbound_setup.c - see unbound_setup.h.
 *
 * Names that RFC 6761 and RFC 6303 keep local (.test, private reverse zones) are answered
 * by libunbound itself; with a forwarder that is asked about them too, without
 * validation: nobody signs them.
 *
 * A file of root hints would be read by each worker as it starts, which is in the
 * sandbox; libunbound's own list is enough to ask the root for its servers (RFC 8109).
 */
#include "resolver/unbound_setup.h"

#include <stdio.h>
#include <unistd.h>

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

static int set_lan(struct ub_ctx *ctx)
{
	int r = set_options(ctx, forward_options, N_ELEMS(forward_options));

	if (r == 0)
		r = set_insecure(ctx, special_zones, N_ELEMS(special_zones));
	return r < 0 ? r : set_insecure(ctx, unsigned_zones, N_ELEMS(unsigned_zones));
}

static int set_forwarder(struct ub_ctx *ctx, const struct unbound_rules *rules)
{
	char host[IP_TEXT_BYTES], text[IP_TEXT_BYTES + 8];
	int r = set_lan(ctx);

	if (r < 0)
		return r;
	snprintf(text, sizeof text, "%s@%u", ip_text(&rules->forwarder, host), rules->port);
	if (ip_is_loopback(&rules->forwarder))
		r = ub_ctx_set_option(ctx, "do-not-query-localhost:", "no");
	if (!r)
		r = ub_ctx_set_fwd(ctx, text);
	return r ? failed(text, r) : 0;
}

/* What the system's programs ask, and what it knows by itself. */
static int set_system(struct ub_ctx *ctx)
{
	int r = set_lan(ctx);

	if (r < 0)
		return r;
	r = ub_ctx_set_option(ctx, "do-not-query-localhost:", "no");
	if (!r)
		r = ub_ctx_resolvconf(ctx, NULL);
	if (!r)
		(void)ub_ctx_hosts(ctx, NULL); /* it may be missing */
	return r ? failed("the system's name servers", r) : 0;
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
static int set_own_anchors(struct ub_ctx *ctx, const struct unbound_rules *rules)
{
	for (size_t i = 0; i < rules->n_anchors; i++) {
		int r = ub_ctx_add_ta(ctx, rules->anchors[i]);

		if (r)
			return failed(rules->anchors[i], r);
	}
	return 0;
}

int unbound_set_up(struct ub_ctx *ctx, const struct unbound_rules *rules)
{
	int r;

	ub_ctx_debugout(ctx, NULL); /* what is wrong comes with each answer */
	r = set_options(ctx, options, N_ELEMS(options));
	if (r == 0 && rules->forwarder.n)
		r = set_forwarder(ctx, rules);
	else if (r == 0 && rules->system)
		r = set_system(ctx);
	if (r == 0 && rules->dnssec)
		r = set_anchor(ctx);
	if (r == 0 && rules->dnssec)
		r = set_own_anchors(ctx, rules);
	return r;
}

int unbound_open_zones(struct ub_ctx *ctx, const struct unbound_rules *rules)
{
	int r = 0;

	if (!rules->forwarder.n && !rules->system)
		return 0;
	for (size_t i = 0; !r && i < N_ELEMS(special_zones); i++)
		r = ub_ctx_zone_remove(ctx, special_zones[i]);
	return r ? failed("libunbound", r) : 0;
}
