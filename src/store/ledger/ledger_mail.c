/* store/ledger/ledger_mail.c - see ledger_mail.h. */
#include "store/ledger/ledger_mail.h"

#include "store/mailbox/row.h"

/* What becomes of one row of `account_use`. */
struct account_uses {
	uint32_t account;
	struct account_uses *next;
	uint64_t modseq;
	int64_t messages, octets;
};

void ledger_mail_init(struct ledger_mail *x, struct ledger *l, struct ledger_places *places,
                      struct arena *mem)
{
	*x = (struct ledger_mail){ .l = l, .places = places, .mem = mem };
}

void ledger_mail_fini(struct ledger_mail *x)
{
	map_fini(&x->map);
}

static int uses_get(struct ledger_mail *x, uint32_t account, struct account_uses **out)
{
	struct account_uses *u = map_get(&x->map, MAP_KEY(account));
	if (!u) {
		u = arena_new(x->mem, struct account_uses);
		if (!u)
			return err(ERR_NO_MEMORY, "ledger batch");
		*u = (struct account_uses){ .account = account, .next = x->first };
		if (map_put(&x->map, MAP_KEY(u->account), u, NULL) < 0)
			return err(ERR_NO_MEMORY, "ledger batch");
		x->first = u;
	}
	*out = u;
	return 0;
}

static int uses(struct ledger_mail *x, uint32_t account, uint64_t modseq, int64_t messages,
                int64_t octets)
{
	struct account_uses *u;
	int r = uses_get(x, account, &u);
	if (r < 0)
		return r;
	if (modseq > u->modseq)
		u->modseq = modseq;
	u->messages += messages;
	u->octets += octets;
	return 0;
}

/* ---- names ---- */

static int bind_names(struct ledger_mail *x, sqlite3_stmt **st, const struct record_mailbox *b)
{
	int r = ledger_statement(x->l->db, x->l->st, LEDGER_META_NAMES, st);
	if (r < 0)
		return r;
	sql_bind_int(*st, 1, b->account);
	sql_bind_int(*st, 2, b->what == RECORD_MAKE ? b->mailbox : 0);
	sql_bind_int(*st, 3, b->uid_validity);
	return 0;
}

static enum ledger_statement name_statement(uint8_t what)
{
	switch (what) {
	case RECORD_ACCOUNT: return LEDGER_ACCOUNT_PUT;
	case RECORD_MAKE: return LEDGER_MAILBOX_PUT;
	case RECORD_RENAME: return LEDGER_MAILBOX_RENAME;
	case RECORD_REMOVE: return LEDGER_MAILBOX_REMOVE;
	case RECORD_SUBSCRIBE: return LEDGER_SUBSCRIPTION_PUT;
	case RECORD_UNSUBSCRIBE: return LEDGER_SUBSCRIPTION_REMOVE;
	case RECORD_KEYWORD: return LEDGER_KEYWORD_PUT;
	default: return LEDGER_STATEMENTS;
	}
}

static void bind_name(sqlite3_stmt *st, const struct record_mailbox *b)
{
	bool is_box =
	        b->what == RECORD_MAKE || b->what == RECORD_RENAME || b->what == RECORD_REMOVE;
	sql_bind_int(st, 1, is_box ? b->mailbox : b->account);
	switch (b->what) {
	case RECORD_MAKE:
		sql_bind_int(st, 2, b->account);
		sql_bind_text(st, 3, b->name);
		sql_bind_int(st, 4, b->role);
		sql_bind_int(st, 5, b->uid_validity);
		break;
	case RECORD_KEYWORD:
		sql_bind_int(st, 2, b->number);
		sql_bind_text(st, 3, b->name);
		break;
	case RECORD_REMOVE: break;
	default: sql_bind_text(st, 2, b->name);
	}
}

/* Its mailboxes went before. */
static int account_forget(struct ledger_mail *x, uint32_t account)
{
	static const enum ledger_statement all[] = { LEDGER_SUBSCRIPTIONS_FORGET,
		                                     LEDGER_KEYWORDS_FORGET,
		                                     LEDGER_ACCOUNT_FORGET };
	sqlite3_stmt *st;
	int r = 0;
	for (size_t i = 0; i < N_ELEMS(all) && r >= 0; i++) {
		r = ledger_statement(x->l->db, x->l->st, all[i], &st);
		if (r < 0)
			return r;
		sql_bind_int(st, 1, account);
		r = sql_run(st);
	}
	return r;
}

static int name_record(struct ledger_mail *x, const struct record_mailbox *b)
{
	if (b->what == RECORD_FORGET)
		return account_forget(x, b->account);
	enum ledger_statement which = name_statement(b->what);
	sqlite3_stmt *st;
	if (which == LEDGER_STATEMENTS)
		return ERR_SYNTAX;
	int r = ledger_statement(x->l->db, x->l->st, which, &st);
	if (r < 0)
		return r;
	bind_name(st, b);
	r = sql_run(st);
	if (r >= 0)
		r = uses(x, b->account, b->modseq, 0, 0);
	if (r >= 0)
		r = bind_names(x, &st, b);
	return r < 0 ? r : sql_run(st);
}

