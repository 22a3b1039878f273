/* httpd/autodiscover.c - Microsoft's autodiscover: plain XML ([MS-OXDSCLI] 2.2.3, 2.2.4), and the
 * JSON that leads to it. */
#include "config/config_port.h"
#include "httpd/discover.h"
#include "wire/http/autodiscover.h"
#include "wire/http/xml.h"

#define SCHEMAS "http://schemas.microsoft.com/exchange/autodiscover/"
#define OUTLOOK SCHEMAS "outlook/responseschema/2006a"

static void begin(struct buf *out, const char *schema)
{
	buf_printf(out,
	           "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Autodiscover "
	           "xmlns=\"" SCHEMAS "responseschema/2006\">\n<Response xmlns=\"%s\">\n",
	           schema);
}

static void put_protocol(struct buf *out, const struct settings *set,
                         const struct discover_service *s, struct span address)
{
	static const char *const types[] = { "IMAP", "POP3", "SMTP" };

	buf_printf(out, "<Protocol>\n<Type>%s</Type>\n", types[s->kind]);
	http_xml_element(out, "Server", span_str(set->server_hostname));
	buf_printf(out, "<Port>%d</Port>\n<DomainRequired>off</DomainRequired>\n", s->port);
	http_xml_element(out, "LoginName", address);
	buf_printf(out, "<SPA>off</SPA>\n<SSL>on</SSL>\n<Encryption>%s</Encryption>\n",
	           s->starttls ? "TLS" : "SSL"); /* it goes before SSL */
	buf_puts(out, "<AuthRequired>on</AuthRequired>\n");
	if (s->kind == DISCOVER_SMTP)
		buf_puts(out, "<UsePOPAuth>off</UsePOPAuth>\n<SMTPLast>off</SMTPLast>\n");
	buf_puts(out, "</Protocol>\n");
}

/* One of each kind, the best: programs try no second one. */
static void put_account(struct buf *out, const struct settings *set, struct span address)
{
	struct discover_service all[DISCOVER_SERVICES];
	size_t n = discover_services(set, all);

	begin(out, OUTLOOK);
	buf_puts(out, "<User>\n");
	http_xml_element(out, "DisplayName", address);
	buf_puts(out, "</User>\n<Account>\n<AccountType>email</AccountType>\n"
	              "<Action>settings</Action>\n");
	for (size_t i = 0; i < n; i++)
		if (!i || all[i].kind != all[i - 1].kind)
			put_protocol(out, set, &all[i], address);
	buf_puts(out, "</Account>\n</Response>\n</Autodiscover>\n");
}

/* 601: it is asked for something else than mail, such as ActiveSync. */
static void put_other(struct buf *out)
{
	begin(out, SCHEMAS "responseschema/2006");
	buf_puts(out, "<Error>\n<ErrorCode>601</ErrorCode>\n"
	              "<Message>Only " OUTLOOK " is known here</Message>\n<DebugData/>\n"
	              "</Error>\n</Response>\n</Autodiscover>\n");
}

WAITS int httpd_autodiscover(struct httpd_request *q)
{
	AUTO_BUF body = BUF(HTTP_AUTODISCOVER_MAX), out = BUF(DISCOVER_ROOM);
	struct http_autodiscover asked;
	struct span domain;
	int r = httpd_body(q, HTTP_AUTODISCOVER_MAX, &body); /* WAITS */

	if (r <= 0)
		return r;
	r = http_autodiscover_parse(buf_span(&body), &q->mem, &asked);
	if (r == ERR_SYNTAX)
		return httpd_problem(q, 400, "malformed",
		                     "the body is no request for autodiscover: %s",
		                     err_str(r)); /* WAITS */
	if (r >= 0)
		r = discover_address(q, asked.address, &domain); /* WAITS */
	if (r <= 0)
		return r;
	if (!asked.schema.n || span_eq(asked.schema, SPAN(OUTLOOK)))
		put_account(&out, q->s->set, asked.address);
	else
		put_other(&out);
	return out.err ? out.err
	               : httpd_answer(q, 200, "text/xml; charset=utf-8", SPAN(""),
	                              buf_span(&out)); /* WAITS */
}

/* ---- JSON ---- */

static void put_url(struct json *j, const struct settings *set)
{
	int port = config_port(&set->listen_https);
	char url[400], at[16] = "";

	if (port && port != 443)
		snprintf(at, sizeof at, ":%d", port);
	snprintf(url, sizeof url, "https://%s%s/autodiscover/autodiscover.xml",
	         set->server_hostname, at);
	json_key(j, "Protocol");
	json_str(j, "AutodiscoverV1");
	json_key(j, "Url");
	json_str(j, url);
}

static void put_no_protocol(struct json *j, struct span protocol)
{
	json_key(j, "ErrorCode");
	json_str(j, "ProtocolNotSupported");
	json_key(j, "ErrorMessage");
	json_str(j, "Protocol is not AutodiscoverV1, which alone is known here");
	json_member_span(j, "Protocol", protocol);
}

/* Behind /v1.0/, or as a parameter. */
static struct span email_of(struct httpd_request *q)
{
	struct span email = q->n_segments == 4 ? q->segments[3] : httpd_parameter(q, "Email");

	return email.n ? email : httpd_parameter(q, "email");
}

WAITS int httpd_autodiscover_json(struct httpd_request *q)
{
	struct span protocol = httpd_parameter(q, "Protocol"), domain;
	AUTO_BUF body = BUF(DISCOVER_ROOM);
	struct json j = JSON(&body);
	int r = discover_address(q, email_of(q), &domain); /* WAITS */

	if (r <= 0)
		return r;
	bool known = span_eq_nocase(protocol, SPAN("AutodiscoverV1"));
	json_begin_object(&j);
	if (known)
		put_url(&j, q->s->set);
	else
		put_no_protocol(&j, protocol);
	json_end_object(&j);
	return httpd_json(q, known ? 200 : 400, &body); /* WAITS */
}
