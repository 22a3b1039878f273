/* ticket/ticket.c - HMAC-SHA-256 (RFC 2104) over the packed fields; see ticket.h. */
#include "ticket/ticket.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static unsigned char key[TICKET_KEY_BYTES];

int ticket_key_set(struct span given)
{
	if (given.n != sizeof key)
		return err(ERR_CONFIG, "the key of tickets has %zu octets", given.n);
	memcpy(key, given.p, sizeof key);
	return 0;
}

/* kind keeps a seal from being taken for a proof. */
static int mac(char kind, struct span octets, unsigned char out[TICKET_MAC_BYTES])
{
	AUTO_BUF all = BUF(TICKET_OCTETS_MAX);
	unsigned n = 0;

	buf_put(&all, span_make(&kind, 1));
	buf_put(&all, octets);
	if (all.err)
		return all.err;
	if (!HMAC(EVP_sha256(), key, sizeof key, (const unsigned char *)all.p, all.n, out, &n) ||
	    n != TICKET_MAC_BYTES)
		return err(ERR_BUG, "HMAC failed");
	return 0;
}

/* The seal of t's other fields. */
static int seal_of(const struct ticket *t, unsigned char out[TICKET_MAC_BYTES])
{
	AUTO_BUF packed = BUF(TICKET_OCTETS_MAX);
	struct ticket bare = *t;

	bare.mac = SPAN("");
	int r = ticket_pack(&bare, &packed);
	return r < 0 ? r : mac('t', buf_span(&packed), out);
}

int ticket_seal(const struct ticket *t, struct buf *out)
{
	unsigned char seal[TICKET_MAC_BYTES];
	struct ticket sealed = *t;

	int r = seal_of(t, seal);
	if (r < 0)
		return r;
	sealed.mac = span_make(seal, sizeof seal);
	return ticket_pack(&sealed, out);
}

int ticket_open(struct span octets, int64_t now_at, struct arena *mem, struct ticket *out)
{
	unsigned char seal[TICKET_MAC_BYTES];
	struct ticket t;

	if (!octets.n || octets.n > TICKET_OCTETS_MAX || ticket_unpack(octets, mem, &t) < 0 ||
	    t.mac.n != sizeof seal)
		return err(ERR_TICKET, "no ticket");
	int r = seal_of(&t, seal);
	if (r < 0)
		return r;
	if (CRYPTO_memcmp(seal, t.mac.p, sizeof seal) != 0)
		return err(ERR_TICKET, "a forged ticket");
	if (t.until_at <= now_at)
		return err(ERR_TICKET, "a ticket past its time");
	*out = t;
	return 0;
}

int ticket_proof(struct span account, const char *hash, unsigned char out[TICKET_PROOF_BYTES])
{
	AUTO_BUF both = BUF(TICKET_OCTETS_MAX);
	unsigned char whole[TICKET_MAC_BYTES];

	buf_put(&both, account);
	buf_put(&both, span_make("", 1));
	buf_puts(&both, hash);
	int r = both.err ? both.err : mac('p', buf_span(&both), whole);
	if (r >= 0)
		memcpy(out, whole, TICKET_PROOF_BYTES);
	return r;
}
