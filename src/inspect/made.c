/* inspect/made.c - see made.h. */
#include "inspect/made.h"

#include "base/os.h"
#include "base/clock.h"

static struct made {
	uint64_t token; /* 0: free */
	int64_t since_at;
	struct buf octets;
} all[MADE_MAX];

static void drop(struct made *m)
{
	buf_fini(&m->octets);
	*m = (struct made){ 0 };
}

void made_put(struct buf *body, struct inspect_new_body *out)
{
	struct made *free_one = NULL, *oldest = &all[0];

	for (size_t i = 0; i < MADE_MAX; i++) {
		if (all[i].token && clock_now_at() - all[i].since_at > MADE_MS)
			drop(&all[i]);
		if (!all[i].token)
			free_one = &all[i];
		if (all[i].since_at < oldest->since_at)
			oldest = &all[i];
	}
	if (!free_one)
		drop(free_one = oldest);
	free_one->since_at = clock_now_at();
	free_one->octets = *body;
	*body = BUF(body->cap);
	while (!free_one->token)
		os_random(&free_one->token, sizeof free_one->token);
	*out = (struct inspect_new_body){ free_one->token, free_one->octets.n };
}

static int fetch(const struct inspect_body_args *a, struct arena *mem,
                 struct inspect_body_reply *out)
{
	for (size_t i = 0; a->token && i < MADE_MAX; i++) {
		struct made *m = &all[i];
		if (m->token != a->token)
			continue;
		size_t at = a->at < m->octets.n ? (size_t)a->at : m->octets.n;
		struct span piece = span_sub(buf_span(&m->octets), at, INSPECT_PIECE_BYTES);
		int r = arena_copy(mem, piece, &out->octets);
		if (r >= 0 && at + piece.n == m->octets.n)
			drop(m);
		return r;
	}
	return err(ERR_NOT_FOUND, "there is no such body any more");
}

void made_serve(void)
{
	inspect_body_serve(fetch);
}
