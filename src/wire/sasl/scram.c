/* wire/sasl/scram.c - the messages of SCRAM (RFC 5802 5 and 7), the server's side. */
#include "wire/sasl/sasl_impl.h"

#include "base/base64.h"

/* "x=value" at the front of *rest, and the comma behind it. */
static bool take(struct span *rest, const char *attribute, struct span *value)
{
	return span_eat(rest, span_str(attribute)) && span_split(rest, ',', value);
}

static int malformed(void)
{
	return err(ERR_SYNTAX, "this is no message of RFC 5802");
}

/* RFC 5802 5.1: "=2C" is a comma and "=3D" a "=", in names alone. */
static int put_name(struct buf *out, struct span name)
{
	while (name.n) {
		if (span_eat(&name, SPAN("=2C")))
			buf_putc(out, ',');
		else if (span_eat(&name, SPAN("=3D")))
			buf_putc(out, '=');
		else if (name.p[0] == '=' || !name.p[0])
			return malformed();
		else {
			buf_putc(out, name.p[0]);
			name = span_sub(name, 1, name.n);
		}
	}
	return out->err;
}

/* Which binding the client asks for; none with n and y. */
static int read_binding(struct sasl *s, struct span flag)
{
	bool plus = s->mechanism == SASL_SCRAM_SHA_256_PLUS;

	if (span_eat(&flag, SPAN("p="))) {
		if (!plus || !flag.n || flag.n > SASL_BINDING_NAME_MAX)
			return malformed();
		s->binding_name = flag;
		return 0;
	}
	if (plus || (!span_eq(flag, SPAN("n")) && !span_eq(flag, SPAN("y"))))
		return malformed();
	/* RFC 5802 6: it believes that we cannot, and we said that we can. */
	return s->plus && span_eq(flag, SPAN("y"))
	               ? err(ERR_AUTH, "somebody has hidden SCRAM-SHA-256-PLUS from the client")
	               : 0;
}

/* RFC 5802 7: gs2-header, of which the client's last message shows the base64 again. */
static int read_gs2(struct sasl *s, struct span all, struct span *rest, struct span *who)
{
	struct span flag;

	*rest = all;
	if (!span_split(rest, ',', &flag) || !span_split(rest, ',', who))
		return malformed();
	if (who->n && !span_eat(who, SPAN("a=")))
		return malformed();
	return read_binding(s, flag);
}

static int check_who(struct sasl *s, struct span who)
{
	AUTO_BUF decoded = BUF(SASL_OCTETS_MAX);
	int r = put_name(&decoded, who);

	return r < 0 ? r : sasl_act_as(s, buf_span(&decoded));
}

/* RFC 5802 5.1: printable, no comma. */
static bool is_nonce(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '!' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

int scram_first(struct sasl *s, struct span octets)
{
	struct span all, rest, who, name;
	int r = sasl_keep(s, octets, &all);

	if (r >= 0)
		r = read_gs2(s, all, &rest, &who);
	if (r < 0)
		return r;
	s->bare = rest;
	if (span_starts(rest, SPAN("m=")))
		return err(ERR_UNKNOWN, "an extension of SCRAM that is not known here");
	if (!take(&rest, "n=", &name) || !take(&rest, "r=", &s->nonce) || !is_nonce(s->nonce))
		return malformed();
	r = put_name(&s->name_octets, name);
	s->name = buf_span(&s->name_octets);
	if (r >= 0 && !s->name.n)
		r = malformed();
	if (r >= 0)
		r = check_who(s, who);
	if (r >= 0)
		r = buf_put(&s->expected, span_sub(all, 0, (size_t)(s->bare.p - all.p)));
	if (r < 0)
		return r;
	s->at = s->binding_name.n ? SASL_AT_BINDING : SASL_AT_SALT;
	return s->binding_name.n ? SASL_ASK_BINDING : SASL_ASK_SALT;
}

int sasl_binding(struct sasl *s, struct span octets)
{
	if (s->at != SASL_AT_BINDING)
		return err(ERR_BUG, "a binding that nobody asked for");
	s->at = SASL_AT_SALT;
	int r = buf_put(&s->expected, octets);
	return r < 0 ? r : SASL_ASK_SALT;
}

int sasl_salt(struct sasl *s, const uint8_t nonce[SASL_NONCE_BYTES], struct span salt,
              uint32_t iterations)
{
	if (s->at != SASL_AT_SALT)
		return err(ERR_BUG, "a salt that nobody asked for");
	buf_reset(&s->out);
	buf_puts(&s->out, "r=");
	buf_put(&s->out, s->nonce);
	base64_encode(&s->out, span_make(nonce, SASL_NONCE_BYTES));
	buf_puts(&s->out, ",s=");
	base64_encode(&s->out, salt);
	buf_printf(&s->out, ",i=%u", iterations);
	buf_put(&s->text, s->bare);
	buf_putc(&s->text, ',');
	buf_put(&s->text, buf_span(&s->out));
	buf_putc(&s->text, ',');
	s->at = SASL_AT_FINAL;
	return s->out.err ? s->out.err : s->text.err ? s->text.err : SASL_CHALLENGE;
}

/* "r=" and its value are the front of what we sent. */
static bool same_nonce(const struct sasl *s, struct span nonce)
{
	struct span sent = buf_span(&s->out);

	return nonce.n + 2 < sent.n && sent.p[nonce.n + 2] == ',' &&
	       span_eq(nonce, span_sub(sent, 2, nonce.n));
}

static bool same_binding(const struct sasl *s, struct span base64)
{
	AUTO_BUF got = BUF(2 * SASL_OCTETS_MAX);

	return base64_decode(base64, &got) >= 0 && span_eq(buf_span(&got), buf_span(&s->expected));
}

static int read_proof(struct sasl *s, struct span base64)
{
	AUTO_BUF got = BUF(SASL_HASH_BYTES);

	if (base64_decode(base64, &got) < 0 || got.n != SASL_HASH_BYTES)
		return malformed();
	memcpy(s->proof, got.p, SASL_HASH_BYTES);
	return 0;
}

/* client-final-message; what stands before ",p=" is the end of AuthMessage. */
int scram_final(struct sasl *s, struct span octets)
{
	struct span rest = octets, binding, nonce, proof;
	ptrdiff_t at = span_find_span(octets, SPAN(",p="));

	if (at < 0 || !take(&rest, "c=", &binding) || !take(&rest, "r=", &nonce))
		return malformed();
	proof = span_sub(octets, (size_t)at + 3, octets.n);
	if (rest.p != proof.p - 2)
		return err(ERR_UNKNOWN, "an extension of SCRAM that is not known here");
	if (!same_nonce(s, nonce))
		return err(ERR_AUTH, "an answer to something else");
	if (!same_binding(s, binding))
		return err(ERR_AUTH, "the channel binding differs");
	int r = read_proof(s, proof);
	if (r >= 0)
		r = buf_put(&s->text, span_sub(octets, 0, (size_t)at));
	if (r < 0)
		return r;
	s->message = buf_span(&s->text);
	s->at = SASL_AT_VERDICT;
	return SASL_ASK_PROOF;
}
