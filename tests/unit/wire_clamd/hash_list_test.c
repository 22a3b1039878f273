/* wire/clamd/hash_list: ClamAV's manual, "File hash signatures". */
#include "wire/clamd/hash_list.h"

#include <stdlib.h>

#include "base/buf.h"
#include "test.h"

#define MD5  "00112233445566778899aabbccddeeff"
#define SHA1 "00112233445566778899aabbccddeeff00112233"

static struct span octets_of(const char *hex)
{
	static struct clamd_hash h;
	AUTO_BUF line = BUF(200);

	buf_printf(&line, "%s:*:x", hex);
	CHECK_INT(clamd_hash_line(buf_span(&line), &h), 1);
	return span_make(h.hash, h.hash_n);
}

TEST(a_hash_is_found_by_its_octets_and_the_size)
{
	static const struct span text =
	        SPAN("# a list\r\n" MD5 ":10:Ten\r\n"
	             "\n"
	             "no line\nnor:this:one\n" SHA1 ":*:Any:73\n"
	             "00112233445566770000000000000000:10:Other\n" MD5 ":11:Eleven");
	static const struct {
		const char *hash, *name;
		uint64_t size;
	} t[] = {
		{ MD5, "Ten", 10 },
		{ MD5, "Eleven", 11 },
		{ MD5, "", 12 },
		{ SHA1, "Any", 12 },
		{ "00112233445566770000000000000000", "Other", 10 },
		{ "00112233445566770000000000000001", "", 10 },
		{ "ffffffffffffffffffffffffffffffff", "", 10 },
	};
	struct clamd_hash_list l;

	CHECK_INT(clamd_hash_list_open(exact(text), &l), 0);
	CHECK_INT(l.n, 4);
	CHECK_INT(l.n_bad, 2);
	CHECK_SPAN(l.first_bad, SPAN("no line"));
	CHECK_INT(l.kinds, 1u << CLAMD_MD5 | 1u << CLAMD_SHA1);
	EACH_ROW(t) {
		struct span name = SPAN("");
		bool is = clamd_hash_list_find(&l, octets_of(t[row].hash), t[row].size, &name);
		CHECK_INT(is, *t[row].name != 0);
		CHECK_SPAN(name, span_str(t[row].name));
	}
	clamd_hash_list_fini(&l);
	CHECK_INT(clamd_hash_list_open(SPAN(""), &l), 0);
	CHECK(!clamd_hash_list_find(&l, octets_of(MD5), 10, &(struct span){ 0 }));
	clamd_hash_list_fini(&l);
}

/* With its order it stays within 8 MiB, whatever its lines. */
TEST(a_list_has_a_bound)
{
	char *text = calloc(1, CLAMD_HASH_LIST_MAX + 1);
	struct clamd_hash_list l;

	CHECK_INT(clamd_hash_list_open(span_make(text, CLAMD_HASH_LIST_MAX + 1), &l), ERR_TOO_BIG);
	free(text);
}
