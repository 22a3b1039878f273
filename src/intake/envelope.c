/* intake/envelope.c - whose sender it may be, and where mail for each recipient goes.
 *
 * RFC 5321 3.3, 3.9, 4.1.2, 4.5.1; RFC 6409 6.1.
 */
#include "intake/intake_impl.h"

#include <stdio.h>

#include "calls/mailbox.h"
#include "calls/mailbox_records.h"
#include "calls/record_found.h"
#include "directory/route.h"

enum { RECIPIENT_OVERHEAD_BYTES = 64 };

static int refuse(struct intake_no *no, int code, const char *enhanced, const char *fmt, ...)
        PRINTF(4, 5);

static int refuse(struct intake_no *no, int code, const char *enhanced, const char *fmt, ...)
{
	va_list ap;

	no->code = code;
	no->enhanced = enhanced;
	va_start(ap, fmt);
	vsnprintf(no->text, sizeof no->text, fmt, ap);
	va_end(ap);
	return ERR_REFUSED;
}

/* RFC 6409 6.1: an account sends as itself, or as nobody. */
static WAITS int check_owner(struct intake *in, struct span address, struct intake_no *no)
{
	AUTO_ARENA mem = { 0 };
	struct directory_route route;

	if (in->from.kind != INTAKE_SUBMISSION || !address.n)
		return 0;
	int r = directory_route(address, &mem, &route); /* WAITS */
	if (r >= 0 && span_eq(route.account, in->from.login))
		return arena_copy(&in->mem, route.defence, &in->sender_wish);
	if (r < 0 && r != ERR_NOT_FOUND && r != ERR_REFUSED && r != ERR_SYNTAX && r != ERR_TOO_LONG)
		return r;
	return refuse(no, 553, "5.7.1",
	              "%.*s is not yours: you are logged in as %.*s; send from that address",
	              SPAN_ARG(address), SPAN_ARG(in->from.login));
}

WAITS int intake_sender(struct intake *in, const struct smtp_path *path, bool smtputf8,
                        struct intake_no *no)
{
	AUTO_BUF address = BUF(SMTP_PATH_MAX);
	int r = smtp_path_canonical(path, &address);

	if (r >= 0)
		r = check_owner(in, buf_span(&address), no); /* WAITS */
	if (r >= 0)
		r = arena_copy(&in->mem, buf_span(&address), &in->return_path);
	in->smtputf8 = smtputf8;
	return r < 0 ? r : intake_room(in, no); /* WAITS */
}

WAITS int intake_forward(struct intake *in)
{
	struct directory_forward_args a = { in->return_path, in->forwarder };
	struct directory_forward_reply got;
	int r = in->forwarder.n && in->return_path.n
	                ? directory_forward(&a, &in->mem, &got) /* WAITS */
	                : 1;
	if (r == 0) {
		in->sender = in->return_path;
		in->return_path = got.sender;
	}
	return r < 0 ? r : 0;
}

/* So that no number of recipients, and of repetitions, takes more than its share. */
static int count_bytes(struct intake *in, const struct record_recipient *to)
{
	size_t bytes = to->address.n + to->domain.n + to->account.n + RECIPIENT_OVERHEAD_BYTES;

	if (in->n_rcpts >= (size_t)in->set->smtp_rcpt_max ||
	    in->envelope_bytes + bytes > INTAKE_ENVELOPE_BYTES_MAX)
		return err(ERR_LIMIT, "no more recipients in one message");
	in->envelope_bytes += bytes;
	return 0;
}

static int add(struct intake *in, const struct record_recipient *to, struct span wish)
{
	int r = count_bytes(in, to);

	if (r < 0)
		return r;
	if (in->n_rcpts == in->rcpts_room) {
		size_t room = in->rcpts_room ? 2 * in->rcpts_room : 2;
		struct record_recipient *more =
		        arena_array(&in->mem, struct record_recipient, room);
		struct span *wishes = arena_array(&in->mem, struct span, room);
		if (!more || !wishes)
			return err(ERR_NO_MEMORY, "no memory for %zu recipients", room);
		if (in->n_rcpts) {
			memcpy(more, in->rcpts, in->n_rcpts * sizeof *more);
			memcpy(wishes, in->wishes, in->n_rcpts * sizeof *wishes);
		}
		in->rcpts = more;
		in->wishes = wishes;
		in->rcpts_room = room;
	}
	in->wishes[in->n_rcpts] = wish;
	in->rcpts[in->n_rcpts++] = *to;
	return 0;
}

/* Local parts are compared to the octet (RFC 5321 2.4), domains as DNS does. */
static const char *elsewhere_key(struct intake *in, const struct record_recipient *to)
{
	ptrdiff_t at = span_find_last(to->address, '@');
	struct span local = span_sub(to->address, 0, at < 0 ? to->address.n : (size_t)at);

	return arena_printf(&in->mem, "%.*s@%.*s", SPAN_ARG(local), SPAN_ARG(to->domain));
}

