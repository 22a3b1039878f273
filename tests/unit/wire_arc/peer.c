/* The engine for differential.py.  PEER RSA.pem; on standard input, again and again:
 *   "V NOW N_KEY N_MESSAGE\n" key record, message    answers "result oldest-pass why\n"
 *   "S NOW FOUND N_RESULTS N_MESSAGE\n" results, message
 *                                                    answers "N_FIELDS\n" fields */
#include <stdio.h>
#include <stdlib.h>

#include "crypto/dkim_crypto.h"
#include "wire/arc/arc.h"

enum { MOST = 1 << 20 };

static char octets[MOST], more_octets[MOST];
static struct evp_pkey_st *key;

static struct span get(char *into, size_t n)
{
	if (n > MOST || fread(into, 1, n, stdin) != n)
		exit(2);
	return span_make(into, n);
}

static void must(int r)
{
	if (r < 0)
		exit(2);
}

static __attribute__((noinline)) void verify(struct span message, struct span record, uint64_t now)
{
	AUTO_ARENA mem = { 0 };
	struct dns_record one = { .text = record };
	struct dns_answer answer = { .status = DNS_FOUND, .records = &one, .n = 1 };
	struct dns_question q;
	struct arc a;
	size_t at = message_header_body(message);

	must(arc_start(&a, span_sub(message, 0, at), now, &dkim_crypto, &mem));
	arc_body(&a, span_sub(message, at, message.n));
	must(arc_body_done(&a));
	while (arc_next(&a, &q))
		must(arc_answer(&a, &answer));
	printf("%s %zu %s\n", arc_result_word(a.result), a.oldest_pass, a.why);
	arc_fini(&a);
}

static void body_hash(struct span body, uint8_t hash[DKIM_HASH_BYTES])
{
	struct dkim_body b;

	must(dkim_body_begin(&b, DKIM_RELAXED, UINT64_MAX, &dkim_crypto));
	dkim_body_put(&b, body);
	must(dkim_body_end(&b, hash));
}

static void end(const uint8_t digest[DKIM_HASH_BYTES], struct buf *field)
{
	AUTO_BUF made = BUF(4096);

	must(dkim_private_sign(key, digest, &made));
	must(dkim_sign_end(buf_span(&made), field));
}

static __attribute__((noinline)) void seal(struct span message, struct span results, uint64_t now,
                                           size_t found)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF first = BUF(64 << 10);
	AUTO_BUF second = BUF(64 << 10);
	AUTO_BUF third = BUF(64 << 10);
	struct arc_sealing s = { .how = { SPAN("example.org"), SPAN("k"), false, now, 0 },
		                 .found = (enum arc_result)found,
		                 .results = results };
	size_t at = message_header_body(message);
	uint8_t hash[DKIM_HASH_BYTES], digest[DKIM_HASH_BYTES];
	int may = arc_sealing_begin(&s, span_sub(message, 0, at), &mem);

	must(may);
	if (may) {
		body_hash(span_sub(message, at, message.n), hash);
		must(arc_results_put(&s, &first));
		must(dkim_sign_begin(&s.how, span_sub(message, 0, at), hash, &dkim_crypto, &mem,
		                     &second, digest));
		end(digest, &second);
		must(arc_seal_begin(&s, buf_span(&first), buf_span(&second), &dkim_crypto, &third,
		                    digest));
		end(digest, &third);
	}
	printf("%zu\n%.*s%.*s%.*s", first.n + second.n + third.n, SPAN_ARG(buf_span(&third)),
	       SPAN_ARG(buf_span(&second)), SPAN_ARG(buf_span(&first)));
}

static void load(const char *path)
{
	FILE *f = fopen(path, "r");
	bool ed25519;

	if (!f)
		exit(2);
	size_t n = fread(octets, 1, sizeof octets, f);
	fclose(f);
	must(dkim_private_parse(span_make(octets, n), &key, &ed25519));
}

int main(int argc, char **argv)
{
	char line[200];
	size_t now, a, b, n;

	if (argc < 2)
		return 2;
	load(argv[1]);
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "V %zu %zu %zu", &now, &a, &n) == 3) {
			struct span record = get(more_octets, a);
			verify(get(octets, n), record, now);
		} else if (sscanf(line, "S %zu %zu %zu %zu", &now, &a, &b, &n) == 4) {
			struct span results = get(more_octets, b);
			seal(get(octets, n), results, now, a);
		}
		fflush(stdout);
	}
	dkim_private_free(&key);
	return 0;
}
