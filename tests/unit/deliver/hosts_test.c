/* One row per rule of RFC 5321 5.1 and RFC 7505, against a made-up zone. */
#include "deliver/hosts.h"

#include "base/buf.h"
#include "test.h"
#include "zone.h"

enum { NO_TROUBLE = 255 };

struct row {
	const char *domain;
	const char *want; /* "host address;..." and '|' before each next group */
	uint8_t class;    /* of the trouble */
	bool permanent;
	const char *enhanced;
	bool no_ipv6, private_addresses;
	const char *relay; /* at port 587 */
	struct zone_row zone[6];
};

#define MX   DELIVER_MX
#define A    DELIVER_A
#define AAAA DELIVER_AAAA

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
		{ "d", ZONE_OTHER, "there is something else" } } },
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
		{ "d", MX, "10 m1,20 m2" }, { "m1", ZONE_OTHER, "x" } } },
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
	/* A relay by name, or by address: no MX, private addresses too, and never for good. */
	{ "d", "r [2620:fe::1]:587;r 10.0.0.1:587", NO_TROUBLE, .relay = "r", .zone = {
		{ "d", MX, "10 m1" }, { "r", MX, "10 m1" }, { "r", A, "10.0.0.1" },
		{ "r", AAAA, "2620:fe::1" }, { "m1", A, "11.0.0.1" } } },
	{ "d", "[192.0.2.1] 192.0.2.1:587", NO_TROUBLE, .relay = "192.0.2.1" },
	{ "d", "[192.0.2.1] 192.0.2.1:587", NO_TROUBLE, .relay = "[192.0.2.1]" },
	{ "d", "[IPv6:2001:db8::1] [2001:db8::1]:587", NO_TROUBLE, .relay = "2001:db8::1" },
	{ "d", "[127.0.0.1] 127.0.0.1:587", NO_TROUBLE, .relay = "127.0.0.1" },
	{ "d", "/run/lmtp :0", NO_TROUBLE, .relay = "/run/lmtp" },
	{ "d", "", SMTP_CLASS_LOCAL_TROUBLE, false, "4.3.0", .relay = "r" },
	{ "d", "", SMTP_CLASS_LOCAL_TROUBLE, false, "4.3.0", .relay = "192.0.2.1.5" },
	{ "d", "", SMTP_CLASS_LOCAL_TROUBLE, false, "4.3.0", .relay = "[nothing" },
	{ "d", "", SMTP_CLASS_DNS_FAILED, false, "4.4.3", .relay = "r", .zone = {
		{ "r", A, "SERVFAIL" } } },
};

static const char *unreachable; /* addresses that are, each with a space behind it */

static bool is_our_name(const void *arg, struct span host)
{
	return span_eq_nocase(host, SPAN("us.test"));
}

static bool is_our_address(const void *arg, const struct deliver_candidate *c)
{
	struct ip own = zone_ip(SPAN("11.0.0.99"));

	return c->port == 25 && (ip_eq(&c->ip, &own) || (c->ip.n == 4 && ip_is_loopback(&c->ip)));
}

static bool is_unreachable(const void *arg, const struct deliver_candidate *c)
{
	char text[IP_TEXT_BYTES + 1];

	ip_text(&c->ip, text);
	return unreachable && strstr(unreachable, strcat(text, " "));
}

static void set_up(struct deliver_rules *rules)
{
	unreachable = NULL;
	*rules = (struct deliver_rules){
		.port = 25,
		.ipv6 = true,
		.is_our_name = is_our_name,
		.is_our_address = is_our_address,
		.is_unreachable = is_unreachable,
	};
}

static size_t n_rows(const struct zone_row *zone, size_t most)
{
	size_t n = 0;

	while (n < most && zone[n].name)
		n++;
	return n;
}

static const struct zone_row *zone;
static size_t n_zone;
static unsigned n_asked;
static const struct mtasts_policy *sts; /* of every domain */

static void use_zone(const struct zone_row *all, size_t n)
{
	zone = all;
	n_zone = n;
	n_asked = 0;
}

/* The next group; 0 at the end. */
static size_t next(struct deliver_hosts *h, struct arena *mem, struct deliver_candidate **out)
{
	size_t n;

	while (!deliver_hosts_next(h, out, &n)) {
		struct deliver_answer a = zone_answer(zone, n_zone, deliver_hosts_question(h), mem);

		n_asked++;
		a.sts = sts;
		deliver_hosts_answer(h, &a);
	}
	return n;
}

