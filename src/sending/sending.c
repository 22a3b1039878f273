/* sending/sending.c - see sending.h. */
#include "sending/sending_impl.h"

#include <stdlib.h>

#include "base/event.h"
#include "base/coding/ip.h"
#include "policy/limits.h"
#include "rt/loop.h"
#include "sending/counts.h"
#include "store/store.h"
#include "wire/smtp/verdict/verdict.h"

enum { NAME_SHOWN_MAX = 100 };

static struct {
	const struct settings *set;
	struct store_follower follower;
} self;

/* One of the four that a message counts for. */
enum limit { ACCOUNT, ADDRESS, DOMAIN, NETWORK, LIMITS };

struct tally {
	const char *what;
	struct span name, key;
	struct config_rates rates;
	struct count *count;
};

static struct span domain_of(struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');

	return at < 0 ? SPAN("") : span_sub(address, (size_t)at + 1, address.n);
}

static struct span source_of(struct span client, char out[LIMITS_SOURCE_BYTES])
{
	struct address a;
	struct ip ip;

	if (ip_parse(client, &ip) < 0)
		return SPAN("");
	address_from_ip(&ip, 0, &a);
	return limits_source(&a, out) ? span_make(out, LIMITS_SOURCE_BYTES) : SPAN("");
}

/* Settings were looked at when they were read. */
static struct config_rates rates_of(const char *setting, const struct config_rates *own)
{
	struct config_rates all = { 0 };

	if (own)
		return *own;
	if (config_rates_parse(span_str(setting), &all) < 0)
		all.n = 0;
	return all;
}

static struct span from_of(const struct record_message *m, const struct sender *s)
{
	return m->return_path.n ? m->return_path : span_str(s ? s->address : NULL);
}

static void tally(const struct record_message *m, const struct sender *s,
                  char source[LIMITS_SOURCE_BYTES], struct tally out[LIMITS])
{
	const struct settings *set = self.set;
	struct span from = from_of(m, s);
	struct span domain = domain_of(from);
	int64_t now_at = loop_now_at();

	out[ACCOUNT] =
	        (struct tally){ "account", m->login, m->login,
		                rates_of(set->limits_account, s && s->has_own ? &s->own : NULL),
		                NULL };
	out[ADDRESS] =
	        (struct tally){ "address", from, from, rates_of(set->limits_address, NULL), NULL };
	out[DOMAIN] = (struct tally){ "domain", domain, domain,
		                      rates_of(set->limits_domain, senders_domain(domain)), NULL };
	out[NETWORK] =
	        (struct tally){ "network", m->client_address, source_of(m->client_address, source),
		                rates_of(set->limits_network, NULL), NULL };
	for (unsigned i = 0; i < LIMITS; i++)
		if (out[i].key.n && out[i].rates.n)
			out[i].count = counts_find((char)i, out[i].key, now_at);
}

static int refuse(const struct tally *t, struct window *w, const struct config_rate *rate,
                  uint32_t n, int64_t opens_at)
{
	AUTO_BUF limit = BUF(32), when = BUF(64);
	size_t shown = t->name.n < NAME_SHOWN_MAX ? t->name.n : NAME_SHOWN_MAX;
	int64_t now_at = loop_now_at();

	config_rate_put(&limit, rate);
	if (opens_at == CLOCK_NEVER)
		return err(ERR_LIMIT,
		           "The %s %.*s may send to %s recipients, and this message has %u: send "
		           "it to fewer at once",
		           t->what, (int)shown, t->name.p, buf_str(&limit), n);
	clock_put_rfc3339(&when, clock_wall_time_ms() + opens_at - now_at);
	return err(ERR_LIMIT,
	           "The %s %.*s may send to %s recipients, and has sent to %u within that time: "
	           "try again after %s",
	           t->what, (int)shown, t->name.p, buf_str(&limit),
	           window_use(w, rate->period_ms, now_at), buf_str(&when));
}

