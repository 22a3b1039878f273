/* cmd/import/present.c - see present.h. */
#include "cmd/import/present.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "cmd/cli.h"

enum { WINDOW_MESSAGES = 256, WINDOW_BYTES = 4 << 20, SHA_BYTES = 32 };

struct key {
	int64_t date_s;
	uint64_t size;
};

struct present_entry {
	struct key key;
	uint32_t uid;
	uint32_t next, last; /* of the same key: the next one + 1; of the first: the last one */
	bool used, known;    /* known: its digest is */
	uint8_t digest[PRESENT_DIGEST_BYTES];
};

/* ---- what is there ---- */

static int add(struct present *p, json_t *row)
{
	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 1024;
		struct present_entry *more = realloc(p->entries, room * sizeof *more);
		if (!more || room > UINT32_MAX)
			return cli_fail("no memory for what is in the mailbox"), ERR_NO_MEMORY;
		p->entries = more;
		p->room = room;
	}
	p->entries[p->n++] = (struct present_entry){
		.key = { json_integer_value(json_object_get(row, "date")),
		         (uint64_t)json_integer_value(json_object_get(row, "size")) },
		.uid = (uint32_t)json_integer_value(json_object_get(row, "uid")),
	};
	return 0;
}

/* The entries stay where they are from now on. */
static int index_all(struct present *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct present_entry *e = &p->entries[i];
		struct span key = span_make(&e->key, sizeof e->key);
		struct present_entry *first = map_get(&p->by_size, key);
		if (first) {
			p->entries[first->last].next = (uint32_t)i + 1;
			first->last = (uint32_t)i;
			continue;
		}
		e->last = (uint32_t)i;
		if (map_put(&p->by_size, key, e, NULL) < 0)
			return cli_fail("no memory for what is in the mailbox"), ERR_NO_MEMORY;
	}
	return 0;
}

static int ask(struct present *p, uint32_t after, size_t max, bool octets)
{
	return control_ask(p->c, json_pack("{s:s, s:s, s:s%, s:I, s:I, s:b}", "call", "messages",
	                                   "account", p->account, "mailbox", p->mailbox.p,
	                                   p->mailbox.n, "after", (json_int_t)after, "max",
	                                   (json_int_t)max, "octets", octets));
}

/* One page; *after moves on.  1: that was the last. */
static int page(struct present *p, uint32_t *after)
{
	json_t *row;
	bool last = false, done = false;
	int r = ask(p, *after, WINDOW_MESSAGES * 4, false);

	while (r >= 0 && !last) {
		r = control_answer(p->c, &row);
		if (r < 0)
			break;
		last = control_is_last(row);
		done = json_is_true(json_object_get(row, "done"));
		if (!last)
			r = add(p, row);
		json_decref(row);
	}
	if (p->n)
		*after = p->entries[p->n - 1].uid;
	return r < 0 ? r : done;
}

int present_begin(struct present *p, struct control *c, const char *account, struct span mailbox)
{
	uint32_t after = 0;
	int r = 0;

	*p = (struct present){ .c = c, .account = account, .mailbox = mailbox };
	while (!r)
		r = page(p, &after);
	return r < 0 ? r : index_all(p);
}

void present_fini(struct present *p)
{
	map_fini(&p->by_size);
	free(p->entries);
	*p = (struct present){ 0 };
}

/* ---- is this one there? ---- */

static void digest_end(EVP_MD_CTX *sha, uint8_t out[PRESENT_DIGEST_BYTES])
{
	uint8_t all[SHA_BYTES];

	EVP_DigestFinal_ex(sha, all, NULL);
	memcpy(out, all, PRESENT_DIGEST_BYTES);
}

static int take_content(struct present *p, EVP_MD_CTX *sha, struct present_entry *e, uint64_t n)
{
	struct span part;
	int r = 0;

	EVP_DigestInit_ex(sha, EVP_sha256(), NULL);
	for (; n && r >= 0; n -= part.n) {
		r = control_piece(p->c, n, &part);
		if (r < 0)
			return r;
		EVP_DigestUpdate(sha, part.p, part.n);
	}
	digest_end(sha, e->digest);
	e->known = true;
	return 0;
}

/* Those that were expunged meanwhile, or cannot be read, stand for none. */
static int learn_one(struct present *p, json_t *row, size_t *i, EVP_MD_CTX *sha)
{
	uint32_t uid = (uint32_t)json_integer_value(json_object_get(row, "uid"));
	json_t *size = json_object_get(row, "size");
	struct present_entry other = { 0 }, *e = &other;

	while (*i < p->n && p->entries[*i].uid < uid)
		p->entries[(*i)++].used = true;
	if (*i < p->n && p->entries[*i].uid == uid)
		e = &p->entries[(*i)++];
	e->used = e->used || !size;
	return size ? take_content(p, sha, e, (uint64_t)json_integer_value(size)) : 0;
}

/* Of entry i and some that follow it: what comes next in the source is most often next here. */
static int learn(struct present *p, size_t i, EVP_MD_CTX *sha)
{
	size_t n = 0;
	uint64_t octets = 0;
	json_t *row;
	bool last = false;

	while (i + n < p->n && n < WINDOW_MESSAGES && (!n || octets < WINDOW_BYTES))
		octets += p->entries[i + n++].key.size;
	int r = ask(p, p->entries[i].uid - 1, n, true);
	while (r >= 0 && !last) {
		r = control_answer(p->c, &row);
		if (r < 0)
			break;
		last = control_is_last(row);
		if (!last)
			r = learn_one(p, row, &i, sha);
		json_decref(row);
	}
	return r;
}

int present_find(struct present *p, struct span message, int64_t date_s)
{
	struct key key = { date_s, message.n };
	struct present_entry *e = map_get(&p->by_size, span_make(&key, sizeof key));
	uint8_t digest[PRESENT_DIGEST_BYTES];
	int found = 0;

	if (!e)
		return 0;
	EVP_MD_CTX *sha = EVP_MD_CTX_new();
	if (!sha)
		return cli_fail("no memory for a digest"), ERR_NO_MEMORY;
	EVP_DigestInit_ex(sha, EVP_sha256(), NULL);
	EVP_DigestUpdate(sha, message.p, message.n);
	digest_end(sha, digest);
	for (; e && !found; e = e->next ? &p->entries[e->next - 1] : NULL) {
		if (!e->used && !e->known)
			found = learn(p, (size_t)(e - p->entries), sha);
		if (!e->used && !e->known && found >= 0)
			e->used = true; /* it was expunged meanwhile */
		if (found >= 0 && !e->used && memcmp(e->digest, digest, sizeof digest) == 0)
			found = e->used = true;
	}
	EVP_MD_CTX_free(sha);
	return found;
}
