/* A command is parsed or refused with a sentence; what is parsed keeps its maxima; sections and
 * flags are the same when they are printed and read again. */
#include "fuzz.h"

#include "base/err.h"
#include "wire/imap/args/append.h"
#include "wire/imap/args/fetch.h"
#include "wire/imap/args/list.h"
#include "wire/imap/args/login.h"
#include "wire/imap/args/mailbox.h"
#include "wire/imap/args/search.h"
#include "wire/imap/args/store.h"
#include "wire/imap/command.h"
#include "wire/imap/name.h"

static void check_set(const struct imap_set *set)
{
	MUST(set->n_runs <= IMAP_RUNS_MAX);
	for (size_t i = 0; i < set->n_runs; i++) {
		MUST(set->runs[i].first > 0 && set->runs[i].first <= set->runs[i].last);
		MUST(i == 0 || set->runs[i].first > (uint64_t)set->runs[i - 1].last + 1);
	}
}

static void check_flags(const struct imap_flags *flags, struct arena *mem)
{
	AUTO_BUF text = BUF(1 << 20);
	struct imap_flags again;
	struct imap_cursor c = { .mem = mem, .verb = "again" };

	MUST(imap_put_flags(&text, flags, NULL) == 0);
	c.rest = buf_span(&text);
	MUST(imap_take_flag_list(&c, &again) == 0 && c.rest.n == 0);
	MUST(again.system == flags->system && again.n_keywords == flags->n_keywords);
}

static void check_section(const struct imap_section *s, struct arena *mem)
{
	AUTO_BUF text = BUF(1 << 20);
	AUTO_BUF again = BUF(1 << 20);
	struct imap_cursor c = { .mem = mem, .verb = "again" };
	struct imap_fetch f;

	buf_puts(&text, " 1 ");
	MUST(s->n_part <= IMAP_PART_DEPTH_MAX && s->n_fields <= IMAP_SECTION_FIELDS_MAX);
	MUST(imap_put_section(&text, s) == 0);
	if (s->partial) { /* the answer tells where it begins, not how long it was to be */
		text.n--;
		buf_printf(&text, ".%ju>", (uintmax_t)s->n_bytes);
	}
	c.rest = buf_span(&text);
	MUST(imap_fetch_parse(&c, false, &f) == 0 && f.n_sections == 1);
	MUST(imap_put_section(&again, &f.sections[0]) == 0);
	MUST(f.sections[0].kind == s->kind && f.sections[0].first == s->first);
	MUST(again.n > 0 && span_starts(span_sub(buf_span(&text), 3, text.n),
	                                span_sub(buf_span(&again), 0, again.n - 1)));
}

static void check_fetch(const struct imap_fetch *f, struct arena *mem)
{
	check_set(&f->set);
	MUST(f->n_sections <= IMAP_SECTIONS_MAX);
	for (size_t i = 0; i < f->n_sections; i++)
		check_section(&f->sections[i], mem);
}

static void check_search(const struct imap_search *s)
{
	size_t ends[IMAP_SEARCH_DEPTH_MAX + 1], n_ends = 0;

	MUST(s->n_nodes > 1 && s->n_nodes <= IMAP_SEARCH_KEYS_MAX);
	MUST(s->nodes[0].key == IMAP_KEY_AND && s->nodes[0].end == s->n_nodes);
	for (size_t i = 0; i < s->n_nodes; i++) {
		const struct imap_search_node *n = &s->nodes[i];

		while (n_ends > 0 && ends[n_ends - 1] == i)
			n_ends--;
		MUST(n->key < IMAP_KEY_COUNT && n->end > i &&
		     (n_ends == 0 || n->end <= ends[n_ends - 1]));
		if (n->key > IMAP_KEY_NOT) {
			MUST(n->end == i + 1);
			continue;
		}
		MUST(n_ends <= IMAP_SEARCH_DEPTH_MAX && n->end > i + 1);
		ends[n_ends++] = n->end;
		if (n->key == IMAP_KEY_NOT)
			MUST(s->nodes[i + 1].end == n->end);
		if (n->key == IMAP_KEY_OR)
			MUST(s->nodes[s->nodes[i + 1].end].end == n->end);
	}
}

static void check_mailbox(struct span name)
{
	MUST(name.n > 0 && name.n <= IMAP_NAME_MAX && span_find(name, '\n') < 0);
}