/* Of all that are reached the one that opens last is told. */
static int check(struct tally all[LIMITS], uint32_t n, int64_t now_at)
{
	int64_t last_at = now_at;
	int r = 0;

	for (struct tally *t = all; t < all + LIMITS; t++)
		for (size_t i = 0; t->count && i < t->rates.n; i++) {
			struct window *w = &t->count->of[i];
			int64_t opens_at = window_opens_at(w, &t->rates.v[i], n, now_at);

			if (opens_at <= last_at)
				continue;
			last_at = opens_at;
			r = refuse(t, w, &t->rates.v[i], n, opens_at);
		}
	return r;
}

/* Why is told by letter, to who has the account and to the operator: who sends may be neither. */
static int refuse_held(const struct sender *s)
{
	if (span_starts(span_str(s->held), SPAN(HOLD_SINCE)))
		return err(ERR_LIMIT,
		           "The account %.100s is held and cannot send for now: a letter in its "
		           "INBOX says what to do",
		           s->name);
	return err(ERR_LIMIT,
	           "The account %.100s is held by the operator of this server and cannot send for "
	           "now: ask there",
	           s->name);
}

static bool has_habits(struct sender *s)
{
	if (!s->habits)
		s->habits = calloc(1, sizeof *s->habits);
	return s->habits;
}

/* Where it sends from is a sign: is it held now? */
static bool look_at(struct sender *s, const struct sending_case *c, int64_t now_at)
{
	char why[HABITS_WHY_BYTES];

	if (!s->held && has_habits(s) &&
	    habits_network(s->habits, self.set, c->message->client_address, now_at, why))
		hold_begin(s, why);
	return s->held;
}

static bool counts(const struct sending_case *c)
{
	return (c->message->login.n || c->sends) && self.set;
}

/* A message that is past a limit; r, or what follows when it is one too many. */
static int note_over(struct sender *s, int64_t now_at, int r)
{
	char why[HABITS_WHY_BYTES];

	if (!s || !has_habits(s) || !habits_over(s->habits, self.set, now_at, why))
		return r;
	hold_begin(s, why);
	return refuse_held(s);
}

static uint32_t room_in(struct tally all[LIMITS], int64_t now_at)
{
	uint32_t room = UINT32_MAX;

	for (struct tally *t = all; t < all + LIMITS; t++)
		for (size_t i = 0; t->count && i < t->rates.n; i++) {
			const struct config_rate *rate = &t->rates.v[i];
			uint32_t used = window_use(&t->count->of[i], rate->period_ms, now_at);
			uint32_t left = rate->count > used ? rate->count - used : 0;
			room = left < room ? left : room;
		}
	return room;
}

int sending_look(const struct sending_case *c, bool tells, uint32_t *room)
{
	struct tally all[LIMITS];
	char source[LIMITS_SOURCE_BYTES];
	struct sender *s = senders_find(c->message->login);
	int64_t now_at = loop_now_at();

	*room = UINT32_MAX;
	if (!counts(c))
		return 0;
	if (s && s->held)
		return refuse_held(s);
	tally(c->message, s, source, all);
	*room = room_in(all, now_at);
	int r = check(all, (uint32_t)c->message->n_recipients, now_at);
	return r < 0 && tells ? note_over(s, now_at, r) : r;
}

bool sending_is_limited(const struct sending_case *c)
{
	const struct settings *set = self.set;
	const struct sender *s = senders_find(c->message->login);

	return counts(c) && (*set->limits_account || *set->limits_address || *set->limits_domain ||
	                     *set->limits_network || (s && s->has_own) ||
	                     senders_domain(domain_of(from_of(c->message, s))));
}

static uint32_t until_ms(int64_t at, int64_t now_at)
{
	return at >= UINT32_MAX + now_at ? UINT32_MAX : (uint32_t)(at - now_at);
}

