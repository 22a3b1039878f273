/* signing/signing.c - see signing.h. */
#include "signing/signing_impl.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "calls/dkim.h"
#include "crypto/dkim_crypto.h"
#include "directory/route.h"
#include "wire/dkim/dkim.h"
#include "wire/message/address.h"
#include "wire/message/header.h"

enum {
	AT_ONCE_BYTES = 64 << 10, /* hashed in the loop: some 100 us */
	PIECE_BYTES = 64 << 10,
	KEYS_MAX = 8,
};

/* The domain of the only author; empty: From is not there once, or names not one. */
static int find_author(struct span header, struct arena *mem, struct span *out)
{
	struct message_header h;
	struct message_field f;
	struct message_mailbox who;
	struct span from = { 0 };
	size_t n = 0;

	*out = SPAN("");
	message_header_begin(&h, header);
	while (message_header_next(&h, &f))
		if (span_eq_nocase(f.name, SPAN("From"))) {
			from = f.value;
			n++;
		}
	if (n != 1 || message_mailbox_parse(from, &who) < 0)
		return 0;
	int r = directory_domain_ascii(who.domain, mem, out);
	return r == ERR_SYNTAX || r == ERR_TOO_LONG ? (*out = SPAN(""), 0) : r;
}

/* ---- the body's hash ---- */

struct hashing {
	const struct signing_text *text;
	uint8_t digest[DKIM_HASH_BYTES];
};

static int put_file(struct dkim_body *b, int file)
{
	AUTO_BUF piece = BUF(PIECE_BYTES);
	int r = buf_reserve(&piece, PIECE_BYTES);

	for (off_t at = 0; r >= 0;) {
		ssize_t n = pread(file, piece.p, PIECE_BYTES, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? err_errno(ERR_IO, "cannot read a body") : 0;
		dkim_body_put(b, span_make(piece.p, (size_t)n));
		at += n;
	}
	return r;
}

static int hash_body(void *arg)
{
	struct hashing *h = arg;
	struct dkim_body b;
	int r = dkim_body_begin(&b, DKIM_RELAXED, UINT64_MAX, &dkim_crypto);

	if (r < 0)
		return err(r, "no memory for a body's hash");
	if (h->text->file >= 0)
		r = put_file(&b, h->text->file);
	else
		dkim_body_put(&b, h->text->body);
	int ended = dkim_body_end(&b, r < 0 ? NULL : h->digest);
	return r < 0 ? r : ended;
}

WAITS int signing_body_hash(const struct signing_text *text, uint8_t digest[DKIM_HASH_BYTES])
{
	struct hashing hashing = { .text = text };
	bool short_one = text->file < 0 && text->body.n <= AT_ONCE_BYTES;
	int r = short_one ? hash_body(&hashing)
	                  : offload(hash_body, &hashing, "hash of a body"); /* WAITS */

	if (r >= 0)
		memcpy(digest, hashing.digest, DKIM_HASH_BYTES);
	return r;
}

/* ---- the fields ---- */

static int begin_all(const struct dkim_keys_reply *keys, const struct signing_text *text,
                     const uint8_t body_hash[DKIM_HASH_BYTES], struct arena *mem,
                     struct dkim_hash *hashes, struct buf *fields)
{
	struct dkim_signing how = { .domain = keys->domain,
		                    .time = (uint64_t)(clock_wall_time_ms() / 1000) };
	uint8_t digest[DKIM_HASH_BYTES];
	int r = 0;

	for (size_t i = 0; r >= 0 && i < keys->n_keys; i++) {
		how.selector = hashes[i].selector = keys->keys[i].selector;
		how.ed25519 = keys->keys[i].ed25519;
		r = dkim_sign_begin(&how, text->header, body_hash, &dkim_crypto, mem, &fields[i],
		                    digest);
		if (r >= 0)
			r = arena_copy(mem, span_make(digest, sizeof digest), &hashes[i].digest);
	}
	return r;
}

static WAITS int sign_all(const struct dkim_keys_reply *keys, struct dkim_hash *hashes,
                          struct arena *mem, struct buf *fields, struct buf *out)
{
	struct dkim_sign_hashes_args a = { .domain = keys->domain,
		                           .hashes = hashes,
		                           .n_hashes = keys->n_keys };
	struct dkim_sign_hashes_reply got;
	int r = dkim_sign_hashes(&a, mem, &got); /* WAITS */

	if (r >= 0 && got.n_signatures != keys->n_keys)
		r = err(ERR_SYNTAX, "%zu signatures for %zu keys", got.n_signatures, keys->n_keys);
	for (size_t i = 0; r >= 0 && i < keys->n_keys; i++) {
		r = dkim_sign_end(got.signatures[i].octets, &fields[i]);
		if (r >= 0)
			r = buf_put(out, buf_span(&fields[i]));
	}
	return r;
}

static WAITS int put_fields(const struct dkim_keys_reply *keys, const struct signing_text *text,
                            const uint8_t body_hash[DKIM_HASH_BYTES], struct arena *mem,
                            struct buf *out)
{
	struct dkim_hash hashes[KEYS_MAX] = { 0 };
	struct buf fields[KEYS_MAX];

	for (size_t i = 0; i < keys->n_keys; i++)
		buf_init(&fields[i], SIGNING_FIELD_BYTES_MAX);
	int r = begin_all(keys, text, body_hash, mem, hashes, fields);
	if (r >= 0)
		r = sign_all(keys, hashes, mem, fields, out); /* WAITS */
	for (size_t i = 0; i < keys->n_keys; i++)
		buf_fini(&fields[i]);
	return r;
}

WAITS int signing_put(const struct signing_text *text, struct arena *mem, struct buf *out,
                      struct span *domain)
{
	uint8_t body_hash[DKIM_HASH_BYTES];
	struct dkim_keys_args a = { 0 };
	struct dkim_keys_reply keys = { 0 };
	int r = find_author(text->header, mem, &a.author);

	*domain = SPAN("");
	if (r >= 0 && a.author.n)
		r = dkim_keys(&a, mem, &keys); /* WAITS */
	if (r < 0 || !keys.n_keys)
		return r;
	if (keys.n_keys > KEYS_MAX)
		return err(ERR_SYNTAX, "%zu keys sign at once", keys.n_keys);
	r = signing_body_hash(text, body_hash); /* WAITS */
	if (r >= 0)
		r = put_fields(&keys, text, body_hash, mem, out); /* WAITS */
	if (r == ERR_REFUSED) /* so many To fields that nobody takes it for one message */
		return event_log(EVENT_internal_error, "what=%s reason=%s",
		                 "a message is not signed", err_str(r)),
		       0;
	if (r >= 0)
		*domain = keys.domain;
	return r;
}
