/* A header, an empty line, then what a filter sends: edits that are done leave a header. */
#include "fuzz.h"

#include "wire/message/header.h"
#include "wire/milter/milter.h"

static void edit(const struct milter_reply *reply, struct buf *header)
{
	AUTO_BUF field = BUF(64 << 10), made = BUF(1 << 20);
	struct milter_edit e = { reply->kind, reply->index, reply->name, { 0 } };

	if (reply->value.n || reply->kind != MILTER_EDIT_CHANGE) {
		int r = milter_field_put(&field, reply->name, reply->value, reply->index & 1);
		if (r < 0)
			return;
		e.field = buf_span(&field);
		MUST(milter_is_field(e.name, e.field));
	}
	MUST(milter_edit_apply(buf_span(header), &e, &made) == 0);
	buf_reset(header);
	MUST(buf_put(header, buf_span(&made)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	size_t at = message_header_body(in);
	AUTO_BUF header = BUF(2 << 20);
	struct milter_terms offered = { MILTER_VERSION, 0xff, 0x1fffff }, agreed;
	struct milter_packet p;
	struct milter_reply reply;

	MUST(buf_put(&header, span_sub(in, 0, at)) == 0);
	in = span_sub(in, at, in.n);
	for (int n = 0; n < 20 && milter_take(&in, &p) == 1; n++) {
		if (milter_terms_parse(&p, &offered, &agreed) == 0)
			MUST(!(agreed.actions & ~offered.actions) &&
			     !(agreed.protocol & ~offered.protocol));
		if (milter_reply_parse(&p, &reply) < 0)
			continue;
		MUST(reply.kind != MILTER_REPLY_CODE || (reply.code >= 400 && reply.code < 600));
		if (reply.kind == MILTER_EDIT_ADD || reply.kind == MILTER_EDIT_INSERT ||
		    reply.kind == MILTER_EDIT_CHANGE)
			edit(&reply, &header);
	}
	return 0;
}
