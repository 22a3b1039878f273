/* controld/certificates.c - see certificates.h; and the call "acme". */
#include "controld/certificates.h"

#include <inttypes.h>

#include "base/event.h"
#include "calls/directory.h"
#include "calls/dns.h"
#include "calls/queue.h"
#include "controld/session.h"
#include "notice/notice.h"

enum {
	FIRST_MS = 500,
	LOOK_MS = 60 * 60 * 1000,
	NAMES_MAX = 48 << 10,
	STATUS_MAX = 64 << 10,
	NAME_MAX_BYTES = 253,
	TELL_S = 14 * 24 * 60 * 60,
	DAY_S = 24 * 60 * 60,
};

static struct {
	const struct settings *set;
	certificates_renew_fn *renew;
	struct fibre *fibre;
	struct buf status; /* as they stood at the last look */
	bool looks;        /* one at a time, or two would tell the same */
	struct cond turn;
} self = { .status = BUF(STATUS_MAX), .turn = { LIST_INIT(self.turn.waiters) } };

/* ---- the names ---- */

static WAITS int ask(struct span name, enum dns_type type, struct arena *mem,
                     struct dns_answer *out)
{
	struct dns_question q = { .type = type };

	if (name.n >= sizeof q.name)
		return err(ERR_TOO_LONG, "a name");
	memcpy(q.name, name.p, name.n);
	return dns_look_up(&q, mem, out); /* WAITS */
}

static bool meet(const struct dns_answer *a, const struct dns_answer *b)
{
	for (size_t i = 0; a->status == DNS_FOUND && b->status == DNS_FOUND && i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (ip_eq(&a->records[i].ip, &b->records[k].ip))
				return true;
	return false;
}

/* It has an address of server.hostname's: a name that leads elsewhere is not ours to prove. */
static WAITS bool leads_here(struct span name, struct arena *mem)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA };
	struct dns_answer ours, its;

	for (size_t i = 0; i < N_ELEMS(types); i++)
		if (ask(span_str(self.set->server_hostname), types[i], mem, &ours) >= 0 &&
		    ask(name, types[i], mem, &its) >= 0 && /* WAITS */
		    meet(&ours, &its))
			return true;
	return false;
}

/* What mail programs and servers look for at a domain: those of its names that lead here. */
static WAITS int put_domain(struct span domain, struct arena *mem, struct buf *names)
{
	static const char *const labels[] = { "autoconfig", "autodiscover", "mta-sts" };
	size_t before = names->n;

	for (size_t i = 0; i < N_ELEMS(labels); i++) {
		struct span name =
		        span_str(arena_printf(mem, "%s.%.*s", labels[i], SPAN_ARG(domain)));
		if (name.n && name.n <= NAME_MAX_BYTES && leads_here(name, mem)) /* WAITS */
			buf_printf(names, "%s%.*s", names->n > before ? " " : "", SPAN_ARG(name));
	}
	if (names->n > before)
		buf_putc(names, '\n');
	return names->err;
}

static WAITS int put_row(struct span json, struct arena *mem, struct buf *names)
{
	json_t *row = NULL;
	int r = controld_parse(json, &row);

	if (r >= 0)
		r = put_domain(controld_string(row, "domain"), mem, names); /* WAITS */
	json_decref(row);
	return r;
}

static WAITS int put_domains(struct buf *names)
{
	struct directory_order_args a = { .object = SPAN("domain"), .verb = SPAN("list") };
	struct directory_order_reply got = { .more = true };
	struct arena pages[2] = { { 0 }, { 0 } };
	int r = 0;

	for (unsigned i = 0; r >= 0 && got.more; i++) {
		arena_reset(&pages[i % 2]);
		r = directory_order(&a, &pages[i % 2], &got); /* WAITS */
		for (size_t k = 0; r >= 0 && k < got.n_rows; k++)
			r = put_row(got.rows[k].json, &pages[i % 2], names); /* WAITS */
		a.after = got.after;
	}
	arena_fini(&pages[0]);
	arena_fini(&pages[1]);
	return r;
}

static WAITS int put_names(struct buf *names)
{
	buf_puts(names, self.set->server_hostname);
	for (size_t i = 0; i < self.set->tls_acme_names.n; i++)
		buf_printf(names, " %s", self.set->tls_acme_names.v[i]);
	buf_putc(names, '\n');
	return put_domains(names); /* WAITS */
}

/* ---- who is told ---- */

struct standing {
	struct span names, words;
	uint64_t until_s, renew_s;
};

static bool parse(struct span line, struct standing *out)
{
	struct span until, renew;

	return span_split(&line, '\t', &out->names) && span_split(&line, '\t', &until) &&
	       span_split(&line, '\t', &renew) &&
	       span_to_u64(until, INT64_MAX, &out->until_s) >= 0 &&
	       span_to_u64(renew, INT64_MAX, &out->renew_s) >= 0 && (out->words = line, true);
}

