/* store/mailbox/row.c - see row.h. */
#include "store/mailbox/row.h"

#include "store/mailbox/octets.h"

void box_row_put(const struct box_row *row, char out[BOX_ROW_BYTES])
{
	put_u32(out, row->uid);
	put_u32(out + 4, row->size);
	put_u64(out + 8, row->flags);
	put_u64(out + 16, row->modseq);
	put_u64(out + 24, row->message);
	put_u64(out + 32, row->thread);
	put_u64(out + 40, (uint64_t)row->date_s);
	put_u32(out + 48, row->saved_s);
	put_u32(out + 52, row->recipient);
	put_u64(out + 56, row->cache);
}

void box_row_get(const char in[BOX_ROW_BYTES], struct box_row *out)
{
	*out = (struct box_row){
		.uid = get_u32(in),
		.size = get_u32(in + 4),
		.flags = get_u64(in + 8),
		.modseq = get_u64(in + 16),
		.message = get_u64(in + 24),
		.thread = get_u64(in + 32),
		.date_s = (int64_t)get_u64(in + 40),
		.saved_s = get_u32(in + 48),
		.recipient = get_u32(in + 52),
		.cache = get_u64(in + 56),
	};
}

void box_change_put(const struct box_change *c, char out[BOX_CHANGE_BYTES])
{
	put_u32(out, c->uid);
	put_u32(out + 4, 0);
	put_u64(out + 8, c->flags);
	put_u64(out + 16, c->modseq);
}

void box_change_get(const char in[BOX_CHANGE_BYTES], struct box_change *out)
{
	*out = (struct box_change){
		.uid = get_u32(in),
		.flags = get_u64(in + 8),
		.modseq = get_u64(in + 16),
	};
}
