/* Index and envelope files: raw, and with blocks whose checksums are right.
 *
 * Input: mode, then octets.  Mode 0 reads them as an index file; 1 takes them as blocks (kind,
 * count, 64 octets of header, elements), seals them and reads the file; 2 reads an envelope record.
 */
#include "fuzz.h"

#include "base/buf.h"
#include "store/mailbox/box.h"
#include "store/mailbox/env.h"
#include "store/mailbox/idx_file.h"
#include "store/mailbox/left.h"

enum { MEMORY_MAX = 1 << 20 };

static bool knows(uint64_t message, UNUSED void *arg)
{
	return message & 1;
}

/* rows: of a file that is as it should be, all of it; NULL: of any. */
static void salvage(struct span file, const struct idx_expect *expect, const struct box_array *rows)
{
	struct left l = { .mailbox = expect->mailbox,
		          .uid_next = UINT32_MAX,
		          .knows = knows,
		          .out.whole = true };
	if (left_scan(&l, file, expect->serial, expect->octets) == 0) {
		left_end(&l);
		for (size_t i = 1; i < l.out.n; i++)
			MUST(l.out.rows[i - 1].row.uid < l.out.rows[i].row.uid);
		MUST(!rows || (l.out.whole && l.out.n == rows->sums.exists));
		for (size_t i = 0, k = 0; rows && i < rows->n; i++)
			if (!(rows->rows[i].flags & MAILBOX_GONE)) {
				const struct box_left_row *row = &l.out.rows[k++];
				MUST(row->sure && row->row.uid == rows->rows[i].uid);
				MUST(row->row.flags == rows->rows[i].flags);
			}
	}
	left_fini(&l);
	free(l.out.rows);
}

static void load(struct span file, const struct idx_expect *expect)
{
	struct idx_reader r;
	struct box_array a = { 0 };
	struct box_sums sums = { 0 };
	int e = idx_reader_open_span(&r, file, expect);
	MUST(e == 0 || e == ERR_CORRUPT || e == ERR_CONFIG);
	salvage(file, expect, NULL);
	if (e < 0)
		return;
	MUST(r.file.octets <= expect->octets || r.file.header.serial > expect->serial);
	e = idx_reader_load(&r, &a);
	MUST(e == 0 || e == ERR_CORRUPT || e == ERR_NO_MEMORY);
	for (size_t i = 0; i < a.n; i++) {
		MUST(a.rows[i].uid && (!i || a.rows[i - 1].uid < a.rows[i].uid));
		MUST(box_array_find(&a, a.rows[i].uid) == &a.rows[i]);
		box_sums_add(&sums, a.rows[i].size, a.rows[i].flags);
	}
	MUST(sums.exists == a.sums.exists && sums.octets == a.sums.octets);
	MUST(sums.unseen == a.sums.unseen && sums.deleted == a.sums.deleted);
	if (e == 0 && expect->octets && r.file.header.serial == expect->serial)
		salvage(file, expect, &a);
	box_array_fini(&a);
	idx_reader_close(&r);
}

static void raw(struct span in)
{
	struct idx_header h = { 0 };
	bool good = idx_header_get(in, &h) == 0;
	struct idx_expect expect = { h.account, h.mailbox, h.uid_validity, h.serial, in.n };
	load(in, &expect);
	expect.serial += !good;
	expect.octets /= 2;
	load(in, &expect);
}

static void sealed(struct span in)
{
	struct idx_header h = { .account = 1, .mailbox = 2, .uid_validity = 3, .serial = 4 };
	struct idx_expect expect = { 1, 2, 3, 4, 0 };
	AUTO_BUF file = BUF(MEMORY_MAX);
	char header[IDX_HEADER_BYTES];
	idx_header_put(&h, header);
	buf_put(&file, span_make(header, sizeof header));
	while (in.n > 2 + IDX_BLOCK_BYTES && !file.err) {
		struct idx_block b = { .kind = IDX_ROWS, .count = 0 };
		char block[IDX_BLOCK_BYTES], fuzzed[IDX_BLOCK_BYTES];
		memcpy(fuzzed, in.p + 2, sizeof fuzzed);
		b.kind = 1 + (unsigned char)in.p[0] % 4;
		b.count = (unsigned char)in.p[1];
		idx_block_put(&b, block);
		memcpy(block + 16, fuzzed + 16, sizeof block - 16);
		in = span_sub(in, 2 + IDX_BLOCK_BYTES, SIZE_MAX);
		struct span elements = span_sub(in, 0, idx_payload_bytes(&b));
		in = span_sub(in, elements.n, SIZE_MAX);
		idx_block_seal(block, &h, file.n, elements);
		buf_put(&file, span_make(block, sizeof block));
		buf_put(&file, elements);
	}
	expect.octets = file.n;
	load(buf_span(&file), &expect);
	expect.serial--; /* as if it had been rewritten */
	load(buf_span(&file), &expect);
}

static void envelope(struct span in)
{
	struct env_record got;
	char header[ENV_RECORD_BYTES];
	size_t need = 0;
	int e = env_record_get(in, 7, 8, &got, &need);
	MUST(e == 0 || e == ERR_CORRUPT || (e == ERR_AGAIN && need > in.n));
	MUST(e != 0 || (got.payload.n && env_record_octets(got.payload.n) <= in.n));
	if (!in.n || in.n > BOX_CACHE_BYTES_MAX)
		return;
	AUTO_BUF record = BUF(MEMORY_MAX);
	env_record_put(7, 8, &(struct env_record){ 9, in }, header);
	buf_put(&record, span_make(header, sizeof header));
	buf_put(&record, in);
	buf_put(&record, span_make("\0\0\0\0\0\0\0", env_record_octets(in.n) - record.n));
	MUST(env_record_get(buf_span(&record), 7, 8, &got, &need) == 0);
	MUST(span_eq(got.payload, in) && got.message == 9);
	MUST(env_record_get(buf_span(&record), 7, 9, &got, &need) == ERR_CORRUPT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	struct span in = span_make(data + 1, size - 1);
	switch (data[0] % 3) {
	case 0: raw(in); break;
	case 1: sealed(in); break;
	default: envelope(in); break;
	}
	return 0;
}
