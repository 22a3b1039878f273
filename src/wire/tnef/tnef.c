/* wire/tnef/tnef.c - see tnef.h.  MS-OXTNEF 2.1. */
#include "wire/tnef/tnef.h"

enum {
	SIGNATURE = 0x223e9f78,
	ATT_ATTACH_TITLE = 0x00018010, /* MS-OXTNEF 2.1.3.3.1: ID and type in one word */
	ATT_ATTACHMENT = 0x00069005,
	ATT_ATTACH_DATA = 0x0006800f,
	TAG_DISPLAY_NAME = 0x3001, /* MS-OXPROPS */
	TAG_ATTACH_DATA = 0x3701,
	TAG_ATTACH_FILENAME = 0x3704,
	TAG_ATTACH_LONG_FILENAME = 0x3707,
	TYPE_OBJECT = 0x0d, /* MS-OXCDATA 2.11.1 */
	TYPE_STRING8 = 0x1e,
	TYPE_UNICODE = 0x1f,
	TYPE_BINARY = 0x102,
	TYPE_MULTIPLE = 0x1000,
	TAG_NAMED = 0x8000,
	INTERFACE_BYTES = 16, /* before a message within: which interface it has */
};

static bool take_u32(struct span *s, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *)s->p;

	if (s->n < 4)
		return false;
	*out = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	*s = span_sub(*s, 4, s->n);
	return true;
}

static bool take_bytes(struct span *s, size_t n, struct span *out)
{
	if (n > s->n)
		return false;
	*out = span_sub(*s, 0, n);
	*s = span_sub(*s, n, s->n);
	return true;
}

/* Values are padded to four octets; the last one's padding may be missing. */
static bool take_padded(struct span *s, size_t n, struct span *out)
{
	if (!take_bytes(s, n, out))
		return false;
	*s = span_sub(*s, (4 - n % 4) % 4, s->n);
	return true;
}

/* Opens a stream in the next level. */
static bool push(struct tnef *t, struct span stream)
{
	uint32_t signature;
	struct span key;

	if (!take_u32(&stream, &signature) || signature != SIGNATURE ||
	    !take_bytes(&stream, 2, &key))
		return false;
	if (t->depth == TNEF_DEPTH_MAX)
		t->broken = true;
	else
		t->levels[t->depth++] = (struct tnef_level){ .rest = stream };
	return true;
}

bool tnef_begin(struct tnef *t, struct span stream)
{
	*t = (struct tnef){ 0 };
	return push(t, stream);
}

/* Octets of a value of a fixed size, its padding included; 0: it is not of one. */
static size_t fixed_size(uint32_t type)
{
	switch (type) {
	case 0x02: /* PtypInteger16 and those that are padded to four */
	case 0x03:
	case 0x04:
	case 0x0a:
	case 0x0b: return 4;
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x14:
	case 0x40: return 8;
	case 0x48: return 16;
	default: return 0;
	}
}

/* MS-OXTNEF 2.1.3.4: the GUID, and a number or a name, of a named property. */
static bool skip_property_name(struct span *s)
{
	struct span skipped;
	uint32_t kind, n;

	if (!take_bytes(s, 16, &skipped) || !take_u32(s, &kind) || !take_u32(s, &n))
		return false;
	return kind == 0 || take_padded(s, n, &skipped);
}

/* To the values of the next property; false when it is malformed. */
static bool take_property(struct tnef_level *at)
{
	uint32_t word, n = 1;
	struct span skipped;
	size_t size;

	at->n_props--;
	if (!take_u32(&at->props, &word))
		return false;
	at->tag = word >> 16;
	at->type = word & 0xffff & ~(uint32_t)TYPE_MULTIPLE;
	size = fixed_size(at->type);
	if (at->tag >= TAG_NAMED && !skip_property_name(&at->props))
		return false;
	if ((!size || word & TYPE_MULTIPLE) && !take_u32(&at->props, &n))
		return false;
	if (size)
		return n <= at->props.n / size && take_bytes(&at->props, n * size, &skipped);
	at->n_values = n;
	return true;
}

static void put_name(struct span value, bool wide, struct buf *name)
{
	if (!wide) {
		while (value.n && !value.p[value.n - 1])
			value.n--;
		buf_put(name, value);
		return;
	}
	for (size_t i = 0; i + 1 < value.n; i += 2)
		if (value.p[i + 1] || (unsigned char)value.p[i] >= 0x80)
			buf_puts(name, "\xef\xbf\xbd");
		else if (value.p[i])
			buf_putc(name, value.p[i]);
}

/* True when the value is a name, which is put, or a file; a message within is opened. */
static bool use_value(struct tnef *t, const struct tnef_level *at, struct span value,
                      struct buf *name, struct span *data)
{
	if (at->tag == TAG_ATTACH_DATA && at->type == TYPE_BINARY) {
		*data = value;
		return value.n > 0;
	}
	if (at->tag == TAG_ATTACH_DATA && at->type == TYPE_OBJECT)
		push(t, span_sub(value, INTERFACE_BYTES, value.n));
	if (at->tag != TAG_DISPLAY_NAME && at->tag != TAG_ATTACH_FILENAME &&
	    at->tag != TAG_ATTACH_LONG_FILENAME)
		return false;
	if (at->type != TYPE_STRING8 && at->type != TYPE_UNICODE)
		return false;
	put_name(value, at->type == TYPE_UNICODE, name);
	return true;
}

/* One value, or the head of one property.  True when a name was put, or *data is set. */
static bool step_property(struct tnef *t, struct tnef_level *at, struct buf *name,
                          struct span *data)
{
	struct span value;
	uint32_t n;

	if (!at->n_values) {
		if (!take_property(at))
			goto broken;
		return false;
	}
	at->n_values--;
	if (take_u32(&at->props, &n) && take_padded(&at->props, n, &value))
		return use_value(t, at, value, name, data);
broken:
	t->broken = true;
	at->n_values = at->n_props = 0;
	return false;
}

/* One attribute: level, ID, length, data, checksum.  MS-OXTNEF 2.1.3.2 */
static bool step_attribute(struct tnef *t, struct tnef_level *at, struct buf *name,
                           struct span *file)
{
	struct span level, data, sum;
	uint32_t id, n;

	if (!take_bytes(&at->rest, 1, &level) || !take_u32(&at->rest, &id) ||
	    !take_u32(&at->rest, &n) || !take_bytes(&at->rest, n, &data) ||
	    !take_bytes(&at->rest, 2, &sum)) {
		t->broken = true;
		at->rest.n = 0;
		return false;
	}
	if (id == ATT_ATTACH_TITLE) {
		put_name(data, false, name);
		return true;
	}
	if (id == ATT_ATTACH_DATA) {
		*file = data;
		return data.n > 0;
	}
	at->props = data;
	if (id == ATT_ATTACHMENT && !take_u32(&at->props, &at->n_props))
		t->broken = true;
	return false;
}

bool tnef_next(struct tnef *t, struct buf *name, struct span *data)
{
	*data = SPAN("");
	while (t->depth) {
		struct tnef_level *at = &t->levels[t->depth - 1];

		if (at->n_props || at->n_values) {
			if (step_property(t, at, name, data))
				return true;
		} else if (at->rest.n) {
			if (step_attribute(t, at, name, data))
				return true;
		} else {
			t->depth--;
		}
	}
	return false;
}

bool tnef_next_name(struct tnef *t, struct buf *name)
{
	struct span data;
	bool more;

	do
		more = tnef_next(t, name, &data);
	while (more && data.n);
	return more;
}
