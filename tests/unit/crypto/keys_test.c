/* Public keys are kept: whose key it was is never mixed up, however many there are. */
#include "base/base64.h"
#include "crypto/dkim_crypto.h"
#include "crypto/public_keys.h"
#include "test.h"

enum { OWNERS = PUBLIC_KEYS_KEPT + 6 };

struct owner {
	bool ed25519;
	struct buf key, signature;
};

static const uint8_t digest[DKIM_HASH_BYTES] = "what is signed";
static const uint8_t another[DKIM_HASH_BYTES] = "something else";

/* What stands behind p= in the record. */
static void take_key(struct span record, struct buf *out)
{
	ptrdiff_t at = span_find_span(record, SPAN("p="));

	CHECK(at > 0);
	CHECK_INT(base64_decode(span_sub(record, (size_t)at + 2, record.n), out), 0);
}

static void make(struct owner *o, bool ed25519)
{
	AUTO_BUF pem = BUF(8192);
	AUTO_BUF record = BUF(8192);
	struct evp_pkey_st *private;
	bool kind;

	*o = (struct owner){ ed25519, BUF(2048), BUF(2048) };
	CHECK_INT(dkim_private_make(ed25519, &pem), 0);
	CHECK_INT(dkim_private_parse(buf_span(&pem), &private, &kind), 0);
	CHECK_INT(kind, ed25519);
	CHECK_INT(dkim_private_record(private, &record), 0);
	take_key(buf_span(&record), &o->key);
	CHECK_INT(dkim_private_sign(private, digest, &o->signature), 0);
	dkim_private_free(&private);
}

static void check_all(struct owner *all)
{
	for (size_t i = 0; i < OWNERS; i++) {
		struct owner *o = &all[i], *next = &all[(i + 1) % OWNERS];
		struct span key = buf_span(&o->key), signature = buf_span(&o->signature);

		CHECK_INT(dkim_crypto.check(o->ed25519, key, digest, signature), 0);
		CHECK_INT(dkim_crypto.check(o->ed25519, key, another, signature), ERR_AUTH);
		if (o->ed25519 == next->ed25519)
			CHECK_INT(dkim_crypto.check(o->ed25519, buf_span(&next->key), digest,
			                            signature),
			          ERR_AUTH);
	}
}

TEST(each_signature_is_checked_by_its_own_key)
{
	static struct owner all[OWNERS];

	for (size_t i = 0; i < OWNERS; i++)
		make(&all[i], i % 32 != 0);
	for (int round = 0; round < 3; round++)
		check_all(all);
	for (size_t i = 0; i < OWNERS; i++) {
		buf_fini(&all[i].key);
		buf_fini(&all[i].signature);
	}
}

/* An RSA key's octets are no Ed25519 key, and the other way round, also once they are kept. */
TEST(a_key_of_one_kind_is_none_of_the_other)
{
	static char large[PUBLIC_KEY_KEPT_BYTES + 1];
	struct owner rsa, ed;

	make(&rsa, false);
	make(&ed, true);
	for (int round = 0; round < 2; round++) {
		CHECK(public_key(false, buf_span(&rsa.key)));
		CHECK(public_key(true, buf_span(&ed.key)));
		CHECK(!public_key(true, buf_span(&rsa.key)));
		CHECK(!public_key(false, buf_span(&ed.key)));
		CHECK(!public_key(false, SPAN("")));
		CHECK(!public_key(false, span_make(large, sizeof large)));
	}
	buf_fini(&rsa.key);
	buf_fini(&rsa.signature);
	buf_fini(&ed.key);
	buf_fini(&ed.signature);
}