static struct queue_limit limit_of(const struct tally *t, size_t i, int64_t now_at)
{
	const struct config_rate *rate = &t->rates.v[i];
	struct window *w = &t->count->of[i];
	uint32_t used = window_use(w, rate->period_ms, now_at);

	return (struct queue_limit){
		.what = span_str(t->what),
		.count = rate->count,
		.period_ms = (uint32_t)rate->period_ms,
		.left = rate->count > used ? rate->count - used : 0,
		.full_ms = until_ms(window_opens_at(w, rate, rate->count, now_at), now_at),
	};
}

int sending_limits(const struct sending_case *c, struct arena *mem, struct queue_limits_reply *out)
{
	struct tally all[LIMITS];
	char source[LIMITS_SOURCE_BYTES];
	int64_t now_at = loop_now_at(), opens_at = now_at;

	*out = (struct queue_limits_reply){ .limits = arena_array(mem, struct queue_limit,
		                                                  LIMITS * CONFIG_RATES_MAX) };
	if (!out->limits)
		return ERR_NO_MEMORY;
	if (!counts(c))
		return 0;
	tally(c->message, senders_find(c->message->login), source, all);
	for (struct tally *t = all; t < all + LIMITS; t++)
		for (size_t i = 0; t->count && i < t->rates.n; i++) {
			int64_t at = window_opens_at(&t->count->of[i], &t->rates.v[i],
			                             (uint32_t)c->message->n_recipients, now_at);

			out->limits[out->n_limits++] = limit_of(t, i, now_at);
			opens_at = at > opens_at ? at : opens_at;
		}
	out->opens_ms = until_ms(opens_at, now_at);
	return 0;
}

int sending_note_unknown(struct span login)
{
	struct sender *s = self.set ? senders_find(login) : NULL;
	char why[HABITS_WHY_BYTES];

	if (s && !s->held && has_habits(s) &&
	    habits_unknown(s->habits, self.set, 1, loop_now_at(), why))
		hold_begin(s, why);
	return s && s->held ? refuse_held(s) : 0;
}

int sending_begin(const struct sending_case *c)
{
	struct tally all[LIMITS];
	char source[LIMITS_SOURCE_BYTES];
	struct sender *s = senders_find(c->message->login);
	uint32_t n = (uint32_t)c->message->n_recipients;
	int64_t now_at = loop_now_at();

	if (!counts(c))
		return 0;
	if (s && look_at(s, c, now_at))
		return refuse_held(s);
	tally(c->message, s, source, all);
	int r = check(all, n, now_at);
	if (r < 0)
		return note_over(s, now_at, r);
	for (struct tally *t = all; r >= 0 && t < all + LIMITS; t++)
		for (size_t i = 0; t->count && i < t->rates.n; i++)
			window_add(&t->count->of[i], t->rates.v[i].period_ms, n, now_at);
	return r;
}

void sending_take_back(const struct sending_case *c)
{
	struct tally all[LIMITS];
	char source[LIMITS_SOURCE_BYTES];

	if (!counts(c))
		return;
	tally(c->message, senders_find(c->message->login), source, all);
	for (struct tally *t = all; t < all + LIMITS; t++)
		for (size_t i = 0; t->count && i < t->rates.n; i++)
			window_take_back(&t->count->of[i], (uint32_t)c->message->n_recipients);
}

static void on_change(const struct record_change *f, UNUSED void *arg)
{
	if (f->state == RECIPIENT_REFUSED && f->class == SMTP_CLASS_NO_SUCH_USER && f->attempt)
		hold_note_unknown(f->message);
}

void sending_start(const struct settings *set, struct store *sp)
{
	self.set = set;
	hold_start(set, sp);
	self.follower = (struct store_follower){ .fn = on_change };
	store_follow(sp, &self.follower);
}

WAITS void sending_stop(void)
{
	if (!self.set)
		return;
	store_unfollow(&self.follower);
	hold_stop(); /* WAITS */
	senders_forget();
	counts_forget();
	self.set = NULL;
}
