/* httpd/profile.c - GET /apple.mobileconfig?email=: a configuration profile that sets up the mail
 * of an account on Apple's systems (Device Management: Mail, com.apple.mail.managed).  Not signed.
 */
#include "crypto/hash.h"
#include "httpd/discover.h"
#include "wire/http/xml.h"

enum { UUID_BYTES = 37 };

struct profile {
	const struct settings *set;
	struct span address;
	const struct discover_service *in, *out;
};

static void put_string(struct buf *out, const char *key, struct span value)
{
	http_xml_element(out, "key", span_str(key));
	http_xml_element(out, "string", value);
}

static void put_integer(struct buf *out, const char *key, int value)
{
	buf_printf(out, "<key>%s</key>\n<integer>%d</integer>\n", key, value);
}

static void put_true(struct buf *out, const char *key)
{
	buf_printf(out, "<key>%s</key>\n<true/>\n", key);
}

/* The same account has the same, so that a profile that is installed again takes the place of the
 * one before (RFC 9562 5.8). */
static int uuid(const struct profile *p, const char *of, char out[UUID_BYTES])
{
	AUTO_BUF name = BUF(DISCOVER_ROOM);
	uint8_t d[CRYPTO_SHA256];
	int r = buf_printf(&name, "%s %s %.*s", of, p->set->server_hostname, SPAN_ARG(p->address));

	if (r >= 0)
		r = crypto_sha256(buf_span(&name), d);
	if (r < 0)
		return r;
	snprintf(out, UUID_BYTES,
	         "%02X%02X%02X%02X-%02X%02X-8%X%02X-%X%X%02X-%02X%02X%02X%02X%02X%02X", d[0], d[1],
	         d[2], d[3], d[4], d[5], d[6] & 15, d[7], 8 | (d[8] & 3), d[8] >> 4, d[9], d[10],
	         d[11], d[12], d[13], d[14], d[15]);
	return 0;
}

/* What each dictionary of a profile has. */
static int put_payload(struct buf *out, const struct profile *p, const char *type, const char *what)
{
	AUTO_BUF text = BUF(DISCOVER_ROOM);
	char id[UUID_BYTES];
	int r = uuid(p, type, id);

	if (r < 0)
		return r;
	put_string(out, "PayloadType", span_str(type));
	put_integer(out, "PayloadVersion", 1);
	put_string(out, "PayloadUUID", span_str(id));
	buf_printf(&text, "%s.mail.%s", p->set->server_hostname, id);
	put_string(out, "PayloadIdentifier", buf_span(&text));
	buf_reset(&text);
	buf_printf(&text, "%s %.*s", what, SPAN_ARG(p->address));
	put_string(out, "PayloadDisplayName", buf_span(&text));
	return text.err ? text.err : out->err;
}

static void put_server(struct buf *out, const char *way, const struct profile *p,
                       const struct discover_service *s)
{
	char key[80];

#define KEY(end) (snprintf(key, sizeof key, "%sMailServer" end, way), key)
	put_string(out, KEY("HostName"), span_str(p->set->server_hostname));
	put_integer(out, KEY("PortNumber"), s->port);
	put_true(out, KEY("UseSSL"));
	put_string(out, KEY("Authentication"), SPAN("EmailAuthPassword"));
	put_string(out, KEY("Username"), p->address);
#undef KEY
}

static int put_account(struct buf *out, const struct profile *p)
{
	int r = put_payload(out, p, "com.apple.mail.managed", "Account");

	put_string(out, "EmailAccountType",
	           p->in->kind == DISCOVER_IMAP ? SPAN("EmailTypeIMAP") : SPAN("EmailTypePOP"));
	put_string(out, "EmailAccountDescription", p->address);
	put_string(out, "EmailAddress", p->address);
	put_server(out, "Incoming", p, p->in);
	put_server(out, "Outgoing", p, p->out);
	put_true(out, "OutgoingPasswordSameAsIncomingPassword");
	return r;
}

static int put_profile(struct buf *out, const struct profile *p)
{
	int r;

	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	              "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
	              "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
	              "<plist version=\"1.0\">\n<dict>\n");
	r = put_payload(out, p, "Configuration", "Mail of");
	buf_puts(out, "<key>PayloadContent</key>\n<array>\n<dict>\n");
	if (r >= 0)
		r = put_account(out, p);
	buf_puts(out, "</dict>\n</array>\n</dict>\n</plist>\n");
	return r < 0 ? r : out->err;
}

/* IMAP before POP3, TLS from the start before STARTTLS, which these programs find by themselves. */
static bool choose(struct profile *p, const struct discover_service *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct discover_service **to =
		        all[i].kind == DISCOVER_SMTP ? &p->out : &p->in;
		if (!*to)
			*to = &all[i];
	}
	return p->in && p->out;
}

WAITS int httpd_profile(struct httpd_request *q)
{
	struct profile p = { q->s->set, httpd_parameter(q, "email"), NULL, NULL };
	struct discover_service all[DISCOVER_SERVICES];
	AUTO_BUF out = BUF(DISCOVER_ROOM);
	struct span domain;
	int r = discover_address(q, p.address, &domain); /* WAITS */

	if (r <= 0)
		return r;
	if (!choose(&p, all, discover_services(p.set, all)))
		return httpd_problem(q, 404, "not-found",
		                     "this server has no IMAP or POP3, or takes no mail from "
		                     "programs"); /* WAITS */
	r = put_profile(&out, &p);
	return r < 0 ? r
	             : httpd_answer(q, 200, "application/x-apple-aspen-config",
	                            SPAN("Content-Disposition: attachment; "
	                                 "filename=\"mail.mobileconfig\"\r\n"),
	                            buf_span(&out)); /* WAITS */
}
