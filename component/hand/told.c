/* component/hand/told.c - see told.h. */
#include "component/hand/told.h"

#include "base/clock.h"
#include "component/meaning.h"

enum {
	RECIPIENTS_MAX = 100 * 1000, /* of one message, lists taken apart */
};

enum { SEEN = 1, ENDED = 2 };

int told_begin(struct told *t, struct sending *s, struct sending_group *g, size_t most)
{
	size_t left = g->n - g->taken, n = left > most ? most : left;

	*t = (struct told){ .sending = s,
		            .group = g,
		            .rows = g->rcpts + g->taken,
		            .n_rows = n,
		            .n_left = n,
		            .mem = { .cap = SIZE_MAX / 2 },
		            .recipients = BUF(RECIPIENTS_MAX),
		            .began_at = clock_now_at() };
	g->taken += n;
	t->decided = arena_array(&t->mem, bool, n);
	return t->decided ? 0 : ERR_NO_MEMORY;
}

void told_no_memory(struct sending *s, struct sending_group *g, size_t most)
{
	size_t left = g->n - g->taken, n = left > most ? most : left;

	sending_no_memory(s, g->rcpts + g->taken, n);
	g->taken += n;
	if (g->taken < g->n)
		list_push_back(&s->waiting, &g->list);
}

void told_end(struct told *t)
{
	if (t->group->taken < t->group->n)
		list_push_back(&t->sending->waiting, &t->group->list);
	t->sending->n_attempts--;
	buf_fini(&t->recipients);
	arena_fini(&t->mem);
}

static void decide(struct told *t, size_t i, const struct hand_change *c)
{
	struct result_told told = c->told;

	if (t->decided[i])
		return;
	t->decided[i] = true;
	t->n_left--;
	if (!told.elapsed_ms)
		told.elapsed_ms = clock_now_at() - t->began_at;
	sending_told(t->sending, t->rows[i], &told, c->text);
}

void told_rest(struct told *t, const struct hand_change *c)
{
	for (size_t i = 0; i < t->n_rows; i++)
		decide(t, i, c);
	t->done = true;
}

struct hand_change told_ours(struct told *t, enum smtp_class class, const char *text)
{
	struct hand_change c = {
		.text = text ? span_str(text) : (struct span){ 0 },
		.told = { .state = RECIPIENT_DEFERRED,
		          .class = (uint8_t) class,
		          .time_ms = clock_wall_time_ms(),
		          .host = "",
		          .address = "",
		          .tls_version = "",
		          .tls_policy = "",
		          .enhanced = "" },
	};
	const char *meaning = arena_str(
	        &t->mem, component_meaning((struct smtp_verdict){ .class = class }, &t->mem));

	c.told.meaning = meaning ? meaning : "";
	return c;
}

/* It was not handed over, as far as we know. */
void told_fail(struct told *t, enum smtp_class class, const char *why)
{
	struct hand_change c = told_ours(t, class, why);

	if (t->given)
		c.told.meaning = "It is not known whether the server has the message: look there "
		                 "(postrider queue list, postrider changes) before it is sent "
		                 "again.";
	told_rest(t, &c);
}

/* It was handed over: who waits no longer has nothing to do. */
void told_left(struct told *t, enum smtp_class class)
{
	struct hand_change c = told_ours(
	        t, class,
	        arena_printf(&t->mem, "the server has it as message %.*s, and goes on by itself",
	                     SPAN_ARG(t->id)));

	c.told.meaning = "The server has the message and keeps trying by itself: do not send it "
	                 "again. postrider status tells how far it is.";
	told_rest(t, &c);
}

/* No more is to come: by the program's word, for want of time, or since the server is gone. */
void told_give_up(struct told *t, enum smtp_class class, const char *why)
{
	if (t->id.n)
		told_left(t, class);
	else
		told_fail(t, class, why);
}

static ptrdiff_t row_of(const struct told *t, const struct hand_change *c)
{
	const struct span *addresses = t->sending->addresses;

	if (c->recipient < t->n_rows &&
	    span_eq_nocase(addresses[t->rows[c->recipient]], c->address))
		return (ptrdiff_t)c->recipient;
	for (size_t i = 0; i < t->n_rows; i++)
		if (span_eq_nocase(addresses[t->rows[i]], c->address))
			return (ptrdiff_t)i;
	return -1;
}

static int note_recipient(struct told *t, const struct hand_change *c)
{
	char *how;

	if (c->recipient >= RECIPIENTS_MAX)
		return err(ERR_SYNTAX, "the server tells of more recipients than there can be");
	while (t->recipients.n <= c->recipient)
		if (buf_putc(&t->recipients, 0) < 0)
			return ERR_NO_MEMORY;
	how = &t->recipients.p[c->recipient];
	t->n_seen += !(*how & SEEN);
	t->n_ended += c->ended && !(*how & ENDED);
	*how = (char)(*how | SEEN | (c->ended ? ENDED : 0));
	return 0;
}

/* An address of ours may lead to others, whose rows are none of ours. */
static void keep_other(struct told *t, const struct hand_change *c)
{
	if (!t->other.ended || hand_change_is_worse(&c->told, &t->other.told))
		t->other = *c; /* in mem, as c */
}

int told_take(struct told *t, struct span line)
{
	struct hand_change c;
	struct span kept;
	ptrdiff_t i;
	int r = arena_copy(&t->mem, line, &kept);

	if (r >= 0)
		r = hand_change_read(kept, &t->mem, &c);
	if (r >= 0)
		r = note_recipient(t, &c);
	if (r < 0 || !c.ended)
		return r;
	i = row_of(t, &c);
	if (i < 0)
		keep_other(t, &c);
	else
		decide(t, (size_t)i, &c);
	return 0;
}

bool told_is_over(const struct told *t)
{
	return t->n_seen && t->n_ended == t->n_seen;
}

void told_finish(struct told *t)
{
	if (!t->n_left)
		t->done = true;
	else if (t->other.ended)
		told_rest(t, &t->other);
	else
		told_left(t, SMTP_CLASS_TIMED_OUT);
}
