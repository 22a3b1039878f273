/* fulltext/text.c - see text.h. */
#include "fulltext/text.h"

#include <stdlib.h>

#include "fulltext/query.h"
#include "wire/message/search/search.h"
#include "wire/message/structure/walk.h"

struct fulltext_text {
	uint64_t size;
	struct message_walk *walk; /* the first look, which finds the parts */
	struct buf structure;
	bool searching;
	struct message_search search; /* the second */
	struct buf text;
};

struct fulltext_text *fulltext_text_new(uint64_t size)
{
	struct fulltext_text *x = calloc(1, sizeof *x);

	if (!x)
		return NULL;
	x->size = size;
	buf_init(&x->structure, MESSAGE_STRUCTURE_BYTES_MAX);
	buf_init(&x->text, FULLTEXT_TEXT_BYTES_MAX);
	return x;
}

void fulltext_text_free(struct fulltext_text *x)
{
	if (!x)
		return;
	message_walk_free(x->walk);
	if (x->searching)
		message_search_fini(&x->search);
	buf_fini(&x->structure);
	buf_fini(&x->text);
	free(x);
}

/* Nothing matches over the end of a part or field. */
static int take(struct span folded, bool end, void *arg)
{
	struct fulltext_text *x = arg;
	size_t at = x->text.n;

	buf_put(&x->text, folded);
	if (x->text.err == 0)
		fulltext_clean(x->text.p + at, folded.n);
	if (end)
		buf_putc(&x->text, '\n');
	return x->text.err;
}

static int begin_search(struct fulltext_text *x)
{
	int r = message_walk_end(x->walk, &x->structure);

	if (r >= 0)
		r = message_search_begin_all(&x->search, buf_span(&x->structure), take, x);
	x->searching = r >= 0;
	return r;
}

int fulltext_text_next(struct fulltext_text *x, struct message_range *range)
{
	int r = 0;

	if (!x->walk) {
		x->walk = message_walk_new();
		*range = (struct message_range){ 0, x->size };
		return x->walk ? 1 : ERR_NO_MEMORY;
	}
	if (!x->searching)
		r = begin_search(x);
	return r < 0 ? r : message_search_next(&x->search, range);
}

int fulltext_text_put(struct fulltext_text *x, struct span piece)
{
	int r = x->searching ? message_search_put(&x->search, piece)
	                     : message_walk_put(x->walk, piece);

	return r < 0 ? r : 0;
}

struct span fulltext_text_span(const struct fulltext_text *x)
{
	return buf_span(&x->text);
}
