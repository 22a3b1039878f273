/* webhook_post: which addresses it goes to (threats 3.29).
 *
 * Nothing is connected to: without roots the courier says so where it would.
 */
#include "courier/courier.h"
#include "courier/state.h"

#include "config/config.h"
#include "harness.h"

#define A    RESOLVER_A
#define AAAA RESOLVER_AAAA

static const struct row {
	const char *url, *network; /* network: that is permitted besides; NULL: none */
	bool goes;
	struct dns_row zone[3];
} rows[] = {
	{ "https://8.8.8.8/", NULL, true, { { 0 } } },
	{ "https://[2620:fe::fe]/", NULL, true, { { 0 } } },
	{ "https://a.test/", NULL, true, { { "a.test", A, "8.8.8.8" } } },
	{ "https://a.test/", NULL, true, { { "a.test", AAAA, "2620:fe::fe" } } },
	/* One of several that may be. */
	{ "https://a.test/", NULL, true, { { "a.test", A, "10.0.0.1,8.8.8.8,127.0.0.1" } } },
	{ "https://a.test/",
	  NULL,
	  true,
	  { { "a.test", A, "127.0.0.1" }, { "a.test", AAAA, "2620:fe::fe" } } },
	/* Private ones, and those that hold such. */
	{ "https://a.test/", NULL, false, { { "a.test", A, "10.0.0.1,169.254.169.254" } } },
	{ "https://a.test/", NULL, false, { { "a.test", AAAA, "::ffff:10.0.0.1" } } },
	{ "https://a.test/", NULL, false, { { "a.test", AAAA, "64:ff9b::7f00:1,fc00::1" } } },
	{ "https://10.0.0.1/", NULL, false, { { 0 } } },
	{ "https://[::ffff:8.8.8.8]/", NULL, true, { { 0 } } },
	{ "https://[::ffff:127.0.0.1]/", NULL, false, { { 0 } } },
	/* This machine's own, though it is a public one. */
	{ "https://11.0.0.7/", NULL, false, { { 0 } } },
	{ "https://[::ffff:11.0.0.7]/", NULL, false, { { 0 } } },
	{ "https://a.test/", NULL, false, { { "a.test", A, "11.0.0.7" } } },
	{ "https://11.0.0.7/", "11.0.0.7", true, { { 0 } } },
	/* What the operator permits, and nothing beside it. */
	{ "https://10.1.2.3/", "10.1.0.0/16", true, { { 0 } } },
	{ "https://10.2.2.3/", "10.1.0.0/16", false, { { 0 } } },
	{ "https://a.test/", "fc00::/7", true, { { "a.test", AAAA, "fc00::1" } } },
	/* Clear text goes there alone. */
	{ "http://10.1.2.3/", "10.1.0.0/16", true, { { 0 } } },
	{ "http://8.8.8.8/", "10.1.0.0/16", false, { { 0 } } },
	{ "http://8.8.8.8/", NULL, false, { { 0 } } },
	{ "http://a.test/", "10.1.0.0/16", false, { { "a.test", A, "8.8.8.8" } } },
	/* No addresses, or no answer. */
	{ "https://a.test/", NULL, false, { { "b.test", A, "8.8.8.8" } } },
	{ "https://a.test/", NULL, false, { { "a.test", A, "SERVFAIL" } } },
	{ "https://2130706433/", NULL, false, { { 0 } } },
};

static void check_row(const struct row *row, struct settings *set)
{
	AUTO_ARENA mem = { 0 };
	const char *networks[] = { row->network };
	struct webhook_post_args a = { .url = exact(span_str(row->url)), .body = SPAN("{}") };
	struct webhook_post_reply got = { 0 };
	size_t n = 0;

	while (n < N_ELEMS(row->zone) && row->zone[n].name)
		n++;
	dns_zone(row->zone, n);
	set->http_webhook_networks = (struct settings_list){ networks, row->network != NULL };
	CHECK_INT(webhook_post_here(&a, &mem, &got), 0);
	CHECK_INT(got.status, 0);
	bool goes = span_find_span(got.words, SPAN("no root certificates")) >= 0;
	test_check(goes == row->goes, __FILE__, __LINE__, "%s: %.*s", row->url,
	           SPAN_ARG(got.words));
}

static void check_rows(void)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct ip own;

	CHECK_INT(config_defaults(&mem, &set), 0);
	CHECK_INT(ip_parse(SPAN("11.0.0.7"), &own), 0);
	courier.set = &set;
	courier.own.interfaces = &own;
	courier.own.n_interfaces = 1;
	EACH_ROW(rows)
		check_row(&rows[row], &set);
	courier.own.interfaces = NULL;
	courier.own.n_interfaces = 0;
	courier.set = NULL;
}

TEST(where_webhooks_go)
{
	in_fibre(check_rows);
}
