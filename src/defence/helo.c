/* defence/helo.c - see helo.h. */
#include "defence/helo.h"

#include "wire/smtp/domain.h"

static const struct {
	const char *word, *meaning;
} words[HELO_WORDS] = {
	[HELO_GOOD] = { "good", "which can be" },
	[HELO_OURS] = { "ours", "which is our own name" },
	[HELO_OUR_ADDRESS] = { "our-address", "which is our own address" },
	[HELO_OTHER_ADDRESS] = { "other-address", "which is not the address that it comes from" },
	[HELO_BAD_ADDRESS] = { "bad-address",
	                       "which is no address as RFC 5321 4.1.3 writes them, such as "
	                       "[192.0.2.1]" },
	[HELO_NO_NAME] = { "no-name", "which cannot be the name of a host" },
	[HELO_NO_DOT] = { "no-dot", "which is no full name of a host: it has no domain" },
};

static enum helo_word judge_address(struct span helo, const struct ip *client,
                                    const struct ip *here)
{
	struct smtp_literal literal;
	struct ip ip = { 0 };

	if (smtp_literal_parse(helo, &literal) < 0)
		return HELO_BAD_ADDRESS;
	ip.n = literal.family == SMTP_LITERAL_IPV4 ? 4 : 16;
	memcpy(ip.octets, literal.octets, ip.n);
	if (ip_eq(&ip, client))
		return HELO_GOOD;
	return ip_eq(&ip, here) ? HELO_OUR_ADDRESS : HELO_OTHER_ADDRESS;
}

enum helo_word helo_judge(struct span helo, const struct ip *client, const struct ip *here,
                          struct span ours)
{
	struct ip ip;

	if (helo.n && helo.p[0] == '[')
		return judge_address(helo, client, here);
	if (ip_parse(helo, &ip) >= 0)
		return HELO_BAD_ADDRESS;
	if (helo.n > 1 && helo.p[helo.n - 1] == '.') /* the root: no mistake of who it is */
		helo.n--;
	if (span_eq_nocase(helo, ours))
		return HELO_OURS;
	if (smtp_domain_check(helo, NULL) < 0)
		return HELO_NO_NAME;
	return span_find(helo, '.') < 0 ? HELO_NO_DOT : HELO_GOOD;
}

const char *helo_word(enum helo_word w)
{
	return words[w].word;
}

const char *helo_meaning(enum helo_word w)
{
	return words[w].meaning;
}
