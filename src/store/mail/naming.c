/* store/mail/naming.c - see naming.h. */
#include "store/mail/naming.h"

#include <stdlib.h>

/* What is done once the group is durable; all that it needs is there before. */
struct naming_step {
	struct naming_step *next;
	uint8_t what; /* enum record_mailbox_what */
	struct mailbox *mailbox;
	struct name *name;
	struct span text; /* on the heap */
};

WAITS int naming_begin(struct naming *x, struct store *sp, struct account *a)
{
	int r = 0;
	*x = (struct naming){ .a = a };
	while (a->naming && r >= 0)
		r = cond_wait(&a->named, "change of mailboxes' names");
	if (r >= 0 && a->leaving)
		r = names_account_gone(a);
	if (r < 0)
		return r;
	x->begun = a->naming = true;
	return store_op_init(&x->op, sp);
}

static void tell_removed(const struct store *sp, struct mailbox *m)
{
	if (sp->mail_fn)
		sp->mail_fn(&(struct store_mail_event){ .mailbox = m, .removed = true },
		            sp->mail_arg);
}

static void done(struct naming *x, struct naming_step *s)
{
	struct names *names = &x->op.sp->names;
	struct mailbox *m = s->mailbox;
	switch (s->what) {
	case RECORD_MAKE: names_mailbox_enter(m); break;
	case RECORD_RENAME: names_mailbox_rename(m, s->text); break;
	case RECORD_REMOVE:
		tell_removed(x->op.sp, m);
		names_mailbox_leave(names, m);
		if (m->box)
			box_remove(m->box);
		names_mailbox_free(m);
		break;
	case RECORD_SUBSCRIBE: names_subscribe(x->a, s->name); break;
	case RECORD_UNSUBSCRIBE:
		names_unsubscribe(x->a, s->name->text);
		free(s->name);
		break;
	case RECORD_KEYWORD: x->a->keywords[x->a->n_keywords++] = s->text; break;
	case RECORD_FORGET:
		names_account_empty(x->a);
		box_remove_account(x->op.sp->boxes, x->a->number);
		break;
	default: break;
	}
}

static void undone(struct naming *x, struct naming_step *s)
{
	if (s->what == RECORD_MAKE) {
		map_remove(&x->op.sp->names.mailboxes, MAP_KEY(s->mailbox->number));
		if (s->mailbox->box)
			box_remove(s->mailbox->box);
		names_mailbox_free(s->mailbox);
	}
	free(s->name);
	free((char *)s->text.p);
}

WAITS int naming_end(struct naming *x, int r)
{
	uint64_t modseq = x->a->modseq;
	if (!x->begun)
		return r;
	if (r >= 0 && x->op.group.octets.n) {
		r = mail_commit(&x->op);
		if (r >= 0 && modseq > x->a->done_modseq)
			x->a->done_modseq = modseq;
	}
	for (struct naming_step *s = x->steps; s; s = s->next)
		r >= 0 ? done(x, s) : undone(x, s);
	store_op_fini(&x->op);
	x->a->naming = false;
	cond_broadcast(&x->a->named);
	return r;
}

/* ---- steps ---- */

int naming_find(const struct naming *x, uint32_t number, struct mailbox **out)
{
	struct mailbox *m;
	LIST_EACH(m, &x->a->mailboxes, link)
		if (m->number == number && !m->leaving) {
			*out = m;
			return 0;
		}
	return err(ERR_NOT_FOUND, "there is no such mailbox");
}

int naming_record(struct naming *x, const struct record_mailbox *b)
{
	struct record_mailbox copy = *b;
	return mail_name_record(&x->op, x->a, &copy);
}

static int step(struct naming *x, const struct naming_step *s)
{
	struct naming_step *copy = arena_new(&x->op.mem, struct naming_step), **end = &x->steps;
	if (!copy)
		return err(ERR_NO_MEMORY, "no memory for a mailbox's name");
	*copy = *s;
	while (*end)
		end = &(*end)->next;
	*end = copy;
	return 0;
}

