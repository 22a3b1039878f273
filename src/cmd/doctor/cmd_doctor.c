/* cmd/doctor/cmd_doctor.c - doctor: gathers, has it judged, and prints the findings. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/control_dns.h"
#include "cmd/doctor/dialogue.h"
#include "cmd/doctor/see.h"
#include "cmd/directory/who.h"
#include "config/config_network.h"
#include "config/config_route.h"
#include "doctor/doctor.h"
#include "role/acme.h"

enum {
	GIVEN_MAX = 16,
	KEYS_MAX = 2000,
	DOMAINS_MAX = 1000,
	HELD_MAX = 20, /* that are told */
	PRINT_MAX = 16 << 10,
	PEER_HOSTS_MAX = 3,
	MARGIN = 20,
	SILENCE_MS = 2000,
	SILENT_MAX = 3,
};

struct visit {
	struct settings set;
	struct arena mem;
	const char *config_path, *peer, *domain; /* domain NULL: all of ours */
	struct doctor_key keys[KEYS_MAX];
	struct ip addresses[GIVEN_MAX];
	size_t n_keys, n_addresses;
	bool json;
	struct control server;
	const char *ours[DOMAINS_MAX], *held[HELD_MAX];
	struct doctor_file files[SEE_FILES];
	struct doctor_seen seen;
	struct config_route relay; /* where doctor.relay is not empty */
	struct doctor doctor;
	size_t told[DOCTOR_LEVELS];
	unsigned n_silent; /* questions in a row that DNS let run out */
};

/* ---- findings ---- */

static const char *colour(enum doctor_level level)
{
	static const char *const colours[DOCTOR_LEVELS] = { [DOCTOR_WELL] = "\033[32m",
		                                            [DOCTOR_HINT] = "\033[36m",
		                                            [DOCTOR_UNSEEN] = "\033[33m",
		                                            [DOCTOR_MEND] = "\033[31m" };

	return cli_has_colour() ? colours[level] : "";
}

static void print_json(const struct doctor_finding *f)
{
	AUTO_BUF out = BUF(PRINT_MAX);
	struct json j = JSON(&out);

	json_begin_object(&j);
	json_member_span(&j, "level", span_str(doctor_level_name(f->level)));
	json_member_span(&j, "check", span_str(f->check));
	json_member_span(&j, "subject", f->subject);
	json_member_span(&j, "text", span_str(f->text));
	json_end_object(&j);
	puts(buf_str(&out));
}

/* Octets of the text that go on one line: whole words, where there are any. */
static int fold(const char *text, int columns)
{
	int n = cli_fit(text, columns), at = n;

	while (text[n] && at > 0 && text[at] != ' ')
		at--;
	return at > 0 ? at : n;
}

static void print_row(const struct doctor_finding *f)
{
	AUTO_BUF shown = BUF(PRINT_MAX);
	int columns = cli_is_terminal() ? cli_columns() - MARGIN : PRINT_MAX;

	buf_put_escaped(&shown, span_str(f->text));
	const char *text = buf_str(&shown);
	printf("%s%-6s%s  %-11s ", colour(f->level), doctor_level_name(f->level), cli_normal(),
	       f->check);
	for (;;) {
		int n = fold(text, columns);

		printf("%.*s\n", n, text);
		text += n + (text[n] == ' ');
		if (!*text)
			return;
		printf("%*s", MARGIN, "");
	}
}

static void tell(const struct doctor_finding *f, void *arg)
{
	struct visit *v = arg;

	v->told[f->level]++;
	(v->json ? print_json : print_row)(f);
	fflush(stdout);
}

static int sum_up(const struct visit *v)
{
	if (!v->json && v->doctor.n_unasked)
		puts("What DNS did not say is neither well nor missing: see that the server's\n"
		     "name server answers (resolver.address), and try again later.");
	if (!v->json && v->n_silent >= SILENT_MAX)
		puts("It answered nothing for so long that it was not asked to the end.");
	if (!v->json)
		printf("%zu to mend, %zu could not be asked, %zu hints, %zu well\n",
		       v->told[DOCTOR_MEND], v->told[DOCTOR_UNSEEN], v->told[DOCTOR_HINT],
		       v->told[DOCTOR_WELL]);
	if (v->told[DOCTOR_MEND])
		return CLI_FAILED;
	return v->told[DOCTOR_UNSEEN] ? CLI_UNDECIDED : CLI_OK;
}

/* ---- DNS ---- */