/* A mailbox elsewhere gets the message once, however often it is named. */
static int add_elsewhere(struct intake *in, const struct record_recipient *to, struct span wish)
{
	const char *key = elsewhere_key(in, to);
	int r;

	if (!key)
		return err(ERR_NO_MEMORY, "no memory for a recipient");
	if (map_get(&in->elsewhere, span_str(key)))
		return count_bytes(in, to);
	r = add(in, to, wish);
	if (r >= 0 && map_put(&in->elsewhere, span_str(key), in, NULL) < 0) {
		in->n_rcpts--;
		r = err(ERR_NO_MEMORY, "no memory for a recipient");
	}
	return r;
}

static int set_delivery(struct intake *in, const struct record_delivery *wish,
                        struct record_recipient *to)
{
	AUTO_BUF packed = BUF(SMTP_PATH_MAX + 64);
	int r = record_delivery_pack(wish, &packed);

	to->items = arena_new(&in->mem, struct record_item);
	if (r < 0 || !to->items || arena_copy(&in->mem, buf_span(&packed), &to->items->octets) < 0)
		return err(ERR_NO_MEMORY, "no memory for a recipient");
	to->items->kind = RECORD_ITEM_MAILBOX;
	to->n_items = 1;
	return 0;
}

/* Where its tag asks for: a mailbox of that name, when there is one. */
static int set_mailbox(struct intake *in, struct span path, struct record_recipient *to)
{
	return set_delivery(in, &(struct record_delivery){ .path = path }, to);
}

int intake_put_aside(struct intake *in, uint32_t i, uint8_t mailbox)
{
	return set_delivery(in, &(struct record_delivery){ .role = mailbox }, &in->rcpts[i]);
}

int intake_followed(struct intake *in, uint32_t i, const char *step, const char *action)
{
	AUTO_BUF packed = BUF(RECORD_FOLLOWED_BYTES_MAX);
	struct record_followed f = { span_str(step), span_str(action) };
	struct record_recipient *to = &in->rcpts[i];
	struct record_item *items = arena_array(&in->mem, struct record_item, to->n_items + 1);
	struct record_item item = { .kind = RECORD_ITEM_VERDICTS_RCPT };
	int r = record_followed_pack(&f, &packed);

	if (r < 0 || !items || arena_copy(&in->mem, buf_span(&packed), &item.octets) < 0)
		return err(ERR_NO_MEMORY, "no memory for a recipient");
	if (to->n_items)
		memcpy(items, to->items, to->n_items * sizeof *items);
	items[to->n_items++] = item;
	to->items = items;
	return 0;
}

static int add_target(struct intake *in, const struct directory_target *t)
{
	ptrdiff_t at = span_find_last(t->address, '@');
	struct record_recipient to = {
		.address = t->address,
		.domain = span_sub(t->address, (size_t)(at + 1), t->address.n),
		.account = t->account,
	};

	return t->account.n ? add(in, &to, t->defence) : add_elsewhere(in, &to, t->defence);
}

/* RFC 5321 3.9: all that the address leads to, or none when there is no room for all. */
static int add_targets(struct intake *in, const struct directory_route *route)
{
	size_t n = in->n_rcpts, bytes = in->envelope_bytes;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < route->n_targets; i++)
		r = add_target(in, &route->targets[i]);
	for (size_t i = 0; r >= 0 && i < route->n_targets && !in->forwarder.n; i++)
		if (!route->targets[i].account.n)
			in->forwarder = route->domain;
	if (r >= 0)
		return 0;
	for (; in->n_rcpts > n; in->n_rcpts--) {
		const struct record_recipient *to = &in->rcpts[in->n_rcpts - 1];
		const char *key = to->account.n ? NULL : elsewhere_key(in, to);
		if (key)
			map_remove(&in->elsewhere, span_str(key));
	}
	in->envelope_bytes = bytes;
	return r;
}

static int add_route(struct intake *in, const struct directory_route *route)
{
	struct record_recipient to = { .address = route->address,
		                       .domain = route->domain,
		                       .account = route->account };
	int r = route->mailbox.n ? set_mailbox(in, route->mailbox, &to) : 0;

	if (r < 0)
		return r;
	return route->n_targets ? add_targets(in, route)
	       : route->local   ? add(in, &to, route->defence)
	                        : add_elsewhere(in, &to, route->defence);
}

int intake_full(const struct intake *in, struct intake_no *no)
{
	bool later = in->set->mailbox_over_quota[0] == '4';

	return refuse(no, later ? 452 : 552, later ? "4.2.2" : "5.2.2", "The mailbox is full");
}

