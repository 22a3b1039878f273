/* wire/dns/rdata.c - see rdata.h. */
#include "wire/dns/rdata.h"

#include "wire/tlsa/tlsa.h"

enum { WIRE_NAME_MAX = 255 }; /* RFC 1035 2.3.4, with lengths and the root */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool take_u8(struct span *in, uint8_t *out)
{
	if (!in->n)
		return false;
	*out = (uint8_t)in->p[0];
	*in = span_sub(*in, 1, SIZE_MAX);
	return true;
}

static bool take_u16(struct span *in, uint16_t *out)
{
	uint8_t high, low;

	if (!take_u8(in, &high) || !take_u8(in, &low))
		return false;
	*out = (uint16_t)(high << 8 | low);
	return true;
}

/* No label may pretend to be two, none may break a line of a log or of SMTP. */
static bool is_harmless(char c)
{
	return c > ' ' && c < 0x7f && c != '.';
}

static bool put_label(struct span label, char *out, size_t *n)
{
	if (*n)
		out[(*n)++] = '.';
	for (size_t i = 0; i < label.n; i++) {
		if (!is_harmless(label.p[i]))
			return false;
		out[(*n)++] = lower(label.p[i]);
	}
	return true;
}

/* The whole of in is one name. */
static int take_name(struct span in, struct arena *mem, struct span *out)
{
	char text[WIRE_NAME_MAX];
	size_t n = 0;
	uint8_t length = 1; /* 0: the root was seen */

	if (in.n > WIRE_NAME_MAX)
		return ERR_SYNTAX;
	while (take_u8(&in, &length) && length) {
		if (length > DNS_LABEL_MAX || length > in.n ||
		    !put_label(span_sub(in, 0, length), text, &n))
			return ERR_SYNTAX;
		in = span_sub(in, length, SIZE_MAX);
	}
	return length || in.n ? ERR_SYNTAX : arena_copy(mem, span_make(text, n), out);
}

static int take_ip(uint8_t n, struct span in, struct ip *out)
{
	if (in.n != n)
		return ERR_SYNTAX;
	out->n = n;
	memcpy(out->octets, in.p, n);
	return 0;
}

/* RFC 7208 3.3, RFC 6376 3.6.2.2: the strings of one record are joined as they stand. */
static int take_text(struct span in, struct arena *mem, struct span *out)
{
	char *text = in.n ? arena_alloc(mem, in.n) : NULL;
	size_t n = 0;
	uint8_t length;

	if (!in.n)
		return ERR_SYNTAX;
	if (!text)
		return ERR_NO_MEMORY;
	while (take_u8(&in, &length)) {
		if (length > in.n)
			return ERR_SYNTAX;
		if (length)
			memcpy(text + n, in.p, length);
		n += length;
		in = span_sub(in, length, SIZE_MAX);
	}
	*out = span_make(text, n);
	return 0;
}

static int take_tlsa(struct span in, struct arena *mem, struct span *out)
{
	struct tlsa t;
	int r = tlsa_parse(in, &t);

	return r < 0 ? r : arena_copy(mem, in, out);
}

static int take_srv(struct span in, struct arena *mem, struct dns_record *out)
{
	uint16_t priority, weight, port;

	if (!take_u16(&in, &priority) || !take_u16(&in, &weight) || !take_u16(&in, &port))
		return ERR_SYNTAX;
	out->text = span_str(arena_printf(mem, "%u %u %u", priority, weight, port));
	return out->text.n ? take_name(in, mem, &out->name) : ERR_NO_MEMORY;
}

int dns_rdata_parse(enum dns_type type, struct span rdata, struct arena *mem,
                    struct dns_record *out)
{
	struct dns_record record = { 0 };
	int r = ERR_SYNTAX;

	switch (type) {
	case DNS_A: r = take_ip(4, rdata, &record.ip); break;
	case DNS_AAAA: r = take_ip(16, rdata, &record.ip); break;
	case DNS_CNAME:
	case DNS_PTR: r = take_name(rdata, mem, &record.name); break;
	case DNS_MX:
		if (take_u16(&rdata, &record.preference))
			r = take_name(rdata, mem, &record.name);
		break;
	case DNS_TXT: r = take_text(rdata, mem, &record.text); break;
	case DNS_SRV: r = take_srv(rdata, mem, &record); break;
	case DNS_TLSA: r = take_tlsa(rdata, mem, &record.text); break;
	}
	if (r == 0)
		*out = record;
	return r;
}

/* What a local part may hold stands in a name too, when a macro of SPF puts it there. */
static bool is_name_octet(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-_+=!#$%&'*/?^{|}~@:", c));
}

int dns_name_parse(struct span text, char out[DNS_NAME_MAX + 1])
{
	char name[DNS_NAME_MAX + 1];
	size_t label = 0;

	if (text.n && text.p[text.n - 1] == '.')
		text.n--;
	if (!text.n || text.n > DNS_NAME_MAX)
		return err(ERR_SYNTAX, "a name of %zu octets", text.n);
	for (size_t i = 0; i < text.n; i++) {
		name[i] = lower(text.p[i]);
		label = name[i] == '.' ? 0 : label + 1;
		if (name[i] == '.' ? !i || text.p[i - 1] == '.'
		                   : label > DNS_LABEL_MAX || !is_name_octet(name[i]))
			return err(ERR_SYNTAX, "no name that DNS holds");
	}
	if (!label)
		return err(ERR_SYNTAX, "no name that DNS holds");
	name[text.n] = 0;
	memcpy(out, name, text.n + 1);
	return 0;
}
