/* wire/tnef/tnef.h: MS-OXTNEF 2.1. */
#include "test.h"

#include "wire/tnef/tnef.h"

static void put_u32(struct buf *b, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		buf_putc(b, (char)(v >> (8 * i)));
}

static void put_head(struct buf *b)
{
	put_u32(b, 0x223e9f78);
	buf_put(b, SPAN("\1\0"));
}

static void put_attribute(struct buf *b, uint32_t id, struct span data)
{
	buf_putc(b, 2);
	put_u32(b, id);
	put_u32(b, (uint32_t)data.n);
	buf_put(b, data);
	buf_put(b, SPAN("\0\0"));
}

static void put_property(struct buf *b, uint32_t tag, uint32_t type, struct span value)
{
	put_u32(b, tag << 16 | type);
	put_u32(b, 1);
	put_u32(b, (uint32_t)value.n);
	buf_put(b, value);
	while (b->n % 4)
		buf_putc(b, '\0');
}

/* The names, each with a semicolon; "-" when it is no stream, "!" when it is broken. */
static const char *names(struct span stream, struct buf *out)
{
	AUTO_BUF name = BUF(1000);
	struct tnef t;

	buf_reset(out);
	if (!tnef_begin(&t, exact(stream)))
		buf_puts(out, "-");
	for (; tnef_next_name(&t, &name); buf_reset(&name))
		buf_printf(out, "%.*s;", SPAN_ARG(buf_span(&name)));
	if (t.broken)
		buf_puts(out, "!");
	return buf_str(out);
}

TEST(tnef_titles)
{
	AUTO_BUF b = BUF(1000);
	AUTO_BUF out = BUF(1000);

	CHECK_STR(names(SPAN(""), &out), "-");
	CHECK_STR(names(SPAN("PK\3\4abc"), &out), "-");
	put_head(&b);
	CHECK_STR(names(buf_span(&b), &out), "");
	put_attribute(&b, 0x00018010, SPAN("evil.exe\0"));
	put_attribute(&b, 0x0006800f, SPAN("MZ"));
	put_attribute(&b, 0x00018010, SPAN("a.txt\0"));
	CHECK_STR(names(buf_span(&b), &out), "evil.exe;a.txt;");
	CHECK_STR(names(span_sub(buf_span(&b), 0, b.n - 1), &out), "evil.exe;!");
}

/* MS-OXTNEF 2.1.3.4: fixed, variable, named and multiple properties beside those that count. */
TEST(tnef_properties)
{
	AUTO_BUF props = BUF(1000);
	AUTO_BUF b = BUF(1000);
	AUTO_BUF out = BUF(1000);

	put_u32(&props, 6);
	put_u32(&props, 0x37050003);
	put_u32(&props, 1);
	put_property(&props, 0x3707, 0x1f, SPAN("e\0v\0i\0l\0.\0e\0x\0e\0\0\0"));
	put_u32(&props, 0x8001001f);
	buf_put(&props, SPAN("0123456789abcdef"));
	put_u32(&props, 1);
	put_u32(&props, 2);
	buf_put(&props, SPAN("x\0\0\0"));
	put_u32(&props, 1);
	put_u32(&props, 1);
	buf_put(&props, SPAN("yyyy"));
	put_u32(&props, 0x66001003);
	put_u32(&props, 2);
	buf_put(&props, SPAN("11112222"));
	put_property(&props, 0x3704, 0x1e, SPAN("EVIL~1.EXE\0"));
	put_property(&props, 0x3001, 0x1e, SPAN("shown\0"));
	put_head(&b);
	put_attribute(&b, 0x00069005, buf_span(&props));
	CHECK_STR(names(buf_span(&b), &out), "evil.exe;EVIL~1.EXE;shown;");
}

/* A message within a message, and so on: the walk ends, and tells what it left. */
TEST(tnef_nested)
{
	AUTO_BUF b = BUF(10000);
	AUTO_BUF out = BUF(1000);

	put_head(&b);
	put_attribute(&b, 0x00018010, SPAN("evil.exe\0"));
	for (int depth = 1; depth <= TNEF_DEPTH_MAX; depth++) {
		AUTO_BUF value = BUF(10000);
		AUTO_BUF props = BUF(10000);

		buf_put(&value, SPAN("0123456789abcdef"));
		buf_put(&value, buf_span(&b));
		put_u32(&props, 1);
		put_property(&props, 0x3701, 0x0d, buf_span(&value));
		buf_reset(&b);
		put_head(&b);
		put_attribute(&b, 0x00069005, buf_span(&props));
		CHECK_STR(names(buf_span(&b), &out), depth < TNEF_DEPTH_MAX ? "evil.exe;" : "!");
	}
}

/* attAttachData, and PidTagAttachDataBinary in attAttachment; empty ones are none. */
TEST(tnef_data)
{
	AUTO_BUF b = BUF(1000), properties = BUF(1000), name = BUF(100);
	struct span data;
	struct tnef t;

	put_head(&b);
	put_attribute(&b, 0x0006800f, SPAN(""));
	put_attribute(&b, 0x0006800f, SPAN("PK"));
	put_attribute(&b, 0x00018010, SPAN("a.zip\0"));
	put_u32(&properties, 1);
	put_property(&properties, 0x3701, 0x0102, SPAN("MZ.."));
	put_attribute(&b, 0x00069005, buf_span(&properties));
	CHECK(tnef_begin(&t, exact(buf_span(&b))));
	CHECK(tnef_next(&t, &name, &data));
	CHECK_SPAN(data, SPAN("PK"));
	CHECK_INT(name.n, 0);
	CHECK(tnef_next(&t, &name, &data));
	CHECK_INT(data.n, 0);
	CHECK_STR(buf_str(&name), "a.zip");
	CHECK(tnef_next(&t, &name, &data));
	CHECK_SPAN(data, SPAN("MZ.."));
	CHECK(!tnef_next(&t, &name, &data));
	CHECK(!t.broken);
}

TEST(tnef_of_hostile_lengths)
{
	static const struct span t[] = {
		SPAN("\0\0\0\0"), /* no properties, all of them */
		SPAN("\xff\xff\xff\xff"),
		SPAN("\1\0\0\0\x1e\0\x04\x37\xff\xff\xff\xff"),
		SPAN("\1\0\0\0\x1e\0\x04\x37\1\0\0\0\xff\xff\xff\xffx"),
		SPAN("\1\0\0\0\x03\x10\x04\x37\xff\xff\xff\xffxxxx"),
		SPAN("\1\0\0\0\x1e\0\x04\x80"),
	};
	AUTO_BUF out = BUF(1000);

	EACH_ROW(t) {
		AUTO_BUF b = BUF(1000);

		put_head(&b);
		put_attribute(&b, 0x00069005, t[row]);
		CHECK_STR(names(buf_span(&b), &out), row ? "!" : "");
	}
}
