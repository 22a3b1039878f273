/* base/base64.c - see base64.h.  RFC 4648 4; ids in Crockford's base 32. */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_encode(struct buf *out, struct span in)
{
	for (size_t i = 0; i < in.n; i += 3) {
		size_t n = in.n - i < 3 ? in.n - i : 3;
		uint32_t v = 0;
		char four[4];

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < n ? (unsigned char)in.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			four[k] = k <= n ? alphabet[v >> (18 - 6 * k) & 0x3f] : '=';
		if (buf_put(out, span_make(four, 4)) < 0)
			return out->err;
	}
	return out->err;
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* 4 characters with n_pad `=` behind; 3 - n_pad octets to out. */
static int decode_group(const char *in, size_t n_pad, char out[3])
{
	uint32_t v = 0;

	for (size_t k = 0; k < 4; k++) {
		int six = k < 4 - n_pad ? value_of(in[k]) : 0;

		if (six < 0)
			return err(ERR_SYNTAX, "not base64");
		v = v << 6 | (uint32_t)six;
	}
	if (v & ((1u << 8 * n_pad) - 1))
		return err(ERR_SYNTAX, "base64 with unused bits set");
	for (size_t k = 0; k < 3; k++)
		out[k] = (char)(v >> (16 - 8 * k));
	return 0;
}

int base64_decode(struct span in, struct buf *out)
{
	size_t before = out->n;

	if (in.n % 4)
		return err(ERR_SYNTAX, "base64 is cut short");
	for (size_t i = 0; i < in.n; i += 4) {
		size_t n_pad = 0;
		char three[3];
		int r;

		if (i + 4 == in.n && in.p[i + 3] == '=')
			n_pad = in.p[i + 2] == '=' ? 2 : 1;
		r = decode_group(in.p + i, n_pad, three);
		if (r >= 0)
			r = buf_put(out, span_make(three, 3 - n_pad));
		if (r < 0) {
			out->n = before;
			return r;
		}
	}
	return out->err;
}

static const char id_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void id_print(uint64_t id, char out[ID_TEXT_LEN + 1])
{
	for (int i = ID_TEXT_LEN - 1; i >= 0; i--, id >>= 5)
		out[i] = id_alphabet[id & 31];
	out[ID_TEXT_LEN] = '\0';
}

int id_parse(struct span s, uint64_t *id)
{
	uint64_t v = 0;

	if (s.n != ID_TEXT_LEN)
		return err(ERR_SYNTAX, "an id has %d characters", ID_TEXT_LEN);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : s.p[i];
		const char *at = memchr(id_alphabet, c, sizeof id_alphabet - 1);

		if (!at || (i == 0 && at - id_alphabet > 15)) /* 65 bits */
			return err(ERR_SYNTAX, "not an id");
		v = v << 5 | (uint64_t)(at - id_alphabet);
	}
	*id = v;
	return 0;
}
