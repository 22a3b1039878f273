/* wire/smtp/client/scram.c - see scram.h. */
#include "wire/smtp/client/scram.h"

#include "base/base64.h"
#include "base/os.h"

enum { NONCE_OCTETS = 18 }; /* 24 characters of base64 */

#define GS2    "n,,"  /* RFC 5802 7: no channel binding, no authzid */
#define GS2_64 "biws" /* the same in base64 */

bool smtp_scram_can(struct span user, struct span password)
{
	for (size_t i = 0; i < user.n; i++)
		if (user.p[i] < ' ' || user.p[i] > '~')
			return false;
	for (size_t i = 0; i < password.n; i++)
		if (password.p[i] < ' ' || password.p[i] > '~')
			return false;
	return user.n && user.n <= SMTP_SCRAM_USER_MAX && password.n;
}

/* RFC 5802 5.1: "saslname". */
static void put_name(struct buf *out, struct span user)
{
	for (size_t i = 0; i < user.n; i++)
		if (user.p[i] == ',')
			buf_puts(out, "=2C");
		else if (user.p[i] == '=')
			buf_puts(out, "=3D");
		else
			buf_putc(out, user.p[i]);
}

int smtp_scram_first(struct smtp_scram *s, const struct smtp_scram_crypto *crypto, struct span user,
                     struct buf *out)
{
	uint8_t random[NONCE_OCTETS];
	int r = crypto->random(random, sizeof random);

	if (r < 0)
		return r;
	*s = (struct smtp_scram){ .crypto = crypto,
		                  .auth_message = BUF(3 * SMTP_SCRAM_MESSAGE_MAX) };
	buf_puts(&s->auth_message, "n=");
	put_name(&s->auth_message, user);
	buf_puts(&s->auth_message, ",r=");
	s->nonce_at = s->auth_message.n;
	base64_encode(&s->auth_message, span_make(random, sizeof random));
	s->nonce_n = s->auth_message.n - s->nonce_at;
	buf_puts(out, GS2);
	buf_put(out, buf_span(&s->auth_message));
	return s->auth_message.err ? s->auth_message.err : out->err;
}

/* "x=value" at the front of *rest, and the comma behind it. */
static bool take(struct span *rest, const char *attribute, struct span *value)
{
	return span_eat(rest, span_str(attribute)) && span_split(rest, ',', value);
}

struct challenge {
	struct span nonce;
	struct buf salt;
	uint64_t iterations;
};

/* RFC 5802 7: server-first-message.  An "m=" before the nonce is an extension that we do not
 * know, which must end it. */
static int read_challenge(const struct smtp_scram *s, struct span in, struct challenge *out)
{
	struct span own = span_sub(buf_span(&s->auth_message), s->nonce_at, s->nonce_n);
	struct span salt, iterations;

	if (in.n > SMTP_SCRAM_MESSAGE_MAX || !take(&in, "r=", &out->nonce) ||
	    !take(&in, "s=", &salt) || !take(&in, "i=", &iterations))
		return ERR_SYNTAX;
	if (!span_starts(out->nonce, own) || out->nonce.n == own.n)
		return ERR_SYNTAX;
	if (base64_decode(salt, &out->salt) < 0 || !out->salt.n ||
	    span_to_u64(iterations, SMTP_SCRAM_ITERATIONS_MAX, &out->iterations) < 0)
		return ERR_SYNTAX;
	return out->iterations < SMTP_SCRAM_ITERATIONS_MIN ? ERR_SYNTAX : 0;
}

static struct span hash_span(const uint8_t hash[SMTP_SCRAM_HASH])
{
	return span_make(hash, SMTP_SCRAM_HASH);
}

/* RFC 5802 3: the proof, and the signature that the server has to show. */
static int prove(struct smtp_scram *s, struct span password, const struct challenge *c,
                 uint8_t proof[SMTP_SCRAM_HASH])
{
	const struct smtp_scram_crypto *crypto = s->crypto;
	struct span message = buf_span(&s->auth_message);
	struct {
		uint8_t salted[SMTP_SCRAM_HASH], client[SMTP_SCRAM_HASH], stored[SMTP_SCRAM_HASH],
		        signature[SMTP_SCRAM_HASH], server[SMTP_SCRAM_HASH];
	} k;
	int r = crypto->pbkdf2_sha256(password, buf_span(&c->salt), (uint32_t)c->iterations,
	                              k.salted);

	if (r >= 0)
		r = crypto->hmac_sha256(hash_span(k.salted), SPAN("Client Key"), k.client);
	if (r >= 0)
		r = crypto->sha256(hash_span(k.client), k.stored);
	if (r >= 0)
		r = crypto->hmac_sha256(hash_span(k.stored), message, k.signature);
	if (r >= 0)
		r = crypto->hmac_sha256(hash_span(k.salted), SPAN("Server Key"), k.server);
	if (r >= 0)
		r = crypto->hmac_sha256(hash_span(k.server), message, s->server_signature);
	for (size_t i = 0; r >= 0 && i < SMTP_SCRAM_HASH; i++)
		proof[i] = k.client[i] ^ k.signature[i];
	os_wipe(&k, sizeof k);
	return r;
}

int smtp_scram_final(struct smtp_scram *s, struct span password, struct span challenge,
                     struct buf *out)
{
	AUTO_BUF salt = BUF(SMTP_SCRAM_SALT_MAX);
	struct challenge c = { .salt = salt };
	uint8_t proof[SMTP_SCRAM_HASH];
	size_t at = out->n;
	int r = read_challenge(s, challenge, &c);

	salt = c.salt;
	if (r < 0)
		return r;
	buf_puts(out, "c=" GS2_64 ",r=");
	buf_put(out, c.nonce);
	buf_putc(&s->auth_message, ',');
	buf_put(&s->auth_message, challenge);
	buf_putc(&s->auth_message, ',');
	buf_put(&s->auth_message, span_sub(buf_span(out), at, out->n));
	r = s->auth_message.err ? s->auth_message.err : prove(s, password, &c, proof);
	if (r < 0)
		return r;
	buf_puts(out, ",p=");
	base64_encode(out, hash_span(proof));
	return out->err;
}

/* Compared without a shortcut: how much of it was right is nobody's to know. */
int smtp_scram_check(const struct smtp_scram *s, struct span last)
{
	AUTO_BUF got = BUF(SMTP_SCRAM_HASH);
	struct span value;
	uint8_t differ = 0;

	if (!take(&last, "v=", &value) || base64_decode(value, &got) < 0 ||
	    got.n != SMTP_SCRAM_HASH)
		return ERR_AUTH;
	for (size_t i = 0; i < SMTP_SCRAM_HASH; i++)
		differ |= (uint8_t)got.p[i] ^ s->server_signature[i];
	return differ ? ERR_AUTH : 0;
}

void smtp_scram_fini(struct smtp_scram *s)
{
	buf_fini(&s->auth_message);
	os_wipe(s, sizeof *s);
}
