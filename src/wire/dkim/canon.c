/* wire/dkim/canon.c - see canon.h. */
#include "wire/dkim/canon.h"

int dkim_out_begin(struct dkim_out *o, const struct dkim_crypto *crypto, uint64_t limit)
{
	o->crypto = crypto;
	o->limit = limit;
	o->n = 0;
	o->used = 0;
	o->hash = crypto->begin();
	return o->hash ? 0 : ERR_NO_MEMORY;
}

static void flush(struct dkim_out *o)
{
	if (o->used)
		o->crypto->put(o->hash, span_make(o->room, o->used));
	o->used = 0;
}

void dkim_out_put(struct dkim_out *o, struct span s)
{
	uint64_t left = o->n < o->limit ? o->limit - o->n : 0;

	o->n += s.n;
	if (s.n > left)
		s.n = (size_t)left;
	if (s.n > sizeof o->room - o->used)
		flush(o);
	if (s.n > sizeof o->room) {
		o->crypto->put(o->hash, s);
	} else if (s.n) {
		memcpy(o->room + o->used, s.p, s.n);
		o->used += s.n;
	}
}

static void put_octet(struct dkim_out *o, char c)
{
	dkim_out_put(o, span_make(&c, 1));
}

int dkim_out_end(struct dkim_out *o, uint8_t digest[DKIM_HASH_BYTES])
{
	if (!o->hash)
		return 0;
	if (digest)
		flush(o);
	return o->crypto->end(TAKE(o->hash), digest);
}

int dkim_body_begin(struct dkim_body *b, enum dkim_canon canon, uint64_t limit,
                    const struct dkim_crypto *crypto)
{
	b->canon = canon;
	b->n_lines = 0;
	b->cr = b->white = false;
	return dkim_out_begin(&b->out, crypto, limit);
}

/* What waits goes out, for something follows it. */
static void release(struct dkim_body *b)
{
	for (; b->n_lines; b->n_lines--)
		dkim_out_put(&b->out, SPAN("\r\n"));
	if (b->white)
		put_octet(&b->out, ' ');
	b->white = false;
	if (b->cr)
		put_octet(&b->out, '\r');
	b->cr = false;
}

static bool is_plain(const struct dkim_body *b, char c)
{
	return c != '\r' && (b->canon == DKIM_SIMPLE || (c != ' ' && c != '\t'));
}

void dkim_body_put(struct dkim_body *b, struct span piece)
{
	for (size_t i = 0, from; i < piece.n;) {
		char c = piece.p[i];

		if (b->cr && c == '\n') {
			b->cr = b->white = false;
			b->n_lines++;
			i++;
			continue;
		}
		if (b->cr)
			release(b);
		if (c == '\r') {
			b->cr = true;
			i++;
		} else if (!is_plain(b, c)) {
			b->white = true;
			i++;
		} else {
			release(b);
			for (from = i; i < piece.n && is_plain(b, piece.p[i]);)
				i++;
			dkim_out_put(&b->out, span_sub(piece, from, i - from));
		}
	}
}

int dkim_body_end(struct dkim_body *b, uint8_t digest[DKIM_HASH_BYTES])
{
	if (b->cr)
		release(b);
	if (b->canon == DKIM_SIMPLE || b->out.n)
		dkim_out_put(&b->out, SPAN("\r\n"));
	return dkim_out_end(&b->out, digest);
}

/* Names in lower case; of a value the folds undone and white space runs made one SP. */
static void put_relaxed(struct dkim_out *o, struct span value, bool *white, bool *any)
{
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c == '\r' && i + 1 < value.n && value.p[i + 1] == '\n') {
			i++;
			continue;
		}
		if (c == ' ' || c == '\t') {
			*white = true;
			continue;
		}
		if (*white && *any)
			put_octet(o, ' ');
		*white = false;
		*any = true;
		put_octet(o, c);
	}
}

static void put_name(struct dkim_out *o, struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		put_octet(o, (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 32
		                                                         : name.p[i]));
	put_octet(o, ':');
}

void dkim_own_field_put(struct dkim_out *o, enum dkim_canon canon, const struct message_field *f,
                        struct span hole)
{
	struct span before = f->value, after = { 0 };
	bool white = false, any = false;

	if (hole.p) {
		before.n = (size_t)(hole.p - f->value.p);
		after = span_sub(f->value, before.n + hole.n, f->value.n);
	}
	if (canon == DKIM_SIMPLE) {
		dkim_out_put(o, span_make(f->whole.p, (size_t)(f->value.p - f->whole.p)));
		dkim_out_put(o, before);
		dkim_out_put(o, after);
		return;
	}
	put_name(o, f->name);
	put_relaxed(o, before, &white, &any);
	put_relaxed(o, after, &white, &any);
}

void dkim_field_put(struct dkim_out *o, enum dkim_canon canon, const struct message_field *f)
{
	dkim_own_field_put(o, canon, f, (struct span){ 0 });
	dkim_out_put(o, SPAN("\r\n"));
}
