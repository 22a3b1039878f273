/* config/config_text.c - blanks comments, finds what never ends. */
#include "config/config_text.h"

enum { DEPTH_MAX = 8 };

struct text {
	char *p;
	size_t n, at;
	int line;
	int open[DEPTH_MAX]; /* lines of the { not yet closed */
	size_t depth;
};

static void step(struct text *t)
{
	if (t->p[t->at] == '\n')
		t->line++;
	t->at++;
}

static void blank(struct text *t)
{
	if (t->p[t->at] != '\n')
		t->p[t->at] = ' ';
	step(t);
}

static void blank_line(struct text *t)
{
	while (t->at < t->n && t->p[t->at] != '\n')
		blank(t);
}

static bool at_pair(const struct text *t, char a, char b)
{
	return t->at + 1 < t->n && t->p[t->at] == a && t->p[t->at + 1] == b;
}

static int blank_block(struct text *t)
{
	int opened = t->line;

	while (t->at < t->n && !at_pair(t, '*', '/'))
		blank(t);
	if (t->at == t->n) {
		t->line = opened;
		return err(ERR_SYNTAX, "this comment never ends");
	}
	blank(t);
	blank(t);
	return 0;
}

static int skip_string(struct text *t)
{
	char quote = t->p[t->at];
	int opened = t->line;

	for (step(t); t->at < t->n && t->p[t->at] != quote; step(t))
		if (t->p[t->at] == '\\' && t->at + 1 < t->n)
			step(t);
	if (t->at == t->n) {
		t->line = opened;
		return err(ERR_SYNTAX, "this string never ends");
	}
	step(t);
	return 0;
}

static void skip_variable(struct text *t)
{
	while (t->at < t->n && t->p[t->at] != '}')
		step(t);
	if (t->at < t->n)
		step(t);
}

static void skip_brace(struct text *t)
{
	if (t->p[t->at] == '{') {
		if (t->depth < DEPTH_MAX)
			t->open[t->depth] = t->line;
		t->depth++;
	} else if (t->depth) {
		t->depth--;
	}
	step(t);
}

static bool ends_word(char c)
{
	return strchr(" \t\r\n={}(),+\"'", c) != NULL;
}

/* A word may hold / and even //, as in http://a.example: only # ends it. */
static void skip_word(struct text *t)
{
	while (t->at < t->n && t->p[t->at] != '#' && !ends_word(t->p[t->at]) &&
	       !at_pair(t, '$', '{'))
		step(t);
}

static int skip_token(struct text *t)
{
	char c = t->p[t->at];

	if (c == '#' || at_pair(t, '/', '/'))
		blank_line(t);
	else if (at_pair(t, '/', '*'))
		return blank_block(t);
	else if (c == '"' || c == '\'')
		return skip_string(t);
	else if (at_pair(t, '$', '{'))
		skip_variable(t);
	else if (c == '{' || c == '}')
		skip_brace(t);
	else if (ends_word(c))
		step(t);
	else
		skip_word(t);
	return 0;
}

static int refuse_nul(struct text *t)
{
	const char *nul = t->n ? memchr(t->p, 0, t->n) : NULL;

	for (const char *p = t->p; nul && p < nul; p++)
		t->line += *p == '\n';
	return nul ? err(ERR_SYNTAX, "this line holds a NUL octet") : 0;
}

int config_text_blank(char *text, size_t n, int *line)
{
	struct text t = { .p = text, .n = n, .line = 1 };
	int r = refuse_nul(&t);

	while (!r && t.at < t.n)
		r = skip_token(&t);
	if (!r && t.depth) {
		t.line = t.open[t.depth < DEPTH_MAX ? t.depth - 1 : DEPTH_MAX - 1];
		r = err(ERR_SYNTAX, "this { is never closed");
	}
	if (r < 0)
		*line = t.line;
	return r;
}
