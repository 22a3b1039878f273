/* courier/courier.c - opening and closing; see courier.h. */
#include "courier/courier.h"

#include "courier/state.h"

struct courier courier;

int courier_open(const struct settings *set)
{
	int r;

	courier = (struct courier){ .set = set };
	courier.rules = (struct destination_rules){
		.self = &courier.self,
		.avoid = &courier.avoid,
		.port = (uint16_t)set->delivery_remote_port,
		.ipv6 = set->delivery_ipv6,
		.private_addresses = set->delivery_private_addresses,
	};
	pool_init(&courier.pool, set->delivery_idle_time);
	r = self_init(&courier.self, set);
	if (r >= 0)
		r = tls_client_new(false, &courier.tls);
	if (r < 0)
		self_fini(&courier.self);
	return r;
}

void courier_serve(void)
{
	courier_attempt_serve(courier_attempt_here);
	policy_rdns_serve(policy_rdns_here);
}

void courier_close(void)
{
	pool_close(&courier.pool); /* WAITS */
	tls_free(TAKE(courier.tls));
	self_fini(&courier.self);
}
