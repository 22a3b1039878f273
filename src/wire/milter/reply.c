/* wire/milter/reply.c - packets of a filter.  See milter.h. */
#include "wire/milter/milter.h"

static uint32_t u32_at(struct span s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s.p + at;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int milter_peek(struct span in, char *command, size_t *data_n)
{
	if (in.n < 4)
		return 0;
	uint32_t n = u32_at(in, 0), most = MILTER_BODY_BYTES + 1;
	if (!n)
		return err(ERR_SYNTAX, "it sends an empty packet");
	if (in.n >= MILTER_HEAD_BYTES && in.p[4] != 'b')
		most = MILTER_REPLY_BYTES_MAX;
	if (n > most)
		return err(ERR_TOO_LONG, "it sends a packet of %u octets; at most %u are taken",
		           (unsigned)n, (unsigned)most);
	if (in.n < MILTER_HEAD_BYTES)
		return 0;
	*command = in.p[4];
	*data_n = n - 1;
	return 1;
}

int milter_take(struct span *in, struct milter_packet *out)
{
	struct milter_packet p;
	int r = milter_peek(*in, &p.command, &p.data.n);

	if (r <= 0 || in->n - MILTER_HEAD_BYTES < p.data.n)
		return r < 0 ? r : 0;
	p.data = span_sub(*in, MILTER_HEAD_BYTES, p.data.n);
	*in = span_sub(*in, MILTER_HEAD_BYTES + p.data.n, in->n);
	*out = p;
	return 1;
}

/* Behind the three numbers a filter may name macros that it wants: it gets those that there are. */
int milter_terms_parse(const struct milter_packet *p, const struct milter_terms *offered,
                       struct milter_terms *agreed)
{
	if (p->command != 'O' || p->data.n < 12)
		return err(ERR_SYNTAX, "it does not negotiate");
	uint32_t version = u32_at(p->data, 0);
	if (version < MILTER_VERSION_MIN || version > offered->version)
		return err(ERR_UNKNOWN, "it speaks version %u of the protocol", (unsigned)version);
	*agreed = (struct milter_terms){ .version = version,
		                         .actions = u32_at(p->data, 4) & offered->actions,
		                         .protocol = u32_at(p->data, 8) & offered->protocol };
	return 0;
}

/* One that ends in a NUL, from the front of *data. */
static bool take_z(struct span *data, struct span *out)
{
	return span_find(*data, '\0') >= 0 && span_split(data, '\0', out);
}

/* "550 5.7.1 words" */
static int parse_code(struct span data, struct milter_reply *out)
{
	struct span text;
	uint64_t code;

	if (!take_z(&data, &text) || text.n < 3 ||
	    (text.n > 3 && text.p[3] != ' ' && text.p[3] != '-') ||
	    span_to_u64(span_sub(text, 0, 3), 599, &code) < 0 || code < 400)
		return err(ERR_SYNTAX, "its reply has no code from 400 to 599");
	out->code = (int)code;
	out->text = span_sub(text, 4, text.n);
	return 0;
}

static int parse_edit(struct span data, bool indexed, struct milter_reply *out)
{
	if (indexed) {
		if (data.n < 4)
			return err(ERR_SYNTAX, "its change of a field has no index");
		out->index = u32_at(data, 0);
		data = span_sub(data, 4, data.n);
	}
	if (!take_z(&data, &out->name) || !take_z(&data, &out->value))
		return err(ERR_SYNTAX, "its change of a field has no name, or no value");
	return 0;
}

/* An address, and arguments as of ESMTP where there are any. */
static int parse_address(struct span data, enum milter_reply_kind kind, struct milter_reply *out)
{
	out->kind = kind;
	if (!take_z(&data, &out->text))
		return err(ERR_SYNTAX, "its change of the envelope has no address");
	if (data.n && !take_z(&data, &out->value))
		return err(ERR_SYNTAX, "its change of the envelope does not end");
	return 0;
}

uint32_t milter_edit_needs(enum milter_reply_kind kind)
{
	switch (kind) {
	case MILTER_EDIT_ADD:
	case MILTER_EDIT_INSERT: return MILTER_ADD_HEADERS;
	case MILTER_EDIT_CHANGE: return MILTER_CHANGE_HEADERS;
	case MILTER_EDIT_QUARANTINE: return MILTER_QUARANTINE;
	case MILTER_EDIT_SENDER: return MILTER_CHANGE_FROM;
	case MILTER_EDIT_RCPT: return MILTER_ADD_RCPT | MILTER_ADD_RCPT_PAR;
	case MILTER_EDIT_NO_RCPT: return MILTER_DELETE_RCPT;
	case MILTER_EDIT_BODY: return MILTER_CHANGE_BODY;
	default: return 0;
	}
}

int milter_reply_parse(const struct milter_packet *p, struct milter_reply *out)
{
	struct span data = p->data;

	*out = (struct milter_reply){ 0 };
	switch (p->command) {
	case 'c': out->kind = MILTER_CONTINUE; return 0;
	case 'a': out->kind = MILTER_ACCEPT; return 0;
	case 'r': out->kind = MILTER_REJECT; return 0;
	case 't': out->kind = MILTER_TEMPFAIL; return 0;
	case 'd': out->kind = MILTER_DISCARD; return 0;
	case 's': out->kind = MILTER_SKIP_REST; return 0;
	case 'p': out->kind = MILTER_PROGRESS; return 0;
	case '4': /* shutdown, connection failure: come again */
	case 'f': out->kind = MILTER_TEMPFAIL; return 0;
	case 'y': out->kind = MILTER_REPLY_CODE; return parse_code(data, out);
	case 'h': out->kind = MILTER_EDIT_ADD; return parse_edit(data, false, out);
	case 'i': out->kind = MILTER_EDIT_INSERT; return parse_edit(data, true, out);
	case 'm': out->kind = MILTER_EDIT_CHANGE; return parse_edit(data, true, out);
	case 'q':
		out->kind = MILTER_EDIT_QUARANTINE;
		return take_z(&data, &out->text) ? 0 : err(ERR_SYNTAX, "it does not say why");
	case '+':
	case '2': return parse_address(data, MILTER_EDIT_RCPT, out);
	case '-': return parse_address(data, MILTER_EDIT_NO_RCPT, out);
	case 'e': return parse_address(data, MILTER_EDIT_SENDER, out);
	case 'b':
		out->kind = MILTER_EDIT_BODY;
		out->text = data;
		return 0;
	default: return err(ERR_SYNTAX, "it sends what is no reply");
	}
}
