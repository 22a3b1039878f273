/* A key record, an LF, a message, which is verified, then signed.  The hash is a sum, and every
 * signature is good, so that all of the engine is reached. */
#include "fuzz.h"

#include "wire/dkim/dkim.h"

static uint8_t sum[16];
static size_t n_hashes;

static void *begin(void)
{
	n_hashes++;
	return sum;
}

static void put(UNUSED void *hash, struct span octets)
{
	for (size_t i = 0; i < octets.n; i++)
		sum[i % sizeof sum] ^= (uint8_t)octets.p[i];
}

static int end(UNUSED void *hash, uint8_t digest[DKIM_HASH_BYTES])
{
	n_hashes--;
	if (digest)
		memset(digest, 0, DKIM_HASH_BYTES);
	return 0;
}

static int check(UNUSED bool ed25519, UNUSED struct span key,
                 UNUSED const uint8_t digest[DKIM_HASH_BYTES], UNUSED struct span signature)
{
	return 0;
}

static const struct dkim_crypto crypto = { begin, put, end, check };

/* What is made can be read, or there were too many fields of one name. */
static void sign(struct span header, struct arena *mem)
{
	struct dkim_signing how = { SPAN("example.org"), SPAN("s"), true, 1000 };
	uint8_t hash[DKIM_HASH_BYTES] = { 0 }, digest[DKIM_HASH_BYTES];
	AUTO_BUF field = BUF(64 << 10);
	struct dkim_signature read;
	int r = dkim_sign_begin(&how, header, hash, &crypto, mem, &field, digest);

	if (r == ERR_REFUSED)
		return;
	MUST(r == 0 && dkim_sign_end(SPAN("made"), &field) == 0);
	struct span value = buf_span(&field), name;
	MUST(span_split(&value, ':', &name) && dkim_signature_parse(value, mem, &read) == 0);
	MUST(span_eq(read.domain, how.domain) && span_eq(read.signature, SPAN("made")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = span_make(data, size), record;
	AUTO_ARENA mem = { 0 };
	struct dkim *d = arena_new(&mem, struct dkim);
	struct dns_question q;
	size_t n_questions = 0;

	span_split(&message, '\n', &record);
	struct dns_record one = { .text = record };
	struct dns_answer answer = { .status = DNS_FOUND, .records = &one, .n = 1 };
	size_t body = message_header_body(message);
	MUST(d && dkim_start(d, span_sub(message, 0, body), 1000, &crypto, &mem) == 0);
	for (size_t at = body; at < message.n; at += 3)
		dkim_body(d, span_sub(message, at, 3));
	MUST(dkim_body_done(d) == 0);
	for (; dkim_next(d, &q); n_questions++)
		MUST(dkim_answer(d, &answer) == 0);
	MUST(n_questions <= DKIM_SIGNATURES_MAX && d->n <= DKIM_SIGNATURES_MAX);
	for (size_t i = 0; i < d->n; i++)
		MUST(d->v[i].result != DKIM_NONE);
	dkim_fini(d);
	sign(span_sub(message, 0, body), &mem);
	MUST(n_hashes == 0);
	return 0;
}