static int parse_message_command(struct imap_cursor *c, const struct imap_command *command)
{
	struct imap_fetch fetch;
	struct imap_store store;
	struct imap_copy copy;
	struct imap_set set;
	int e;

	switch (command->verb) {
	case IMAP_VERB_FETCH:
		e = imap_fetch_parse(c, command->uid, &fetch);
		if (e == 0)
			check_fetch(&fetch, c->mem);
		return e;
	case IMAP_VERB_STORE:
		e = imap_store_parse(c, &store);
		if (e == 0)
			check_flags(&store.flags, c->mem);
		return e;
	case IMAP_VERB_COPY:
	case IMAP_VERB_MOVE:
		e = imap_copy_parse(c, &copy);
		if (e == 0)
			check_mailbox(copy.mailbox);
		return e;
	case IMAP_VERB_EXPUNGE:
		e = imap_uid_expunge_parse(c, &set);
		if (e == 0)
			check_set(&set);
		return e;
	default: return imap_take_end(c);
	}
}

static int parse_search_command(struct imap_cursor *c, const struct imap_command *command)
{
	struct imap_search search = { 0 };
	struct imap_sort sort;
	struct imap_thread thread;
	int e;

	switch (command->verb) {
	case IMAP_VERB_SEARCH: e = imap_search_parse(c, &search); break;
	case IMAP_VERB_SORT:
		e = imap_sort_parse(c, &sort);
		if (e == 0)
			search = sort.search;
		break;
	case IMAP_VERB_THREAD:
		e = imap_thread_parse(c, &thread);
		if (e == 0)
			search = thread.search;
		break;
	default: return parse_message_command(c, command);
	}
	if (e == 0)
		check_search(&search);
	return e;
}

static int parse_append(struct imap_cursor *c)
{
	struct imap_append first, next;
	int e = imap_append_parse(c, &first);

	if (e < 0)
		return e;
	check_mailbox(first.mailbox);
	check_flags(&first.flags, c->mem);
	c->rest = SPAN(") (\\Seen) ");
	(void)imap_append_next_parse(c, &first, &next);
	c->rest = SPAN(")");
	return imap_append_end(c, &first);
}

static int parse_mailbox_command(struct imap_cursor *c, const struct imap_command *command)
{
	struct span box = SPAN("x");
	struct imap_rename names = { SPAN("x"), SPAN("x") };
	struct imap_create create;
	struct imap_status status;
	struct imap_select select;
	struct imap_list list;
	struct imap_set_quota quota;
	int e;

	switch (command->verb) {
	case IMAP_VERB_DELETE:
	case IMAP_VERB_SUBSCRIBE:
	case IMAP_VERB_UNSUBSCRIBE:
	case IMAP_VERB_GETQUOTAROOT:
		e = imap_one_mailbox_parse(c, &box);
		check_mailbox(box);
		return e;
	case IMAP_VERB_RENAME:
		e = imap_rename_parse(c, &names);
		check_mailbox(names.to);
		return e;
	case IMAP_VERB_CREATE: return imap_create_parse(c, &create);
	case IMAP_VERB_STATUS:
		e = imap_status_parse(c, &status);
		MUST(e < 0 || status.items);
		return e;
	case IMAP_VERB_SELECT:
	case IMAP_VERB_EXAMINE:
		e = imap_select_parse(c, &select);
		if (e == 0)
			check_set(&select.qresync.known_uids);
		return e;
	case IMAP_VERB_LIST:
		e = imap_list_parse(c, &list);
		MUST(e < 0 || (list.n_patterns > 0 && list.n_patterns <= IMAP_PATTERNS_MAX));
		return e;
	case IMAP_VERB_LSUB: return imap_lsub_parse(c, &list);
	case IMAP_VERB_GETQUOTA: return imap_get_quota_parse(c, &box);
	case IMAP_VERB_SETQUOTA: return imap_set_quota_parse(c, &quota);
	case IMAP_VERB_APPEND: return parse_append(c);
	default: return parse_search_command(c, command);
	}
}

static int parse(struct imap_cursor *c, const struct imap_command *command)
{
	struct imap_login login;
	struct imap_authenticate authenticate;
	struct imap_id id;
	uint64_t enabled;

	switch (command->verb) {
	case IMAP_VERB_LOGIN: return imap_login_parse(c, &login);
	case IMAP_VERB_AUTHENTICATE: return imap_authenticate_parse(c, &authenticate);
	case IMAP_VERB_ID: return imap_id_parse(c, &id);
	case IMAP_VERB_ENABLE: return imap_enable_parse(c, &enabled);
	case IMAP_VERB_COMPRESS: return imap_compress_parse(c);
	default: return parse_mailbox_command(c, command);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	struct imap_command command;
	struct imap_cursor args;
	int e;

	if (size == 0)
		return 0;
	e = imap_command_parse(span_make(data + 1, size - 1), &mem, data[0] & 1, &command, &args);
	if (e == 0)
		e = parse(&args, &command);
	MUST(e <= 0 && e != ERR_BUG && (e == 0 || err_str(e)[0] != '\0'));
	return 0;
}
