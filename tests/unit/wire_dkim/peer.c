/* The engine for differential.py.  PEER RSA.pem ED25519.pem; on standard input, again and again:
 *   "V NOW PIECE N_KEY N_MESSAGE\n" key record, message   answers "result why\n" a signature, ".\n"
 *   "S NOW ED25519 N_MESSAGE\n" message                   answers "N_FIELD\n" field
 *   "T NOW TIMES N_KEY N_MESSAGE\n" as V               answers "milliseconds\n" */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "crypto/dkim_crypto.h"
#include "wire/dkim/dkim.h"

enum { MOST = 1 << 20 };

static char octets[MOST], record_octets[MOST];
static struct evp_pkey_st *keys[2];

static struct span get(char *into, size_t n)
{
	if (n > MOST || fread(into, 1, n, stdin) != n)
		exit(2);
	return span_make(into, n);
}

static void verify(struct span message, struct span record, uint64_t now, size_t piece, bool quiet)
{
	AUTO_ARENA mem = { 0 };
	struct dkim *d = arena_new(&mem, struct dkim);
	struct dns_record one = { .text = record };
	struct dns_answer answer = { .status = DNS_FOUND, .records = &one, .n = 1 };
	struct dns_question q;
	size_t at = message_header_body(message);

	if (!d || dkim_start(d, span_sub(message, 0, at), now, &dkim_crypto, &mem) < 0)
		exit(2);
	for (; at < message.n; at += piece)
		dkim_body(d, span_sub(message, at, piece));
	if (dkim_body_done(d) < 0)
		exit(2);
	while (dkim_next(d, &q))
		if (dkim_answer(d, &answer) < 0)
			exit(2);
	for (size_t i = 0; !quiet && i < d->n; i++)
		printf("%s %s\n", dkim_result_word(d->v[i].result), d->v[i].why);
	if (!quiet)
		puts(".");
	dkim_fini(d);
}

static void sign(struct span message, uint64_t now, bool ed25519, struct buf *out)
{
	AUTO_ARENA mem = { 0 };
	struct dkim_signing how = { SPAN("example.org"), SPAN("k"), ed25519, now };
	AUTO_BUF made = BUF(4096);
	size_t at = message_header_body(message);
	uint8_t hash[DKIM_HASH_BYTES], digest[DKIM_HASH_BYTES];
	struct dkim_body b;

	if (dkim_body_begin(&b, DKIM_RELAXED, UINT64_MAX, &dkim_crypto) < 0)
		exit(2);
	dkim_body_put(&b, span_sub(message, at, message.n));
	if (dkim_body_end(&b, hash) < 0 ||
	    dkim_sign_begin(&how, span_sub(message, 0, at), hash, &dkim_crypto, &mem, out, digest) <
	            0 ||
	    dkim_private_sign(keys[ed25519], digest, &made) < 0 ||
	    dkim_sign_end(buf_span(&made), out) < 0)
		exit(2);
}

static void load(const char *path, size_t i)
{
	FILE *f = fopen(path, "r");
	bool ed25519;

	if (!f)
		exit(2);
	size_t n = fread(octets, 1, sizeof octets, f);
	fclose(f);
	if (dkim_private_parse(span_make(octets, n), &keys[i], &ed25519) < 0 || ed25519 != i)
		exit(2);
}

int main(int argc, char **argv)
{
	char line[200];
	size_t now, a, n_key, n;

	if (argc < 3)
		return 2;
	load(argv[1], 0);
	load(argv[2], 1);
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "V %zu %zu %zu %zu", &now, &a, &n_key, &n) == 4 && a) {
			struct span record = get(record_octets, n_key);
			verify(get(octets, n), record, now, a, false);
		} else if (sscanf(line, "S %zu %zu %zu", &now, &a, &n) == 3) {
			AUTO_BUF field = BUF(64 << 10);
			sign(get(octets, n), now, a, &field);
			printf("%zu\n%.*s", field.n, SPAN_ARG(buf_span(&field)));
		} else if (sscanf(line, "T %zu %zu %zu %zu", &now, &a, &n_key, &n) == 4) {
			struct span record = get(record_octets, n_key), message = get(octets, n);
			int64_t from = clock_now_at();
			for (size_t i = 0; i < a; i++)
				verify(message, record, now, message.n, true);
			printf("%jd\n", (intmax_t)(clock_now_at() - from));
		}
		fflush(stdout);
	}
	dkim_private_free(&keys[0]);
	dkim_private_free(&keys[1]);
	return 0;
}
