/* One row per rule of RFC 5321 5.1 and RFC 7505, against the harness's double of DNS. */
#include "courier/addr.h"
#include "courier/destination.h"

#include "harness.h"

enum { NO_TROUBLE = 255 };

struct row {
	const char *domain;
	const char *want; /* "host address;..." and '|' before each next group */
	uint8_t class;    /* of the trouble */
	bool permanent;
	const char *enhanced;
	bool no_ipv6, private_addresses;
	struct dns_row zone[6];
};

#define MX   RESOLVER_MX
#define A    RESOLVER_A
#define AAAA RESOLVER_AAAA

static const struct row rows[] = {
	/* Order. */
	{ "d", "m1 11.0.0.1:25|m2 11.0.0.2:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1,20 m2" }, { "m1", A, "11.0.0.1" }, { "m2", A, "11.0.0.2" } } },
	{ "d", "m1 11.0.0.1:25;m2 11.0.0.2:25|m3 11.0.0.3:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1,10 m2,20 m3" }, { "m1", A, "11.0.0.1" },
		{ "m2", A, "11.0.0.2" }, { "m3", A, "11.0.0.3" } } },
	{ "d", "m1 [2620:fe::1]:25;m1 11.0.0.1:25|m2 11.0.0.2:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1,20 m2" }, { "m1", A, "11.0.0.1" }, { "m1", AAAA, "2620:fe::1" },
		{ "m2", A, "11.0.0.2" } } },
	{ "d", "m1 11.0.0.1:25", NO_TROUBLE, .no_ipv6 = true, .zone = {
		{ "d", MX, "10 m1" }, { "m1", A, "11.0.0.1" }, { "m1", AAAA, "2620:fe::1" } } },
	/* Implicit MX. */
	{ "d", "d [2620:fe::1]:25;d 11.0.0.1:25", NO_TROUBLE, .zone = {
		{ "d", A, "11.0.0.1" }, { "d", AAAA, "2620:fe::1" } } },
	{ "d", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.1.2", .zone = {
		{ "d", RESOLVER_TXT, "there is something else" } } },
	/* Not there, or not to be asked. */
	{ "d", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.1.2" },
	{ "no name", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.1.2" },
	{ "d", "", SMTP_CLASS_DNS_FAILED, false, "4.4.3", .zone = { { "d", MX, "SERVFAIL" } } },
	{ "d", "", SMTP_CLASS_DNS_FAILED, false, "4.4.3", .zone = { { "d", MX, "TIMEOUT" } } },
	{ "d", "", SMTP_CLASS_DNS_FAILED, false, "4.4.3", .zone = {
		{ "d", AAAA, "SERVFAIL" } } },
	/* Null MX, RFC 7505 3: only when it is the only record. */
	{ "d", "", SMTP_CLASS_NULL_MX, true, "5.1.10", .zone = {
		{ "d", MX, "0 " }, { "d", A, "11.0.0.1" } } },
	{ "d", "m1 11.0.0.1:25", NO_TROUBLE, .zone = {
		{ "d", MX, "0 ,10 m1" }, { "m1", A, "11.0.0.1" } } },
	/* Hosts without addresses; trouble with one family, with one host, with all. */
	{ "d", "m2 11.0.0.2:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1,20 m2" }, { "m2", A, "11.0.0.2" } } },
	{ "d", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.4.4", .zone = {
		{ "d", MX, "10 m1,20 m2" }, { "m1", RESOLVER_TXT, "x" } } },
	{ "d", "m2 11.0.0.2:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 not a name,20 m2" }, { "m2", A, "11.0.0.2" } } },
	{ "d", "m2 11.0.0.2:25", NO_TROUBLE, .zone = { /* no question can be asked */
		{ "d", MX, "10 m\x1b[2J,20 m2" }, { "m\x1b[2J", A, "11.0.0.1" },
		{ "m2", A, "11.0.0.2" } } },
	{ "d", "m_1 11.0.0.1:25", NO_TROUBLE, .zone = { /* no host name, but in use */
		{ "d", MX, "10 m_1" }, { "m_1", A, "11.0.0.1" } } },
	{ "d", "m1 11.0.0.1:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1" }, { "m1", A, "11.0.0.1" }, { "m1", AAAA, "SERVFAIL" } } },
	{ "d", "m1 [2620:fe::1]:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1" }, { "m1", A, "SERVFAIL" }, { "m1", AAAA, "2620:fe::1" } } },
	{ "d", "m2 11.0.0.2:25", SMTP_CLASS_DNS_FAILED, false, "4.4.3", .zone = {
		{ "d", MX, "10 m1,20 m2" }, { "m1", A, "TIMEOUT" }, { "m2", A, "11.0.0.2" } } },
	{ "d", "", SMTP_CLASS_DNS_FAILED, false, "4.4.3", .zone = {
		{ "d", MX, "10 m1,20 m2" }, { "m1", A, "SERVFAIL" } } },
	{ "d", "", SMTP_CLASS_CONNECT_FAILED, false, "4.4.1", .no_ipv6 = true, .zone = {
		{ "d", MX, "10 m1" }, { "m1", AAAA, "2620:fe::1" } } },
	{ "d", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.4.4", .no_ipv6 = true, .zone = {
		{ "d", MX, "10 m1" } } },
	/* Ourselves, by name and by address: equal and worse preferences go. */
	{ "d", "m1 11.0.0.1:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1,20 US.test,20 m2,30 m3" }, { "m1", A, "11.0.0.1" },
		{ "m2", A, "11.0.0.2" }, { "m3", A, "11.0.0.3" } } },
	{ "d", "m1 11.0.0.1:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1,20 m2,20 us.test" }, { "m1", A, "11.0.0.1" },
		{ "m2", A, "11.0.0.2" } } },
	{ "d", "m1 11.0.0.1:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1,20 m2,20 m3,30 m4" }, { "m1", A, "11.0.0.1" },
		{ "m2", A, "11.0.0.2" }, { "m3", A, "11.0.0.99" }, { "m4", A, "11.0.0.4" } } },
	{ "d", "", SMTP_CLASS_LOOP, true, "5.4.6", .zone = {
		{ "d", MX, "10 us.test,20 m2" }, { "m2", A, "11.0.0.2" } } },
	{ "d", "", SMTP_CLASS_LOOP, true, "5.4.6", .zone = {
		{ "d", MX, "10 m1,20 m2" }, { "m1", A, "11.0.0.7,11.0.0.99" },
		{ "m2", A, "11.0.0.2" } } },
	{ "d", "", SMTP_CLASS_LOOP, true, "5.4.6", .zone = {
		{ "d", MX, "10 m1" }, { "m1", A, "127.0.0.1" } } },
	{ "d", "", SMTP_CLASS_LOOP, true, "5.4.6", .zone = { { "d", A, "11.0.0.99" } } },
	{ "us.test", "", SMTP_CLASS_LOOP, true, "5.4.6", .zone = {
		{ "us.test", A, "11.0.0.55" } } },
	{ "d", "", SMTP_CLASS_DNS_FAILED, false, "4.4.3", .zone = { /* m1 may be back */
		{ "d", MX, "10 m1,20 us.test" }, { "m1", A, "SERVFAIL" } } },
	/* Special addresses, threats 3.29. */
	{ "d", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.4.4", .zone = {
		{ "d", MX, "10 m1,20 m2" }, { "m1", A, "10.0.0.1,192.168.1.1" },
		{ "m2", AAAA, "fe80::1,::1" } } },
	{ "d", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.4.4", .zone = {
		{ "d", A, "169.254.169.254" } } },
	{ "d", "m2 11.0.0.2:25", NO_TROUBLE, .zone = {
		{ "d", MX, "10 m1,20 m2" }, { "m1", A, "10.0.0.1" }, { "m2", A, "11.0.0.2" } } },
	/* The other family might have held a better one. */
	{ "d", "", SMTP_CLASS_DNS_FAILED, false, "4.4.3", .zone = {
		{ "d", MX, "10 m1" }, { "m1", AAAA, "fd00::1" }, { "m1", A, "SERVFAIL" } } },
	{ "d", "", SMTP_CLASS_DNS_FAILED, false, "4.4.3", .zone = {
		{ "d", MX, "10 m1" }, { "m1", A, "10.0.0.1" }, { "m1", AAAA, "TIMEOUT" } } },
	{ "d", "m1 10.0.0.1:25", NO_TROUBLE, .private_addresses = true, .zone = {
		{ "d", MX, "10 m1" }, { "m1", A, "10.0.0.1" } } },
	/* Literals, RFC 5321 4.1.3. */
	{ "[11.0.0.1]", "[11.0.0.1] 11.0.0.1:25", NO_TROUBLE },
	{ "[IPv6:2620:fe::1]", "[IPv6:2620:fe::1] [2620:fe::1]:25", NO_TROUBLE },
	{ "[11.0.0.1:26]", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.1.2" },
	{ "[tag:x]", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.1.2" },
	{ "[10.0.0.1]", "", SMTP_CLASS_NO_SUCH_DOMAIN, true, "5.4.4" },
	{ "[11.0.0.99]", "", SMTP_CLASS_LOOP, true, "5.4.6" },
	{ "[127.0.0.1]", "", SMTP_CLASS_LOOP, true, "5.4.6" },
};

static struct address interface, listener;
static struct self us = {
	.hostname = "us.test", .interfaces = &interface, .n_interfaces = 1, .n_listens = 1
};
static struct avoid avoid;

static void set_up(struct destination_rules *rules)
{
	CHECK_INT(address_parse(SPAN("11.0.0.99"), 0, &interface), 0);
	CHECK_INT(address_parse(SPAN("0.0.0.0:25"), 0, &listener), 0);
	us.listens[0] = listener;
	avoid = (struct avoid){ 0 };
	*rules = (struct destination_rules){
		.self = &us, .avoid = &avoid, .port = 25, .ipv6 = true
	};
}

static size_t n_rows(const struct dns_row *zone, size_t most)
{
	size_t n = 0;

	while (n < most && zone[n].name)
		n++;
	return n;
}

/* All candidates as text, in the form of a row's `want`. */
static void put_all(struct destination *d, struct buf *out)
{
	char text[ADDRESS_TEXT_BYTES];
	struct candidate *c;
	size_t n;

	while ((n = destination_next(d, &c)) > 0) {
		for (size_t i = 0; i < n; i++)
			buf_printf(out, "%s%.*s %s", i ? ";" : (out->n ? "|" : ""),
			           SPAN_ARG(c[i].host), address_text(&c[i].address, true, text));
	}
}

static void check_row(const struct row *t)
{
	static struct destination d;
	AUTO_ARENA mem = { 0 };
	AUTO_BUF got = BUF(4096), enhanced = BUF(16);
	struct destination_rules rules;
	const struct smtp_client_result *trouble;

	set_up(&rules);
	rules.ipv6 = !t->no_ipv6;
	rules.private_addresses = t->private_addresses;
	dns_zone(t->zone, n_rows(t->zone, N_ELEMS(t->zone)));
	destination_open(&d, &rules, exact(span_str(t->domain)), &mem);
	put_all(&d, &got);
	CHECK_SPAN(buf_span(&got), span_str(t->want));
	trouble = destination_trouble(&d);
	CHECK_INT(trouble->done, t->class != NO_TROUBLE);
	if (!trouble->done)
		return;
	CHECK_INT(trouble->verdict.class, t->class);
	CHECK_INT(trouble->verdict.permanent, t->permanent);
	CHECK_INT(trouble->stage, SMTP_STAGE_RESOLVE);
	CHECK(trouble->text.n > 0);
	smtp_enhanced_print(trouble->enhanced, &enhanced);
	CHECK_SPAN(buf_span(&enhanced), span_str(t->enhanced));
}

static void check_rows(void)
{
	EACH_ROW(rows)
		check_row(&rows[row]);
}

TEST(servers_in_order)
{
	in_fibre(check_rows);
}

static void check_hosts_are_looked_up_late(void)
{
	static const struct dns_row zone[] = { { "d", MX, "10 m1,20 m2" },
		                               { "m1", A, "11.0.0.1" },
		                               { "m2", A, "11.0.0.2" } };
	static struct destination d;
	AUTO_ARENA mem = { 0 };
	struct destination_rules rules;
	struct candidate *c;

	set_up(&rules);
	dns_zone(zone, N_ELEMS(zone));
	destination_open(&d, &rules, SPAN("d"), &mem);
	CHECK_INT(destination_next(&d, &c), 1);
	CHECK_INT(dns_n_asked, 3); /* MX; AAAA and A of m1 */
}

TEST(the_second_server_is_asked_for_only_when_needed)
{
	in_fibre(check_hosts_are_looked_up_late);
}

static void check_avoided_come_last(void)
{
	static const struct dns_row zone[] = { { "d", MX, "10 m1,10 m2,20 m3" },
		                               { "m1", A, "11.0.0.1" },
		                               { "m2", A, "11.0.0.2" },
		                               { "m3", A, "11.0.0.3" } };
	static const struct {
		const char *avoided[3];
		const char *want;
	} t[] = {
		{ { "11.0.0.1:25" }, "m2 11.0.0.2:25|m3 11.0.0.3:25|m1 11.0.0.1:25" },
		{ { "11.0.0.1:25", "11.0.0.2:25" },
		  "m3 11.0.0.3:25|m1 11.0.0.1:25;m2 11.0.0.2:25" },
		{ { "11.0.0.1:25", "11.0.0.2:25", "11.0.0.3:25" },
		  "m1 11.0.0.1:25;m2 11.0.0.2:25;m3 11.0.0.3:25" },
	};
	EACH_ROW(t) {
		static struct destination d;
		AUTO_ARENA mem = { 0 };
		AUTO_BUF got = BUF(4096);
		struct destination_rules rules;

		set_up(&rules);
		for (size_t i = 0; i < 3 && t[row].avoided[i]; i++) {
			struct address a;

			CHECK_INT(address_parse(span_str(t[row].avoided[i]), 0, &a), 0);
			avoid_add(&avoid, &a, clock_now_at());
		}
		dns_zone(zone, N_ELEMS(zone));
		destination_open(&d, &rules, SPAN("d"), &mem);
		put_all(&d, &got);
		CHECK_SPAN(buf_span(&got), span_str(t[row].want));
		CHECK(!destination_trouble(&d)->done);
	}
}

TEST(unreachable_ones_are_tried_last)
{
	in_fibre(check_avoided_come_last);
}

/* A zone of 30 hosts with 10 addresses each. */
static void check_caps(void)
{
	enum { HOSTS = 30 };
	static struct dns_row zone[HOSTS + 1];
	static struct destination d;
	AUTO_ARENA mem = { 0 };
	AUTO_BUF mx = BUF(4096);
	struct destination_rules rules;
	struct candidate *c;
	size_t n, n_all = 0;
	struct span hosts[8] = { 0 };
	size_t n_hosts = 0;

	set_up(&rules);
	for (int i = 0; i < HOSTS; i++) {
		buf_printf(&mx, "%s%d m%d", i ? "," : "", i, i);
		zone[i + 1] = (struct dns_row){
			arena_printf(&mem, "m%d", i), A,
			"11.1.0.1,11.1.0.2,11.1.0.3,11.1.0.4,11.1.0.5,11.1.0.6,11.1.0.7"
		};
	}
	zone[0] = (struct dns_row){ "d", MX, buf_str(&mx) };
	dns_zone(zone, HOSTS + 1);
	destination_open(&d, &rules, SPAN("d"), &mem);
	CHECK_INT(d.n_hosts, DESTINATION_HOSTS_MAX);
	while ((n = destination_next(&d, &c)) > 0) {
		CHECK_INT(n, DESTINATION_PER_HOST_MAX);
		n_all += n;
		if (n_hosts < N_ELEMS(hosts))
			hosts[n_hosts++] = c[0].host;
	}
	CHECK_INT(n_all, DESTINATION_ADDRESSES_MAX);
	CHECK_INT(n_hosts, DESTINATION_ADDRESSES_MAX / DESTINATION_PER_HOST_MAX);
}

TEST(hosts_and_addresses_are_capped)
{
	in_fibre(check_caps);
}
