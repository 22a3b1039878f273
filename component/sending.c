/* component/sending.c - see sending.h. */
#include "component/sending.h"

#include <stdio.h>

#include "base/clock.h"
#include "component/attempt.h"
#include "component/hand/hand.h"
#include "component/net/scram.h"
#include "component/web/web.h"
#include "idn/idn.h"
#include "postrider.h"
#include "wire/smtp/path.h"

enum { TRANSACTIONS_MAX = 100 }; /* of one session */

static void set_rules(struct sending *s)
{
	const struct options *o = &s->client->options;

	s->rules = (struct deliver_rules){
		/* A session puts our address where there is no name (session.c). */
		.name = o->name ? span_str(o->name) : SPAN("localhost"),
		.port = o->port,
		.ipv6 = o->ipv6,
		.dane = o->dnssec,
		.sts = o->sts,
		.private_addresses = o->private_addresses,
		.transactions_max = TRANSACTIONS_MAX,
		.to_ascii = idn_to_ascii,
		.scram = &component_scram,
	};
}

/* ---- destinations ---------------------------------------------------------------------- */

static int group_for(struct sending *s, struct map *groups, struct span domain,
                     struct sending_group **out)
{
	struct sending_group *g = map_get(groups, domain);
	int r;

	if (!g) {
		g = arena_new(&s->mem, struct sending_group);
		if (!g)
			return err(ERR_NO_MEMORY, "no memory for the destinations");
		g->domain = domain;
		r = map_put(groups, domain, g, NULL);
		if (r < 0)
			return r;
	}
	*out = g;
	return 0;
}

static int domain_of(struct sending *s, struct span address, struct span *out)
{
	struct smtp_path path;
	int r;

	if (!s->route.direct) {
		*out = SPAN("relay");
		return 0;
	}
	r = smtp_address_split(address, 0, &path);
	return r < 0 ? r : idn_to_ascii(path.domain, &s->mem, out);
}

/* In the order of their first recipients. */
static int put_in_groups(struct sending *s, struct map *groups, struct arena *scratch)
{
	size_t n = s->n_rows;
	struct sending_group **of = arena_array(scratch, struct sending_group *, n);

	if (!of)
		return err(ERR_NO_MEMORY, "no memory for the destinations");
	for (size_t i = 0; i < n; i++) {
		struct span domain;
		int r = domain_of(s, s->addresses[i], &domain);

		if (r >= 0)
			r = group_for(s, groups, domain, &of[i]);
		if (r < 0)
			return r;
		of[i]->n++;
	}
	for (size_t i = 0; i < n; i++) {
		struct sending_group *g = of[i];

		if (!g->rcpts) {
			g->rcpts = arena_array(&s->mem, uint32_t, g->n);
			if (!g->rcpts)
				return err(ERR_NO_MEMORY, "no memory for the destinations");
			list_push_back(&s->waiting, &g->list);
		}
		g->rcpts[g->taken++] = (uint32_t)i;
	}
	for (size_t i = 0; i < n; i++)
		of[i]->taken = 0;
	return 0;
}

/* Nobody could be reached, here or by any other attempt. */
static void tell_of_network(struct sending *s, struct deliver_outcome *told, struct arena *mem)
{
	const struct reach *reach = &s->client->reach;

	if (!s->route.direct || told->said.cause != SMTP_CAUSE_CONNECT ||
	    !reach_is_shut(reach, clock_now_at()))
		return;
	told->said.verdict.class = SMTP_CLASS_PORT_CLOSED;
	told->said.text = span_str(arena_printf(
	        mem,
	        "none of %zu mail servers answers at port %u: this network lets no mail out by "
	        "it; give a server, such as smtp://user:password@mail.example.org",
	        reach->n, s->client->options.port));
}

/* The program is told, and may end it all. */
static void watch(struct sending *s, size_t i)
{
	struct postrider_client *c = s->client;

	if (c->decided && !c->ended && c->decided(c->arg, s->result, s->first_row + i) != 0) {
		s->ended = c->ended = true;
		s->until_at = 0;
	}
}

void sending_told(struct sending *s, size_t i, const struct result_told *told, struct span text)
{
	result_tell(s->result, s->first_row + i, told, text);
	watch(s, i);
}

