/* A key record, an LF, a message, whose chain is validated, and to which a set is added, which can
 * be read.  The hash is a sum, and every signature is good, so that all of the engine is reached.
 */
#include "fuzz.h"

#include "wire/arc/arc.h"

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

static bool trusts(struct span domain, UNUSED void *arg)
{
	return domain.n & 1;
}

static void seal(struct span header, const struct arc *a, struct arena *mem)
{
	struct arc_sealing s = { .how = { SPAN("example.org"), SPAN("s"), true, 1000, 0 },
		                 .found = a->result == ARC_TEMPERROR ? ARC_NONE : a->result,
		                 .results = SPAN(" mx; none\r\n") };
	AUTO_BUF all = BUF(4 << 20), first = BUF(1 << 10), second = BUF(64 << 10),
	         third = BUF(4 << 10);
	uint8_t hash[DKIM_HASH_BYTES] = { 0 }, digest[DKIM_HASH_BYTES];
	struct arc_chain read;
	int may = arc_sealing_begin(&s, header, mem);

	MUST(may >= 0 && arc_results_put(&s, &first) == 0);
	if (!may || dkim_sign_begin(&s.how, header, hash, &crypto, mem, &second, digest) < 0)
		return;
	MUST(dkim_sign_end(SPAN("made"), &second) == 0);
	MUST(arc_seal_begin(&s, buf_span(&first), buf_span(&second), &crypto, &third, digest) == 0);
	MUST(dkim_sign_end(SPAN("made"), &third) == 0);
	buf_put(&all, buf_span(&third));
	buf_put(&all, buf_span(&second));
	buf_put(&all, buf_span(&first));
	MUST(buf_put(&all, header) == 0);
	MUST(arc_chain_read(buf_span(&all), mem, &read) == 0);
	MUST(read.highest <= s.how.arc_instance && (a->result != ARC_PASS || !read.broken));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = span_make(data, size), record;
	AUTO_ARENA mem = { 0 };
	struct dns_question q;
	struct arc a;
	size_t n_questions = 0;

	span_split(&message, '\n', &record);
	struct dns_record one = { .text = record };
	struct dns_answer answer = { .status = DNS_FOUND, .records = &one, .n = 1 };
	size_t body = message_header_body(message);
	MUST(arc_start(&a, span_sub(message, 0, body), 1000, &crypto, &mem) == 0);
	for (size_t at = body; at < message.n; at += 3)
		arc_body(&a, span_sub(message, at, 3));
	MUST(arc_body_done(&a) == 0);
	for (; arc_next(&a, &q); n_questions++)
		MUST(arc_answer(&a, &answer) == 0);
	MUST(n_questions <= ARC_SETS_MAX + DKIM_SIGNATURES_MAX && a.decided);
	MUST(a.result == ARC_PASS || (a.result == ARC_NONE) == !a.chain.highest || a.chain.broken);
	(void)arc_vouched(&a, SPAN("a"), trusts, NULL);
	arc_fini(&a);
	seal(span_sub(message, 0, body), &a, &mem);
	MUST(n_hashes == 0);
	return 0;
}
