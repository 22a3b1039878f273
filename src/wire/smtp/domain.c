/* wire/smtp/domain.c - see domain.h. */
#include "wire/smtp/domain.h"

#include "base/coding/ip.h"
#include "base/utf8.h"

static bool is_let_dig(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c >= 0x80;
}

/* RFC 5321 4.1.2: sub-domain = Let-dig [Ldh-str]; RFC 6531 3.3 adds U-labels,
 * whose limit of 63 holds for the A-label, which is not known here. */
static bool is_label(struct span label)
{
	if (label.n == 0)
		return false;
	if (label.n > SMTP_LABEL_MAX && utf8_is_ascii(label))
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!is_let_dig((unsigned char)label.p[i]) && label.p[i] != '-')
			return false;
	return label.p[0] != '-' && label.p[label.n - 1] != '-';
}

int smtp_domain_check(struct span name, bool *utf8)
{
	struct span rest = name, label;

	if (name.n > SMTP_DOMAIN_MAX)
		return err(ERR_TOO_LONG, "the domain is over %d octets", SMTP_DOMAIN_MAX);
	if (name.n == 0 || name.p[name.n - 1] == '.')
		return err(ERR_SYNTAX, "the domain is empty or ends in a dot");
	while (span_split(&rest, '.', &label))
		if (!is_label(label))
			return err(ERR_SYNTAX, "the domain is not well-formed");
	if (!utf8_valid(name))
		return err(ERR_SYNTAX, "the domain is not valid UTF-8");
	if (utf8)
		*utf8 = !utf8_is_ascii(name);
	return 0;
}

int smtp_literal_parse(struct span literal, struct smtp_literal *out)
{
	struct smtp_literal got = { .family = SMTP_LITERAL_IPV4 };
	struct span inner;
	struct ip ip;

	if (literal.n < 2 || literal.p[0] != '[' || literal.p[literal.n - 1] != ']')
		return err(ERR_SYNTAX, "an address literal needs its brackets");
	inner = span_sub(literal, 1, literal.n - 2);
	if (span_eat_nocase(&inner, SPAN("IPv6:")))
		got.family = SMTP_LITERAL_IPV6;
	if (ip_parse(inner, &ip) < 0 || (ip.n == 16) != (got.family == SMTP_LITERAL_IPV6))
		return err(ERR_SYNTAX, "the address literal is not well-formed");
	memcpy(got.octets, ip.octets, ip.n);
	*out = got;
	return 0;
}
