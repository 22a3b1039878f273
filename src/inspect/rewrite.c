/* inspect/rewrite.c - see rewrite.h. */
#include "inspect/rewrite.h"

#include "base/event.h"
#include "inspect/made.h"
#include "wire/message/header.h"
#include "wire/smtp/path.h"

enum { ORDERS_MAX = 2 * INSPECT_ADDED_MAX, INLINE_BYTES = 64 << 10 };

int rewrite_open(struct inspection *x, struct rewrite *w)
{
	const struct inspect_judge_args *a = x->asked;

	*w = (struct rewrite){ .x = x, .sender = a->return_path, .body = x->content->body };
	buf_init(&w->raw, (size_t)x->set->smtp_size_max);
	w->added = arena_array(x->mem, struct inspect_rcpt, INSPECT_ADDED_MAX);
	w->removed = arena_array(x->mem, bool, a->n_recipients + 1);
	w->orders = arena_array(x->mem, struct rewrite_order, ORDERS_MAX);
	return w->added && w->removed && w->orders
	               ? 0
	               : err(ERR_NO_MEMORY, "no memory for what mail filters say");
}

void rewrite_close(struct rewrite *w)
{
	buf_fini(&w->raw);
	buf_fini(&w->made);
}

size_t rewrite_n(const struct rewrite *w)
{
	return w->x->asked->n_recipients + w->n_added;
}

bool rewrite_rcpt(const struct rewrite *w, size_t i, struct span *address, uint32_t *place)
{
	size_t n = w->x->asked->n_recipients;

	if (i >= rewrite_n(w) || (i < n && w->removed[i]))
		return false;
	*address = i < n ? w->x->asked->recipients[i].address : w->added[i - n].address;
	*place = i < n ? (uint32_t)i : UINT32_MAX;
	return address->n > 0;
}

void rewrite_refuse_added(struct rewrite *w, size_t i)
{
	w->added[i - w->x->asked->n_recipients].address = SPAN("");
}

/* ---- what a filter says ---- */

/* "<a@b>", or without brackets. */
static int parse_address(struct span text, unsigned forms, struct smtp_path *out)
{
	struct span rest;

	text = span_trim(text);
	return span_starts(text, SPAN("<")) ? smtp_path_parse(text, forms, out, &rest)
	                                    : smtp_address_split(text, forms, out);
}

/* SIZE, BODY and SMTPUTF8 are what the message is found to be; no others are carried on. */
static bool is_found_by_us(struct span argument)
{
	static const struct span names[] = { SPAN("SIZE"), SPAN("BODY"), SPAN("SMTPUTF8") };
	struct span name;

	if (!span_split(&argument, '=', &name))
		return true;
	for (size_t i = 0; i < N_ELEMS(names); i++)
		if (span_eq_nocase(name, names[i]))
			return true;
	return false;
}

static void tell_arguments(const struct rewrite *w, const struct milter_reply *reply)
{
	struct span rest = reply->value, one;

	while (span_split(&rest, ' ', &one))
		if (!is_found_by_us(one))
			event_log(EVENT_filter_ignored,
			          "return_path=%.*s recipient=%.*s argument=%.*s reason=%s",
			          SPAN_ARG(w->x->asked->return_path), SPAN_ARG(reply->text),
			          SPAN_ARG(one), "an argument that is not carried on");
}

int rewrite_envelope(struct rewrite *w, const struct milter_reply *reply)
{
	AUTO_BUF address = BUF(SMTP_PATH_MAX);
	struct smtp_path path;
	bool of_sender = reply->kind == MILTER_EDIT_SENDER;

	if (w->n_orders == ORDERS_MAX)
		return err(ERR_LIMIT, "it does too much to the envelope");
	if (parse_address(reply->text, of_sender ? SMTP_PATH_NULL : SMTP_PATH_POSTMASTER, &path) <
	            0 ||
	    smtp_path_canonical(&path, &address) < 0)
		return err(ERR_SYNTAX, "it gives an address that cannot be: %.*s",
		           SPAN_ARG(span_sub(reply->text, 0, SMTP_PATH_MAX)));
	tell_arguments(w, reply);
	w->orders[w->n_orders].kind = reply->kind;
	return arena_copy(w->x->mem, buf_span(&address), &w->orders[w->n_orders++].address);
}