/* All candidates as text, in the form of a row's `want`. */
static void put_all(struct deliver_hosts *h, struct arena *mem, struct buf *out)
{
	struct deliver_candidate *c;
	char text[IP_TEXT_BYTES];
	size_t n;

	while ((n = next(h, mem, &c)) > 0)
		for (size_t i = 0; i < n; i++)
			buf_printf(out, c[i].ip.n == 16 ? "%s%.*s [%s]:%u" : "%s%.*s %s:%u",
			           i ? ";" : (out->n ? "|" : ""), SPAN_ARG(c[i].host),
			           ip_text(&c[i].ip, text), c[i].port);
}

static void check_row(const struct row *t)
{
	static struct deliver_hosts h;
	AUTO_ARENA mem = { 0 };
	AUTO_BUF got = BUF(4096), enhanced = BUF(16);
	struct deliver_to to = { .domain = exact(span_str(t->domain)) };
	struct deliver_rules rules;
	const struct smtp_client_result *trouble;

	set_up(&rules);
	rules.ipv6 = !t->no_ipv6;
	rules.private_addresses = t->private_addresses;
	if (t->relay) {
		to.relay = exact(span_str(t->relay));
		to.port = 587;
	}
	use_zone(t->zone, n_rows(t->zone, N_ELEMS(t->zone)));
	deliver_hosts_open(&h, &rules, &to, &mem);
	put_all(&h, &mem, &got);
	CHECK_SPAN(buf_span(&got), span_str(t->want));
	trouble = deliver_hosts_trouble(&h);
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

TEST(servers_in_order)
{
	EACH_ROW(rows)
		check_row(&rows[row]);
}

#define TLSA  DELIVER_TLSA
#define CNAME DELIVER_CNAME

/* RFC 7672 2.1, 2.2: what leads to TLSA records must be vouched for, and what is not known of them
 * costs the host. */
TEST(hosts_are_known_by_tlsa_records)
{
	static const struct {
		const char *want; /* host, how it is protected, whose records */
		uint8_t class;
		unsigned n_asked;
		struct zone_row zone[6];
	} t[] = {
		{ "m D m",
		  NO_TROUBLE,
		  3,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", true },
		    { "_25._tcp.m", TLSA, "3", true } } },
		{ "m D m",
		  NO_TROUBLE,
		  3,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", true },
		    { "_25._tcp.m", TLSA, "1,2", true } } },
		{ "d D d",
		  NO_TROUBLE,
		  3,
		  { { "d", A, "11.0.0.1", true }, { "_25._tcp.d", TLSA, "3", true } } },
		/* Records of no use, and none. */
		{ "m E",
		  NO_TROUBLE,
		  3,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", true },
		    { "_25._tcp.m", TLSA, "0,1,4", true } } },
		{ "m O",
		  NO_TROUBLE,
		  3,
		  { { "d", MX, "10 m", true }, { "m", A, "11.0.0.1", true } } },
		/* Nobody vouches for the way: nothing is asked. */
		{ "m O",
		  NO_TROUBLE,
		  2,
		  { { "d", MX, "10 m" },
		    { "m", A, "11.0.0.1", true },
		    { "_25._tcp.m", TLSA, "3", true } } },
		{ "m O",
		  NO_TROUBLE,
		  2,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1" },
		    { "_25._tcp.m", TLSA, "SERVFAIL" } } },
		{ "m O",
		  NO_TROUBLE,
		  3,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", true },
		    { "_25._tcp.m", TLSA, "3" } } },
		/* Not known is not none. */
		{ "",
		  SMTP_CLASS_DNS_FAILED,
		  3,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", true },
		    { "_25._tcp.m", TLSA, "SERVFAIL" } } },
		{ "n O",
		  SMTP_CLASS_DNS_FAILED,
		  4,
		  { { "d", MX, "10 m,20 n", true },
		    { "m", A, "11.0.0.1", true },
		    { "_25._tcp.m", TLSA, "TIMEOUT" },
		    { "n", A, "11.0.0.2" } } },
		/* Aliases: where they lead, then they themselves. */
		{ "m D r",
		  NO_TROUBLE,
		  3,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", true, "r" },
		    { "_25._tcp.r", TLSA, "3", true },
		    { "_25._tcp.m", TLSA, "3", true } } },
		{ "m D m",
		  NO_TROUBLE,
		  4,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", true, "r" },
		    { "_25._tcp.m", TLSA, "3", true } } },
		{ "m D m",
		  NO_TROUBLE,
		  4,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", false, "r" },
		    { "m", CNAME, "", true },
		    { "_25._tcp.m", TLSA, "3", true } } },
		{ "m O",
		  NO_TROUBLE,
		  3,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", false, "r" },
		    { "m", CNAME, "" },
		    { "_25._tcp.m", TLSA, "3", true } } },
		{ "",
		  SMTP_CLASS_DNS_FAILED,
		  3,
		  { { "d", MX, "10 m", true },
		    { "m", A, "11.0.0.1", false, "r" },
		    { "m", CNAME, "SERVFAIL" } } },
	};
	static struct deliver_hosts h;
	const struct deliver_to d = { .domain = SPAN("d") };
	struct deliver_rules rules;

	set_up(&rules);
	rules.dane = true;
	rules.ipv6 = false;
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF got = BUF(4096);
		struct deliver_candidate *c;

		use_zone(t[row].zone, n_rows(t[row].zone, N_ELEMS(t[row].zone)));
		deliver_hosts_open(&h, &rules, &d, &mem);
		while (next(&h, &mem, &c) > 0) {
			buf_printf(&got, "%.*s %c", SPAN_ARG(c->host), "ONRIFDE"[c->tls]);
			if (c->dane)
				buf_printf(&got, " %s", c->dane->base);
			CHECK(!c->dane ||
			      (c->dane->n_records == 1 && !strcmp(c->dane->names[0], "d")));
		}
		CHECK_SPAN(buf_span(&got), span_str(t[row].want));
		CHECK_INT(n_asked, t[row].n_asked);
		CHECK_INT(deliver_hosts_trouble(&h)->done, t[row].class != NO_TROUBLE);
		if (t[row].class != NO_TROUBLE)
			CHECK_INT(deliver_hosts_trouble(&h)->verdict.class, t[row].class);
	}
}

