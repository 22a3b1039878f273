/* policy/bans.c - see bans.h. */
#include "policy/bans_impl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/event.h"
#include "base/map.h"
#include "config/config_contact.h"
#include "policy/limits.h"
#include "rt/loop.h"

enum { LIST_MAX = 1000 };

struct ban bans[BANS_ROWS][BANS_OF_ROW];

static const struct {
	uint32_t weight;
	const char *one, *many;
} harms[BANS_HARMS] = {
	[BANS_ERROR] = { 1, "error", "errors" },
	[BANS_RECIPIENT] = { 1, "recipient who is not here", "recipients who are not here" },
	[BANS_LISTED] = { 2, "refusal by a blocklist", "refusals by a blocklist" },
	[BANS_LOGIN] = { 3, "wrong password", "wrong passwords" },
	[BANS_MESSAGE] = { 3, "refused message", "refused messages" },
};

static bool owes_less(const struct ban *a, const struct ban *b)
{
	if (a->shut_until_at != b->shut_until_at)
		return a->shut_until_at < b->shut_until_at;
	return a->debt < b->debt;
}

struct ban *bans_find(const struct address *source, bool make)
{
	char key[LIMITS_SOURCE_BYTES];

	if (!limits_source(source, key))
		return NULL;
	struct ban *set = bans[map_hash(span_make(key, sizeof key)) % BANS_ROWS], *least = set;
	for (struct ban *b = set; b < set + BANS_OF_ROW; b++) {
		if (*b->address && memcmp(b->source, key, sizeof key) == 0)
			return b;
		if (owes_less(b, least))
			least = b;
	}
	if (!make)
		return NULL;
	*least = (struct ban){ .debt = 0 };
	memcpy(least->source, key, sizeof key);
	address_text(source, false, least->address);
	return least;
}

static void forgive(struct ban *b, int64_t half_ms, int64_t now_at)
{
	int64_t halves = (now_at - b->debt_at) / half_ms;

	b->debt_at += halves * half_ms;
	b->debt = halves < 32 ? b->debt >> halves : 0;
	if (b->debt)
		return;
	b->debt_at = now_at;
	memset(b->n, 0, sizeof b->n);
}

static bool is_exempt(const struct settings *set, const struct address *source)
{
	char text[ADDRESS_TEXT_BYTES];
	const char *ip = address_text(source, false, text);

	return strcmp(ip, "127.0.0.1") == 0 || strcmp(ip, "::1") == 0 ||
	       limits_in_networks(source, &set->smtp_relay_networks);
}

/* "60 errors, 3 wrong passwords" */
static void put_why(struct ban *b)
{
	size_t n = 0;

	for (unsigned i = 0; i < BANS_HARMS && n < sizeof b->why; i++)
		if (b->n[i])
			n += (size_t)snprintf(b->why + n, sizeof b->why - n, "%s%u %s",
			                      n ? ", " : "", b->n[i],
			                      b->n[i] == 1 ? harms[i].one : harms[i].many);
}

static void put_time(int64_t at, int64_t now_at, struct buf *out)
{
	clock_put_rfc3339(out, clock_wall_time_ms() + (at - now_at));
}

/* Until half of what shuts out is left of it. */
static void shut_out(struct ban *b, const struct settings *set, int64_t now_at)
{
	AUTO_BUF until = BUF(64);
	int64_t debt = b->debt;

	b->shut_until_at = b->debt_at;
	do {
		debt /= 2;
		b->shut_until_at = clock_add(b->shut_until_at, set->defence_ban_half);
	} while (debt > set->defence_ban_debt / 2);
	put_why(b);
	put_time(b->shut_until_at, now_at, &until);
	event_log(EVENT_source_shut_out, "client=%s until=%s reason=%s", b->address,
	          buf_str(&until), b->why);
}

bool bans_harm(const struct settings *set, const struct address *source, enum bans_harm what,
               int64_t now_at)
{
	struct ban *b =
	        set->defence_ban_debt && !is_exempt(set, source) ? bans_find(source, true) : NULL;

	if (!b)
		return false;
	forgive(b, set->defence_ban_half, now_at);
	b->n[what]++;
	b->debt += harms[what].weight;
	bans_changed(b);
	if (b->shut_until_at <= now_at && b->good_until_at <= now_at &&
	    b->debt >= (uint64_t)set->defence_ban_debt)
		shut_out(b, set, now_at);
	return b->shut_until_at > now_at;
}

void bans_message(const struct address *source, UNUSED int64_t now_at)
{
	struct ban *b = bans_find(source, false);

	if (!b)
		return;
	b->debt /= 2;
	bans_changed(b);
}

void bans_login(const struct address *source, int64_t now_at)
{
	struct ban *b = bans_find(source, true);

	if (!b)
		return;
	b->good_until_at = clock_add(now_at, BANS_GOOD_MS);
	bans_changed(b);
}

