/* courier/courier.c - opening and closing; see courier.h. */
#include "courier/courier.h"

#include "courier/https.h"
#include "courier/own_lists.h"
#include "courier/report.h"
#include "courier/scram.h"
#include "courier/state.h"
#include "courier/sts.h"
#include "directory/route.h"

struct courier courier;

static bool is_our_name(const void *arg, struct span host)
{
	const struct courier *c = arg;

	return own_addresses_has_name(&c->own, host);
}

static bool is_our_address(const void *arg, const struct deliver_candidate *to)
{
	const struct courier *c = arg;

	return own_addresses_has(&c->own, &to->ip, to->port);
}

static bool is_unreachable(const void *arg, const struct deliver_candidate *to)
{
	const struct courier *c = arg;

	return unreachable_has(&c->unreachable, to, clock_now_at());
}

static void set_rules(const struct settings *set)
{
	courier.rules = (struct deliver_rules){
		.name = span_str(courier.own.hostname),
		.port = (uint16_t)set->delivery_remote_port,
		.ipv6 = set->delivery_ipv6,
		.dane = set->delivery_dane,
		.sts = set->delivery_mta_sts,
		.private_addresses = set->delivery_private_addresses,
		.transactions_max = (unsigned)set->delivery_messages_per_connection,
		.is_our_name = is_our_name,
		.is_our_address = is_our_address,
		.is_unreachable = is_unreachable,
		.to_ascii = directory_domain_ascii,
		.scram = &scram_crypto,
		.arg = &courier,
	};
}

void courier_reload(void)
{
	set_rules(courier.set);
	courier.pool.idle_ms = courier.set->delivery_idle_time;
}

int courier_open(const struct settings *set, connection_reach_fn *reach)
{
	int r;

	courier = (struct courier){ .set = set, .connections = { .set = set, .reach = reach } };
	pool_init(&courier.pool, set->delivery_idle_time);
	list_init(&courier.attempts);
	r = own_addresses_init(&courier.own, set);
	if (r >= 0)
		r = tls_client_new(false, &courier.connections.any);
	if (r >= 0)
		r = tls_client_dane_new(&courier.connections.dane);
	if (r < 0) {
		tls_free(TAKE(courier.connections.any));
		own_addresses_fini(&courier.own);
		return r;
	}
	/* Only a route that demands TLS needs roots; without any, it says so. */
	if (tls_client_new(true, &courier.connections.verified) < 0)
		courier.connections.verified = NULL;
	if (tls_client_testing_new(&courier.connections.testing) < 0)
		courier.connections.testing = NULL;
	sts_open(set);
	report_open();
	set_rules(set);
	return https_open(courier.connections.verified);
}

void courier_serve(void)
{
	courier_attempt_serve(courier_attempt_here);
	courier_stop_serve(courier_stop_here);
	policy_rdns_serve(policy_rdns_here);
	dns_ask_serve(dns_ask_here);
	webhook_post_serve(webhook_post_here);
	own_lists_open(courier.set);
}

WAITS void courier_close(void)
{
	own_lists_close(); /* WAITS */
	sts_close();       /* WAITS */
	https_close();
	report_close();            /* WAITS */
	pool_close(&courier.pool); /* WAITS */
	tls_free(TAKE(courier.connections.any));
	tls_free(TAKE(courier.connections.dane));
	tls_free(TAKE(courier.connections.testing));
	tls_free(TAKE(courier.connections.verified));
	own_addresses_fini(&courier.own);
}
