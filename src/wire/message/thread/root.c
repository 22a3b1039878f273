/* wire/message/thread/root.c - see root.h. */
#include "wire/message/thread/root.h"

#include "wire/message/envelope/ids.h"
#include "wire/message/header.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

static uint64_t hash(struct span s)
{
	uint64_t h = FNV_OFFSET;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * FNV_PRIME;
	return h ? h : 1;
}

/* The fields that name it, the best last; -1: another one. */
static int rank_of(struct span name)
{
	static const char *const names[] = { "Message-ID", "In-Reply-To", "References" };

	for (int i = 0; i < (int)N_ELEMS(names); i++)
		if (span_eq_nocase(name, span_str(names[i])))
			return i;
	return -1;
}

uint64_t message_thread_root(struct span header)
{
	struct message_header h;
	struct message_field f;
	struct span best = { 0 };
	int best_rank = -1;

	message_header_begin(&h, header);
	while (message_header_next(&h, &f)) {
		int rank = rank_of(f.name);
		struct span id;

		if (rank <= best_rank || !message_id_next(&f.value, &id))
			continue;
		best = id;
		best_rank = rank;
	}
	AUTO_BUF normal = BUF(best.n);
	return best.n && message_id_put(&normal, best) >= 0 ? hash(buf_span(&normal)) : 0;
}
