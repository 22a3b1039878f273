/* What is found of a server and a domain: a healthy one, and each kind of fault in it. */
#include "doctor/doctor.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "test.h"

enum { NOW_S = 1800000000, DAY_S = 86400, FINDINGS_MAX = 64, TEXT_MAX = 1200, RECORDS_MAX = 12 };

/* "name type value"; of MX preference and host.  A value of "-": there is none of that type; "?":
 * DNS does not say. */
static const char *const healthy[] = {
	"mail.example.org A 192.0.2.25",
	"25.2.0.192.in-addr.arpa PTR mail.example.org",
	"_25._tcp.mail.example.org TLSA 3 1 1",
	"example.org MX 10 mail.example.org",
	"example.org TXT v=spf1 ip4:192.0.2.25 -all",
	"_dmarc.example.org TXT v=DMARC1; p=reject",
	("s1._domainkey.example.org TXT v=DKIM1; k=ed25519; "
	 "p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
	"_mta-sts.example.org TXT v=STSv1; id=1",
	"other.example.org A 192.0.2.99",
	"lonely.example.org A -",
	"2.0.0.127.bl.example A 127.0.0.2",
};

static struct {
	const char *const *changed; /* in front of the healthy ones, up to NULL */
	const struct doctor_key *keys;
	size_t n_keys, n_addresses;
	struct settings set;
	struct doctor_seen seen;
	struct doctor_file file;
	struct doctor_help help[3];
	struct arena mem;
	struct {
		struct doctor_finding f;
		char text[TEXT_MAX];
	} found[FINDINGS_MAX];
	size_t n_found;
} world;

static const struct ip ours = { 4, { 192, 0, 2, 25 } };
static const struct doctor_key key = { .selector = SPAN("s1"), .signs = true };
static const char *const domain = "example.org", *const lists = "bl.example";

static bool take_record(struct span line, const struct dns_question *q, struct dns_record *out,
                        bool *none, bool *failed)
{
	static const struct {
		enum dns_type type;
		const char *name;
	} types[] = { { DNS_A, "A" },     { DNS_AAAA, "AAAA" }, { DNS_MX, "MX" },
		      { DNS_TXT, "TXT" }, { DNS_PTR, "PTR" },   { DNS_TLSA, "TLSA" } };
	struct span name, type, preference;
	uint64_t n = 0;

	span_split(&line, ' ', &name);
	span_split(&line, ' ', &type);
	if (!span_eq_nocase(name, span_str(q->name)))
		return false;
	for (size_t i = 0; i < N_ELEMS(types); i++)
		if (types[i].type == q->type && !span_eq(type, span_str(types[i].name)))
			return false;
	*none = span_eq(line, SPAN("-"));
	*failed = span_eq(line, SPAN("?"));
	*out = (struct dns_record){ .name = line, .text = line };
	if (q->type == DNS_MX && !*none && !*failed && span_split(&line, ' ', &preference)) {
		CHECK_INT(span_to_u64(preference, 65535, &n), 0);
		out->preference = (uint16_t)n;
		out->name = span_eq(line, SPAN(".")) ? SPAN("") : line;
	}
	if ((q->type == DNS_A || q->type == DNS_AAAA) && !*none && !*failed)
		CHECK_INT(ip_parse(line, &out->ip), 0);
	return true;
}

/* TLSA 3 1 1 of the certificate, whose digest is all ones, unless the line says "other". */
static void make_tlsa(struct dns_record *r)
{
	static char octets[2][3 + DOCTOR_DIGEST_BYTES];
	bool other = span_find_nocase(r->text, SPAN("other")) >= 0;
	char *o = octets[other];

	memset(o, other ? 2 : 1, sizeof octets[0]);
	o[0] = 3;
	o[1] = o[2] = 1;
	r->text = span_make(o, sizeof octets[0]);
}

static int ask(const struct dns_question *q, struct arena *mem, struct dns_answer *out,
               UNUSED void *arg)
{
	struct dns_record *records = arena_array(mem, struct dns_record, RECORDS_MAX);
	bool none = false, failed = false;
	size_t n = 0;

	for (size_t i = 0; world.changed && world.changed[i]; i++)
		n += take_record(span_str(world.changed[i]), q, &records[n], &none, &failed);
	for (size_t i = 0, before = n; !before && i < N_ELEMS(healthy); i++)
		n += take_record(span_str(healthy[i]), q, &records[n], &none, &failed);
	for (size_t i = 0; q->type == DNS_TLSA && i < n; i++)
		make_tlsa(&records[i]);
	n = none || failed ? 0 : n;
	*out = (struct dns_answer){ .status = failed ? DNS_FAILED
		                              : n    ? DNS_FOUND
		                                     : DNS_NO_NAME,
		                    .secure = true,
		                    .records = records,
		                    .n = n,
		                    .failure = failed ? SPAN("SERVFAIL") : SPAN("") };
	return 0;
}

static void tell(const struct doctor_finding *f, UNUSED void *arg)
{
	CHECK(world.n_found < FINDINGS_MAX);
	world.found[world.n_found].f = *f;
	snprintf(world.found[world.n_found++].text, TEXT_MAX, "%s", f->text);
	/* A sentence that goes on to what is to be done, without final dot. */
	CHECK(strlen(f->text) > 10 && f->text[strlen(f->text) - 1] != '.');
	if (f->level == DOCTOR_MEND || f->level == DOCTOR_UNSEEN)
		CHECK(strchr(f->text, ':') || strchr(f->text, ';'));
}

static void make_healthy(void)
{
	world.set = (struct settings){ .server_hostname = "mail.example.org",
		                       .tls_certificate = "cert.pem",
		                       .tls_key = "key.pem",
		                       .delivery_remote_port = 25,
		                       .store_segment_size = 64 << 20,
		                       .defence_dnsbl = { (const char **)&lists, 1 } };
	world.file = (struct doctor_file){ "tls.key", "key.pem", DOCTOR_SECRET, true, 0600 };
	world.set.defence_scan_failure = "tag";
	world.set.defence_milter_failure = "tempfail";
	world.set.defence_rspamd_failure = "pass";
	world.set.defence_learn_least = 200;
	world.set.ledger_mirror = "DSN=app";
	world.help[0] =
	        (struct doctor_help){ DOCTOR_CLAMD, DOCTOR_ANSWERS, "/clamd", "ClamAV 1", 0 };
	world.help[1] = (struct doctor_help){ DOCTOR_MILTER, DOCTOR_ANSWERS, "/milter", "", 0 };
	world.help[2] =
	        (struct doctor_help){ DOCTOR_RSPAMD, DOCTOR_ANSWERS, "/rspamd", "rspamd/3.4", 0 };
	world.seen = (struct doctor_seen){
		.help = world.help,
		.n_help = 3,
		.learned = { true, true, 300, 400 },
		.mirror = { .seen = true, .connected = true },
		.running = true,
		.now_s = NOW_S,
		.ours = &domain,
		.n_ours = 1,
		.certificate = { .names_host = true,
		                 .key_fits = true,
		                 .from_s = NOW_S - DAY_S,
		                 .until_s = NOW_S + 90 * DAY_S },
		.own = { .at = "192.0.2.25:25",
		         .starttls = true,
		         .encrypted = true,
		         .same_certificate = true,
		         .relay_code = 554,
		         .relay_words = "5.7.1 no" },
		.peer = { .at = "198.51.100.9:25", .greeting = "mx.example ESMTP" },
		.disk = { .path = "data",
		          .free_bytes = 100ull << 30,
		          .n_syncs = 10,
		          .syncs_us = 20000 },
		.files = &world.file,
		.n_files = 1,
		.clock = DOCTOR_CLOCK_KEPT,
	};
	memset(world.seen.certificate.public_key, 1, DOCTOR_DIGEST_BYTES);
	world.keys = &key;
	world.n_keys = 1;
	world.n_addresses = 1;
	world.changed = NULL;
	world.n_found = 0;
}

static void examine(struct span relay)
{
	struct doctor d = { .set = &world.set,
		            .seen = &world.seen,
		            .addresses = &ours,
		            .n_addresses = world.n_addresses,
		            .keys = world.keys,
		            .n_keys = world.n_keys,
		            .relay = relay,
		            .mem = &world.mem,
		            .ask = world.seen.running ? ask : NULL,
		            .tell = tell };

	CHECK_INT(doctor_run(&d, &domain, 1), 0);
}

static bool is_provider(const char *check)
{
	return !strcmp(check, "gmail") || !strcmp(check, "yahoo") || !strcmp(check, "microsoft");
}

/* That check alone tells it, at that level, with that word; all else is well. */
static void only(const char *check, enum doctor_level level, const char *word)
{
	bool seen = false;

	for (size_t i = 0; i < world.n_found; i++) {
		const struct doctor_finding *f = &world.found[i].f;
		bool here = !strcmp(f->check, check);

		test_check(here || f->level == DOCTOR_WELL || is_provider(f->check), __FILE__,
		           __LINE__, "row %zu: %s tells: %s", test_row, f->check,
		           world.found[i].text);
		seen = seen || (here && f->level == level && strstr(world.found[i].text, word));
		if (here && f->level > level)
			test_check(false, __FILE__, __LINE__, "row %zu: %s", test_row,
			           world.found[i].text);
	}
	test_check(seen, __FILE__, __LINE__, "row %zu: %s does not tell \"%s\"", test_row, check,
	           word);
	arena_fini(&world.mem);
}

TEST(doctor_healthy)
{
	make_healthy();
	examine(SPAN(""));
	CHECK_INT(world.n_found, DOCTOR_CHECKS);
	for (size_t i = 0; i < world.n_found; i++)
		test_check(world.found[i].f.level == DOCTOR_WELL, __FILE__, __LINE__, "%s: %s",
		           world.found[i].f.check, world.found[i].text);
	arena_fini(&world.mem);
}

TEST(doctor_dns)
{
	static const struct {
		const char *changed[RECORDS_MAX];
		const char *check;
		enum doctor_level level;
		const char *word;
	} t[] = {
		{ { "mail.example.org A 192.0.2.25", "mail.example.org A 192.0.2.26" },
		  "host",
		  DOCTOR_HINT,
		  "also leads to 192.0.2.26" },
		{ { "25.2.0.192.in-addr.arpa PTR -" }, "ptr", DOCTOR_MEND, "has no name" },
		{ { "25.2.0.192.in-addr.arpa PTR ?" }, "ptr", DOCTOR_UNSEEN, ": SERVFAIL" },
		{ { "25.2.0.192.in-addr.arpa PTR other.example.org" },
		  "ptr",
		  DOCTOR_MEND,
		  "does not lead back" },
		{ { "25.2.0.192.in-addr.arpa PTR x.example.net", "x.example.net A 192.0.2.25" },
		  "ptr",
		  DOCTOR_MEND,
		  "we greet as mail.example.org" },
		/* a second name is no fault */
		{ { "25.2.0.192.in-addr.arpa PTR x.example.net",
		    "25.2.0.192.in-addr.arpa PTR mail.example.org" },
		  "ptr",
		  DOCTOR_WELL,
		  "leads back" },
		{ { "25.2.0.192.bl.example A 127.0.0.2", "25.2.0.192.bl.example TXT see here" },
		  "lists",
		  DOCTOR_MEND,
		  "which says see here" },
		{ { "25.2.0.192.bl.example A ?" },
		  "lists",
		  DOCTOR_UNSEEN,
		  "did not answer: SERVFAIL" },
		{ { "2.0.0.127.bl.example A 127.255.255.254",
		    "25.2.0.192.bl.example A 127.255.255.254" },
		  "dnslists",
		  DOCTOR_MEND,
		  "does not answer your resolver" },
		{ { "2.0.0.127.bl.example A 192.0.2.1", "25.2.0.192.bl.example A 192.0.2.1" },
		  "dnslists",
		  DOCTOR_MEND,
		  "no list of addresses any more: take it out of defence.dnsbl" },
		{ { "2.0.0.127.bl.example A ?", "25.2.0.192.bl.example A ?" },
		  "dnslists",
		  DOCTOR_UNSEEN,
		  "did not answer" },
		{ { "2.0.0.127.bl.example A -" },
		  "dnslists",
		  DOCTOR_MEND,
		  "does not have 127.0.0.2" },
		{ { "1.0.0.127.bl.example A 127.0.0.2" },
		  "dnslists",
		  DOCTOR_MEND,
		  "has 127.0.0.1, so it has everybody" },
		{ { "_25._tcp.mail.example.org TLSA other" },
		  "tlsa",
		  DOCTOR_MEND,
		  "no TLSA record of mail.example.org names" },
		{ { "_25._tcp.mail.example.org TLSA other", "_25._tcp.mail.example.org TLSA 1" },
		  "tlsa",
		  DOCTOR_WELL,
		  "names our certificate" },
		{ { "_25._tcp.mail.example.org TLSA -" }, "tlsa", DOCTOR_HINT, "no TLSA record" },
		{ { "example.org MX -" }, "mx", DOCTOR_MEND, "no MX record" },
		{ { "example.org MX -", "example.org A 192.0.2.25" },
		  "mx",
		  DOCTOR_HINT,
		  "only an address" },
		{ { "example.org MX -", "example.org A ?" },
		  "mx",
		  DOCTOR_UNSEEN,
		  "whether it has an address, which then counts: SERVFAIL" },
		{ { "example.org MX -", "example.org A 192.0.2.99" },
		  "mx",
		  DOCTOR_MEND,
		  "goes to its address, which is not here" },
		{ { "example.org MX ?" }, "mx", DOCTOR_UNSEEN, ": SERVFAIL" },
		{ { "example.org MX 0 ." }, "mx", DOCTOR_MEND, "takes no mail" },
		{ { "example.org MX 10 other.example.org" },
		  "mx",
		  DOCTOR_MEND,
		  "goes to other.example.org, not here" },
		{ { "example.org MX 10 lonely.example.org", "example.org MX 20 mail.example.org" },
		  "mx",
		  DOCTOR_MEND,
		  "lonely.example.org, an MX host of example.org" },
		{ { "example.org MX 10 other.example.org", "example.org MX 20 mail.example.org" },
		  "mx",
		  DOCTOR_HINT,
		  "only when other.example.org is away" },
		{ { "example.org MX 10 mail.example.org", "example.org MX 20 other.example.org" },
		  "mx",
		  DOCTOR_WELL,
		  "comes here" },
		{ { "example.org MX 10 nick.example.org", "nick.example.org A 192.0.2.25" },
		  "mx",
		  DOCTOR_WELL,
		  "comes here" },
		{ { "example.org TXT -" }, "spf", DOCTOR_MEND, "v=spf1 ip4:192.0.2.25 -all" },
		{ { "example.org TXT ?" }, "spf", DOCTOR_UNSEEN, ": SERVFAIL" },
		/* what strangers may cannot be found out, so nothing is well */
		{ { "example.org TXT v=spf1 ip4:192.0.2.25 include:b.example -all",
		    "b.example TXT ?" },
		  "spf",
		  DOCTOR_UNSEEN,
		  ": SERVFAIL" },
		{ { "example.org TXT v=spf1 -all" },
		  "spf",
		  DOCTOR_MEND,
		  "says fail for 192.0.2.25 by -all: add ip4:192.0.2.25" },
		{ { "example.org TXT v=spf1 ip4:192.0.2.25 ip4:192.0.2 -all" },
		  "spf",
		  DOCTOR_MEND,
		  "(ip4:192.0.2)" },
		{ { "example.org TXT v=spf1 ip4:192.0.2.25 +all" },
		  "spf",
		  DOCTOR_MEND,
		  "everybody send (+all)" },
		{ { "example.org TXT v=spf1 ip4:192.0.2.25" }, "spf", DOCTOR_HINT, "-all or ~all" },
		{ { "example.org TXT v=spf1 mx include:b.example -all",
		    "b.example TXT v=spf1 a:a.b.c a:a.b.c a:a.b.c a:a.b.c a:a.b.c a:a.b.c a:a.b.c "
		    "a:a.b.c a:a.b.c -all",
		    "a.b.c A 192.0.2.9" },
		  "spf",
		  DOCTOR_MEND,
		  "more than ten look-ups" },
		{ { "example.org TXT v=spf1 mx include:b.example -all",
		    "b.example TXT v=spf1 ip4:1 -all" },
		  "spf",
		  DOCTOR_MEND,
		  "at b.example" },
		{ { "s1._domainkey.example.org TXT -" }, "dkim", DOCTOR_MEND, "publish it" },
		{ { "s1._domainkey.example.org TXT ?" }, "dkim", DOCTOR_UNSEEN, ": SERVFAIL" },
		{ { "s1._domainkey.example.org TXT p=" }, "dkim", DOCTOR_MEND, "revoked" },
		{ { "s1._domainkey.example.org TXT p=AAAA" }, "dkim", DOCTOR_MEND, "1024" },
		{ { "s1._domainkey.example.org TXT v=DKIM2; p=AAAA" },
		  "dkim",
		  DOCTOR_MEND,
		  "cannot be used" },
		{ { "s1._domainkey.example.org TXT p=AAAA", "s1._domainkey.example.org TXT p=" },
		  "dkim",
		  DOCTOR_MEND,
		  "2 records" },
		{ { "s1._domainkey.example.org TXT k=ed25519; t=y; "
		    "p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" },
		  "dkim",
		  DOCTOR_HINT,
		  "t=y" },
		{ { "_dmarc.example.org TXT -" }, "dmarc", DOCTOR_MEND, "no DMARC record" },
		{ { "_dmarc.example.org TXT ?" }, "dmarc", DOCTOR_UNSEEN, ": SERVFAIL" },
		{ { "_dmarc.example.org TXT -", "_dmarc.org TXT v=DMARC1; p=reject; psd=y" },
		  "dmarc",
		  DOCTOR_WELL,
		  "reject" },
		{ { "_dmarc.example.org TXT p=reject" },
		  "dmarc",
		  DOCTOR_MEND,
		  "no DMARC record (p=reject)" },
		{ { "_dmarc.example.org TXT v=DMARC1; p=none",
		    "_dmarc.example.org TXT v=DMARC1; p=reject" },
		  "dmarc",
		  DOCTOR_MEND,
		  "2 DMARC records" },
		{ { "_dmarc.example.org TXT v=DMARC1; p=no" },
		  "dmarc",
		  DOCTOR_MEND,
		  "no valid policy" },
		{ { "_dmarc.example.org TXT v=DMARC1; p=none" }, "dmarc", DOCTOR_HINT, "rua=" },
		{ { "_dmarc.example.org TXT v=DMARC1; p=none; rua=mailto:a@example.org" },
		  "dmarc",
		  DOCTOR_HINT,
		  "once the reports are clean" },
		{ { "_dmarc.example.org TXT v=DMARC1; p=reject; t=y" },
		  "dmarc",
		  DOCTOR_HINT,
		  "being tested" },
		{ { "_mta-sts.example.org TXT -" }, "mta_sts", DOCTOR_HINT, "RFC 8461" },
		{ { "_mta-sts.example.org TXT ?" }, "mta_sts", DOCTOR_UNSEEN, ": SERVFAIL" },
	};

	EACH_ROW(t) {
		make_healthy();
		world.changed = t[row].changed;
		examine(SPAN(""));
		only(t[row].check, t[row].level, t[row].word);
	}
}

/* ---- what is seen ---- */

static void asleep(void)
{
	world.seen.running = false;
}

static void not_ours(void)
{
	world.seen.n_ours = 0;
}

static void no_certificate(void)
{
	snprintf(world.seen.certificate.failed, DOCTOR_WORDS_BYTES, "nothing can be read");
}

static void other_key(void)
{
	world.seen.certificate.key_fits = false;
}

static void ended(void)
{
	world.seen.certificate.until_s = NOW_S - 3 * DAY_S;
}

static void ends(void)
{
	world.seen.certificate.until_s = NOW_S + 13 * DAY_S;
}

static void ends_later(void)
{
	world.seen.certificate.until_s = NOW_S + 20 * DAY_S;
}

static void early(void)
{
	world.seen.certificate.from_s = NOW_S + DAY_S;
}

static void silent(void)
{
	snprintf(world.seen.own.failed, DOCTOR_WORDS_BYTES, "it is silent");
}

static void no_starttls(void)
{
	world.seen.own.starttls = false;
}

static void tls_fails(void)
{
	world.seen.own.encrypted = false;
}

static void old_certificate(void)
{
	world.seen.own.same_certificate = false;
}

static void no_port(void)
{
	*world.seen.own.at = 0;
	world.seen.own.relay_code = 0;
}

static void open_relay(void)
{
	world.seen.own.relay_code = 250;
}

static void relay_untried(void)
{
	world.seen.own.relay_code = 0;
	silent();
}

static void relay_later(void)
{
	world.seen.own.relay_code = 451;
}

static const char *all[] = { "0.0.0.0/0" }, *half[] = { "128.0.0.0/1" }, *six[] = { "2000::/3" },
                  *private[] = { "10.0.0.0/8", "fc00::/7", "192.168.0.0/16", "198.51.100.0/24" };

static void relay_all(void)
{
	world.set.smtp_relay_networks = (struct settings_list){ all, 1 };
}

static void relay_half(void)
{
	world.set.smtp_relay_networks = (struct settings_list){ half, 1 };
}

static void relay_six(void)
{
	world.set.smtp_relay_networks = (struct settings_list){ six, 1 };
}

/* And what is accepted from there is no open relay. */
static void relay_private(void)
{
	world.set.smtp_relay_networks = (struct settings_list){ private, N_ELEMS(private) };
	world.seen.from_relay_network = true;
	world.seen.own.relay_code = 250;
}

static void no_way_out(void)
{
	snprintf(world.seen.peer.failed, DOCTOR_WORDS_BYTES, "it cannot be connected to");
}

static void nobody(void)
{
	*world.seen.peer.at = 0;
}

static void nobody_said(void)
{
	nobody();
	snprintf(world.seen.peer_unasked, DOCTOR_WORDS_BYTES, "SERVFAIL");
}

static void peers_clock(int64_t off_s)
{
	AUTO_BUF date = BUF(100);

	clock_put_rfc5322(&date, (NOW_S + off_s) * INT64_C(1000));
	world.seen.peer.greeted_ms = NOW_S * INT64_C(1000);
	snprintf(world.seen.peer.greeting, DOCTOR_WORDS_BYTES, "mx.example ESMTP Sendmail 8.17; %s",
	         buf_str(&date));
}

static void behind(void)
{
	peers_clock(3600);
}

static void ahead(void)
{
	peers_clock(-3600);
}

static void equal(void)
{
	peers_clock(5);
}

static void loose(void)
{
	world.seen.clock = DOCTOR_CLOCK_LOOSE;
}

static void full(void)
{
	world.seen.disk.free_bytes = 100 << 20;
}

static void nearly_full(void)
{
	world.seen.disk.free_bytes = 400 << 20;
}

static void no_files(void)
{
	world.seen.disk.files = 100000;
	world.seen.disk.free_files = 10;
}

static void slow(void)
{
	world.seen.disk.syncs_us = 2000000;
}

static void no_disk(void)
{
	snprintf(world.seen.disk.failed, DOCTOR_WORDS_BYTES, "Permission denied");
}

static void read_by_all(void)
{
	world.file.mode = 0644;
}

static void not_looked_at(void)
{
	world.file.there = false;
	world.file.failed = "Permission denied";
}

static void read_by_group(void)
{
	world.file.mode = 0640;
}

static void read_by_owner_alone(void)
{
	world.file.mode = 0640;
	world.file.guard = DOCTOR_OWN;
}

static void written_by_group(void)
{
	world.file.mode = 0664;
	world.file.guard = DOCTOR_SAFE;
}

static void no_clamd(void)
{
	world.help[0].answer = DOCTOR_ABSENT;
}

static void clamd_silent(void)
{
	world.help[0].answer = DOCTOR_SILENT;
	world.help[0].words = "clamd at /clamd: Connection refused";
}

/* A day and a half behind a week: the clock of the world is Fri Jan 15 08:00:00 2027. */
static void signatures_old(void)
{
	world.help[0].words = "ClamAV 1.4.3/27500/Wed Jan  6 20:00:00 2027";
}

static void signatures_new(void)
{
	world.help[0].words = "ClamAV 1.4.3/27500/Sat Jan  9 20:00:00 2027";
}

static void hashes(void)
{
	world.help[0].answer = DOCTOR_ABSENT;
	world.help[1] = (struct doctor_help){ DOCTOR_HASHES, DOCTOR_ANSWERS, "", "", 7 };
}

static void no_hash(void)
{
	hashes();
	world.help[1].n_hashes = 0;
}

static void clamd_off(void)
{
	world.seen.n_help = 0;
}

static const char *virus_off[] = { "dkim=tag, virus=off" }, *junk[] = { "wanted=junk" },
                  *wanted_off[] = { "wanted=off" };

static void no_virus_step(void)
{
	no_clamd();
	world.set.defence_steps = (struct settings_list){ virus_off, 1 };
}

static void milter_gone(void)
{
	world.help[1].answer = DOCTOR_SILENT;
	world.help[1].words = "Connection refused";
}

static void rspamd_gone(void)
{
	world.help[2].answer = DOCTOR_SILENT;
	world.help[2].words = "Connection refused";
}

static void nobody_tells(void)
{
	world.set.defence_steps = (struct settings_list){ virus_off, 1 };
	world.seen.learned.seen = false;
}

static void nothing_learned(void)
{
	world.seen.learned = (struct doctor_learned){ .seen = true, .n_wanted = 3 };
}

static void nothing_learned_for_junk(void)
{
	nothing_learned();
	world.set.defence_steps = (struct settings_list){ junk, 1 };
}

static void nothing_learned_for_nobody(void)
{
	nothing_learned();
	world.set.defence_steps = (struct settings_list){ wanted_off, 1 };
}

static void mirror_away(void)
{
	world.seen.mirror = (struct doctor_mirror){ .seen = true,
		                                    .words = "connecting: refused",
		                                    .n_behind = 7 };
}

static void mirror_begins(void)
{
	world.seen.mirror = (struct doctor_mirror){ .seen = true };
}

static void mirror_silent(void)
{
	world.seen.mirror.seen = false;
}

TEST(doctor_seen)
{
	static const struct {
		void (*ill)(void);
		const char *check;
		enum doctor_level level;
		const char *word;
	} t[] = {
		{ asleep, "server", DOCTOR_MEND, "postrider serve" },
		{ not_ours, "domain", DOCTOR_MEND, "postrider domain add example.org" },
		{ other_key, "certificate", DOCTOR_MEND, "does not belong" },
		{ ended, "certificate", DOCTOR_MEND, "ended 3 days ago" },
		{ ends, "certificate", DOCTOR_MEND, "ends in 13 days" },
		{ ends_later, "certificate", DOCTOR_HINT, "ends in 20 days" },
		{ early, "certificate", DOCTOR_MEND, "not valid yet" },
		{ silent, "starttls", DOCTOR_MEND, "it is silent" },
		{ no_starttls, "starttls", DOCTOR_MEND, "does not offer" },
		{ tls_fails, "starttls", DOCTOR_MEND, "TLS fails" },
		{ old_certificate, "starttls", DOCTOR_MEND, "postrider reload" },
		{ no_port, "starttls", DOCTOR_UNSEEN, "listen.smtp" },
		{ open_relay, "relay", DOCTOR_MEND, "open relay" },
		{ relay_later, "relay", DOCTOR_UNSEEN, "not decided" },
		{ relay_all, "relay", DOCTOR_MEND, "has 0.0.0.0/0" },
		{ relay_half, "relay", DOCTOR_MEND, "has 128.0.0.0/1" },
		{ relay_six, "relay", DOCTOR_MEND, "has 2000::/3" },
		{ relay_private, "relay", DOCTOR_WELL, "no network but yours" },
		{ no_way_out, "outward", DOCTOR_MEND, "open port 25 outward" },
		{ nobody, "outward", DOCTOR_UNSEEN, "--peer" },
		{ nobody_said, "outward", DOCTOR_UNSEEN, "did not say where: SERVFAIL" },
		{ behind, "clock", DOCTOR_MEND, "3600 s behind that of" },
		{ ahead, "clock", DOCTOR_MEND, "3600 s ahead of that of" },
		{ equal, "clock", DOCTOR_WELL, "agrees" },
		{ loose, "clock", DOCTOR_HINT, "chrony" },
		{ full, "disk", DOCTOR_MEND, "make room" },
		{ nearly_full, "disk", DOCTOR_HINT, "make room" },
		{ no_files, "disk", DOCTOR_MEND, "10 more files" },
		{ slow, "disk", DOCTOR_HINT, "5 times a second" },
		{ no_disk, "disk", DOCTOR_UNSEEN, "Permission denied" },
		{ read_by_all, "files", DOCTOR_MEND, "chmod o=,g-w key.pem" },
		{ not_looked_at, "files", DOCTOR_UNSEEN, "was not seen: Permission denied" },
		{ read_by_group, "files", DOCTOR_WELL, "nobody else" },
		{ read_by_owner_alone, "files", DOCTOR_MEND, "chmod 600" },
		{ written_by_group, "files", DOCTOR_MEND, "chmod go-w" },
		{ no_clamd, "virus", DOCTOR_MEND, "no clamd at /clamd: install clamav-daemon" },
		{ clamd_silent, "virus", DOCTOR_MEND, "Connection refused; until it answers" },
		{ signatures_old, "virus", DOCTOR_MEND, "are 8 days old" },
		{ signatures_new, "virus", DOCTOR_WELL, "looks for viruses" },
		{ hashes, "virus", DOCTOR_WELL, "by 7 hashes" },
		{ no_hash, "virus", DOCTOR_MEND, "hold no hash" },
		{ clamd_off, "virus", DOCTOR_HINT, "as defence.clamd = off says" },
		{ no_virus_step, "virus", DOCTOR_WELL, "as defence.steps says" },
		{ milter_gone, "milters", DOCTOR_MEND, "at /milter does not answer (Connection" },
		{ rspamd_gone, "rspamd", DOCTOR_MEND,
		  "rspamd at /rspamd does not answer (Connection refused), and messages pass "
		  "unseen" },
		{ nobody_tells, "learned", DOCTOR_UNSEEN, "was not told" },
		{ nothing_learned, "learned", DOCTOR_HINT, "3 wanted, 0 unwanted" },
		{ nothing_learned_for_junk, "learned", DOCTOR_MEND, "says wanted=junk" },
		{ nothing_learned_for_nobody, "learned", DOCTOR_WELL, "is off" },
		{ mirror_away, "mirror", DOCTOR_MEND,
		  "7 changes behind; mail goes on: connecting: refused" },
		{ mirror_begins, "mirror", DOCTOR_MEND, "it is being connected" },
		{ mirror_silent, "mirror", DOCTOR_UNSEEN, "was not told" },
	};

	EACH_ROW(t) {
		make_healthy();
		t[row].ill();
		examine(SPAN(""));
		only(t[row].check, t[row].level, t[row].word);
	}
}

/* Whether that check tells so, at that level. */
static bool tells(const char *check, enum doctor_level level, const char *words)
{
	for (size_t i = 0; i < world.n_found; i++)
		if (!strcmp(world.found[i].f.check, check) && world.found[i].f.level == level &&
		    strstr(world.found[i].text, words))
			return true;
	return false;
}

/* Of our own keys those of the domain, each compared with what DNS has. */
TEST(doctor_keys)
{
	static const char *const record = "p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
	static const struct {
		struct doctor_key keys[2];
		const char *record; /* at s1 */
		enum doctor_level level;
		const char *word;
	} t[] = {
		{ { { SPAN("EXAMPLE.org"), SPAN("s1"),
		      SPAN("k=ed25519; p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
		      .signs = true } },
		  "k=ed25519; ",
		  DOCTOR_WELL,
		  "is published at s1" },
		{ { { SPAN("example.org"), SPAN("s1"),
		      SPAN("k=ed25519; p=BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
		      .signs = true } },
		  "k=ed25519; ",
		  DOCTOR_MEND,
		  "postrider dkim show example.org" },
		{ { { SPAN("example.org"), SPAN("s1"),
		      SPAN("k=ed25519; p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
		      .signs = true } },
		  "k=rsa; ",
		  DOCTOR_MEND,
		  "not the one that mail is signed with" },
		{ { { SPAN("example.net"), SPAN("s1"), SPAN(""), .signs = true } },
		  "k=ed25519; ",
		  DOCTOR_HINT,
		  "no selector" },
		{ { { SPAN("example.net"), SPAN("s2"), SPAN(""), .signs = true },
		    { SPAN("example.org"), SPAN("s1"), SPAN(""), .signs = true } },
		  "k=ed25519; ",
		  DOCTOR_WELL,
		  "is published at s1" },
		/* such as sign nothing, and the record at their name */
		{ { { SPAN("example.org"), SPAN("s1"),
		      SPAN("k=ed25519; p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
		      .waits = true } },
		  "k=ed25519; ",
		  DOCTOR_HINT,
		  "signs as soon as the server has seen that" },
		{ { { SPAN("example.org"), SPAN("s1"),
		      SPAN("k=ed25519; p=BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
		      .waits = true } },
		  "k=ed25519; ",
		  DOCTOR_HINT,
		  "prints instead of the record that is there" },
		{ { { SPAN("example.org"), SPAN("s1"),
		      SPAN("k=ed25519; p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=") } },
		  "k=ed25519; ",
		  DOCTOR_WELL,
		  "was replaced and signs nothing any more" },
		{ { { SPAN("example.org"), SPAN("s1"),
		      SPAN("k=ed25519; p=BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=") } },
		  "k=ed25519; ",
		  DOCTOR_HINT,
		  "postrider dkim remove --selector s1 example.org" },
	};

	EACH_ROW(t) {
		char line[200];
		const char *const changed[] = { line, NULL };

		make_healthy();
		snprintf(line, sizeof line, "s1._domainkey.example.org TXT %s%s", t[row].record,
		         record);
		world.changed = changed;
		world.keys = t[row].keys;
		world.n_keys = t[row].keys[1].selector.n ? 2 : 1;
		examine(SPAN(""));
		only("dkim", t[row].level, t[row].word);
	}
}

/* A key that waits, or was replaced and revoked, is told, and is nothing that providers miss. */
TEST(doctor_idle_keys)
{
	static const struct doctor_key keys[] = {
		{ SPAN("example.org"), SPAN("old"), SPAN("") },
		{ SPAN("example.org"), SPAN("new"), SPAN(""), .waits = true },
		{ SPAN("example.org"), SPAN("s1"), SPAN(""), .signs = true },
	};
	static const char *const changed[] = { "old._domainkey.example.org TXT v=DKIM1; p=", NULL };

	make_healthy();
	world.changed = changed;
	world.keys = keys;
	world.n_keys = N_ELEMS(keys);
	examine(SPAN(""));
	CHECK(tells("dkim", DOCTOR_HINT, "new._domainkey.example.org waits to be published"));
	CHECK(tells("dkim", DOCTOR_HINT, "old._domainkey.example.org was replaced"));
	CHECK(tells("dkim", DOCTOR_WELL, "is published at s1"));
	CHECK(tells("gmail", DOCTOR_WELL, "what can be seen from here is there"));
	CHECK(tells("dmarc", DOCTOR_WELL, "aligned by SPF and DKIM"));
	arena_fini(&world.mem);
}

/* Two checks have a stake in who signed the certificate. */
TEST(doctor_chain)
{
	static const char *const no_sts[] = { "_mta-sts.example.org TXT -", NULL };
	static const char *const words = "unable to get local issuer certificate";
	static const struct {
		bool self_signed;
		const char *const *changed;
		enum doctor_level certificate, mta_sts;
	} t[] = {
		{ true, no_sts, DOCTOR_HINT, DOCTOR_HINT },
		{ true, NULL, DOCTOR_HINT, DOCTOR_MEND },
		{ false, no_sts, DOCTOR_MEND, DOCTOR_HINT },
		{ false, NULL, DOCTOR_MEND, DOCTOR_MEND },
	};

	EACH_ROW(t) {
		make_healthy();
		world.changed = t[row].changed;
		world.seen.certificate.self_signed = t[row].self_signed;
		snprintf(world.seen.certificate.chain_failed, DOCTOR_WORDS_BYTES, "%s", words);
		examine(SPAN(""));
		for (size_t i = 0; i < world.n_found; i++) {
			const struct doctor_finding *f = &world.found[i].f;
			CHECK_INT(f->level, !strcmp(f->check, "certificate") ? t[row].certificate
			                    : !strcmp(f->check, "mta_sts")   ? t[row].mta_sts
			                                                     : DOCTOR_WELL);
		}
		arena_fini(&world.mem);
	}
	make_healthy();
	no_certificate();
	world.changed = no_sts;
	examine(SPAN(""));
	CHECK(strstr(world.found[5].text, "nothing can be read"));
	arena_fini(&world.mem);
}

/* Through a relay, names and lists are its operator's, and so is what SPF must say. */
TEST(doctor_relay)
{
	static const char *const changed[] = { "25.2.0.192.in-addr.arpa PTR -",
		                               "example.org TXT v=spf1 ip4:198.51.100.77 -all",
		                               NULL };

	make_healthy();
	world.changed = changed;
	examine(SPAN("smtp.example.net"));
	only("spf", DOCTOR_HINT, "smtp.example.net, whose addresses are not known here");
}

/* Where mail leaves from is not known: no address is made up for a record, and none is said to be
 * good. */
TEST(doctor_unknown_addresses)
{
	static const char *const none[] = { "example.org TXT -", NULL };

	make_healthy();
	world.n_addresses = 0;
	examine(SPAN(""));
	CHECK(tells("spf", DOCTOR_UNSEEN, "tell them by --address"));
	arena_fini(&world.mem);
	make_healthy();
	world.changed = none;
	world.n_addresses = 0;
	examine(SPAN(""));
	CHECK(tells("spf", DOCTOR_MEND, "\"v=spf1 mx -all\" where"));
	arena_fini(&world.mem);
	make_healthy();
	world.changed = none;
	examine(SPAN("smtp.example.net"));
	CHECK(tells("spf", DOCTOR_MEND, "smtp.example.net, by which mail leaves"));
	arena_fini(&world.mem);
}

/* DNS says nothing at all: that is neither well nor wrong, and of the server and the domain alike.
 */
TEST(doctor_dns_says_nothing)
{
	static const char *const nothing[] = { "mail.example.org A ?",
		                               "example.org TXT ?",
		                               "25.2.0.192.in-addr.arpa PTR ?",
		                               "_25._tcp.mail.example.org TLSA ?",
		                               "example.org MX ?",
		                               "_dmarc.example.org TXT ?",
		                               "s1._domainkey.example.org TXT ?",
		                               "_mta-sts.example.org TXT ?",
		                               "2.0.0.127.bl.example A ?",
		                               "25.2.0.192.bl.example A ?",
		                               NULL };
	static const char *const asking[] = { "host",  "ptr",   "dnslists", "lists", "tlsa",
		                              "mx",    "spf",   "dkim",     "dmarc", "mta_sts",
		                              "gmail", "yahoo", "microsoft" };

	make_healthy();
	world.changed = nothing;
	examine(SPAN(""));
	for (size_t i = 0; i < world.n_found; i++)
		for (size_t k = 0; k < N_ELEMS(asking); k++)
			if (!strcmp(world.found[i].f.check, asking[k]))
				test_check(world.found[i].f.level == DOCTOR_UNSEEN, __FILE__,
				           __LINE__, "%s: %s", asking[k], world.found[i].text);
	CHECK(tells("gmail", DOCTOR_UNSEEN, "not seen now: SPF, DKIM, DMARC, a name of our"));
	arena_fini(&world.mem);
}

/* One thing is missing, another could not be looked up: each is called what it is. */
TEST(doctor_missing_and_unseen)
{
	static const char *const changed[] = { "_dmarc.example.org TXT -",
		                               "s1._domainkey.example.org TXT ?", NULL };

	make_healthy();
	world.changed = changed;
	examine(SPAN(""));
	CHECK(tells("gmail", DOCTOR_HINT, "missing here: DMARC; not seen now: DKIM"));
	arena_fini(&world.mem);
}

TEST(doctor_relay_untried)
{
	make_healthy();
	relay_untried();
	examine(SPAN(""));
	CHECK(tells("relay", DOCTOR_UNSEEN, "was not tried at 192.0.2.25:25: it is silent"));
	CHECK(tells("starttls", DOCTOR_MEND, "it is silent"));
	arena_fini(&world.mem);
}

/* A record may have 64 KiB: a finding is for people. */
TEST(doctor_long_term)
{
	static char record[20000] = "example.org TXT v=spf1 ip4:192.0.2.25 ";
	const char *const changed[] = { record, NULL };

	memset(record + strlen(record), 'x', 10000);
	make_healthy();
	world.changed = changed;
	examine(SPAN(""));
	only("spf", DOCTOR_MEND, "xxx): correct it");
}

/* What the providers ask is told in any case, and what is missing is named. */
TEST(doctor_providers)
{
	static const char *const changed[] = { "25.2.0.192.in-addr.arpa PTR -",
		                               "_dmarc.example.org TXT -", NULL };
	size_t n = 0;

	make_healthy();
	world.changed = changed;
	examine(SPAN(""));
	for (size_t i = 0; i < world.n_found; i++)
		if (is_provider(world.found[i].f.check)) {
			CHECK_INT(world.found[i].f.level, DOCTOR_HINT);
			CHECK(strstr(world.found[i].text,
			             "missing here: DMARC, a name of our address"));
			n++;
		}
	CHECK_INT(n, 3);
	arena_fini(&world.mem);
}

static int gone(UNUSED const struct dns_question *q, UNUSED struct arena *mem,
                UNUSED struct dns_answer *out, UNUSED void *arg)
{
	return ERR_CLOSED;
}

/* A server that goes away ends it; nothing is told of what was not seen. */
TEST(doctor_ends)
{
	make_healthy();
	struct doctor d = { .set = &world.set,
		            .seen = &world.seen,
		            .addresses = &ours,
		            .n_addresses = 1,
		            .mem = &world.mem,
		            .ask = gone,
		            .tell = tell };
	CHECK_INT(doctor_run(&d, &domain, 1), ERR_CLOSED);
	for (size_t i = 0; i < world.n_found; i++)
		CHECK(world.found[i].f.level != DOCTOR_MEND);
	arena_fini(&world.mem);
}
