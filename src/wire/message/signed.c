/* wire/message/signed.c - see signed.h. */
#include "wire/message/signed.h"

#include "wire/message/param.h"

bool message_is_signature(struct span name)
{
	return span_eq_nocase(name, SPAN("DKIM-Signature")) ||
	       span_eq_nocase(name, SPAN("ARC-Message-Signature")) ||
	       span_eq_nocase(name, SPAN("DomainKey-Signature"));
}

bool message_is_sealed(struct span subtype)
{
	return span_eq_nocase(subtype, SPAN("signed")) ||
	       span_eq_nocase(subtype, SPAN("encrypted"));
}

bool message_field_signs(const struct message_field *f)
{
	struct message_params params;
	struct span type, subtype;

	if (message_is_signature(f->name))
		return true;
	if (!span_eq_nocase(f->name, SPAN("Content-Type")))
		return false;
	message_params_begin(&params, f->value);
	return message_type_split(params.value, &type, &subtype) &&
	       span_eq_nocase(type, SPAN("multipart")) && message_is_sealed(subtype);
}
