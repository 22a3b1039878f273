/* httpd/discover.c - see discover.h; and Thunderbird's autoconfig (draft-ietf-mailmaint-autoconfig,
 * config-v1.1.xml), and the policy of MTA-STS (RFC 8461 3.2, 3.3). */
#include "httpd/discover.h"

#include "calls/directory.h"
#include "config/config_port.h"
#include "idn/idn.h"
#include "wire/http/xml.h"
#include "wire/mtasts/mtasts.h"
#include "wire/smtp/path.h"

size_t discover_services(const struct settings *set, struct discover_service out[DISCOVER_SERVICES])
{
	const struct discover_service all[DISCOVER_SERVICES] = {
		{ DISCOVER_IMAP, false, config_port(&set->listen_imaps) },
		{ DISCOVER_IMAP, true, config_port(&set->listen_imap) },
		{ DISCOVER_POP3, false, config_port(&set->listen_pop3s) },
		{ DISCOVER_POP3, true, config_port(&set->listen_pop3) },
		{ DISCOVER_SMTP, false, config_port(&set->listen_submissions) },
		{ DISCOVER_SMTP, true, config_port(&set->listen_submission) },
	};
	size_t n = 0;

	for (size_t i = 0; i < DISCOVER_SERVICES; i++)
		if (all[i].port)
			out[n++] = all[i];
	return n;
}

/* ---- whose ---- */

/* The domain's, whoever is in it. */
static WAITS int look_up(struct span ascii, struct arena *mem)
{
	struct directory_lookup_reply found;
	char *address = arena_printf(mem, "@%.*s", SPAN_ARG(ascii));
	struct directory_lookup_args a = { .address = span_str(address) };
	int r = address ? directory_lookup(&a, mem, &found) : ERR_NO_MEMORY; /* WAITS */

	if (r == ERR_LIMIT) /* whatever is not named leads to too many */
		return 1;
	return r < 0 ? r : found.local;
}

WAITS int discover_domain(struct httpd_request *q, struct span domain, struct span *ascii)
{
	int r = domain.n ? idn_to_ascii(domain, &q->mem, ascii) : ERR_SYNTAX;

	if (r == ERR_SYNTAX || r == ERR_REFUSED || r == ERR_TOO_LONG)
		r = 0;
	else if (r >= 0)
		r = look_up(*ascii, &q->mem); /* WAITS */
	if (r == 0)
		r = httpd_problem(q, 404, "not-found",
		                  "%.*s is no domain of this server: ask with the address of an "
		                  "account",
		                  SPAN_ARG(domain)); /* WAITS */
	else if (r < 0)
		r = httpd_problem_of(q, r); /* WAITS */
	return r < 0 ? r : !q->answered;
}

WAITS int discover_address(struct httpd_request *q, struct span address, struct span *ascii)
{
	struct smtp_path path;
	int r;

	if (smtp_address_split(address, 0, &path) >= 0)
		return discover_domain(q, path.domain, ascii); /* WAITS */
	r = httpd_problem(q, 400, "malformed", "%.*s is no address: write local@domain",
	                  SPAN_ARG(address)); /* WAITS */
	return r < 0 ? r : 0;
}

/* The domain that Host names behind a label of ours, without its port. */
static struct span host_of(const struct httpd_request *q, struct span label)
{
	struct span host = q->head.host;
	ptrdiff_t colon = span_find_last(host, ':');

	if (colon >= 0)
		host = span_sub(host, 0, (size_t)colon);
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	return span_eat_nocase(&host, label) ? host : SPAN("");
}

/* ---- Thunderbird ---- */

static void put_server(struct buf *out, const struct settings *set,
                       const struct discover_service *s)
{
	static const char *const types[] = { "imap", "pop3", "smtp" };
	const char *element = s->kind == DISCOVER_SMTP ? "outgoingServer" : "incomingServer";

	buf_printf(out, "<%s type=\"%s\">\n", element, types[s->kind]);
	http_xml_element(out, "hostname", span_str(set->server_hostname));
	buf_printf(out, "<port>%d</port>\n", s->port);
	http_xml_element(out, "socketType", s->starttls ? SPAN("STARTTLS") : SPAN("SSL"));
	http_xml_element(out, "authentication", SPAN("password-cleartext")); /* within TLS */
	http_xml_element(out, "username", SPAN("%EMAILADDRESS%"));
	buf_printf(out, "</%s>\n", element);
}

static void put_config(struct buf *out, const struct settings *set, struct span domain)
{
	struct discover_service all[DISCOVER_SERVICES];
	size_t n = discover_services(set, all);

	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	              "<clientConfig version=\"1.1\">\n<emailProvider id=\"");
	http_xml_put(out, domain);
	buf_puts(out, "\">\n");
	http_xml_element(out, "domain", domain);
	http_xml_element(out, "displayName", domain);
	http_xml_element(out, "displayShortName", domain);
	for (size_t i = 0; i < n; i++)
		put_server(out, set, &all[i]);
	buf_puts(out, "</emailProvider>\n</clientConfig>\n");
}

WAITS int httpd_autoconfig(struct httpd_request *q)
{
	struct span address = httpd_parameter(q, "emailaddress"), domain;
	AUTO_BUF out = BUF(DISCOVER_ROOM);
	int r;

	if (address.n) {
		r = discover_address(q, address, &domain); /* WAITS */
	} else {
		domain = host_of(q, SPAN("autoconfig."));
		r = discover_domain(q, domain.n ? domain : host_of(q, SPAN("")),
		                    &domain); /* WAITS */
	}
	if (r <= 0)
		return r;
	put_config(&out, q->s->set, domain);
	return out.err ? out.err
	               : httpd_answer(q, 200, "text/xml; charset=utf-8", SPAN(""),
	                              buf_span(&out)); /* WAITS */
}

/* ---- other mail servers ---- */

WAITS int httpd_mta_sts(struct httpd_request *q)
{
	AUTO_BUF out = BUF(MTASTS_POLICY_MAX);
	const struct settings *set = q->s->set;
	enum mtasts_mode mode;
	struct span domain = host_of(q, SPAN("mta-sts."));
	int r;

	if (!domain.n)
		return httpd_problem(
		        q, 404, "not-found",
		        "the policy of a domain is asked of mta-sts.DOMAIN"); /* WAITS */
	r = discover_domain(q, domain, &domain);                              /* WAITS */
	if (r <= 0)
		return r;
	r = mtasts_mode_parse(span_str(set->http_mta_sts), &mode);
	if (r >= 0)
		r = mtasts_policy_put(&out, mode, span_str(set->server_hostname));
	return r < 0 ? r : httpd_answer(q, 200, "text/plain", SPAN(""), buf_span(&out)); /* WAITS */
}
