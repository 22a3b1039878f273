/* store/mailbox/box_set.c - which mailboxes there are. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "rt/worker.h"
#include "store/mailbox/box_impl.h"

int box_set_open(const struct box_config *c, struct box_set **out)
{
	struct box_set *s = calloc(1, sizeof *s);
	if (!s)
		return err(ERR_NO_MEMORY, "no memory for mailboxes");
	s->c = *c;
	if (!s->c.arrays_bytes)
		s->c.arrays_bytes = BOX_ARRAYS_BYTES;
	if (!s->c.pending_bytes)
		s->c.pending_bytes = BOX_PENDING_BYTES;
	list_init(&s->loaded);
	list_init(&s->pending);
	list_init(&s->doomed);
	cond_init(&s->load_ended);
	*out = s;
	return 0;
}

static struct box_account *account_get(struct box_set *s, uint32_t number)
{
	return map_get(&s->accounts, MAP_KEY(number));
}

static int account_make(struct box_set *s, uint32_t number, struct box_account **out)
{
	*out = account_get(s, number);
	if (*out)
		return 0;
	struct box_account *a = calloc(1, sizeof *a);
	if (!a)
		return err(ERR_NO_MEMORY, "no memory for an account");
	a->account = number;
	list_init(&a->boxes);
	int r = map_put(&s->accounts, MAP_KEY(a->account), a, NULL);
	if (r < 0)
		free(a);
	else
		*out = a;
	return r;
}

/* One without mailboxes is kept while files of it are to be removed: it knows its generation. */
static int box_make(struct box_set *s, struct box_account *account, uint32_t mailbox,
                    struct box **out)
{
	struct box *b = calloc(1, sizeof *b);
	if (!b)
		return err(ERR_NO_MEMORY, "no memory for a mailbox");
	b->set = s;
	b->account = account;
	b->mailbox = mailbox;
	list_init(&b->ops);
	int r = map_put(&s->boxes, MAP_KEY(b->mailbox), b, NULL);
	if (r < 0) {
		free(b);
		return r;
	}
	list_push_back(&account->boxes, &b->in_account);
	*out = b;
	return 0;
}

int box_add(struct box_set *s, uint32_t account, uint32_t mailbox, uint32_t uid_validity,
            const struct box_numbers *numbers, struct box **out)
{
	struct box_account *a;
	struct box *b = NULL;
	if (box_get(s, mailbox))
		return err(ERR_EXISTS, "mailbox %u is there", mailbox);
	int r = account_make(s, account, &a);
	if (r == 0)
		r = box_make(s, a, mailbox, &b);
	if (r < 0)
		return r;
	b->uid_validity = uid_validity;
	b->summed = true;
	b->numbers = numbers ? *numbers : (struct box_numbers){ .uid_next = 1 };
	*out = b;
	return 0;
}

struct box *box_get(struct box_set *s, uint32_t mailbox)
{
	return map_get(&s->boxes, MAP_KEY(mailbox));
}

void box_unref(struct box *b)
{
	b->refs--;
	if (b->removed && !b->refs)
		free(b);
}

void box_damaged(struct box *b, const char *why)
{
	const struct box_config *c = &b->set->c;
	if (!b->damaged && c->damaged)
		c->damaged(b->mailbox, why, c->arg);
	b->damaged = true;
}

/* What it holds; a fold under way has its ops. */
static void drop(struct box *b)
{
	box_unload(b);
	box_ops_free(b->set, &b->ops);
	list_remove(&b->in_pending);
	list_remove(&b->in_account);
	map_remove(&b->set->boxes, MAP_KEY(b->mailbox));
}

void box_remove(struct box *b)
{
	/* Without memory its file stays until a sweep.  A fold under way may make it anew. */
	if (box_doom(b->set, b->account->account, b->mailbox, 0, b->set->fold ? 2 : 1) < 0)
		err_clear();
	drop(b);
	b->removed = true;
	if (!b->refs)
		free(b);
}

void box_remove_account(struct box_set *s, uint32_t account)
{
	if (box_doom(s, account, 0, BOX_DOOM_ALL, s->fold ? 2 : 1) < 0)
		err_clear(); /* as above */
}

void box_set_close(struct box_set *s)
{
	struct box *b;
	struct box_account *a;
	struct box_doomed *d, *next;
	if (!s)
		return;
	worker_stop(s->thread);
	MAP_EACH(b, &s->boxes) {
		drop(b);
		free(b);
	}
	MAP_EACH(a, &s->accounts)
		free(a);
	LIST_EACH_SAFE(d, next, &s->doomed, link)
		free(d);
	map_fini(&s->boxes);
	map_fini(&s->accounts);
	free(s->folded);
	free(s);
}

uint32_t box_mailbox(const struct box *b)
{
	return b->mailbox;
}

uint32_t box_account(const struct box *b)
{
	return b->account->account;
}

uint32_t box_uid_validity(const struct box *b)
{
	return b->uid_validity;
}

void box_leap(struct box *b, uint32_t uid_next, uint64_t modseqs)
{
	b->numbers.uid_next = uid_next;
	b->numbers.modseq += modseqs;
}

bool box_numbers(const struct box *b, struct box_numbers *out)
{
	*out = b->numbers;
	return b->summed;
}

struct idx_expect box_expect(const struct box *b)
{
	return (struct idx_expect){
		.account = b->account->account,
		.mailbox = b->mailbox,
		.uid_validity = b->uid_validity,
		.serial = b->numbers.serial,
		.octets = b->numbers.file_octets,
	};
}
