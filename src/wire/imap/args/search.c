/* wire/imap/args/search.c - see search.h.  One key: search_key.c; SORT and THREAD: sort.c. */
#include "wire/imap/args/search.h"

#include "base/utf8.h"
#include "wire/imap/args/args_impl.h"
#include "wire/imap/args/search_impl.h"

/* An AND, OR or NOT whose keys are being read. */
struct open {
	uint16_t node;
	uint8_t left; /* keys that it still needs; 0: up to its ) */
};

struct reading {
	struct imap_cursor *c;
	struct imap_search_node *nodes;
	size_t n;
	struct open open[IMAP_SEARCH_DEPTH_MAX + 1]; /* [0] is the whole */
	size_t n_open;
	bool has_mod_seq;
};

static int add(struct reading *r, struct imap_search_node node)
{
	if (r->n == IMAP_SEARCH_KEYS_MAX)
		return imap_fault(r->c, ERR_LIMIT, "over %d keys", IMAP_SEARCH_KEYS_MAX);
	r->nodes = imap_room_for_one(r->c->mem, r->nodes, r->n, sizeof *r->nodes);
	if (!r->nodes)
		return ERR_NO_MEMORY;
	node.end = (uint16_t)(r->n + 1);
	r->nodes[r->n++] = node;
	r->has_mod_seq |= node.key == IMAP_KEY_MODSEQ;
	return 0;
}

static int open_node(struct reading *r, struct imap_search_node node)
{
	uint8_t left = node.key == IMAP_KEY_OR ? 2 : node.key == IMAP_KEY_NOT ? 1 : 0;
	int e;

	if (r->n_open > IMAP_SEARCH_DEPTH_MAX)
		return imap_fault(r->c, ERR_LIMIT, "keys are over %d deep", IMAP_SEARCH_DEPTH_MAX);
	e = add(r, node);
	if (e < 0)
		return e;
	r->open[r->n_open++] = (struct open){ .node = (uint16_t)(r->n - 1), .left = left };
	return 0;
}

/* A key is whole: so are those that it was the last of.  0, or 1 when the whole search is. */
static int close_nodes(struct reading *r)
{
	while (r->n_open > 0) {
		struct open *top = &r->open[r->n_open - 1];

		if (top->left > 1) { /* OR goes on */
			top->left--;
			return imap_take_sp(r->c);
		}
		if (top->left == 0 && r->n_open > 1 && !imap_eat(r->c, ')')) {
			if (r->c->rest.n == 0)
				return imap_bad(r->c, "a ) is missing");
			return imap_take_sp(r->c);
		}
		if (r->n_open == 1 && r->c->rest.n > 0) {
			int e = imap_take_sp(r->c);

			if (e < 0 || r->c->rest.n > 0)
				return e;
		}
		r->nodes[top->node].end = (uint16_t)r->n;
		r->n_open--;
	}
	return 1;
}

static int check_ascii(const struct reading *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (imap_key_has_text(r->nodes[i].key) && !utf8_is_ascii(r->nodes[i].text))
			return imap_bad(r->c, "what to look for is not US-ASCII");
	return 0;
}

int imap_take_keys(struct imap_cursor *c, bool ascii, struct imap_search *out)
{
	struct reading r = { .c = c };
	int e = open_node(&r, (struct imap_search_node){ .key = IMAP_KEY_AND });

	while (e == 0) {
		struct imap_search_node node;

		e = imap_take_key(c, &node);
		if (e < 0)
			return e;
		if (node.key > IMAP_KEY_NOT) {
			e = add(&r, node);
			e = e < 0 ? e : close_nodes(&r);
		} else {
			e = open_node(&r, node);
			if (e == 0 && node.key != IMAP_KEY_AND)
				e = imap_take_sp(c);
		}
	}
	if (e > 0 && ascii)
		e = check_ascii(&r);
	if (e < 0)
		return e;
	out->nodes = r.nodes;
	out->n_nodes = r.n;
	out->has_mod_seq = r.has_mod_seq;
	return 0;
}

int imap_take_charset(struct imap_cursor *c, bool *ascii)
{
	struct span name;
	int e = imap_take_astring(c, "a charset", &name);

	if (e < 0)
		return e;
	if (!span_eq_nocase(name, SPAN("UTF-8")) && !span_eq_nocase(name, SPAN("US-ASCII")))
		return imap_fault(c, ERR_REFUSED, "the charsets are US-ASCII and UTF-8");
	*ascii = span_eq_nocase(name, SPAN("US-ASCII"));
	return imap_take_sp(c);
}

static int take_return(struct imap_cursor *c, unsigned *returns)
{
	static const char *const words[] = { "MIN", "MAX", "ALL", "COUNT", "SAVE" };

	for (unsigned i = 0; i < N_ELEMS(words); i++) {
		if (imap_eat_word(c, words[i])) {
			*returns |= 1u << i;
			return 0;
		}
	}
	return imap_bad(c, "RETURN's options are MIN, MAX, ALL, COUNT and SAVE");
}

/* Behind RETURN: SP "(" options ")" SP. */
static int take_returns(struct imap_cursor *c, unsigned *returns)
{
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take(c, '(', "the ( behind RETURN");
	if (e == 0 && !imap_eat(c, ')')) {
		do
			e = take_return(c, returns);
		while (e == 0 && imap_eat(c, ' '));
		e = e < 0 ? e : imap_take(c, ')', "the ) behind RETURN");
	}
	if (*returns == 0) /* RFC 4731 3.1 */
		*returns = IMAP_SEARCH_ALL;
	return e < 0 ? e : imap_take_sp(c);
}

int imap_search_parse(struct imap_cursor *c, struct imap_search *out)
{
	struct imap_search got = { 0 };
	bool ascii = false;
	int e = imap_take_sp(c);

	if (e == 0 && imap_eat_word(c, "RETURN")) {
		got.has_return = true;
		e = take_returns(c, &got.returns);
	}
	if (e == 0 && imap_eat_word(c, "CHARSET")) {
		got.has_charset = true;
		e = imap_take_sp(c);
		e = e < 0 ? e : imap_take_charset(c, &ascii);
	}
	e = e < 0 ? e : imap_take_keys(c, ascii, &got);
	if (e == 0 || e == ERR_REFUSED)
		*out = got;
	return e;
}