int rewrite_body(struct rewrite *w, struct span octets, size_t header_n)
{
	w->has_raw = true;
	if (header_n + w->raw.n + octets.n > w->raw.cap)
		return err(ERR_TOO_BIG, "it makes a message of more than smtp.size_max, %zu octets",
		           w->raw.cap);
	return buf_put(&w->raw, octets);
}

void rewrite_undo(struct rewrite *w)
{
	w->n_orders = 0;
	w->has_raw = false;
	buf_release(&w->raw);
}

/* ---- what comes of it ---- */

static int add(struct rewrite *w, struct span address)
{
	const struct inspect_judge_args *a = w->x->asked;

	for (size_t i = 0; i < a->n_recipients; i++)
		if (span_eq(a->recipients[i].address, address)) {
			w->removed[i] = false;
			return 0;
		}
	for (size_t i = 0; i < w->n_added; i++)
		if (span_eq(w->added[i].address, address))
			return 0;
	if (w->n_added == INSPECT_ADDED_MAX)
		return err(ERR_LIMIT, "it adds more than %d recipients", INSPECT_ADDED_MAX);
	w->added[w->n_added++].address = address;
	return 0;
}

static void take_away(struct rewrite *w, struct span address)
{
	const struct inspect_judge_args *a = w->x->asked;

	for (size_t i = 0; i < a->n_recipients; i++)
		w->removed[i] |= span_eq(a->recipients[i].address, address);
	for (size_t i = 0; i < w->n_added; i++)
		if (span_eq(w->added[i].address, address))
			w->added[i].address = SPAN("");
}

/* Lines that end in CRLF, and nothing but lines. */
static int normalise(void *arg)
{
	struct rewrite *w = arg;
	int r = message_normalise(buf_span(&w->raw), &w->made);

	if (r >= 0 && w->made.n && w->made.p[w->made.n - 1] != '\n')
		r = buf_puts(&w->made, "\r\n");
	return r < 0 ? err(r, "no memory for a body that a mail filter makes") : 0;
}

static WAITS int take_body(struct rewrite *w)
{
	buf_fini(&w->made);
	buf_init(&w->made, 2 * w->raw.cap + 2);
	int r = w->raw.n > INLINE_BYTES ? offload(normalise, w, "a new body")
	                                : normalise(w); /* WAITS */
	w->has_made = r >= 0;
	w->body = buf_span(&w->made);
	return r;
}

WAITS int rewrite_do(struct rewrite *w)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < w->n_orders; i++) {
		const struct rewrite_order *o = &w->orders[i];
		if (o->kind == MILTER_EDIT_RCPT) {
			r = add(w, o->address);
		} else if (o->kind == MILTER_EDIT_NO_RCPT) {
			take_away(w, o->address);
		} else {
			w->sender = o->address;
			w->sender_is_new = true;
		}
	}
	if (r >= 0 && w->has_raw)
		r = take_body(w); /* WAITS */
	rewrite_undo(w);
	return r;
}

int rewrite_tell(struct rewrite *w, struct inspect_judge_reply *out)
{
	size_t n = w->x->asked->n_recipients;

	out->added = w->added;
	for (size_t i = 0; i < w->n_added; i++)
		if (w->added[i].address.n)
			out->added[out->n_added++] = w->added[i];
	out->removed = arena_array(w->x->mem, struct inspect_place, n + 1);
	out->sender = arena_new(w->x->mem, struct inspect_rcpt);
	out->body = arena_new(w->x->mem, struct inspect_new_body);
	if (!out->removed || !out->sender || !out->body)
		return err(ERR_NO_MEMORY, "no memory for what mail filters say");
	for (uint32_t i = 0; i < n; i++)
		if (w->removed[i])
			out->removed[out->n_removed++].recipient = i;
	if (w->sender_is_new)
		out->sender[out->n_sender++].address = w->sender;
	if (w->has_made)
		made_put(&w->made, out->body);
	out->n_body = w->has_made;
	return 0;
}
