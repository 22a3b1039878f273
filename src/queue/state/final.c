/* queue/state/final.c - see final.h. */
#include "queue/state/final.h"

#include "wire/message/write/trace.h"

enum { FIELDS_MAX = 16 << 10 };

/* An account's name is an address without control octets: check.c saw to that. */
static int put_fields(struct span sender, struct record_recipient *to, struct arena *mem)
{
	AUTO_BUF fields = BUF(FIELDS_MAX + to->prefix.n);

	message_return_path_put(&fields, sender);
	buf_printf(&fields, "Delivered-To: %.*s\r\n", SPAN_ARG(to->account));
	int r = buf_put(&fields, to->prefix);
	return r < 0 ? r : arena_copy(mem, buf_span(&fields), &to->prefix);
}

int final_put(struct record_message *m, struct span sender, struct arena *mem)
{
	int r = 0;

	for (size_t i = 0; i < m->n_recipients && r >= 0; i++)
		if (m->recipients[i].account.n)
			r = put_fields(sender, &m->recipients[i], mem);
	return r < 0 ? err(r, "no memory for the fields of a delivery") : 0;
}