/* RFC 8461 4.1; 2: what TLSA records say of the certificate comes first. */
TEST(hosts_are_those_of_a_policy)
{
	static const struct zone_row zone_[] = {
		{ "d", MX, "10 m.x,20 n", true },  { "m.x", A, "11.0.0.1", true },
		{ "n", A, "11.0.0.2", true },      { "_25._tcp.m.x", TLSA, "3", true },
		{ "_25._tcp.n", TLSA, "1", true },
	};
	static const struct {
		enum mtasts_mode mode;
		struct span hosts[2];
		bool dane;
		const char *want;
		bool trouble;
	} t[] = {
		{ MTASTS_ENFORCE, { SPAN("m.x"), SPAN("n") }, false, "m.x S|n S|", false },
		{ MTASTS_ENFORCE, { SPAN("*.x"), SPAN("N") }, false, "m.x S|n S|", false },
		{ MTASTS_ENFORCE, { SPAN("n") }, false, "n S|", true },
		{ MTASTS_ENFORCE, { SPAN("other") }, false, "", true },
		{ MTASTS_TESTING, { SPAN("other") }, false, "m.x T|n T|", false },
		{ MTASTS_NONE, { SPAN("") }, false, "m.x O|n O|", false },
		{ MTASTS_ENFORCE, { SPAN("m.x"), SPAN("n") }, true, "m.x D|n S|", false },
		{ MTASTS_ENFORCE, { SPAN("n") }, true, "n S|", true },
		{ MTASTS_TESTING, { SPAN("n") }, true, "m.x D|n E|", false },
	};
	static struct deliver_hosts h;
	static struct mtasts_policy policy;
	const struct deliver_to d = { .domain = SPAN("d") };
	struct deliver_rules rules;

	set_up(&rules);
	rules.sts = true;
	rules.ipv6 = false;
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF got = BUF(4096);
		struct deliver_candidate *c;

		rules.dane = t[row].dane;
		policy = (struct mtasts_policy){ .mode = t[row].mode, .n_hosts = 2 };
		memcpy(policy.hosts, t[row].hosts, sizeof t[row].hosts);
		use_zone(zone_, N_ELEMS(zone_));
		sts = &policy;
		deliver_hosts_open(&h, &rules, &d, &mem);
		while (next(&h, &mem, &c) > 0)
			buf_printf(&got, "%.*s %c|", SPAN_ARG(c->host), "ONRIFDEST"[c->tls]);
		sts = NULL;
		CHECK_SPAN(buf_span(&got), span_str(t[row].want));
		CHECK_INT(deliver_hosts_trouble(&h)->done, t[row].trouble);
		if (t[row].trouble) {
			CHECK_INT(deliver_hosts_trouble(&h)->verdict.class, SMTP_CLASS_TLS_FAILED);
			CHECK(!deliver_hosts_trouble(&h)->verdict.permanent);
		}
	}
}