void sending_no_memory(struct sending *s, const uint32_t *rows, size_t n)
{
	struct deliver_outcome o = { .temporary = true,
		                     .said = { .cause = SMTP_CAUSE_LOCAL,
		                               .text = SPAN("out of memory"),
		                               .verdict = { SMTP_CLASS_LOCAL_TROUBLE } } };

	for (size_t i = 0; i < n; i++)
		sending_decided(s, rows[i], &o, 0);
}

#define ENDED "the program ended the send"

/* The server may have taken it all the same. */
static void tell_of_end(struct deliver_outcome *told)
{
	bool sent = told->said.stage == SMTP_STAGE_END;

	told->said.text = sent ? SPAN(ENDED SMTP_MAY_HAVE_ARRIVED) : SPAN(ENDED);
	if (!sent)
		told->said.verdict.class = SMTP_CLASS_CANCELLED;
}

/* The table's words are a server's. */
static void tell_of_ourselves(const struct sending *s, struct deliver_outcome *told)
{
	if (s->broken[0])
		told->said.text = span_str(s->broken);
	else if (span_eq(told->said.text, span_str(smtp_cause_text(SMTP_CAUSE_LOCAL))))
		told->said.text = SPAN("this program or its machine had trouble of its own");
}

void sending_decided(struct sending *s, size_t i, const struct deliver_outcome *o, int64_t ms)
{
	struct deliver_outcome told = *o;
	AUTO_ARENA mem = { 0 };

	tell_of_network(s, &told, &mem);
	if (s->ended && o->said.cause == SMTP_CAUSE_SHUTDOWN)
		tell_of_end(&told);
	if (o->said.cause == SMTP_CAUSE_LOCAL)
		tell_of_ourselves(s, &told);
	result_take(s->result, s->first_row + i, &told, ms);
	watch(s, i);
}

/* ---- the loop -------------------------------------------------------------------------- */

void sending_break(struct sending *s, const char *words)
{
	if (!s->broken[0])
		snprintf(s->broken, sizeof s->broken,
		         "an attachment could not be read, and no part of the mail was delivered: "
		         "%s",
		         words);
}

/* The rows that nobody has begun with. */
static void give_up_waiting(struct sending *s)
{
	struct deliver_outcome o = { .temporary = true,
		                     .said = { .cause = SMTP_CAUSE_LOCAL,
		                               .verdict = { SMTP_CLASS_LOCAL_TROUBLE } } };
	struct sending_group *g;

	while ((g = LIST_FIRST(&s->waiting, struct sending_group, list))) {
		list_remove(&g->list);
		while (g->taken < g->n)
			sending_decided(s, g->rcpts[g->taken++], &o, 0);
	}
}

static void begin_some(struct sending *s)
{
	size_t parallel = s->mail->exclusive ? 1 : s->client->options.parallel;
	struct sending_group *g;

	/* One may end, and break it all, before attempt_begin returns. */
	while (!s->broken[0] && s->n_attempts < parallel &&
	       (g = LIST_FIRST(&s->waiting, struct sending_group, list))) {
		list_remove(&g->list);
		if (s->route.control)
			hand_begin(s, g);
		else if (s->route.web)
			web_begin(s, g);
		else
			attempt_begin(s, g);
	}
	if (s->broken[0])
		give_up_waiting(s);
}

int sending_begin(struct sending *s)
{
	struct arena scratch = { .cap = SIZE_MAX / 2 };
	struct map groups = { 0 };
	int r;

	s->mem.cap = SIZE_MAX / 2;
	s->until_at = clock_add(clock_now_at(), s->client->options.all_ms);
	list_init(&s->waiting);
	list_init(&s->attempts);
	list_init(&s->hands);
	list_init(&s->webs);
	set_rules(s);
	r = put_in_groups(s, &groups, &scratch);
	arena_fini(&scratch);
	map_fini(&groups);
	return r;
}

bool sending_goes_on(struct sending *s)
{
	begin_some(s);
	return s->n_attempts || !list_empty(&s->waiting);
}

void sending_end(struct sending *s)
{
	attempts_stop(s);
	hands_stop(s);
	webs_stop(s);
}

void sending_stop(struct sending *s)
{
	s->ended = s->client->ended = true;
	sending_end(s);
}

void sending_fini(struct sending *s)
{
	arena_fini(&s->mem);
}
