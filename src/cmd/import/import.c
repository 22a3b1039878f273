/* cmd/import/import.c - messages in groups to the server: see import.h. */
#include "cmd/import/import.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "cmd/cli.h"

enum {
	GROUP_MESSAGES = 250,
	GROUP_BYTES = 384 << 10, /* of one request, as controld/controld.h says */
	REQUEST_BYTES = 24 << 10,
	KEYWORDS_BYTES = 12 << 10,
	ROW_BYTES = 80, /* of a request for each message, without its flags */
};

void import_refuse(struct import *m, const char *name, const char *fmt, ...)
{
	AUTO_BUF why = BUF(4096);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&why, fmt, ap);
	va_end(ap);
	progress_fail(&m->progress, "%s: %.*s", name, SPAN_ARG(buf_span(&why)));
	m->n_refused++;
}

/* "inbox/x": INBOX in whatever case is the one. */
static struct span with_inbox(struct span path, struct arena *mem)
{
	struct span rest = path, level;

	if (!span_split(&rest, '/', &level) || !span_eq_nocase(level, SPAN("INBOX")))
		return path;
	return span_str(arena_printf(mem, "INBOX%s%.*s", rest.n ? "/" : "", SPAN_ARG(rest)));
}

struct span import_path(const struct import *m, struct span path, struct arena *mem)
{
	const char *into = m->options.mailbox;

	path = with_inbox(path, mem);
	if (!into)
		return path;
	if (path.n)
		path = span_str(arena_printf(mem, "%s/%.*s", into, SPAN_ARG(path)));
	else
		path = span_str(into);
	return with_inbox(path, mem);
}

static int ask(struct import *m, const char *call, struct span path, bool subscribe)
{
	json_t *answer;
	int r = control_ask(m->c, json_pack("{s:s, s:s, s:s%, s:b}", "call", call, "account",
	                                    m->options.account, "mailbox", path.p, path.n,
	                                    "subscribe", subscribe));
	if (r >= 0)
		r = control_answer(m->c, &answer);
	if (r >= 0)
		json_decref(answer);
	return r;
}

int import_open(struct import *m, struct span path)
{
	int r = import_close(m);

	if (r >= 0)
		r = arena_copy(&m->mem, path, &m->mailbox);
	if (r >= 0)
		r = ask(m, "make", m->mailbox, m->subscribe);
	if (r >= 0)
		r = present_begin(&m->present, m->c, m->options.account, m->mailbox);
	m->n_mailboxes += r >= 0;
	return r;
}

int import_subscribe(struct import *m, struct span path)
{
	return ask(m, "subscribe", path, true);
}

struct import_count import_count(const struct import *m)
{
	return (struct import_count){ m->n_added, m->n_present };
}

void import_say(struct import *m, struct span mailbox, const char *from,
                const struct import_count *before)
{
	progress_say(&m->progress, "%.*s: %ju messages of %s, %ju were there already",
	             SPAN_ARG(mailbox), (uintmax_t)(m->n_added - before->n_added), from,
	             (uintmax_t)(m->n_present - before->n_present));
}

/* ---- groups ---- */

static void note_answer(struct import *m, json_t *answer)
{
	json_t *refused = json_object_get(answer, "refused"), *row;
	size_t i, n = json_array_size(m->messages);

	json_array_foreach(refused, i, row)
	{
		json_int_t at = json_integer_value(json_object_get(row, "message"));
		const char *name = at >= 0 && (size_t)at < n ? m->names[at] : "a message";
		import_refuse(m, name, "%s", control_text(row, "what"));
	}
	m->n_added += (uint64_t)json_integer_value(json_object_get(answer, "kept"));
	m->n_flags_lost += (uint64_t)json_integer_value(json_object_get(answer, "flags_lost"));
}

/* What was gathered is committed. */
static int flush(struct import *m)
{
	json_t *answer;
	int r = 0;

	if (!json_array_size(m->messages))
		return 0;
	m->n_octets += m->octets.n;
	r = control_ask(m->c, json_pack("{s:s, s:s, s:s%, s:O}", "call", "append", "account",
	                                m->options.account, "mailbox", m->mailbox.p, m->mailbox.n,
	                                "messages", m->messages));
	if (r >= 0)
		r = control_put(m->c, buf_span(&m->octets));
	if (r >= 0)
		r = control_answer(m->c, &answer);
	if (r >= 0) {
		note_answer(m, answer);
		json_decref(answer);
	}
	json_array_clear(m->messages);
	if (m->octets.room > 2 * GROUP_BYTES)
		buf_release(&m->octets);
	buf_reset(&m->octets);
	arena_reset(&m->batch_mem);
	m->names = NULL;
	m->request_bytes = 0;
	return r;
}

static int gather(struct import *m, const struct import_message *message)
{
	AUTO_BUF flags = BUF(REQUEST_BYTES);
	struct span words;
	size_t n = json_array_size(m->messages);

	if (!m->names)
		m->names = arena_array(&m->batch_mem, char *, GROUP_MESSAGES);
	struct mailfile_flags kept = message->flags;
	if (kept.keywords.n > KEYWORDS_BYTES || !utf8_valid(kept.keywords)) {
		kept.keywords = SPAN("");
		m->n_flags_lost++;
	}
	mailfile_flags_put(&kept, &flags);
	words = buf_span(&flags);
	json_t *row =
	        json_pack("{s:I, s:I, s:s%}", "size", (json_int_t)message->text.n, "date",
	                  (json_int_t)message->date_s, "flags", words.n ? words.p : "", words.n);
	char *name = arena_str(&m->batch_mem, span_str(message->name));
	if (!row || !m->names || !name || json_array_append_new(m->messages, row) < 0 ||
	    buf_put(&m->octets, message->text) < 0)
		return cli_fail("no memory for messages"), ERR_NO_MEMORY;
	m->names[n] = name;
	m->request_bytes += ROW_BYTES + words.n;
	return 0;
}

int import_message(struct import *m, const struct import_message *message)
{
	struct import_message one = *message;
	int r;

	if (one.date_s == 0)
		one.date_s = 1; /* 0 would be now */
	m->progress.messages++;
	if (one.text.n > m->size_max) {
		import_refuse(m, one.name, "%zu octets; smtp.size_max permits %ju", one.text.n,
		              (uintmax_t)m->size_max);
		return 0;
	}
	r = present_find(&m->present, one.text, one.date_s);
	m->n_present += r > 0;
	if (r)
		return r < 0 ? r : 0;
	bool full = m->octets.n + one.text.n > GROUP_BYTES ||
	            m->request_bytes + ROW_BYTES + one.flags.keywords.n > REQUEST_BYTES ||
	            json_array_size(m->messages) >= GROUP_MESSAGES;
	if (full)
		r = flush(m);
	if (r >= 0)
		r = gather(m, &one);
	progress_show(&m->progress, m->mailbox);
	return r;
}

int import_close(struct import *m)
{
	int r = flush(m);

	present_fini(&m->present);
	arena_fini(&m->mem);
	m->mailbox = SPAN("");
	return r;
}