static int step_or_undo(struct naming *x, struct naming_step *s, int r)
{
	if (r >= 0)
		r = step(x, s);
	if (r < 0)
		undone(x, s);
	return r;
}

/* RFC 9051 2.3.1.1: rises with each that is given out, also when a name is used again. */
uint32_t naming_validity(struct store *sp)
{
	uint32_t now = (uint32_t)(clock_wall_time_ms() / 1000);
	uint32_t *last = &sp->names.last_validity;
	return *last = now > *last ? now : *last + 1;
}

int naming_make(struct naming *x, struct span path, enum mailbox_role role, bool holds,
                struct mailbox **out)
{
	struct store *sp = x->op.sp;
	struct mailbox *m;
	uint32_t validity = holds ? naming_validity(sp) : 0;
	int r = names_mailbox_new(x->a, sp->names.last_mailbox + 1, validity, (uint8_t)role, path,
	                          &m);
	if (r < 0)
		return r;
	r = names_mailbox_reserve(&sp->names, m);
	if (r >= 0 && holds)
		r = box_add(sp->boxes, x->a->number, m->number, validity, NULL, &m->box);
	r = step_or_undo(x, &(struct naming_step){ .what = RECORD_MAKE, .mailbox = m }, r);
	if (r < 0)
		return r;
	*out = m;
	return naming_record(x, &(struct record_mailbox){ .mailbox = m->number,
	                                                  .what = RECORD_MAKE,
	                                                  .uid_validity = validity,
	                                                  .role = (uint8_t)role,
	                                                  .name = m->path });
}

static int heap_copy(struct span s, struct span *out)
{
	char *copy = malloc(s.n + 1);
	if (!copy)
		return err(ERR_NO_MEMORY, "no memory for a name");
	memcpy(copy, s.p, s.n);
	*out = span_make(copy, s.n);
	return 0;
}

int naming_rename(struct naming *x, struct mailbox *m, struct span path)
{
	struct naming_step s = { .what = RECORD_RENAME, .mailbox = m };
	int r = heap_copy(path, &s.text);
	r = step_or_undo(x, &s, r);
	return r < 0 ? r
	             : naming_record(x, &(struct record_mailbox){ .mailbox = m->number,
	                                                          .what = RECORD_RENAME,
	                                                          .name = path });
}

int naming_remove(struct naming *x, struct mailbox *m)
{
	struct naming_step s = { .what = RECORD_REMOVE, .mailbox = m };
	int r = step(x, &s);
	return r < 0 ? r
	             : naming_record(x, &(struct record_mailbox){ .mailbox = m->number,
	                                                          .what = RECORD_REMOVE });
}

int naming_remove_account(struct naming *x)
{
	int r = step(x, &(struct naming_step){ .what = RECORD_FORGET });
	return r < 0 ? r : naming_record(x, &(struct record_mailbox){ .what = RECORD_FORGET });
}

int naming_subscribe(struct naming *x, struct span path, bool on)
{
	struct naming_step s = { .what = on ? RECORD_SUBSCRIBE : RECORD_UNSUBSCRIBE,
		                 .name = names_name_new(path) };
	int r = s.name ? 0 : err(ERR_NO_MEMORY, "no memory for a name");
	r = step_or_undo(x, &s, r);
	return r < 0 ? r
	             : naming_record(x, &(struct record_mailbox){ .what = s.what, .name = path });
}

int naming_keyword(struct naming *x, struct span name)
{
	struct naming_step s = { .what = RECORD_KEYWORD };
	int r = heap_copy(name, &s.text);
	r = step_or_undo(x, &s, r);
	return r < 0 ? r
	             : naming_record(x,
	                             &(struct record_mailbox){ .what = RECORD_KEYWORD,
	                                                       .number = (uint8_t)x->a->n_keywords,
	                                                       .name = name });
}
