/* wire/dkim/signature.c - see signature.h. */
#include "wire/dkim/signature.h"

static int need(const struct dkim_tags *tags, const char *name, struct span *out)
{
	*out = dkim_tags_value(tags, name, "");
	return out->n ? 0 : err(ERR_SYNTAX, "the signature has no %s=", name);
}

bool dkim_is_domain(struct span s)
{
	size_t label = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '.' ? !label
		             : !(((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9') ||
		                 c == '-' || c == '_'))
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label && s.n <= DKIM_DOMAIN_MAX;
}

bool dkim_is_below(struct span domain, struct span above)
{
	return span_eq_nocase(domain, above) ||
	       (domain.n > above.n && span_ends_nocase(domain, above) &&
	        domain.p[domain.n - above.n - 1] == '.');
}

int dkim_algorithm_parse(struct span text, enum dkim_algorithm *out)
{
	static const char *const names[] = { [DKIM_RSA_SHA256] = "rsa-sha256",
		                             [DKIM_ED25519_SHA256] = "ed25519-sha256",
		                             [DKIM_RSA_SHA1] = "rsa-sha1" };

	for (size_t i = 0; i < N_ELEMS(names); i++)
		if (span_eq_nocase(text, span_str(names[i]))) {
			*out = (enum dkim_algorithm)i;
			return 0;
		}
	return err(ERR_UNKNOWN, "the algorithm is not known");
}

static int parse_canon(struct span word, enum dkim_canon *out)
{
	if (!span_eq_nocase(word, SPAN("simple")) && !span_eq_nocase(word, SPAN("relaxed")))
		return err(ERR_UNKNOWN, "the canonicalisation is not known");
	*out = word.n == 6 ? DKIM_SIMPLE : DKIM_RELAXED;
	return 0;
}

/* One word is the header's; the body then is simple. */
static int parse_canons(struct span text, struct dkim_signature *s)
{
	struct span header;
	int r;

	span_split(&text, '/', &header);
	r = parse_canon(header, &s->header_canon);
	return r < 0 ? r : parse_canon(text.n ? text : SPAN("simple"), &s->body_canon);
}

/* At most 76 digits stand in l=, twelve in a time: more than 63 bits is no number here. */
static int parse_number(const struct dkim_tags *tags, const char *name, bool *has, uint64_t *out)
{
	const struct dkim_tag *tag = dkim_tags_find(tags, name);

	*has = tag;
	if (tag && span_to_u64(tag->value, INT64_MAX, out) < 0)
		return err(ERR_SYNTAX, "%s= is no number", name);
	return 0;
}

static int parse_identity(const struct dkim_tags *tags, struct dkim_signature *s)
{
	const struct dkim_tag *tag = dkim_tags_find(tags, "i");
	ptrdiff_t at;

	s->identity_domain = s->domain;
	if (!tag)
		return 0;
	at = span_find_last(tag->value, '@');
	if (at < 0)
		return err(ERR_SYNTAX, "i= has no @");
	s->identity_domain = dkim_trim(span_sub(tag->value, (size_t)at + 1, tag->value.n));
	if (!dkim_is_below(s->identity_domain, s->domain))
		return err(ERR_SYNTAX, "i= is not of the domain of d=");
	return 0;
}

static int parse_times(const struct dkim_tags *tags, struct dkim_signature *s)
{
	int r = parse_number(tags, "l", &s->has_length, &s->length);

	if (r >= 0)
		r = parse_number(tags, "t", &s->has_time, &s->time);
	if (r >= 0)
		r = parse_number(tags, "x", &s->has_expiry, &s->expiry);
	if (r >= 0 && s->has_expiry && s->has_time && s->expiry <= s->time)
		r = err(ERR_SYNTAX, "x= is not after t=");
	return r;
}

static int parse_who(const struct dkim_tags *tags, struct dkim_signature *s)
{
	int r = need(tags, "d", &s->domain);

	if (r >= 0)
		r = need(tags, "s", &s->selector);
	if (r >= 0 && (!dkim_is_domain(s->domain) || !dkim_is_domain(s->selector)))
		r = err(ERR_SYNTAX, "d= or s= is no domain name");
	return r;
}

static int parse_octets(const struct dkim_tags *tags, struct arena *mem, struct dkim_signature *s)
{
	struct span text;
	int r = need(tags, "b", &text);

	if (r >= 0)
		s->b_raw = dkim_tags_find(tags, "b")->raw;
	if (r >= 0)
		r = dkim_base64(text, mem, &s->signature);
	if (r >= 0)
		r = need(tags, "bh", &text);
	if (r >= 0)
		r = dkim_base64(text, mem, &s->body_hash);
	return r;
}

static int parse_how(const struct dkim_tags *tags, struct dkim_signature *s)
{
	struct span text;
	int r = need(tags, "a", &text);

	if (r >= 0)
		r = dkim_algorithm_parse(text, &s->algorithm);
	if (r >= 0)
		r = parse_canons(dkim_tags_value(tags, "c", "simple"), s);
	if (r >= 0)
		r = need(tags, "h", &s->names);
	if (r >= 0 && !dkim_list_has(dkim_tags_value(tags, "q", "dns/txt"), "dns/txt"))
		r = err(ERR_UNKNOWN, "q= is not dns/txt");
	return r;
}

static int parse_version(const struct dkim_tags *tags, struct dkim_signature *s)
{
	if (!span_eq(dkim_tags_value(tags, "v", ""), SPAN("1")))
		return err(ERR_UNKNOWN, "v= is not 1");
	return parse_identity(tags, s);
}

static int parse_instance(const struct dkim_tags *tags, struct dkim_signature *s)
{
	bool has;
	int r = parse_number(tags, "i", &has, &s->instance);

	s->identity_domain = s->domain;
	return r < 0 || has ? r : err(ERR_SYNTAX, "the signature has no i=");
}

static int parse(struct span value, struct arena *mem, struct dkim_signature *out,
                 int (*own)(const struct dkim_tags *tags, struct dkim_signature *s))
{
	struct dkim_tags *tags = arena_new(mem, struct dkim_tags);
	int r;

	*out = (struct dkim_signature){ 0 };
	if (!tags)
		return ERR_NO_MEMORY;
	if (value.n > DKIM_SIGNATURE_BYTES_MAX)
		return err(ERR_TOO_LONG, "the field is over %d octets", DKIM_SIGNATURE_BYTES_MAX);
	r = dkim_tags_parse(value, tags);
	if (r >= 0)
		r = parse_who(tags, out);
	if (r >= 0)
		r = own(tags, out);
	if (r >= 0)
		r = parse_how(tags, out);
	if (r >= 0)
		r = parse_octets(tags, mem, out);
	return r < 0 ? r : parse_times(tags, out);
}

int dkim_signature_parse(struct span value, struct arena *mem, struct dkim_signature *out)
{
	return parse(value, mem, out, parse_version);
}

int dkim_arc_signature_parse(struct span value, struct arena *mem, struct dkim_signature *out)
{
	return parse(value, mem, out, parse_instance);
}

static int check_use(const struct dkim_tags *tags)
{
	struct span services = dkim_tags_value(tags, "s", "*");

	if (!dkim_list_has(services, "*") && !dkim_list_has(services, "email"))
		return err(ERR_REFUSED, "the key is not for mail (s=)");
	if (dkim_tags_find(tags, "h") && !dkim_list_has(dkim_tags_value(tags, "h", ""), "sha256"))
		return err(ERR_REFUSED, "the key is not for SHA-256 (h=)");
	return 0;
}

int dkim_key_parse(struct span text, struct arena *mem, struct dkim_key *out)
{
	struct dkim_tags *tags = arena_new(mem, struct dkim_tags);
	struct dkim_key key = { 0 };
	int r = tags ? dkim_tags_parse(text, tags) : ERR_NO_MEMORY;

	if (r < 0)
		return r;
	const struct dkim_tag *v = dkim_tags_find(tags, "v"), *p = dkim_tags_find(tags, "p");
	struct span kind = dkim_tags_value(tags, "k", "rsa");
	if (v && (v != tags->v || !span_eq(v->value, SPAN("DKIM1"))))
		return err(ERR_UNKNOWN, "the record does not begin with v=DKIM1");
	if (!p)
		return err(ERR_SYNTAX, "the record has no p=");
	key.ed25519 = span_eq(kind, SPAN("ed25519"));
	if (!key.ed25519 && !span_eq(kind, SPAN("rsa")))
		return err(ERR_UNKNOWN, "the kind of the key is not known (k=)");
	key.testing = dkim_list_has(dkim_tags_value(tags, "t", ""), "y");
	key.strict = dkim_list_has(dkim_tags_value(tags, "t", ""), "s");
	r = check_use(tags);
	if (r >= 0 && p->value.n)
		r = dkim_base64(p->value, mem, &key.octets);
	if (r >= 0)
		*out = key;
	return r;
}

bool dkim_key_same(struct span a, struct span b, struct arena *mem)
{
	struct dkim_key one, other;

	return dkim_key_parse(a, mem, &one) >= 0 && dkim_key_parse(b, mem, &other) >= 0 &&
	       one.ed25519 == other.ed25519 && span_eq(one.octets, other.octets);
}