static WAITS bool was_told(struct span message_id)
{
	AUTO_ARENA mem = { 0 };
	struct queue_status_reply found;
	struct queue_status_args a = { .message_id = span_str(arena_printf(&mem, "<%.*s>",
		                                                           SPAN_ARG(message_id))) };

	return queue_status(&a, &mem, &found) >= 0 && found.n_message; /* WAITS */
}

static void put_letter(struct buf *text, const struct standing *s, int64_t days)
{
	buf_printf(text, "No certificate can be had for\n%.*s:\n%.*s.\n\n", SPAN_ARG(s->names),
	           SPAN_ARG(s->words));
	if (s->until_s)
		buf_printf(text,
		           "The present one is good for another %jd days. After that mail\n"
		           "programs warn of this server, and other servers may bring no mail.\n\n",
		           (intmax_t)days);
	buf_printf(text, "It is tried again by itself, at least once a day.\n\n"
	                 "What to do:\n\n"
	                 "- See that each of these names leads here in DNS, and that port 80 or\n"
	                 "  443 can be reached from everywhere.\n"
	                 "- postrider acme renew    tries at once, and says what happens\n"
	                 "- postrider doctor        looks at the certificate\n");
}

/* Once for each certificate that runs out. */
static WAITS void tell(const struct standing *s)
{
	AUTO_BUF text = BUF(4096 + STATUS_MAX), id = BUF(1024);
	struct span rest = s->names, first = SPAN("");
	int64_t left_s = (int64_t)s->until_s - clock_wall_time_ms() / 1000;
	uint64_t message;

	span_split(&rest, ' ', &first);
	buf_printf(&id, "acme.%ju.%.*s@%s", (uintmax_t)s->until_s, SPAN_ARG(first),
	           self.set->server_hostname);
	if (!first.n || !s->words.n || left_s > TELL_S || was_told(buf_span(&id))) /* WAITS */
		return;
	put_letter(&text, s, left_s > 0 ? left_s / DAY_S : 0);
	const struct notice n = { .hostname = span_str(self.set->server_hostname),
		                  .to = SPAN("postmaster"),
		                  .subject = SPAN("The certificate is not renewed"),
		                  .text = buf_span(&text),
		                  .message_id = buf_span(&id) };
	int r = notice_send(&n, &message); /* WAITS */
	if (r < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "the letter about a certificate is not sent", err_str(r));
}

/* ---- the look ---- */

static WAITS int look_here(bool now, struct buf *status)
{
	AUTO_BUF names = BUF(NAMES_MAX);
	struct standing s;
	struct span rest, line;
	int r = put_names(&names); /* WAITS */

	if (r >= 0)
		r = self.renew(buf_span(&names), now, status); /* WAITS */
	if (r < 0)
		return r;
	buf_reset(&self.status);
	r = buf_put(&self.status, buf_span(status));
	rest = buf_span(status);
	while (r >= 0 && span_split(&rest, '\n', &line))
		if (parse(line, &s))
			tell(&s); /* WAITS */
	return r;
}

static WAITS int look(bool now, struct buf *status)
{
	int r = 0;

	while (r >= 0 && self.looks)
		r = cond_wait(&self.turn, "a look at certificates"); /* WAITS */
	if (r < 0)
		return r;
	self.looks = true;
	r = look_here(now, status); /* WAITS */
	self.looks = false;
	cond_signal(&self.turn);
	return r;
}

static WAITS int look_once(void)
{
	AUTO_BUF status = BUF(STATUS_MAX);

	return look(false, &status); /* WAITS */
}

/* What fails, as when a role is being started, is tried again soon, then more rarely. */
static void run(UNUSED void *arg)
{
	int64_t wait_ms = FIRST_MS;
	int r;

	do {
		r = look_once(); /* WAITS */
		wait_ms = r >= 0 || wait_ms > LOOK_MS / 2 ? LOOK_MS : 2 * wait_ms;
	} while (r != ERR_CANCELLED && fibre_sleep(wait_ms) >= 0); /* WAITS */
	self.fibre = NULL;
}

int certificates_start(const struct settings *set, certificates_renew_fn *renew)
{
	self.set = set;
	self.renew = renew;
	return *set->tls_acme ? fibre_spawn_ref("certificates", run, NULL, &self.fibre) : 0;
}

void certificates_stop(void)
{
	if (self.fibre)
		fibre_cancel(self.fibre);
}

WAITS int controld_acme(struct controld_session *s, json_t *request)
{
	AUTO_BUF line = BUF(8 * STATUS_MAX), status = BUF(STATUS_MAX);
	struct json j = JSON(&line);
	bool renews = span_eq(controld_string(request, "verb"), SPAN("renew"));
	int r = 0;

	if (!*self.set->tls_acme)
		return err(ERR_NOT_FOUND, "tls.acme is not set: no certificates are ordered");
	if (renews || !self.status.n)
		r = look(renews, &status); /* WAITS */
	if (r < 0)
		return r;
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_span(&j, "text", buf_span(&self.status));
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}