/* Where no name server is in reach, each question would take resolver.time. */
static int ask(const struct dns_question *q, struct arena *mem, struct dns_answer *out, void *arg)
{
	struct visit *v = arg;
	int64_t asked_at = clock_now_at();

	*out = (struct dns_answer){ .status = DNS_FAILED };
	if (v->n_silent >= SILENT_MAX) {
		out->failure = SPAN("it answers nothing");
		return 0;
	}
	int r = control_dns(&v->server, q, mem, out);
	bool silent = out->status == DNS_FAILED && clock_now_at() - asked_at > SILENCE_MS;
	v->n_silent = silent ? v->n_silent + 1 : 0;
	return r;
}

/* The addresses of a name; what DNS does not say is none. */
static size_t addresses_of(struct visit *v, struct span name, struct ip *out, size_t max)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA };
	struct dns_question q;
	struct dns_answer answer;
	size_t n = 0;

	if (!v->seen.running || !name.n || name.n >= sizeof q.name)
		return 0;
	snprintf(q.name, sizeof q.name, "%.*s", SPAN_ARG(name));
	for (size_t k = 0; k < (v->set.delivery_ipv6 ? 2 : 1); k++) {
		q.type = types[k];
		if (ask(&q, &v->mem, &answer, v) < 0)
			return n;
		for (size_t i = 0; answer.status == DNS_FOUND && i < answer.n && n < max; i++)
			out[n++] = answer.records[i].ip;
	}
	return n;
}

/* ---- what there is to see ---- */

static void note_domain(json_t *row, void *arg)
{
	struct visit *v = arg;
	char *name = arena_str(&v->mem, span_str(control_text(row, "domain")));

	if (name && v->seen.n_ours < DOMAINS_MAX)
		v->ours[v->seen.n_ours++] = name;
}

static void note_held(json_t *row, void *arg)
{
	struct visit *v = arg;
	const char *why = control_text(row, "held");
	char *text =
	        *why ? arena_printf(&v->mem, "%s (%s)", control_text(row, "account"), why) : NULL;

	if (text && v->seen.n_held < HELD_MAX)
		v->held[v->seen.n_held++] = text;
}

static struct span text_of(struct visit *v, json_t *row, const char *key)
{
	return span_str(arena_str(&v->mem, span_str(control_text(row, key))));
}

static void note_keys(json_t *row, void *arg)
{
	struct visit *v = arg;
	json_t *key;
	size_t i;

	json_array_foreach(json_object_get(row, "keys"), i, key)
	{
		if (v->n_keys == KEYS_MAX)
			return;
		v->keys[v->n_keys++] = (struct doctor_key){
			.domain = text_of(v, row, "dkim"),
			.selector = text_of(v, key, "selector"),
			.record = text_of(v, key, "record"),
			.waits = !json_is_true(json_object_get(key, "published")),
			.signs = json_is_true(json_object_get(key, "signs")),
		};
	}
}

static int see_ours(struct visit *v)
{
	static const struct {
		struct who_order list;
		who_row *note;
	} all[] = {
		{ { .object = "domain", .verb = "list" }, note_domain },
		{ { .object = "account", .verb = "list" }, note_held },
		{ { .object = "dkim", .verb = "list" }, note_keys },
	};
	int r = 0;

	v->seen.ours = v->ours;
	v->seen.held = v->held;
	for (size_t i = 0; r >= 0 && v->seen.running && i < N_ELEMS(all); i++)
		r = who_ask(&v->set, &all[i].list, all[i].note, v);
	return r;
}

/* Behind a translator of addresses: what the host name leads to. */
static void see_ourselves(struct visit *v)
{
	if (!v->n_addresses)
		v->n_addresses = see_addresses(&v->set, v->addresses);
	if (!v->n_addresses)
		v->n_addresses =
		        addresses_of(v, span_str(v->set.server_hostname), v->addresses, GIVEN_MAX);
}

static bool may_relay(const struct settings *set, const struct address *from)
{
	const struct settings_list *list = &set->smtp_relay_networks;
	struct config_network n;

	for (size_t i = 0; i < list->n; i++)
		if (config_network_parse(span_str(list->v[i]), &n) >= 0 &&
		    config_network_has(&n, from))
			return true;
	return false;
}

