/* wire/dnslist/dnslist.c - see dnslist.h. */
#include "wire/dnslist/dnslist.h"

#include <stdio.h>

const struct ip dnslist_always = { .n = 4, .octets = { 127, 0, 0, 2 } };
const struct ip dnslist_never = { .n = 4, .octets = { 127, 0, 0, 1 } };

static void permit(struct dnslist_octet *o, unsigned first, unsigned last)
{
	for (unsigned v = first; v <= last; v++)
		o->bits[v / 64] |= UINT64_C(1) << v % 64;
}

static bool permits(const struct dnslist_octet *o, unsigned v)
{
	return o->bits[v / 64] >> v % 64 & 1;
}

static bool is_refusal(const struct ip *ip)
{
	return ip->octets[1] == 255 && ip->octets[2] == 255;
}

/* "7", "2..11". */
static int parse_range(struct span text, struct dnslist_octet *o)
{
	ptrdiff_t dots = span_find_span(text, SPAN(".."));
	struct span first = dots < 0 ? text : span_sub(text, 0, (size_t)dots);
	struct span last = dots < 0 ? text : span_sub(text, (size_t)dots + 2, text.n);
	uint64_t from, to;

	if (span_to_u64(first, 255, &from) < 0 || span_to_u64(last, 255, &to) < 0 || from > to)
		return err(ERR_SYNTAX,
		           "has %.*s where a number from 0 to 255 stands, or a range such as 2..11",
		           SPAN_ARG(text));
	permit(o, (unsigned)from, (unsigned)to);
	return 0;
}

/* One octet of the value: a number, or ranges in brackets, which may hold dots. */
static int parse_octet(struct span *text, struct dnslist_octet *o)
{
	struct span part, range;
	int r = 0;

	*o = (struct dnslist_octet){ 0 };
	if (!span_eat(text, SPAN("[")))
		return span_split(text, '.', &part)
		               ? parse_range(part, o)
		               : err(ERR_SYNTAX, "has a value of more or less than four octets");
	if (span_find(*text, ']') < 0)
		return err(ERR_SYNTAX, "has [%.*s without ]", SPAN_ARG(*text));
	span_split(text, ']', &part);
	if (text->n && !span_eat(text, SPAN(".")))
		return err(ERR_SYNTAX, "has no dot behind ]");
	if (!part.n)
		return err(ERR_SYNTAX, "has nothing in []");
	while (r >= 0 && span_split(&part, ';', &range))
		r = parse_range(range, o);
	return r;
}

static int parse_values(struct span text, struct dnslist_octet values[4])
{
	int r = 0;

	for (int i = 0; r >= 0 && i < 4; i++)
		r = parse_octet(&text, &values[i]);
	if (r >= 0 && text.n)
		r = err(ERR_SYNTAX, "has a value of more or less than four octets");
	if (r >= 0 && !permits(&values[0], 127))
		r = err(ERR_SYNTAX,
		        "has a value that does not begin with 127, as those of lists do");
	return r;
}

/* Letters, digits, - and _ in labels of 1 to 63 octets (the check of what DNS takes is the
 * resolver's; this is for the operator's eyes). */
static int check_zone(struct span zone)
{
	size_t label = 0;

	if (!zone.n || zone.n > DNSLIST_ZONE_MAX)
		return err(ERR_SYNTAX, "has a zone of no octets, or of more than %d",
		           DNSLIST_ZONE_MAX);
	for (size_t i = 0; i < zone.n; i++) {
		unsigned char c = (unsigned char)zone.p[i];
		bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';

		if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
			return err(ERR_SYNTAX, "has a zone that no name in DNS is");
		label = c == '.' ? 0 : label + 1;
		if ((c == '.' && (!i || zone.p[i - 1] == '.')) || label > 63)
			return err(ERR_SYNTAX, "has a label that is empty or too long");
	}
	return 0;
}

