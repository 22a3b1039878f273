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
	uint8_t whole[PRESENT_DIGEST_BYTES], header[PRESENT_DIGEST_BYTES];
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

/* Two digests of octets that come in pieces. */
struct digests {
	EVP_MD_CTX *whole, *header;
	unsigned n_end; /* octets of "\r\n\r\n" that the header section ends in so far */
};

static int digests_init(struct digests *d)
{
	*d = (struct digests){ EVP_MD_CTX_new(), EVP_MD_CTX_new(), 2 }; /* a header may be empty */
	if (!d->whole || !d->header)
		return cli_fail("no memory for a digest"), ERR_NO_MEMORY;
	EVP_DigestInit_ex(d->whole, EVP_sha256(), NULL);
	EVP_DigestInit_ex(d->header, EVP_sha256(), NULL);
	return 0;
}

static void digests_fini(struct digests *d)
{
	EVP_MD_CTX_free(d->whole);
	EVP_MD_CTX_free(d->header);
}

static void digests_put(struct digests *d, struct span part)
{
	size_t n = 0;

	EVP_DigestUpdate(d->whole, part.p, part.n);
	for (; n < part.n && d->n_end < 4; n++) {
		char want = d->n_end & 1 ? '\n' : '\r';
		d->n_end = part.p[n] == want ? d->n_end + 1 : part.p[n] == '\r';
	}
	EVP_DigestUpdate(d->header, part.p, n);
}

static void digest_end(EVP_MD_CTX *sha, uint8_t out[PRESENT_DIGEST_BYTES])
{
	uint8_t all[SHA_BYTES];

	EVP_DigestFinal_ex(sha, all, NULL);
	memcpy(out, all, PRESENT_DIGEST_BYTES);
}

static int take_content(struct present *p, struct present_entry *e, uint64_t n)
{
	struct digests d;
	struct span part;
	int r = digests_init(&d);

	for (; n && r >= 0; n -= part.n) {
		r = control_piece(p->c, n, &part);
		if (r < 0)
			break;
		digests_put(&d, part);
	}
	if (r >= 0) {
		digest_end(d.whole, e->whole);
		digest_end(d.header, e->header);
		e->known = true;
	}
	digests_fini(&d);
	return r;
}

/* Those that were expunged meanwhile, or cannot be read, stand for none. */
static int learn_one(struct present *p, json_t *row, size_t *i)
{
	uint32_t uid = (uint32_t)json_integer_value(json_object_get(row, "uid"));
	json_t *size = json_object_get(row, "size");
	struct present_entry other = { 0 }, *e = &other;

	while (*i < p->n && p->entries[*i].uid < uid)
		p->entries[(*i)++].used = true;
	if (*i < p->n && p->entries[*i].uid == uid)
		e = &p->entries[(*i)++];
	e->used = e->used || !size;
	return size ? take_content(p, e, (uint64_t)json_integer_value(size)) : 0;
}

/* Of entry i and some that follow it: what comes next in the source is most often next here. */
static int learn(struct present *p, size_t i)
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
			r = learn_one(p, row, &i);
		json_decref(row);
	}
	return r;
}

static struct present_entry *first_of(const struct present *p, uint64_t size, int64_t date_s)
{
	struct key key = { date_s, size };
	return map_get(&p->by_size, span_make(&key, sizeof key));
}

static int is_it(struct present *p, struct present_entry *e, bool whole,
                 const uint8_t digest[PRESENT_DIGEST_BYTES])
{
	int r = e->used || e->known ? 0 : learn(p, (size_t)(e - p->entries));

	if (r < 0)
		return r;
	e->used = e->used || !e->known; /* it was expunged meanwhile */
	if (e->used || memcmp(whole ? e->whole : e->header, digest, PRESENT_DIGEST_BYTES) != 0)
		return 0;
	e->used = true;
	return 1;
}

static int find(struct present *p, struct present_entry *e, struct span octets, bool whole)
{
	uint8_t digest[PRESENT_DIGEST_BYTES];
	struct digests d;
	int found = 0;

	if (!e)
		return 0;
	int r = digests_init(&d);
	if (r >= 0) {
		EVP_DigestUpdate(d.whole, octets.p, octets.n);
		digest_end(d.whole, digest);
	}
	digests_fini(&d);
	for (; r >= 0 && e && !found; e = e->next ? &p->entries[e->next - 1] : NULL)
		found = is_it(p, e, whole, digest);
	return r < 0 ? r : found;
}

int present_find(struct present *p, struct span message, int64_t date_s)
{
	return find(p, first_of(p, message.n, date_s), message, true);
}

bool present_may_have(const struct present *p, uint64_t size, int64_t date_s)
{
	return first_of(p, size, date_s) != NULL;
}

int present_find_header(struct present *p, uint64_t size, int64_t date_s, struct span header)
{
	return find(p, first_of(p, size, date_s), header, false);
}