/* Our own smtp port: from the address that strangers see, where it is this machine's. */
static void call_ourselves(struct visit *v)
{
	struct dialogue how = { .hello = "",
		                .expected = v->seen.certificate.whole,
		                .recipient = "postrider-doctor@example.com" };
	struct ip ip, ours[SEE_ADDRESSES];
	struct address listen;

	if (!v->set.listen_smtp.n ||
	    address_parse(span_str(v->set.listen_smtp.v[0]), 25, &listen) < 0)
		return;
	address_ip(&listen, &ip);
	how.to = listen;
	if (ip_is_unspecified(&ip) && see_addresses(&v->set, ours) && ours[0].n == ip.n)
		address_from_ip(&ours[0], address_port(&listen), &how.to);
	dialogue_run(&how, &v->seen.own);
	v->seen.from_relay_network = may_relay(&v->set, &how.from);
}

/* Where mail for the peer goes: a relay, else nobody. */
static int find_relay(struct visit *v)
{
	struct config_route *routes;
	char *address = arena_printf(&v->mem, "postmaster@%s", v->peer);
	char *from = arena_printf(&v->mem, "postmaster@%s", v->set.server_hostname);

	if (!address || !from || config_routes(&v->set.delivery_routes, &v->mem, &routes) < 0)
		return ERR_NO_MEMORY;
	config_route_find(routes, v->set.delivery_routes.n, span_str(from), span_str(address),
	                  span_str(v->peer), &v->relay);
	if (v->relay.action == ROUTE_RELAY)
		v->doctor.relay = v->relay.host;
	return 0;
}

static void call(struct visit *v, const struct ip *ip, uint16_t port, bool tls_first)
{
	struct dialogue how = { .hello = v->set.server_hostname, .tls_first = tls_first };

	address_from_ip(ip, port, &how.to);
	dialogue_run(&how, &v->seen.peer);
}

/* The hosts of a domain, or the one that it is itself. */
static void call_domain(struct visit *v)
{
	struct dns_question q = { .type = DNS_MX };
	struct dns_answer mx;
	struct ip ip;

	snprintf(q.name, sizeof q.name, "%s", v->peer);
	if (ask(&q, &v->mem, &mx, v) < 0)
		return;
	if (mx.status == DNS_FAILED)
		snprintf(v->seen.peer_unasked, sizeof v->seen.peer_unasked, "%.*s",
		         SPAN_ARG(mx.failure.n ? mx.failure : SPAN("no answer")));
	for (size_t i = 0; i < (mx.n ? mx.n : 1) && i < PEER_HOSTS_MAX; i++) {
		struct span host = mx.n ? mx.records[i].name : span_str(v->peer);

		if (!addresses_of(v, host, &ip, 1))
			continue;
		call(v, &ip, (uint16_t)v->set.delivery_remote_port, false);
		if (!*v->seen.peer.failed)
			return;
	}
}

static void call_somebody(struct visit *v)
{
	const struct config_route *relay = &v->relay;
	struct address at;
	struct ip ip;

	if (v->doctor.relay.n) {
		if (ip_parse(relay->host, &ip) >= 0 || addresses_of(v, relay->host, &ip, 1))
			call(v, &ip, relay->port, relay->tls == ROUTE_TLS_IMPLICIT);
	} else if (address_parse(span_str(v->peer), (uint16_t)v->set.delivery_remote_port, &at) >=
	           0) {
		address_ip(&at, &ip);
		call(v, &ip, address_port(&at), false);
	} else if (v->seen.running) {
		call_domain(v);
	}
}

/* What is here, and is seen at once. */
static int look_around(struct visit *v)
{
	int r;

	v->seen.now_s = clock_wall_time_ms() / 1000;
	v->seen.running = control_server(&v->set) != 0;
	if (v->seen.running && (r = control_open(&v->set, &v->server)) < 0)
		return r;
	see_certificate(&v->set, &v->seen.certificate);
	see_disk(v->set.server_data_dir, &v->seen.disk);
	see_files(&v->set, v->config_path, v->files);
	v->seen.files = v->files;
	v->seen.n_files = SEE_FILES;
	v->seen.clock = see_clock();
	r = find_relay(v);
	return r < 0 ? r : see_ours(v);
}