/* ---- entries ---- */

static int entries_record(struct ledger_mail *x, const struct record_entries *e)
{
	struct span rest = e->rows;
	int r = rest.n % BOX_ROW_BYTES ? ERR_SYNTAX : 0;
	for (; r >= 0 && rest.n; rest = span_sub(rest, BOX_ROW_BYTES, rest.n)) {
		struct box_row row;
		box_row_get(rest.p, &row);
		r = ledger_places_refs(x->places, row.message, 1);
		if (r >= 0)
			r = uses(x, e->account, e->modseq, 1, row.size);
	}
	return r;
}

static int expunge_record(struct ledger_mail *x, const struct record_expunge *e)
{
	int r = 0;
	for (size_t i = 0; i < e->n_gone && r >= 0; i++) {
		r = ledger_places_refs(x->places, e->gone[i].message, -1);
		if (r >= 0)
			r = uses(x, e->account, e->modseq, -1, -(int64_t)e->gone[i].size);
	}
	return r;
}

/* ---- another file ---- */

static int rebuilt_write(struct ledger_mail *x, const struct record_rebuilt *b)
{
	sqlite3_stmt *st;
	int r = ledger_statement(x->l->db, x->l->st, LEDGER_MAILBOX_REBUILT, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, b->was);
	sql_bind_int(st, 2, b->mailbox);
	sql_bind_int(st, 3, b->uid_validity);
	sql_bind_int(st, 4, b->uid_next);
	sql_bind_int(st, 5, (int64_t)b->modseq);
	sql_bind_int(st, 6, b->exists);
	sql_bind_int(st, 7, b->unseen);
	sql_bind_int(st, 8, b->deleted);
	sql_bind_int(st, 9, (int64_t)b->octets);
	sql_bind_int(st, 10, (int64_t)b->file_octets);
	sql_bind_int(st, 11, b->serial);
	return sql_run(st);
}

static int rebuilt_record(struct ledger_mail *x, const struct record_rebuilt *b)
{
	struct record_mailbox made = { .account = b->account,
		                       .mailbox = b->mailbox,
		                       .what = RECORD_MAKE,
		                       .uid_validity = b->uid_validity };
	sqlite3_stmt *st;
	int r = rebuilt_write(x, b);
	for (size_t i = 0; i < b->n_extra && r >= 0; i++)
		r = ledger_places_refs(x->places, b->extra[i].message, 1);
	if (r >= 0)
		r = uses(x, b->account, b->modseq, b->messages_more, b->octets_more);
	if (r >= 0)
		r = bind_names(x, &st, &made);
	return r < 0 ? r : sql_run(st);
}

int ledger_mail_record(struct ledger_mail *x, uint8_t kind, struct span payload)
{
	struct record_rebuilt rebuilt;
	struct record_mailbox b;
	struct record_entries entries;
	struct record_flags flags;
	struct record_expunge expunge;
	int r;
	switch (kind) {
	case SEGMENT_MAILBOX:
		r = record_mailbox_unpack(payload, x->mem, &b);
		return r < 0 ? r : name_record(x, &b);
	case SEGMENT_ENTRIES:
		r = record_entries_unpack(payload, x->mem, &entries);
		return r < 0 ? r : entries_record(x, &entries);
	case SEGMENT_FLAGS:
		r = record_flags_unpack(payload, x->mem, &flags);
		return r < 0 ? r : uses(x, flags.account, flags.modseq, 0, 0);
	case SEGMENT_EXPUNGE:
		r = record_expunge_unpack(payload, x->mem, &expunge);
		return r < 0 ? r : expunge_record(x, &expunge);
	case SEGMENT_REBUILT:
		r = record_rebuilt_unpack(payload, x->mem, &rebuilt);
		return r < 0 ? r : rebuilt_record(x, &rebuilt);
	default: return ERR_SYNTAX;
	}
}

int ledger_mail_delivered(struct ledger_mail *x, const struct record_message *m, uint32_t i)
{
	const struct record_recipient *to = &m->recipients[i];
	const struct record_item *item =
	        record_item_find(to->items, to->n_items, RECORD_ITEM_MAILBOX);
	struct record_delivery d;
	if (!item || record_delivery_unpack(item->octets, NULL, &d) < 0)
		return ERR_SYNTAX;
	int r = ledger_places_refs(x->places, m->id, 1);
	return r < 0 ? r : uses(x, d.account, d.modseq, 1, (int64_t)(m->size_bytes + to->prefix.n));
}

int ledger_mail_write(struct ledger_mail *x)
{
	sqlite3_stmt *st;
	int r = 0;
	for (const struct account_uses *u = x->first; u && r >= 0; u = u->next) {
		r = ledger_statement(x->l->db, x->l->st, LEDGER_ACCOUNT_USES, &st);
		if (r < 0)
			return r;
		sql_bind_int(st, 1, u->account);
		sql_bind_int(st, 2, (int64_t)u->modseq);
		sql_bind_int(st, 3, u->messages);
		sql_bind_int(st, 4, u->octets);
		r = sql_run(st);
	}
	return r;
}
