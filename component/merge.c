/* component/merge.c - postrider_send_each: one template, a mail a row, several at once. */
#include <stdlib.h>

#include "base/clock.h"
#include "component/code.h"
#include "component/mail/template.h"
#include "component/sending.h"
#include "component/sign.h"
#include "postrider.h"

enum { SAME_SERVER_MAX = 4 }; /* mails at once for one domain, or for the server that was named */

struct merge_row {
	struct list list;
	struct postrider_mail mail;
	struct message_person to;
	struct mail_made made;
	struct sending sending;
};

struct merge {
	struct template template;
	struct postrider_client *client;
	const struct route *route;
	const char *const *values;
	size_t n_rows, next;
	struct postrider_result *result;
	struct list rows; /* under way */
	size_t n_under_way;
	bool ended, exclusive;
};

static const char *const *values_of(const struct merge *m, size_t row)
{
	return m->values + row * m->template.n_columns;
}

static struct span domain_of(struct span address)
{
	return span_sub(address, (size_t)(span_find_last(address, '@') + 1), SIZE_MAX);
}

/* ---- one row --------------------------------------------------------------------------- */

static void end_row(struct merge *m, struct merge_row *row)
{
	m->ended = m->ended || row->sending.ended;
	list_remove(&row->list);
	m->n_under_way--;
	sending_fini(&row->sending);
	mail_made_fini(&row->made);
	template_row_fini(&row->mail);
	free(row);
}

/* enum postrider_error; then there are words in row->mail. */
static int make_row(struct merge *m, struct merge_row *row)
{
	const char *const *values = values_of(m, m->next);
	int r = template_person(&m->template, values, &row->mail, &row->to);

	if (r)
		return r;
	template_fill(&m->template, values, &row->mail, &row->to);
	return mail_make(&row->mail, &row->made);
}

static void fail_row(struct merge *m, const char *words, bool for_good)
{
	struct postrider_client *c = m->client;

	result_fail_row(m->result, m->next, words, for_good);
	if (c->decided && !c->ended && c->decided(c->arg, m->result, m->next) != 0)
		m->ended = c->ended = true;
}

/* NULL, or why not, and *code. */
static const char *begin_sending(struct merge *m, struct merge_row *row, int *code)
{
	int r;

	*code = make_row(m, row);
	if (*code != POSTRIDER_OK)
		return row->mail.words;
	row->sending = (struct sending){ .client = m->client,
		                         .mail = &row->made,
		                         .route = *m->route,
		                         .result = m->result,
		                         .addresses = row->made.addresses,
		                         .first_row = m->next,
		                         .n_rows = 1 };
	m->exclusive = row->made.exclusive;
	r = sign_made(m->client, &row->made);
	if (r >= 0)
		r = sending_begin(&row->sending);
	*code = code_of(r);
	return r < 0 ? err_str(r) : NULL;
}

static void begin_row(struct merge *m)
{
	struct merge_row *row = calloc(1, sizeof *row);
	const char *words = "out of memory";
	int code = POSTRIDER_NO_MEMORY;

	if (row) {
		list_push_back(&m->rows, &row->list);
		m->n_under_way++;
		words = begin_sending(m, row, &code);
	}
	if (words)
		fail_row(m, words, !code_is_own((enum postrider_error)code));
	if (words && row)
		end_row(m, row);
	m->next++;
}

/* ---- all of them ----------------------------------------------------------------------- */

/* So many at once, and few for one server. */
static bool may_begin(const struct merge *m)
{
	size_t max = m->exclusive ? 1 : m->client->options.parallel, same = 0;
	struct span domain = domain_of(span_str(m->result->addresses[m->next]));
	struct merge_row *row;

	if (m->ended || m->n_under_way >= max)
		return false;
	LIST_EACH(row, &m->rows, list)
		same += !m->route->direct ||
		        span_eq_nocase(domain_of(row->made.addresses[0]), domain);
	return same < SAME_SERVER_MAX;
}

static void cancel_rest(struct merge *m)
{
	struct merge_row *row, *next;
	struct deliver_outcome o = { .temporary = true,
		                     .said = { .text = SPAN("the program ended the send"),
		                               .verdict = { SMTP_CLASS_CANCELLED } } };

	LIST_EACH_SAFE(row, next, &m->rows, list) {
		sending_stop(&row->sending);
		while (sending_goes_on(&row->sending))
			sending_end(&row->sending);
		end_row(m, row);
	}
	while (m->next < m->n_rows)
		result_take(m->result, m->next++, &o, 0);
}

