/* store/mail/load.c - at start: accounts and names from the ledger.  Blocks. */
#include <stdlib.h>

#include "base/event.h"
#include "store/ledger/ledger_impl.h"
#include "store/mail/effect.h"

/* Calls row for each of a statement's rows. */
static int each(struct ledger_reader *reader, enum ledger_statement which, struct store *sp,
                int (*row)(struct store *sp, sqlite3_stmt *st))
{
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, which, &st);
	while (r >= 0 && (r = sql_step(st)) == 1) {
		r = row(sp, st);
		if (r < 0)
			sql_reset(st);
	}
	return r;
}

static int account_row(struct store *sp, sqlite3_stmt *st)
{
	struct account *a;
	int r = names_account_add(&sp->names, (uint32_t)sql_column_int(st, 0),
	                          sql_column_view(st, 1), &a);
	if (r < 0)
		return r;
	a->recorded = true;
	a->modseq = a->done_modseq = (uint64_t)sql_column_int(st, 2);
	a->messages = (uint64_t)sql_column_int(st, 3);
	a->octets = (uint64_t)sql_column_int(st, 4);
	return 0;
}

static struct account *account_of(struct store *sp, sqlite3_stmt *st)
{
	return names_account(&sp->names, sql_column_view(st, 0));
}

/* The numbers are those of the latest fold; NULL: there was none of it. */
static int box_load_row(struct store *sp, struct mailbox *m, sqlite3_stmt *st)
{
	struct box_numbers n = {
		.uid_next = (uint32_t)sql_column_int(st, 5),
		.modseq = (uint64_t)sql_column_int(st, 6),
		.floor = (uint64_t)sql_column_int(st, 7),
		.exists = (uint32_t)sql_column_int(st, 8),
		.unseen = (uint32_t)sql_column_int(st, 9),
		.deleted = (uint32_t)sql_column_int(st, 10),
		.octets = (uint64_t)sql_column_int(st, 11),
		.file_octets = (uint64_t)sql_column_int(st, 12),
		.serial = (uint32_t)sql_column_int(st, 13),
	};
	return box_add(sp->boxes, m->account->number, m->number, m->uid_validity,
	               n.uid_next ? &n : NULL, &m->box);
}

static int mailbox_row(struct store *sp, sqlite3_stmt *st)
{
	struct account *a = account_of(sp, st);
	struct mailbox *m;
	if (!a)
		return err(ERR_CORRUPT, "ledger: a mailbox of no account");
	int r = names_mailbox_new(a, (uint32_t)sql_column_int(st, 1),
	                          (uint32_t)sql_column_int(st, 4), (uint8_t)sql_column_int(st, 3),
	                          sql_column_view(st, 2), &m);
	if (r < 0)
		return r;
	r = m->uid_validity ? box_load_row(sp, m, st) : 0;
	if (r >= 0)
		r = names_mailbox_reserve(&sp->names, m);
	if (r < 0)
		names_mailbox_free(m);
	else
		names_mailbox_enter(m);
	return r;
}

static int subscription_row(struct store *sp, sqlite3_stmt *st)
{
	struct account *a = account_of(sp, st);
	struct name *name = a ? names_name_new(sql_column_view(st, 1)) : NULL;
	if (!name)
		return err(a ? ERR_NO_MEMORY : ERR_CORRUPT, "ledger: a subscription");
	names_subscribe(a, name);
	return 0;
}

static int keyword_row(struct store *sp, sqlite3_stmt *st)
{
	struct account *a = account_of(sp, st);
	struct span text = sql_column_view(st, 1);
	char *copy = a && a->n_keywords < MAILBOX_KEYWORDS_MAX ? malloc(text.n + 1) : NULL;
	if (!copy)
		return err(a ? ERR_NO_MEMORY : ERR_CORRUPT, "ledger: a keyword");
	memcpy(copy, text.p, text.n);
	a->keywords[a->n_keywords++] = span_make(copy, text.n);
	return 0;
}

static int load_run(struct ledger_reader *reader, void *arg)
{
	struct store *sp = arg;
	int r = each(reader, LEDGER_ACCOUNTS, sp, account_row);
	if (r >= 0)
		r = each(reader, LEDGER_MAILBOXES, sp, mailbox_row);
	if (r >= 0)
		r = each(reader, LEDGER_SUBSCRIPTIONS, sp, subscription_row);
	return r < 0 ? r : each(reader, LEDGER_KEYWORDS, sp, keyword_row);
}

/* People are told once, with what to do. */
static void damaged(uint32_t number, const char *why, void *arg)
{
	const struct store *sp = arg;
	const struct mailbox *m = store_mailbox(sp, number);
	AUTO_BUF give = BUF(1024);
	if (!m)
		return;
	buf_printf(&give, BOX_REBUILD " %.*s", SPAN_ARG(m->account->name));
	event_log(EVENT_mailbox_damaged, "account=%.*s mailbox=%.*s reason=%s give=%.*s",
	          SPAN_ARG(m->account->name), SPAN_ARG(m->path), why, (int)give.n, give.p);
}

int store_mail_load(struct store_start *start)
{
	struct store *sp = start->sp;
	struct ledger_marks marks = ledger_marks(sp->ledger);
	struct box_config c = { .dir = sp->mail_dir, .damaged = damaged, .arg = sp };
	int r = box_set_open(&c, &sp->boxes);
	if (r >= 0)
		r = ledger_read_now(sp->ledger, load_run, sp);
	if (marks.last_account > sp->names.last_account)
		sp->names.last_account = marks.last_account;
	if (marks.last_mailbox > sp->names.last_mailbox)
		sp->names.last_mailbox = marks.last_mailbox;
	if (marks.last_validity > sp->names.last_validity)
		sp->names.last_validity = marks.last_validity;
	return r;
}
