/* cmd/sendmail/qualify.c - see qualify.h. */
#include "cmd/sendmail/qualify.h"

#include "wire/message/address.h"

struct list {
	struct span in, domain;
	size_t at, copied;
	struct buf *out;
};

/* One mailbox of it, as far as it was read. */
struct mailbox {
	size_t n_words, words_end;
	bool has_domain, in_brackets;
};

static void insert(struct list *l, size_t at)
{
	buf_put(l->out, span_sub(l->in, l->copied, at - l->copied));
	buf_putc(l->out, '@');
	buf_put(l->out, l->domain);
	l->copied = at;
}

static void end(struct list *l, struct mailbox *m)
{
	if (m->n_words == 1 && !m->has_domain && !m->in_brackets)
		insert(l, m->words_end);
	*m = (struct mailbox){ 0 };
}

/* Comments and white space.  False: there are none, or they do not end. */
static bool skip_space(struct list *l)
{
	size_t to = l->at;

	if (message_skip_cfws(l->in, &to) < 0 || to == l->at)
		return false;
	l->at = to;
	return true;
}

/* From its opening quote to behind the closing one, or to the end. */
static void skip_quoted(struct list *l)
{
	for (l->at++; l->at < l->in.n && l->in.p[l->at] != '"'; l->at++)
		if (l->in.p[l->at] == '\\' && l->at + 1 < l->in.n)
			l->at++;
	if (l->at < l->in.n)
		l->at++;
}

static bool ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '(' || c == '<' ||
	       c == '>' || c == ',' || c == ';' || c == ':' || c == '@' || c == '"' || c == '[';
}

static void skip_word(struct list *l)
{
	if (l->in.p[l->at] == '"') {
		skip_quoted(l);
		return;
	}
	for (l->at++; l->at < l->in.n && !ends_word(l->in.p[l->at]); l->at++)
		continue;
}

/* "<", what is within, ">" */
static void brackets(struct list *l, struct mailbox *m)
{
	struct mailbox within = { 0 };

	m->in_brackets = true;
	for (l->at++; l->at < l->in.n && l->in.p[l->at] != '>';) {
		if (skip_space(l))
			continue;
		within.has_domain |= l->in.p[l->at] == '@';
		skip_word(l);
		within.n_words++;
		within.words_end = l->at;
	}
	if (l->at < l->in.n)
		end(l, &within);
}

static void take(struct list *l, struct mailbox *m)
{
	char c = l->in.p[l->at];

	if (skip_space(l))
		return;
	if (c == '<') {
		brackets(l, m);
	} else if (c == ',' || c == ';') {
		end(l, m);
		l->at++;
	} else if (c == ':') { /* it was a group's name */
		*m = (struct mailbox){ 0 };
		l->at++;
	} else {
		m->has_domain |= c == '@';
		skip_word(l);
		m->n_words++;
		m->words_end = l->at;
	}
}

int sendmail_qualify(struct span list, struct span domain, struct buf *out)
{
	struct list l = { .in = list, .domain = domain, .out = out };
	struct mailbox m = { 0 };

	while (l.at < list.n)
		take(&l, &m);
	end(&l, &m);
	return buf_put(out, span_sub(list, l.copied, SIZE_MAX));
}