static const struct deliver_to to_d = { .domain = SPAN("d") };

TEST(the_second_server_is_asked_for_only_when_needed)
{
	static const struct zone_row rows_of_two[] = { { "d", MX, "10 m1,20 m2" },
		                                       { "m1", A, "11.0.0.1" },
		                                       { "m2", A, "11.0.0.2" } };
	static struct deliver_hosts h;
	AUTO_ARENA mem = { 0 };
	struct deliver_rules rules;
	struct deliver_candidate *c;

	set_up(&rules);
	use_zone(rows_of_two, N_ELEMS(rows_of_two));
	deliver_hosts_open(&h, &rules, &to_d, &mem);
	CHECK_INT(next(&h, &mem, &c), 1);
	CHECK_INT(n_asked, 3); /* MX; AAAA and A of m1 */
}

TEST(unreachable_ones_are_tried_last)
{
	static const struct zone_row three[] = { { "d", MX, "10 m1,10 m2,20 m3" },
		                                 { "m1", A, "11.0.0.1" },
		                                 { "m2", A, "11.0.0.2" },
		                                 { "m3", A, "11.0.0.3" } };
	static const struct {
		const char *unreachable, *want;
	} t[] = {
		{ "11.0.0.1 ", "m2 11.0.0.2:25|m3 11.0.0.3:25|m1 11.0.0.1:25" },
		{ "11.0.0.1 11.0.0.2 ", "m3 11.0.0.3:25|m1 11.0.0.1:25;m2 11.0.0.2:25" },
		{ "11.0.0.1 11.0.0.2 11.0.0.3 ", "m1 11.0.0.1:25;m2 11.0.0.2:25;m3 11.0.0.3:25" },
	};
	EACH_ROW(t) {
		static struct deliver_hosts h;
		AUTO_ARENA mem = { 0 };
		AUTO_BUF got = BUF(4096);
		struct deliver_rules rules;

		set_up(&rules);
		unreachable = t[row].unreachable;
		use_zone(three, N_ELEMS(three));
		deliver_hosts_open(&h, &rules, &to_d, &mem);
		put_all(&h, &mem, &got);
		CHECK_SPAN(buf_span(&got), span_str(t[row].want));
		CHECK(!deliver_hosts_trouble(&h)->done);
	}
}

/* A zone of 30 hosts with 7 addresses each; the best host's record comes last. */
TEST(hosts_and_addresses_are_capped)
{
	enum { HOSTS = 30 };
	static struct zone_row many[HOSTS + 1];
	static struct deliver_hosts h;
	AUTO_ARENA mem = { 0 };
	AUTO_BUF mx = BUF(4096);
	struct deliver_rules rules;
	struct deliver_candidate *c;
	size_t n, n_all = 0, n_groups = 0;

	set_up(&rules);
	for (int i = 0; i < HOSTS; i++) {
		buf_printf(&mx, "%s%d m%d", i ? "," : "", HOSTS - i, i);
		many[i + 1] = (struct zone_row){
			arena_printf(&mem, "m%d", i), A,
			"11.1.0.1,11.1.0.2,11.1.0.3,11.1.0.4,11.1.0.5,11.1.0.6,11.1.0.7"
		};
	}
	many[0] = (struct zone_row){ "d", MX, buf_str(&mx) };
	use_zone(many, HOSTS + 1);
	deliver_hosts_open(&h, &rules, &to_d, &mem);
	while ((n = next(&h, &mem, &c)) > 0) {
		if (!n_groups++)
			CHECK_SPAN(c[0].host, SPAN("m29"));
		CHECK_INT(n, DELIVER_PER_HOST_MAX);
		n_all += n;
	}
	CHECK_INT(h.n_hosts, DELIVER_HOSTS_MAX);
	CHECK_INT(n_all, DELIVER_ADDRESSES_MAX);
	CHECK_INT(n_groups, DELIVER_ADDRESSES_MAX / DELIVER_PER_HOST_MAX);
}
