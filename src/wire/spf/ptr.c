/* wire/spf/ptr.c - the client's names, those that its address confirms.  RFC 7208 5.5, 7.3.
 *
 * They are asked for once a check, by the first term that wants them.
 */
#include <stdio.h>

#include "wire/spf/spf_impl.h"

static void put_reverse(const struct ip *ip, char out[DNS_NAME_BYTES])
{
	size_t n = 0;

	for (size_t i = ip->n; i-- > 0;)
		n += (size_t)(ip->n == 4
		                      ? snprintf(out + n, DNS_NAME_BYTES - n, "%u.", ip->octets[i])
		                      : snprintf(out + n, DNS_NAME_BYTES - n, "%x.%x.",
		                                 ip->octets[i] & 15u, ip->octets[i] >> 4u));
	(void)snprintf(out + n, DNS_NAME_BYTES - n, "%s", ip->n == 4 ? "in-addr.arpa" : "ip6.arpa");
}

static void ask_next(struct spf *s)
{
	enum dns_type type = s->values.ip.n == 4 ? DNS_A : DNS_AAAA;

	while (s->ptr.at < s->ptr.n)
		if (spf_ask(s, SPF_WANT_PTR_ADDRESSES, type, s->ptr.name[s->ptr.at++]))
			return;
	s->ptr.done = true;
}

bool spf_validate_names(struct spf *s)
{
	char name[DNS_NAME_BYTES];

	if (s->ptr.done)
		return false;
	put_reverse(&s->values.ip, name);
	return spf_ask(s, SPF_WANT_PTR, DNS_PTR, span_str(name));
}

static bool is_void(const struct dns_answer *answer)
{
	return answer->status == DNS_NO_DATA || answer->status == DNS_NO_NAME;
}

void spf_answer_ptr(struct spf *s, const struct dns_answer *answer)
{
	s->ptr.is_void |= is_void(answer);
	for (size_t i = 0; answer->status == DNS_FOUND && i < answer->n && i < SPF_NAMES_MAX; i++)
		if (arena_copy(s->mem, answer->records[i].name, &s->ptr.name[s->ptr.n]) == 0)
			s->ptr.n++;
	ask_next(s);
}

void spf_answer_ptr_addresses(struct spf *s, const struct dns_answer *answer)
{
	s->ptr.is_void |= is_void(answer);
	for (size_t i = 0; answer->status == DNS_FOUND && i < answer->n; i++)
		if (ip_eq(&answer->records[i].ip, &s->values.ip))
			s->ptr.valid[s->ptr.at - 1] = true;
	ask_next(s);
}

static struct span without_dot(struct span name)
{
	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

static bool is_below(struct span name, struct span domain)
{
	return name.n > domain.n && span_ends_nocase(name, domain) &&
	       name.p[name.n - domain.n - 1] == '.';
}

bool spf_ptr_matches(const struct spf *s, struct span domain)
{
	domain = without_dot(domain);
	for (size_t i = 0; i < s->ptr.n; i++) {
		struct span name = without_dot(s->ptr.name[i]);

		if (s->ptr.valid[i] && (span_eq_nocase(name, domain) || is_below(name, domain)))
			return true;
	}
	return false;
}

struct span spf_ptr_best(const struct spf *s, struct span domain)
{
	struct span best = { 0 };
	int rank = 0;

	domain = without_dot(domain);
	for (size_t i = 0; i < s->ptr.n; i++) {
		struct span name = without_dot(s->ptr.name[i]);
		int r = span_eq_nocase(name, domain) ? 3 : is_below(name, domain) ? 2 : 1;

		if (s->ptr.valid[i] && r > rank) {
			best = name;
			rank = r;
		}
	}
	return best;
}
