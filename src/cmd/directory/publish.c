/* cmd/directory/publish.c - see publish.h. */
#include "cmd/directory/publish.h"

#include <stdio.h>

#include "base/buf.h"
#include "cmd/control.h"

enum { TEXT_MAX = 700, SERVICES = 6, STRING_BYTES = 255, OWNER_MAX = 600, RECORD_MAX = 4096 };

/* What mail programs use; those that begin with TLS first (RFC 8314 3). */
struct service {
	const char *name, *use;
	int priority, port; /* 0: not offered */
};

static int port_of(const struct settings_list *listen)
{
	uint64_t port;
	struct span at = listen->n ? span_str(listen->v[0]) : SPAN("");
	ptrdiff_t colon = span_find_last(at, ':');

	at = span_sub(at, (size_t)(colon + 1), at.n);
	return at.n && span_to_u64(at, 65535, &port) >= 0 ? (int)port : 0;
}

static void services(const struct publish *p, struct service out[SERVICES])
{
#define SERVICE(name, use, priority, port)                                                         \
	{                                                                                          \
		"_" #name, use, priority, p->set ? port_of(&p->set->listen_##name) : port          \
	}
	const struct service all[SERVICES] = {
		SERVICE(submissions, "to send, SMTP with TLS from the start", 0, 465),
		SERVICE(submission, "to send, SMTP with STARTTLS", 0, 587),
		SERVICE(imaps, "to read, IMAP with TLS from the start", 0, 993),
		SERVICE(imap, "to read, IMAP with STARTTLS", 10, 143),
		SERVICE(pop3s, "to fetch, POP3 with TLS from the start", 10, 995),
		SERVICE(pop3, "to fetch, POP3 with STLS", 20, 110),
	};
	memcpy(out, all, sizeof all);
}

struct putting {
	const struct publish *p;
	publish_fn *fn;
	void *arg;
};

static void put(const struct putting *to, const char *prefix, const char *owner, const char *type,
                const char *value)
{
	char name[TEXT_MAX];

	snprintf(name, sizeof name, "%s%s.", prefix, owner);
	to->fn(name, type, value, to->arg);
}

void publish_each(const struct publish *p, publish_fn *fn, void *arg)
{
	const struct putting to = { p, fn, arg };
	struct service all[SERVICES];
	char value[TEXT_MAX], prefix[40];

	snprintf(value, sizeof value, "10 %s.", p->host);
	put(&to, "", p->domain, "MX", value);
	put(&to, "", p->host, "A", "192.0.2.1");
	put(&to, "", p->domain, "TXT", "\"v=spf1 mx -all\"");
	snprintf(value, sizeof value, "\"v=DMARC1; p=none; rua=mailto:postmaster@%s\"", p->domain);
	put(&to, "_dmarc.", p->domain, "TXT", value);
	services(p, all);
	for (size_t i = 0; i < SERVICES; i++) {
		snprintf(prefix, sizeof prefix, "%s._tcp.", all[i].name);
		if (all[i].port)
			snprintf(value, sizeof value, "%d 1 %d %s.", all[i].priority, all[i].port,
			         p->host);
		put(&to, prefix, p->domain, "SRV", all[i].port ? value : "0 0 0 .");
	}
}

/* In strings of at most 255 octets (RFC 6376 3.6.2.2); our own records need no escapes. */
static void put_strings(struct span text, struct buf *out)
{
	for (struct span rest = text; rest.n; rest = span_sub(rest, STRING_BYTES, rest.n))
		buf_printf(out, "%s\"%.*s\"", rest.n < text.n ? " " : "",
		           SPAN_ARG(span_sub(rest, 0, STRING_BYTES)));
}

void publish_keys_each(json_t *row, publish_fn *fn, void *arg)
{
	const char *domain = control_text(row, "dkim");
	json_t *k;
	size_t i;

	json_array_foreach(json_object_get(row, "keys"), i, k)
	{
		AUTO_BUF owner = BUF(OWNER_MAX), value = BUF(RECORD_MAX);

		buf_printf(&owner, "%s._domainkey.%s.", control_text(k, "selector"), domain);
		put_strings(span_str(control_text(k, "record")), &value);
		fn(buf_str(&owner), "TXT", buf_str(&value), arg);
	}
}

static void print_record(const char *owner, const char *type, const char *value, UNUSED void *arg)
{
	printf("    %-32s IN %-4s %s\n", owner, type, value);
}

void publish_print(const struct publish *p)
{
	publish_each(p, print_record, NULL);
}

void publish_print_keys(json_t *row)
{
	publish_keys_each(row, print_record, NULL);
}

void publish_print_clients(const struct publish *p)
{
	struct service all[SERVICES];

	services(p, all);
	for (size_t i = 0; i < SERVICES; i++)
		if (all[i].port)
			printf("    %-40s %s, port %d\n", all[i].use, p->host, all[i].port);
}