/* True: something has ended, and something may begin. */
static bool end_some(struct merge *m)
{
	struct merge_row *row, *next;
	size_t before = m->n_under_way;

	LIST_EACH_SAFE(row, next, &m->rows, list)
		if (!sending_goes_on(&row->sending))
			end_row(m, row);
		else
			m->ended = m->ended || row->sending.ended;
	return m->n_under_way < before;
}

static void run(struct merge *m)
{
	m->ended = m->client->cancelled;
	while (m->next < m->n_rows || m->n_under_way) {
		while (m->next < m->n_rows && may_begin(m))
			begin_row(m);
		m->ended = m->ended || m->client->cancelled;
		if (end_some(m) && !m->ended)
			continue;
		if (m->ended ||
		    (m->n_under_way && poller_turn(&m->client->poller, CLOCK_NEVER) < 0)) {
			cancel_rest(m);
			return;
		}
	}
}

/* Each row's address, as far as it is one. */
static struct postrider_result *result_of(const struct merge *m)
{
	struct arena mem = { .cap = SIZE_MAX / 2 };
	struct span *addresses = arena_array(&mem, struct span, m->n_rows);
	struct postrider_result *r = NULL;
	bool good = addresses != NULL;

	for (size_t i = 0; i < m->n_rows && good; i++) {
		struct postrider_mail row;
		struct message_person person = { 0 };
		const char *given = values_of(m, i)[0];

		if (template_person(&m->template, values_of(m, i), &row, &person))
			person.address = span_str(given);
		good = arena_copy(&mem, person.address, &addresses[i]) >= 0;
		template_row_fini(&row);
	}
	if (good)
		r = result_new(addresses, m->n_rows, m->template.mail->draft.from.address);
	arena_fini(&mem);
	return r;
}

static struct postrider_result *fail(const char *words, bool for_good)
{
	struct postrider_result *r = result_new(NULL, 0, (struct span){ 0 });

	if (r)
		result_fail(r, words, for_good);
	return r;
}

static struct postrider_result *send_each(struct postrider_client *c, struct postrider_mail *mail,
                                          const char *server, const char *const *columns,
                                          const char *const *values, size_t n_rows)
{
	struct arena mem = { 0 };
	struct route route = { 0 };
	struct merge m = { .client = c, .route = &route, .values = values, .n_rows = n_rows };
	int r;

	if (template_init(&m.template, mail, columns))
		return fail(mail ? mail->words : MAIL_NULL, mail_is_bad(mail));
	if (c && c->job)
		return fail("send_each: " CLIENT_BUSY, true);
	if (!c || !values || !n_rows)
		return fail(c ? "send_each: there is no row" : CLIENT_NULL, c);
	list_init(&m.rows);
	m.result = result_of(&m);
	if (!m.result)
		return NULL;
	r = client_route(c, server, &mem, &route);
	if (r < 0) {
		result_fail(m.result, err_str(r), r != ERR_NO_MEMORY);
	} else {
		m.result->route = span_str(arena_str(&m.result->mem, route.told));
		client_begin_send(c);
		run(&m);
		client_end_send(c);
		route_wipe(&route);
	}
	arena_fini(&mem);
	return m.result;
}

struct postrider_result *postrider_client_send_each(struct postrider_client *c,
                                                    struct postrider_mail *mail, const char *server,
                                                    const char *const *columns,
                                                    const char *const *values, size_t n_rows)
{
	struct postrider_result *r;

	if (c && !client_enter(c))
		return fail("send_each: " CLIENT_BUSY, true);
	r = send_each(c, mail, server, columns, values, n_rows);
	if (c)
		client_leave(c);
	return r;
}

struct postrider_result *postrider_send_each(struct postrider_mail *m, const char *server,
                                             const char *const *columns, const char *const *values,
                                             size_t n_rows)
{
	struct postrider_client *c = postrider_client_new();
	struct postrider_result *r =
	        c ? postrider_client_send_each(c, m, server, columns, values, n_rows)
	          : fail("out of memory", false);

	postrider_client_free(c);
	return r;
}
