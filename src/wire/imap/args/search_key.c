/* wire/imap/args/search_key.c - one key of SEARCH with its argument; see search.h. */
#include "base/utf8.h"
#include "wire/imap/args/search_impl.h"
#include "wire/imap/date.h"
#include "wire/imap/flags.h"

enum argument {
	NONE,
	STRING,
	FIELD,
	DATE,
	NUMBER,
	INTERVAL,
	MODSEQ,
	OBJECT_ID,
	KEYWORD,
	SET,
	FLAG,
	NO_FLAG
};

static const struct {
	const char *word;
	enum argument argument;
	unsigned flag;
} KEYS[IMAP_KEY_COUNT] = {
	[IMAP_KEY_AND] = { "(", NONE, 0 },   [IMAP_KEY_OR] = { "OR", NONE, 0 },
	[IMAP_KEY_NOT] = { "NOT", NONE, 0 }, [IMAP_KEY_FLAG] = { NULL, FLAG, 0 },
	[IMAP_KEY_SET] = { NULL, SET, 0 },
#define FLAG(NAME)           FLAG, IMAP_FLAG_##NAME
#define NO_FLAG(NAME)        NO_FLAG, IMAP_FLAG_##NAME
#define KEY(NAME, word, ...) [IMAP_KEY_##NAME] = { word, __VA_ARGS__ },
#include "wire/imap/args/search_keys.def"
#undef KEY
#undef NO_FLAG
#undef FLAG
};

const char *imap_key_word(enum imap_key key)
{
	return KEYS[key].word ? KEYS[key].word : key == IMAP_KEY_SET ? "a set" : "a flag";
}

bool imap_key_has_text(uint8_t key)
{
	return KEYS[key].argument == STRING || KEYS[key].argument == FIELD;
}

static int take_text(struct imap_cursor *c, struct span *out)
{
	struct span got;
	int e = imap_take_astring(c, "what to look for", &got);

	if (e < 0)
		return e;
	if (!utf8_valid(got))
		return imap_bad(c, "what to look for is no UTF-8");
	*out = got;
	return 0;
}

static int take_field(struct imap_cursor *c, struct imap_search_node *node)
{
	int e = imap_take_astring(c, "a header field", &node->field);

	e = e < 0 ? e : imap_take_sp(c);
	return e < 0 ? e : take_text(c, &node->text);
}

/* RFC 7162 3.1.5: "/flags/\\draft" and priv, shared or all may stand before the number; they are
 * one to us. */
static int take_mod_seq(struct imap_cursor *c, uint64_t *out)
{
	struct span entry, type;
	int e = 0;

	if (imap_at(c, '"')) {
		e = imap_take_string(c, "an entry", &entry);
		e = e < 0 ? e : imap_take_sp(c);
		e = e < 0 ? e : imap_take_atom(c, "priv, shared or all", &type);
		e = e < 0 ? e : imap_take_sp(c);
	}
	return e < 0 ? e : imap_take_u64(c, "a mod-sequence", out);
}

static int take_interval(struct imap_cursor *c, uint64_t *out)
{
	uint32_t seconds;
	int e = imap_take_nz(c, "a number of seconds", &seconds);

	if (e == 0)
		*out = seconds;
	return e;
}

static int take_argument(struct imap_cursor *c, enum argument what, struct imap_search_node *node)
{
	switch (what) {
	case STRING: return take_text(c, &node->text);
	case FIELD: return take_field(c, node);
	case DATE: return imap_take_date(c, &node->day);
	case NUMBER: return imap_take_u64(c, "a number of octets", &node->number);
	case INTERVAL: return take_interval(c, &node->number);
	case MODSEQ: return take_mod_seq(c, &node->number);
	case OBJECT_ID: return imap_take_atom(c, "an id", &node->text);
	case KEYWORD: return imap_take_keyword(c, &node->text);
	case SET: return imap_take_set(c, &node->set);
	default: return 0;
	}
}

static int take_word(struct imap_cursor *c, struct imap_search_node *node)
{
	struct span word;
	enum imap_key key = IMAP_KEY_COUNT;
	enum argument what;
	int e = imap_take_atom(c, "a search key", &word);

	if (e < 0)
		return e;
	for (unsigned i = 0; i < IMAP_KEY_COUNT && key == IMAP_KEY_COUNT; i++)
		if (KEYS[i].word && span_eq_nocase(word, span_str(KEYS[i].word)))
			key = i;
	if (key == IMAP_KEY_COUNT)
		return imap_bad(c, "%.*s is no search key", (int)(word.n < 30 ? word.n : 30),
		                word.p);
	what = KEYS[key].argument;
	*node = (struct imap_search_node){ .key = (uint8_t)key };
	if (what == FLAG || what == NO_FLAG) {
		*node = (struct imap_search_node){ .key = IMAP_KEY_FLAG,
			                           .no = what == NO_FLAG,
			                           .flag = KEYS[key].flag };
		return 0;
	}
	if (what == NONE)
		return 0;
	e = imap_take_sp(c);
	return e < 0 ? e : take_argument(c, what, node);
}

int imap_take_key(struct imap_cursor *c, struct imap_search_node *node)
{
	char first = c->rest.n ? c->rest.p[0] : '\0';

	if (imap_eat(c, '(')) {
		*node = (struct imap_search_node){ .key = IMAP_KEY_AND };
		return 0;
	}
	if ((first >= '0' && first <= '9') || first == '*' || first == '$') {
		*node = (struct imap_search_node){ .key = IMAP_KEY_SET };
		return imap_take_set(c, &node->set);
	}
	return take_word(c, node);
}