int dnslist_parse(struct span text, struct dnslist *out)
{
	struct dnslist list = { .weight = 1 };
	uint64_t weight = 1;
	ptrdiff_t star = span_find_last(text, '*');
	int r;

	if (star >= 0) {
		struct span number = span_sub(text, (size_t)star + 1, text.n);

		if (span_to_u64(number, DNSLIST_WEIGHT_MAX, &weight) < 0 || !weight)
			return err(ERR_SYNTAX,
			           "has the weight %.*s, which is no number from 1 to %d",
			           SPAN_ARG(number), DNSLIST_WEIGHT_MAX);
		text.n = (size_t)star;
	}
	bool has_value = span_find(text, '=') >= 0;
	span_split(&text, '=', &list.zone);
	if (list.zone.n && list.zone.p[list.zone.n - 1] == '.')
		list.zone.n--;
	list.weight = (int)weight;
	permit(&list.values[0], 127, 127);
	for (int i = 1; i < 4; i++)
		permit(&list.values[i], 0, 255);
	r = check_zone(list.zone);
	if (r >= 0 && has_value)
		r = parse_values(text, list.values);
	if (r >= 0)
		*out = list;
	return r;
}

bool dnslist_question(const struct dnslist *list, const struct ip *ip, enum dns_type type,
                      struct dns_question *out)
{
	static const uint8_t mapped[12] = { [10] = 255, 255 };
	const uint8_t *o = ip->octets;
	size_t n = ip->n, at = 0;

	if (n != 4 && n != 16)
		return false;
	if (n == 16 && memcmp(o, mapped, sizeof mapped) == 0) {
		o += sizeof mapped;
		n = 4;
	}
	out->type = type;
	for (size_t i = n; i-- > 0;)
		at += (size_t)(n == 4 ? snprintf(out->name + at, sizeof out->name - at, "%u.", o[i])
		                      : snprintf(out->name + at, sizeof out->name - at, "%x.%x.",
		                                 o[i] & 15u, o[i] >> 4));
	snprintf(out->name + at, sizeof out->name - at, "%.*s", SPAN_ARG(list->zone));
	return true;
}

static enum dnslist_word judge_value(const struct dnslist *list, const struct ip *ip)
{
	if (ip->n != 4 || ip->octets[0] != 127)
		return DNSLIST_WILD;
	if (is_refusal(ip))
		return DNSLIST_REFUSED;
	for (int i = 0; i < 4; i++)
		if (!permits(&list->values[i], ip->octets[i]))
			return DNSLIST_OTHER;
	return DNSLIST_LISTED;
}

/* What is wrong with one value is wrong with the answer; else one that counts is enough. */
static bool outweighs(enum dnslist_word a, enum dnslist_word b)
{
	static const int rank[] = { [DNSLIST_CLEAN] = 0,
		                    [DNSLIST_OTHER] = 1,
		                    [DNSLIST_LISTED] = 2,
		                    [DNSLIST_REFUSED] = 3,
		                    [DNSLIST_WILD] = 4 };
	return rank[a] > rank[b];
}

enum dnslist_word dnslist_judge(const struct dnslist *list, const struct dns_answer *answer,
                                struct ip *value)
{
	enum dnslist_word word = DNSLIST_CLEAN;

	*value = (struct ip){ 0 };
	if (answer->status == DNS_FAILED)
		return DNSLIST_SILENT;
	for (size_t i = 0; answer->status == DNS_FOUND && i < answer->n; i++) {
		enum dnslist_word w = judge_value(list, &answer->records[i].ip);

		if (outweighs(w, word)) {
			word = w;
			*value = answer->records[i].ip;
		}
	}
	return word;
}

void dnslist_reason(const struct dns_answer *answer, char out[DNSLIST_REASON_MAX + 1])
{
	struct span text = { 0 };
	size_t n = 0;

	if (answer->status == DNS_FOUND && answer->n)
		text = answer->records[0].text;
	for (size_t i = 0; i < text.n && n < DNSLIST_REASON_MAX; i++) {
		char c = text.p[i];
		bool blank = c == ' ' || c == '\t';

		if (blank && n && out[n - 1] != ' ')
			out[n++] = ' ';
		else if (!blank && c > ' ' && c < 127)
			out[n++] = c;
	}
	out[n - (n && out[n - 1] == ' ')] = 0;
}
