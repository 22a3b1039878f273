/* base/coding/pack.c - see pack.h. */
#include "base/coding/pack.h"

/* The low n octets of v, least significant first. */
static int put_int(struct buf *b, uint64_t v, size_t n)
{
	char octets[8];

	for (size_t i = 0; i < n; i++)
		octets[i] = (char)(v >> 8 * i);
	return buf_put(b, span_make(octets, n));
}

int pack_put_u8(struct buf *b, uint8_t v)
{
	return put_int(b, v, 1);
}

int pack_put_u16(struct buf *b, uint16_t v)
{
	return put_int(b, v, 2);
}

int pack_put_u32(struct buf *b, uint32_t v)
{
	return put_int(b, v, 4);
}

int pack_put_u64(struct buf *b, uint64_t v)
{
	return put_int(b, v, 8);
}

int pack_put_i64(struct buf *b, int64_t v)
{
	return put_int(b, (uint64_t)v, 8);
}

int pack_put_bool(struct buf *b, bool v)
{
	return put_int(b, v, 1);
}

static int refuse(struct buf *b, const char *what, size_t n)
{
	if (!b->err)
		b->err = err(ERR_TOO_LONG, "%zu %s do not fit a record", n, what);
	return b->err;
}

int pack_put_span(struct buf *b, struct span v)
{
	if (v.n > UINT32_MAX)
		return refuse(b, "octets", v.n);
	put_int(b, v.n, 4);
	return buf_put(b, v);
}

int pack_put_count(struct buf *b, size_t n)
{
	return n > PACK_LIST_MAX ? refuse(b, "elements", n) : put_int(b, n, 4);
}

size_t pack_begin(struct buf *b)
{
	size_t mark = b->n;

	put_int(b, 0, 4);
	return mark;
}

void pack_end(struct buf *b, size_t mark)
{
	size_t n;

	if (b->err)
		return;
	n = b->n - mark - 4;
	if (n > UINT32_MAX) {
		refuse(b, "octets", n);
		return;
	}
	for (size_t i = 0; i < 4; i++)
		b->p[mark + i] = (char)(n >> 8 * i);
}

static int get_int(struct span *in, size_t n, uint64_t *v)
{
	uint64_t got = 0;

	if (in->n && in->n < n)
		return err(ERR_SYNTAX, "a packed record is cut short");
	for (size_t i = 0; i < n && in->n; i++)
		got |= (uint64_t)(unsigned char)in->p[i] << 8 * i;
	*in = span_sub(*in, n, in->n);
	*v = got;
	return 0;
}

#define GET(name, type, n_octets)                                                                  \
	int pack_get_##name(struct span *in, type *v)                                              \
	{                                                                                          \
		uint64_t got;                                                                      \
		int r = get_int(in, n_octets, &got);                                               \
		if (r >= 0)                                                                        \
			*v = (type)got;                                                            \
		return r;                                                                          \
	}

GET(u8, uint8_t, 1)
GET(u16, uint16_t, 2)
GET(u32, uint32_t, 4)
GET(u64, uint64_t, 8)
GET(i64, int64_t, 8)

int pack_get_bool(struct span *in, bool *v)
{
	uint64_t got;
	int r = get_int(in, 1, &got);

	if (r >= 0 && got > 1)
		r = err(ERR_SYNTAX, "a packed bool is %ju", (uintmax_t)got);
	if (r >= 0)
		*v = got == 1;
	return r;
}

int pack_get_span(struct span *in, struct span *v)
{
	uint64_t n;
	int r = get_int(in, 4, &n);

	if (r < 0)
		return r;
	if (n > in->n)
		return err(ERR_SYNTAX, "a packed length is over what follows");
	*v = span_sub(*in, 0, n);
	*in = span_sub(*in, n, in->n);
	return 0;
}

int pack_get_count(struct span *in, size_t *n)
{
	uint64_t got;
	int r = get_int(in, 4, &got);

	if (r < 0)
		return r;
	if (got > PACK_LIST_MAX)
		return err(ERR_TOO_LONG, "a packed list is over %d", PACK_LIST_MAX);
	/* Each element begins with its length. */
	if (got > in->n / 4)
		return err(ERR_SYNTAX, "a packed count is over what follows");
	*n = got;
	return 0;
}
