/* component/sign.c - see sign.h.
 *
 * RFC 6376 5, RFC 8463.  How a field is made is the server's code (wire/dkim); only the key is
 * here, where the server asks a process that has it.
 */
#include "component/sign.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "component/code.h"
#include "component/mail/reader.h"
#include "crypto/dkim_crypto.h"
#include "idn/idn.h"
#include "wire/dkim/dkim.h"
#include "wire/message/address.h"
#include "wire/message/header.h"
#include "wire/smtp/domain.h"

enum { FIELD_BYTES_MAX = 16 << 10, PIECE_BYTES = 16 << 10 };

/* ---- keys ------------------------------------------------------------------------------ */

static int add_key(struct postrider_client *c, const char *domain, const char *selector,
                   const char *pem)
{
	struct sign_key *key = &c->keys.v[c->keys.n];
	int r;

	if (!domain || !selector || !pem)
		return err(ERR_SYNTAX, "dkim: a domain, a selector and a key are needed");
	if (c->keys.n == SIGN_KEYS_MAX)
		return err(ERR_LIMIT, "dkim: more than %d keys", SIGN_KEYS_MAX);
	if (smtp_domain_check(span_str(selector), NULL) < 0)
		return err(ERR_SYNTAX, "dkim: %.100s is no selector", selector);
	r = idn_to_ascii(span_str(domain), &c->keys.mem, &key->domain);
	if (r < 0 || smtp_domain_check(key->domain, NULL) < 0)
		return err(ERR_SYNTAX, "dkim: %.100s is no domain", domain);
	r = arena_copy(&c->keys.mem, span_str(selector), &key->selector);
	if (r >= 0)
		r = dkim_private_parse(span_str(pem), &key->private_key, &key->ed25519);
	if (r >= 0)
		c->keys.n++;
	return r;
}

int postrider_client_dkim(struct postrider_client *c, const char *domain, const char *selector,
                          const char *pem)
{
	int r;

	if (!c)
		return POSTRIDER_INVALID;
	c->words[0] = 0;
	r = client_may_change(c, "dkim");
	if (r >= 0)
		r = add_key(c, domain, selector, pem);
	if (r < 0)
		snprintf(c->words, sizeof c->words, "%s", err_str(r));
	return code_of(r);
}

void sign_keys_fini(struct sign_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		dkim_private_free(&keys->v[i].private_key);
	arena_fini(&keys->mem);
}

/* ---- what is signed -------------------------------------------------------------------- */

/* Of the only author; empty where From names not one. */
static struct span author_domain(struct span header, struct arena *mem)
{
	struct message_field f;
	struct message_mailbox who;
	struct span domain = { 0 };

	if (!message_header_find(header, SPAN("From"), &f) ||
	    message_mailbox_parse(f.value, &who) < 0 || idn_to_ascii(who.domain, mem, &domain) < 0)
		return (struct span){ 0 };
	return domain;
}

/* That domain or one above it. */
static bool is_within(struct span domain, struct span above)
{
	return span_eq_nocase(domain, above) ||
	       (domain.n > above.n && domain.p[domain.n - above.n - 1] == '.' &&
	        span_ends_nocase(domain, above));
}

/* The longest that has a key; empty: none. */
static struct span signing_domain(const struct sign_keys *keys, struct span author)
{
	struct span found = { 0 };

	for (size_t i = 0; i < keys->n; i++)
		if (keys->v[i].domain.n > found.n && is_within(author, keys->v[i].domain))
			found = keys->v[i].domain;
	return found;
}

static int hash_body(const struct mail_made *made, size_t header_n, uint8_t out[DKIM_HASH_BYTES])
{
	AUTO_BUF room = BUF(SIZE_MAX / 2);
	struct mail_reader reader;
	struct dkim_body b;
	struct span octets;
	int r = dkim_body_begin(&b, DKIM_RELAXED, UINT64_MAX, &dkim_crypto), ended;

	if (r < 0)
		return err(r, "no memory for a body's hash");
	mail_reader_init(&reader, made);
	reader.offset = header_n;
	while ((r = mail_reader_next(&reader, PIECE_BYTES, &room, &octets)) >= 0 && octets.n)
		dkim_body_put(&b, octets);
	mail_reader_fini(&reader);
	ended = dkim_body_end(&b, r < 0 ? NULL : out);
	return r < 0 ? r : ended;
}

static int put_signature(const struct sign_key *key, struct span header,
                         const uint8_t body_hash[DKIM_HASH_BYTES], struct arena *mem,
                         struct buf *out)
{
	const struct dkim_signing how = { .domain = key->domain,
		                          .selector = key->selector,
		                          .ed25519 = key->ed25519,
		                          .time = (uint64_t)(clock_wall_time_ms() / 1000) };
	AUTO_BUF field = BUF(FIELD_BYTES_MAX), signature = BUF(FIELD_BYTES_MAX);
	uint8_t digest[DKIM_HASH_BYTES];
	int r = dkim_sign_begin(&how, header, body_hash, &dkim_crypto, mem, &field, digest);

	if (r >= 0)
		r = dkim_private_sign(key->private_key, digest, &signature);
	if (r >= 0)
		r = dkim_sign_end(buf_span(&signature), &field);
	return r < 0 ? r : buf_put(out, buf_span(&field));
}

static int put_first(struct mail_made *made, struct span fields)
{
	size_t n = made->octets.n;
	int r = buf_reserve(&made->octets, fields.n);

	if (r < 0)
		return r;
	memmove(made->octets.p + fields.n, made->octets.p, n);
	memcpy(made->octets.p, fields.p, fields.n);
	made->octets.n += fields.n;
	made->text = buf_span(&made->octets);
	for (size_t i = 0; i < made->n_pieces; i++)
		made->pieces[i].at += fields.n;
	if (made->size)
		made->size += fields.n;
	made->is_signed = true;
	return 0;
}

int sign_made(const struct postrider_client *c, struct mail_made *made)
{
	const struct sign_keys *keys = &c->keys;
	AUTO_ARENA mem = { 0 };
	AUTO_BUF fields = BUF(SIGN_KEYS_MAX * FIELD_BYTES_MAX);
	struct span header = span_sub(made->text, 0, message_header_body(made->text)), domain;
	uint8_t body_hash[DKIM_HASH_BYTES];
	int r;

	if (!keys->n)
		return 0;
	domain = signing_domain(keys, author_domain(header, &mem));
	if (!domain.n)
		return 0;
	r = hash_body(made, header.n, body_hash);
	for (size_t i = 0; r >= 0 && i < keys->n; i++)
		if (span_eq(keys->v[i].domain, domain))
			r = put_signature(&keys->v[i], header, body_hash, &mem, &fields);
	return r < 0 ? r : put_first(made, buf_span(&fields));
}
