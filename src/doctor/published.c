/* doctor/published.c - see published.h. */
#include "doctor/published.h"

#include <string.h>

#include "base/buf.h"
#include "wire/dkim/signature.h"

enum { TEXT_MAX = 8 << 10 };

static const struct {
	const char *name;
	enum dns_type type;
} types[] = { { "A", DNS_A },
	      { "CNAME", DNS_CNAME },
	      { "MX", DNS_MX },
	      { "TXT", DNS_TXT },
	      { "SRV", DNS_SRV } };

const char *published_name(enum published_state state)
{
	static const char *const names[] = { [PUBLISHED_YES] = "yes",
		                             [PUBLISHED_NO] = "no",
		                             [PUBLISHED_DIFFERENT] = "different",
		                             [PUBLISHED_UNKNOWN] = "unknown" };
	return names[state];
}

bool published_question(const struct published_record *r, struct dns_question *out)
{
	size_t n = strlen(r->owner);

	for (size_t i = 0; i < N_ELEMS(types); i++) {
		if (strcmp(r->type, types[i].name) != 0)
			continue;
		out->type = types[i].type;
		n -= n && r->owner[n - 1] == '.';
		if (!n || n >= sizeof out->name)
			return false;
		memcpy(out->name, r->owner, n);
		out->name[n] = '\0';
		return true;
	}
	return false;
}

/* As in a zone file. */
static int print(enum dns_type type, const struct dns_record *r, struct arena *mem,
                 struct span *out)
{
	char ip[IP_TEXT_BYTES];
	char *text = NULL;

	switch (type) {
	case DNS_TXT: *out = r->text; return 0;
	case DNS_A: text = arena_str(mem, span_str(ip_text(&r->ip, ip))); break;
	case DNS_MX: text = arena_printf(mem, "%u %.*s.", r->preference, SPAN_ARG(r->name)); break;
	case DNS_SRV:
		text = arena_printf(mem, "%.*s %.*s.", SPAN_ARG(r->text), SPAN_ARG(r->name));
		break;
	default: text = arena_printf(mem, "%.*s.", SPAN_ARG(r->name)); break;
	}
	*out = span_str(text);
	return text ? 0 : ERR_NO_MEMORY;
}

/* The strings of a value joined: ours have no escapes. */
static int unquote(const char *value, struct buf *out)
{
	bool inside = false;

	for (const char *p = value; *p; p++)
		if (*p == '"')
			inside = !inside;
		else if (inside)
			buf_putc(out, *p);
	return out->err;
}

/* "v=spf1": what else stands at that name is about something else. */
static struct span purpose(struct span text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] != ' ' && text.p[n] != ';')
		n++;
	return span_sub(text, 0, n);
}

static bool is_for(const struct published_record *r, struct span wanted, struct span text)
{
	return strstr(r->owner, "._domainkey.") || span_eq_nocase(purpose(text), purpose(wanted));
}

static bool is_same(const struct published_record *r, struct span wanted, struct span found,
                    struct arena *mem)
{
	if (strstr(r->owner, "._domainkey."))
		return dkim_key_same(wanted, found, mem);
	/* Whose address it is, nobody here knows: any will do. */
	return strcmp(r->type, "A") == 0 || span_eq_nocase(wanted, found);
}

static int look(const struct published_record *r, struct span wanted,
                const struct dns_answer *answer, struct arena *mem, struct published *out)
{
	bool is_text = strcmp(r->type, "TXT") == 0;
	struct dns_question q;
	size_t n_same = 0;

	out->found = arena_array(mem, struct span, answer->n ? answer->n : 1);
	if (!out->found || !published_question(r, &q))
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < answer->n; i++) {
		struct span text;
		int e = print(q.type, &answer->records[i], mem, &text);

		if (e < 0)
			return e;
		if (is_text && !is_for(r, wanted, text))
			continue;
		n_same += is_same(r, wanted, text, mem);
		out->found[out->n_found++] = text;
	}
	out->state = !out->n_found            ? PUBLISHED_NO
	             : n_same == out->n_found ? PUBLISHED_YES
	                                      : PUBLISHED_DIFFERENT;
	return 0;
}

int published_judge(const struct published_record *r, const struct dns_answer *answer,
                    struct arena *mem, struct published *out)
{
	bool is_text = strcmp(r->type, "TXT") == 0;
	AUTO_BUF wanted = BUF(TEXT_MAX);
	int e = is_text ? unquote(r->value, &wanted) : buf_puts(&wanted, r->value);

	*out = (struct published){ .state = PUBLISHED_UNKNOWN };
	if (e < 0)
		return e;
	if (answer->status == DNS_FAILED) {
		out->why = answer->failure.n ? answer->failure : SPAN("DNS gave no answer in time");
		return 0;
	}
	return look(r, buf_span(&wanted), answer, mem, out);
}
