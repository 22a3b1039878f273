/* courier/web_host.c - see web_host.h. */
#include "courier/web_host.h"

#include "resolver/resolver.h"

enum { ADDRESSES_MAX = 6 };

struct search {
	const struct web_host *h;
	struct buf *out;
	size_t n, n_refused;
	int fault; /* of a question that had no answer */
};

static void take(struct search *s, const struct address *a)
{
	char text[ADDRESS_TEXT_BYTES];
	bool six = a->sa.sa_family == AF_INET6;

	if (s->n == ADDRESSES_MAX)
		return;
	if (!s->h->may(a, s->h->arg)) {
		s->n_refused++;
		return;
	}
	buf_printf(s->out, six ? "%s[%s]" : "%s%s", s->n++ ? "," : "",
	           address_text(a, false, text));
}

static WAITS int ask(struct search *s, enum resolver_type type, struct arena *mem)
{
	struct resolver_answer got;
	int r = resolver_ask(span_str(s->h->name), type, mem, &got); /* WAITS */

	if (r == ERR_CANCELLED || r == ERR_NO_MEMORY)
		return r;
	if (r < 0)
		s->fault = r;
	for (size_t i = 0; r >= 0 && i < got.n_records; i++)
		take(s, &got.records[i].address);
	return 0;
}

WAITS int web_host_find(const struct web_host *h, struct arena *mem, struct buf *out)
{
	struct search s = { .h = h, .out = out };

	buf_printf(out, "%s:%u:", h->name, (unsigned)h->port);
	int r = ask(&s, RESOLVER_A, mem); /* WAITS */
	if (r >= 0 && h->ipv6)
		r = ask(&s, RESOLVER_AAAA, mem); /* WAITS */
	if (r < 0 || s.n)
		return r < 0 ? r : out->err;
	if (s.n_refused)
		return err(ERR_NET, "%s has no address that %s may go to, only private ones",
		           h->name, h->what);
	return s.fault ? s.fault : err(ERR_NET, "%s has no address", h->name);
}
