/* accounts/json.c - rows for people and programs: all but the hashes. */
#include "accounts/accounts_impl.h"
#include "calls/ticket.h"
#include "directory/signer.h"

enum { LINE_MAX = 700 << 10 };

static void put_addresses(struct json *j, const char *key, const struct directory_address *all,
                          size_t n)
{
	json_key(j, key);
	json_begin_array(j);
	for (size_t i = 0; i < n; i++)
		json_span(j, all[i].address);
	json_end_array(j);
}

static void put_domain(struct json *j, const struct directory_domain *d)
{
	json_member_span(j, "domain", d->name);
	json_member_bool(j, "enabled", d->enabled);
	json_member_span(j, "alias_of", d->alias_of);
	json_member_span(j, "catch_all", d->catch_all);
	json_member_span(j, "defence", d->defence);
	json_member_span(j, "limit", d->limit);
}

static const char *tags_name(uint8_t tags)
{
	return tags == DIRECTORY_TAGS_OFF       ? "off"
	       : tags == DIRECTORY_TAGS_MAILBOX ? "mailbox"
	                                        : "on";
}

/* What a key may, and as whom. */
static void put_key(struct json *j, const struct directory_app_password *p)
{
	struct span senders = p->senders, one;
	const char *name;

	json_key(j, "rights");
	json_begin_array(j);
	for (size_t i = 0; (name = accounts_key_right(i, p->protocols)); i++)
		if (*name)
			json_str(j, name);
	json_end_array(j);
	json_key(j, "senders");
	json_begin_array(j);
	while (span_split(&senders, ',', &one))
		json_span(j, one);
	json_end_array(j);
}

static void put_app_passwords(struct json *j, const struct directory_account *a)
{
	json_key(j, "app_passwords");
	json_begin_array(j);
	for (size_t i = 0; i < a->n_app_passwords; i++) {
		const struct directory_app_password *p = &a->app_passwords[i];
		const char *name;
		json_begin_object(j);
		json_member_span(j, "label", p->label);
		json_key(j, "for");
		json_begin_array(j);
		for (size_t k = 0; (name = accounts_protocol(k, p->protocols)); k++)
			if (*name)
				json_str(j, name);
		json_end_array(j);
		if (p->protocols & 1u << TICKET_HTTP)
			put_key(j, p);
		json_member_time(j, "made", p->made_ms);
		json_end_object(j);
	}
	json_end_array(j);
}

/* ITERATIONS:SALT, which anybody is told who begins a login; for who makes another password. */
static struct span salt_of(const struct directory_account *a)
{
	struct span text = a->scram, salt = SPAN("");
	for (size_t i = 0; !text.n && i < a->n_app_passwords; i++)
		text = a->app_passwords[i].scram;
	return span_eat(&text, SPAN("SCRAM-SHA-256$")) && span_split(&text, '$', &salt) ? salt
	                                                                                : SPAN("");
}

static void put_account(struct json *j, const struct directory_account *a)
{
	json_member_span(j, "account", a->address);
	json_member_int(j, "number", a->number);
	json_member_span(j, "name", a->name);
	json_member_bool(j, "enabled", a->enabled);
	put_addresses(j, "addresses", a->addresses, a->n_addresses);
	json_member_span(j, "tags", span_str(tags_name(a->tags)));
	json_member_int(j, "quota_octets", (int64_t)a->quota_octets);
	json_member_int(j, "quota_messages", (int64_t)a->quota_messages);
	json_member_bool(j, "index", a->indexed);
	json_member_span(j, "defence", a->defence);
	json_member_span(j, "limit", a->limit);
	json_member_span(j, "held", a->held);
	json_member_span(j, "salt", salt_of(a));
	put_app_passwords(j, a);
	json_member_time(j, "made", a->made_ms);
}

static void put_alias(struct json *j, const struct directory_alias *a)
{
	json_member_span(j, "alias", a->address);
	put_addresses(j, "to", a->targets, a->n_targets);
}

static void put_signer(struct json *j, const struct directory_signer *s)
{
	json_member_span(j, "dkim", s->domain);
	json_key(j, "keys");
	json_begin_array(j);
	for (size_t i = 0; !s->gone && i < s->n_keys; i++) {
		const struct directory_key *k = &s->keys[i];
		json_begin_object(j);
		json_member_span(j, "selector", k->selector);
		json_member_span(j, "algorithm", k->ed25519 ? SPAN("ed25519") : SPAN("rsa"));
		json_member_bool(j, "published", k->published);
		json_member_bool(j, "signs", signer_uses(s, i));
		json_member_time(j, "made", k->made_ms);
		json_member_span(j, "record", k->record);
		json_end_object(j);
	}
	json_end_array(j);
}

/* The text between them is the row's. */
static void row_begin(struct buf *line, struct json *j)
{
	buf_reset(line);
	*j = JSON(line);
	json_begin_object(j);
}

static int row_end(struct buf *line, struct json *j, struct arena *mem,
                   struct directory_order_reply *out)
{
	json_end_object(j);
	if (line->err)
		return line->err;
	return arena_copy(mem, buf_span(line), &out->rows[out->n_rows++].json);
}

int accounts_json(const struct directory_tell_args *rows, struct arena *mem,
                  struct directory_order_reply *out)
{
	AUTO_BUF line = BUF(LINE_MAX);
	size_t n = rows->n_domains + rows->n_accounts + rows->n_aliases + rows->n_signers;
	struct json j;
	int r = 0;
	out->rows = arena_array(mem, struct directory_row, n ? n : 1);
	out->n_rows = 0;
	if (!out->rows)
		return ERR_NO_MEMORY;
	for (size_t i = 0; r >= 0 && i < rows->n_domains; i++) {
		row_begin(&line, &j);
		put_domain(&j, &rows->domains[i]);
		r = row_end(&line, &j, mem, out);
	}
	for (size_t i = 0; r >= 0 && i < rows->n_accounts; i++) {
		row_begin(&line, &j);
		put_account(&j, &rows->accounts[i]);
		r = row_end(&line, &j, mem, out);
	}
	for (size_t i = 0; r >= 0 && i < rows->n_aliases; i++) {
		row_begin(&line, &j);
		put_alias(&j, &rows->aliases[i]);
		r = row_end(&line, &j, mem, out);
	}
	/* A domain is shown as one thing, though its keys went with it. */
	for (size_t i = 0; r >= 0 && !rows->n_domains && i < rows->n_signers; i++) {
		row_begin(&line, &j);
		put_signer(&j, &rows->signers[i]);
		r = row_end(&line, &j, mem, out);
	}
	return r;
}