void bans_refusal(const struct settings *set, const struct ban_row *row, char out[BANS_TEXT_BYTES])
{
	AUTO_BUF until = BUF(64);
	char contact[CONFIG_CONTACT_BYTES];

	clock_put_rfc3339(&until, row->until_ms);
	snprintf(out, BANS_TEXT_BYTES, "%.*s is shut out until %s: %.*s; %s",
	         SPAN_ARG(row->address), buf_str(&until), SPAN_ARG(row->why),
	         config_contact(set, SPAN(""), contact));
}

static struct ban_row row_of(const struct ban *b, int64_t now_at)
{
	bool shut = b->shut_until_at > now_at;

	return (struct ban_row){
		.address = span_str(b->address),
		.why = span_str(shut ? b->why : ""),
		.until_ms = shut ? clock_wall_time_ms() + (b->shut_until_at - now_at) : 0,
		.debt = b->debt,
		.n_turned_away = b->n_turned_away
	};
}

bool bans_text(const struct settings *set, const struct address *source, int64_t now_at,
               char out[BANS_TEXT_BYTES])
{
	const struct ban *b = bans_find(source, false);

	if (!b || b->shut_until_at <= now_at)
		return false;
	const struct ban_row row = row_of(b, now_at);
	bans_refusal(set, &row, out);
	return true;
}

bool bans_turn_away(const struct settings *set, struct stream *s, const char *before)
{
	char text[BANS_TEXT_BYTES], line[BANS_TEXT_BYTES + 64];

	if (!bans_text(set, stream_peer(s), loop_now_at(), text))
		return false;
	bans_find(stream_peer(s), false)->n_turned_away++;
	int n = snprintf(line, sizeof line, "%s%s\r\n", before ? before : "", text);
	if (before && write(stream_fd(s), line, (size_t)n) < 0)
		err_clear(); /* it is told, if it can be */
	stream_close(s);
	return true;
}

void bans_forget(void)
{
	memset(bans, 0, sizeof bans);
}

/* ---- the operator's orders ---- */

static int add(const struct ban_order_args *a, const struct address *source, int64_t now_at)
{
	AUTO_BUF until = BUF(64);
	struct ban *b = bans_find(source, true);

	if (!b)
		return err(ERR_SYNTAX, "that is no address");
	b->shut_until_at = clock_add(now_at, a->ms);
	snprintf(b->why, sizeof b->why, "%.*s", SPAN_ARG(a->why));
	bans_changed(b);
	put_time(b->shut_until_at, now_at, &until);
	event_log(EVENT_source_shut_out, "client=%s until=%s reason=%s", b->address,
	          buf_str(&until), b->why);
	return 0;
}

static int let_in(const struct address *source, int64_t now_at)
{
	struct ban *b = bans_find(source, false);

	if (!b || b->shut_until_at <= now_at)
		return err(ERR_NOT_FOUND, "it is not shut out");
	b->debt = 0;
	b->shut_until_at = 0;
	b->n_turned_away = 0;
	memset(b->n, 0, sizeof b->n);
	bans_changed(b);
	return 0;
}

static int put_row(const struct ban *b, int64_t now_at, struct arena *mem, struct ban_row *out)
{
	const struct ban_row row = row_of(b, now_at);
	*out = row;
	int r = arena_copy(mem, row.address, &out->address);
	return r < 0 ? r : arena_copy(mem, row.why, &out->why);
}

static int look(const struct address *source, int64_t now_at, struct arena *mem,
                struct ban_order_reply *out)
{
	const struct ban *b = bans_find(source, false);

	out->rows = arena_new(mem, struct ban_row);
	if (!out->rows)
		return err(ERR_NO_MEMORY, "no memory for who is shut out");
	return b ? put_row(b, now_at, mem, &out->rows[out->n_rows++]) : 0;
}

static int list(int64_t now_at, struct arena *mem, struct ban_order_reply *out)
{
	int r = 0;

	out->rows = arena_array(mem, struct ban_row, LIST_MAX);
	if (!out->rows)
		return err(ERR_NO_MEMORY, "no memory for who is shut out");
	for (const struct ban *b = bans[0]; b < bans[0] + BANS_ALL; b++)
		if (r >= 0 && b->shut_until_at > now_at && out->n_rows < LIST_MAX)
			r = put_row(b, now_at, mem, &out->rows[out->n_rows++]);
	return r;
}

static WAITS int obey(const struct ban_order_args *a, struct arena *mem,
                      struct ban_order_reply *out)
{
	int64_t now_at = loop_now_at();
	struct address source;
	struct ip ip;

	*out = (struct ban_order_reply){ 0 };
	if (a->order == BAN_LIST)
		return list(now_at, mem, out);
	if (ip_parse(a->address, &ip) < 0)
		return err(ERR_SYNTAX, "%.*s is no IPv4 or IPv6 address", SPAN_ARG(a->address));
	address_from_ip(&ip, 0, &source);
	if (a->order == BAN_LOOK)
		return look(&source, now_at, mem, out);
	return a->order == BAN_ADD ? add(a, &source, now_at) : let_in(&source, now_at);
}

void bans_serve(void)
{
	ban_order_serve(obey);
}