/* Nobody asks where there is no limit. */
static WAITS int look_for_room(struct intake *in, const struct directory_route *route,
                               struct intake_no *no)
{
	struct mailbox_room_args a = { route->account, in->from.octets };
	struct mailbox_room_reply found;

	if (!route->limited && !in->set->mailbox_quota && !in->set->mailbox_quota_messages)
		return 0;
	int r = mailbox_room(&a, &in->mem, &found); /* WAITS */
	return r < 0 || !found.full ? r : intake_full(in, no);
}

WAITS int intake_recipient(struct intake *in, const struct smtp_path *path, struct intake_no *no)
{
	AUTO_BUF address = BUF(SMTP_PATH_MAX);
	struct directory_route route;
	int r = smtp_path_canonical(path, &address);

	if (r < 0)
		return r;
	if (in->n_rcpts >= (size_t)in->set->smtp_rcpt_max)
		return err(ERR_LIMIT, "no more recipients in one message");
	r = directory_route(buf_span(&address), &in->mem, &route); /* WAITS */
	if (r == ERR_NOT_FOUND)
		return refuse(no, 550, "5.1.1", "No such user here");
	if (r == ERR_REFUSED)
		return refuse(no, 550, "5.2.1", "This mailbox takes no mail for now");
	if (r == ERR_SYNTAX)
		return refuse(no, 553, "5.1.2", "That domain cannot exist");
	if (r < 0)
		return r;
	if (!route.local && !in->from.may_relay)
		return refuse(no, 550, "5.7.1",
		              "We do not take mail for that domain, and you are not logged in");
	r = intake_room(in, no); /* WAITS */
	if (r >= 0)
		r = intake_suppressed(in, buf_span(&address), no); /* WAITS */
	in->returned = in->returned || route.returned;
	if (r >= 0 && route.local && route.account.n && !route.returned)
		r = look_for_room(in, &route, no); /* WAITS */
	if (r >= 0 && route.local && !route.returned)
		r = intake_greylist(in, path, buf_span(&address), &route, no); /* WAITS */
	return r < 0 ? r : add_route(in, &route);
}

int intake_recipient_refused(struct intake *in, const struct smtp_path *path,
                             const struct intake_no *no)
{
	AUTO_BUF address = BUF(SMTP_PATH_MAX);
	struct record_recipient to = { 0 };
	int r = smtp_path_canonical(path, &address);

	if (r >= 0)
		r = arena_copy(&in->mem, buf_span(&address), &to.address);
	if (r >= 0)
		r = directory_domain_ascii(path->domain, &in->mem, &to.domain);
	if (r >= 0)
		r = add(in, &to, SPAN(""));
	return r < 0 ? r : intake_verdict(in, (uint32_t)in->n_rcpts - 1, RECIPIENT_REFUSED, no);
}

bool intake_refused(const struct intake *in, uint32_t i, struct intake_no *out)
{
	for (size_t k = 0; k < in->n_verdicts; k++) {
		const struct queue_verdict *v = &in->verdicts[k];
		if (v->recipient != i || v->state != RECIPIENT_REFUSED)
			continue;
		out->code = v->code;
		out->enhanced = v->enhanced.p; /* of a struct intake_no: it ends in a NUL */
		snprintf(out->text, sizeof out->text, "%.*s", SPAN_ARG(v->text));
		return true;
	}
	return false;
}

int intake_verdict(struct intake *in, uint32_t recipient, uint8_t state,
                   const struct intake_no *why)
{
	struct queue_verdict v = { .recipient = recipient,
		                   .state = state,
		                   .code = (uint16_t)why->code,
		                   .enhanced = span_str(why->enhanced) };

	if (arena_copy(&in->mem, span_str(why->text), &v.text) < 0)
		return err(ERR_NO_MEMORY, "no memory for a refusal");
	if (in->n_verdicts == in->verdicts_room) {
		size_t room = in->verdicts_room ? 2 * in->verdicts_room : 4;
		struct queue_verdict *more = arena_array(&in->mem, struct queue_verdict, room);
		if (!more)
			return err(ERR_NO_MEMORY, "no memory for %zu refusals", room);
		if (in->n_verdicts)
			memcpy(more, in->verdicts, in->n_verdicts * sizeof *more);
		in->verdicts = more;
		in->verdicts_room = room;
	}
	in->verdicts[in->n_verdicts++] = v;
	return 0;
}

bool intake_has_verdict(const struct intake *in, uint32_t recipient)
{
	for (size_t i = 0; i < in->n_verdicts; i++)
		if (in->verdicts[i].recipient == recipient)
			return true;
	return false;
}

int intake_refuse_one(struct intake *in, uint32_t i, const struct intake_no *no)
{
	in->rcpts[i].account = SPAN("");
	in->rcpts[i].n_items = 0; /* nor a mailbox in there */
	return intake_verdict(in, i, RECIPIENT_REFUSED, no);
}
