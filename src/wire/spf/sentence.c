/* wire/spf/sentence.c - a verdict in words. */
#include "wire/spf/spf.h"

static void put_escaped(struct buf *out, struct span s)
{
	(void)buf_put_escaped(out, s);
}

static void put_who(struct buf *out, const struct spf_verdict *v, const struct spf_subject *subject)
{
	char ip[IP_TEXT_BYTES];

	(void)buf_puts(out, ip_text(&subject->ip, ip));
	(void)buf_puts(out, v->result == SPF_PASS   ? " may send mail for "
	                    : v->result == SPF_FAIL ? " may not send mail for "
	                                            : " is not known to send mail for ");
	put_escaped(out, v->domain);
}

/* " (-all in the SPF record of example.com)" */
static void put_where(struct buf *out, const struct spf_verdict *v)
{
	if (v->term.n == 0 && span_eq_nocase(v->at, v->domain))
		return;
	(void)buf_puts(out, " (");
	put_escaped(out, span_sub(v->term, 0, 100));
	(void)buf_puts(out, v->term.n ? " in the SPF record of " : "the SPF record of ");
	put_escaped(out, v->at);
	(void)buf_puts(out, ")");
}

static void put_error(struct buf *out, const struct spf_verdict *v)
{
	(void)buf_puts(out, v->result == SPF_PERMERROR ? "the SPF record of "
	                                               : "SPF could not be checked now for ");
	put_escaped(out, v->domain);
	(void)buf_printf(out, "%s because ", v->result == SPF_PERMERROR ? " cannot be used," : ",");
	(void)buf_puts(out, v->problem);
	put_where(out, v);
}

int spf_print(const struct spf_verdict *v, const struct spf_subject *subject, struct buf *out)
{
	switch (v->result) {
	case SPF_TEMPERROR:
		put_error(out, v);
		(void)buf_puts(out, "; try again later");
		break;
	case SPF_PERMERROR:
		put_error(out, v);
		(void)buf_puts(out, "; who runs the domain must correct it");
		break;
	case SPF_NONE:
		put_escaped(out, v->domain);
		(void)buf_puts(out,
		               v->domain.n ? " has no SPF record" : "there is no domain to check");
		break;
	default:
		put_who(out, v, subject);
		put_where(out, v);
		if (v->result == SPF_FAIL || v->result == SPF_SOFTFAIL)
			(void)buf_puts(out, "; send through that domain's own server, or have the "
			                    "address added to its SPF record");
	}
	return out->err;
}