/* What may take long: DNS, our own port, other servers, the defence's helpers. */
static int look(enum doctor_check check, void *arg)
{
	struct visit *v = arg;

	switch (check) {
	case DOCTOR_AT_host:
		see_ourselves(v);
		v->doctor.n_addresses = v->n_addresses;
		return 0;
	case DOCTOR_AT_starttls:
		if (v->seen.running)
			call_ourselves(v);
		return 0;
	case DOCTOR_AT_outward: call_somebody(v); return 0;
	case DOCTOR_AT_virus:
		if (v->seen.running)
			see_defence(&v->server, &v->mem, &v->seen);
		return 0;
	case DOCTOR_AT_mirror:
		if (v->seen.running)
			see_mirror(&v->set, &v->server, &v->seen.mirror);
		return 0;
	default: return 0;
	}
}

/* ---- the command ---- */

static int examine(struct visit *v)
{
	int r = look_around(v);

	v->doctor.set = &v->set;
	v->doctor.seen = &v->seen;
	v->doctor.addresses = v->addresses;
	v->doctor.n_addresses = v->n_addresses;
	v->doctor.keys = v->keys;
	v->doctor.n_keys = v->n_keys;
	v->doctor.mem = &v->mem;
	v->doctor.ask = v->seen.running ? ask : NULL;
	v->doctor.tell = tell;
	v->doctor.look = look;
	v->doctor.arg = v;
	if (r >= 0)
		r = doctor_run(&v->doctor, v->domain ? &v->domain : v->ours,
		               v->domain ? 1 : v->seen.n_ours);
	if (v->seen.running)
		control_close(&v->server);
	return r < 0 ? CLI_FAILED : sum_up(v);
}

/* The one that is shown: by ACME, once there is one. */
static void name_certificate(struct visit *v)
{
	AUTO_BUF path = BUF(ACME_PATH_MAX);
	const char *host = v->set.server_hostname;
	char *copy;

	if (acme_certificate(&v->set, host, &path) && (copy = arena_str(&v->mem, buf_span(&path))))
		v->set.tls_certificate = copy;
	if (acme_certificate(&v->set, host, &path) && acme_key(&v->set, host, &path) &&
	    (copy = arena_str(&v->mem, buf_span(&path))))
		v->set.tls_key = copy;
}

static int visit(struct visit *v)
{
	v->config_path = cli_config_path(v->config_path);
	int status = cli_settings(v->config_path, &v->mem, &v->set) < 0 ? CLI_FAILED : CLI_OK;
	if (status == CLI_OK) {
		name_certificate(v);
		status = examine(v);
	}
	arena_fini(&v->mem);
	return status;
}

static const char help[] =
        "usage: postrider doctor [-c FILE] [--json] [--address IP]... [--selector NAME]... [--peer "
        "NAME] [DOMAIN]\n\n"
        "Looks at what keeps mail from being taken, here and elsewhere: of this server, and of the "
        "domain\n(of all of ours without one, in its xn-- form). Each finding says what to do. To "
        "be asked as\nthe user who started the server.\n\n"
        "  --address IP      an address that mail leaves from; else the one of the default route, "
        "else\n                    what server.hostname leads to\n"
        "  --selector NAME   of a DKIM key that signs mail from here\n"
        "  --peer NAME       a domain, or an address, whose smtp port is called; else gmail.com\n\n"
        "Exit status: 0 all well, 1 something is to be mended, 2 nothing of that, but something "
        "could not\nbe asked.";

/* The exit status of a misuse, else CLI_OK. */
static int take_option(struct visit *v, int o)
{
	if (v->n_keys == GIVEN_MAX || v->n_addresses == GIVEN_MAX)
		return cli_misuse("doctor", "fewer than %d of a kind", GIVEN_MAX);
	switch (o) {
	case 'c': v->config_path = optarg; break;
	case 'j': v->json = true; break;
	case 'p': v->peer = optarg; break;
	case 's':
		v->keys[v->n_keys++] =
		        (struct doctor_key){ .selector = span_str(optarg), .signs = true };
		break;
	default:
		if (ip_parse(span_str(optarg), &v->addresses[v->n_addresses++]) < 0)
			return cli_misuse("doctor", "%s is no IPv4 or IPv6 address", optarg);
	}
	return CLI_OK;
}

int cmd_doctor(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "address", required_argument, NULL, 'a' },
		                                 { "selector", required_argument, NULL, 's' },
		                                 { "peer", required_argument, NULL, 'p' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	static struct visit v = { .peer = "gmail.com" };
	int o;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (o == 'h' || o == '?')
			return cli_help(o, "doctor", help);
		int status = take_option(&v, o);
		if (status != CLI_OK)
			return status;
	}
	if (argc - optind > 1)
		return cli_misuse("doctor", "one domain?");
	v.domain = argv[optind];
	return visit(&v);
}
