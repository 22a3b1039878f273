/* inspect/virus.c - see virus.h. */
#include "inspect/virus.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/os.h"
#include "config/config_endpoint.h"
#include "inspect/virus/digest.h"

enum {
	NAME_SHOWN_MAX = 60,
	INLINE_BYTES = 64 << 10, /* what is larger would hold up the loop */
};

/* ---- lists of hashes ---- */

struct lists {
	struct clamd_hash_list hashes;
	unsigned n_users;
};

static struct lists *current;

static void lists_unref(struct lists *l)
{
	if (!l || --l->n_users)
		return;
	if (l->hashes.text.n)
		munmap((void *)(uintptr_t)l->hashes.text.p, l->hashes.text.n);
	clamd_hash_list_fini(&l->hashes);
	free(l);
}

static struct lists *lists_ref(void)
{
	if (current)
		current->n_users++;
	return current;
}

static int lists_open(int file, struct lists *l)
{
	struct stat st;
	int r;

	if (fstat(file, &st) < 0)
		return err_errno(ERR_IO, "the lists of hashes cannot be read");
	size_t n = (size_t)st.st_size;
	void *p = n ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, file, 0) : NULL;
	if (p == MAP_FAILED)
		return err_errno(ERR_NO_MEMORY, "the lists of hashes cannot be read");
	r = clamd_hash_list_open(span_make(p, n), &l->hashes);
	if (r < 0 && p)
		munmap(p, n);
	return r;
}

void inspect_virus_lists(int file)
{
	struct lists *l = calloc(1, sizeof *l);
	int r = l ? lists_open(file, l) : ERR_NO_MEMORY;

	close(file);
	if (r < 0) {
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "lists of hashes: the old ones stay", err_str(r));
		free(l);
		return;
	}
	if (l->hashes.n || l->hashes.n_bad)
		event_log(EVENT_hashes_read, "hashes=%zu bad=%zu first_bad=%.*s", l->hashes.n,
		          l->hashes.n_bad, SPAN_ARG(span_sub(l->hashes.first_bad, 0, 80)));
	l->n_users = 1;
	lists_unref(current);
	current = l;
}

size_t inspect_virus_hashes(void)
{
	return current ? current->hashes.n : 0;
}

/* ---- one message ---- */

struct look {
	struct inspection *x;
	struct inspect_finding *found;
	struct lists *lists; /* NULL: none */
	bool digests;        /* of files are wanted, to remember what clamd says */
	struct virus_parts parts;
	struct scanner_session *session;
	struct buf decoded;
	const struct virus_part *part; /* at hand; NULL: the rest */
};

static int say_found(struct look *l, const struct virus_part *p, struct span virus)
{
	struct span name = p ? inspect_shown(p->name, NAME_SHOWN_MAX) : SPAN("the text");

	l->found->result = INSPECT_FAILED;
	l->found->value = SPAN("infected");
	return inspect_words(
	        l->x, l->found,
	        "%.*s holds %.*s, which is taken for a virus: remove it and send again",
	        SPAN_ARG(name), SPAN_ARG(span_sub(virus, 0, VIRUS_NAME_BYTES)));
}

/* What strangers may read; the log has all of it. */
static int say_unknown(struct look *l, int r)
{
	if (r != ERR_LIMIT)
		event_log(EVENT_scanner_failed, "reason=%s", err_str(r));
	l->found->result = INSPECT_UNABLE;
	l->found->value = SPAN("unknown");
	return inspect_words(l->x, l->found, "it was not looked at for viruses: %s",
	                     r == ERR_LIMIT       ? err_str(r)
	                     : r == ERR_TIMEOUT   ? "the scanner did not answer in time"
	                     : r == ERR_NO_MEMORY ? "no memory"
	                                          : "the scanner does not answer");
}

/* Hashes know nothing but what is on their lists: that is not "clean". */
static void say_passed(const struct look *l)
{
	l->found->value = l->session ? SPAN("clean") : SPAN("none-known");
	l->found->words =
	        !l->session ? SPAN("hashes: none known; only lists of hashes looked, for there is "
	                           "no clamd (defence.clamd)")
	        : l->lists  ? SPAN("clamd: clean; hashes: none known")
	                    : SPAN("clamd: clean");
}

static bool is_done(const struct look *l)
{
	return l->found->result == INSPECT_FAILED;
}

static int look_up(struct look *l, const struct virus_part *p, struct span octets)
{
	unsigned char hash[CLAMD_HASH_BYTES_MAX];
	struct span virus;

	if (virus_is_test_file(octets))
		return say_found(l, p, SPAN(VIRUS_TEST_NAME));
	for (unsigned kind = 0; kind < CLAMD_HASH_KINDS && !is_done(l); kind++) {
		if (!(l->lists->hashes.kinds & 1u << kind))
			continue;
		int n = virus_digest((enum clamd_hash_kind)kind, octets, hash);
		if (n < 0)
			return n;
		if (clamd_hash_list_find(&l->lists->hashes, span_make(hash, (size_t)n), octets.n,
		                         &virus))
			return say_found(l, p, virus);
	}
	return 0;
}

/* What is computing alone, on whichever thread: the files, and what our own lists say of them. */
static int compute(void *arg)
{
	struct look *l = arg;
	int r = virus_parts_find(l->x->content->whole, l->x->mem, &l->parts);

	for (size_t i = 0; i < l->parts.n && r >= 0 && !is_done(l); i++) {
		struct virus_part *p = &l->parts.v[i];
		AUTO_BUF octets = BUF(p->octets.n + 1);
		r = virus_part_decode(p, &octets);
		if (r >= 0 && l->lists)
			r = look_up(l, p, buf_span(&octets));
		if (r >= 0 && l->digests && p->is_file)
			r = virus_digest(CLAMD_SHA256, buf_span(&octets), p->sha256);
	}
	return r;
}

static int decode(void *arg)
{
	struct look *l = arg;

	return virus_part_decode(l->part, &l->decoded);
}

static int take_reply(struct look *l, const struct scanner_reply *reply)
{
	struct span words = span_str(reply->words);

	if (reply->verdict == SCANNER_UNKNOWN)
		return err(ERR_LIMIT, "the scanner says %s", reply->words);
	if (l->part)
		virus_known_put(l->part->sha256, words, clock_now_at());
	return reply->verdict == SCANNER_FOUND ? say_found(l, l->part, words) : 0;
}

static WAITS int ask_about_file(struct look *l)
{
	struct scanner_reply reply;
	struct span virus;
	int r;

	if (virus_known_get(l->part->sha256, clock_now_at(), &virus))
		return virus.n ? say_found(l, l->part, virus) : 0;
	l->decoded = BUF(l->part->octets.n + 1);
	r = l->part->octets.n > INLINE_BYTES ? offload(decode, l, "a file of a message")
	                                     : decode(l); /* WAITS */
	if (r >= 0 && l->decoded.n)
		r = scanner_ask(l->session, buf_span(&l->decoded), &reply); /* WAITS */
	if (r >= 0 && l->decoded.n)
		r = take_reply(l, &reply);
	buf_fini(&l->decoded);
	return r;
}

/* The files first: what is found in one has its name. */
static WAITS int ask(struct look *l)
{
	struct scanner_reply reply;
	int r = 0;

	for (size_t i = 0; i < l->parts.n && r >= 0 && !is_done(l); i++) {
		l->part = &l->parts.v[i];
		if (l->part->is_file)
			r = ask_about_file(l); /* WAITS */
	}
	l->part = NULL;
	if (r >= 0 && !is_done(l))
		r = scanner_ask_rest(l->session, &l->parts, &reply); /* WAITS */
	return r < 0 || is_done(l) ? r : take_reply(l, &reply);
}

static WAITS int look(struct look *l)
{
	int open = scanner_is_named() ? scanner_open(&l->session) : ERR_NOT_FOUND; /* WAITS */
	bool large = l->x->content->whole.n > INLINE_BYTES;

	if (open == ERR_NOT_FOUND && !l->lists)
		return 0;
	l->digests = open >= 0;
	int r = large ? offload(compute, l, "files of a message") : compute(l); /* WAITS */
	if (r >= 0 && !is_done(l) && open >= 0)
		r = ask(l); /* WAITS */
	if (r >= 0 && !is_done(l) && open < 0 && open != ERR_NOT_FOUND)
		r = open;
	if (r >= 0 && !is_done(l) && l->parts.cut)
		r = err(ERR_LIMIT,
		        "it has more parts, or parts within parts, than are looked into");
	return r < 0 ? r : 1;
}

WAITS int inspect_virus(struct inspection *x, struct inspect_finding *found)
{
	FIBRE_TIMEOUT(x->set->defence_scan_time);
	struct look l = { .x = x, .found = found, .lists = lists_ref() };
	int64_t since = os_took_us();
	int r;

	if (l.lists && !l.lists->hashes.n) {
		lists_unref(l.lists);
		l.lists = NULL;
	}
	r = look(&l); /* WAITS */
	if (r >= 0 && !is_done(&l))
		say_passed(&l);
	scanner_close(l.session);
	lists_unref(l.lists);
	found->us = (uint32_t)(os_took_us() - since);
	if (r >= 0 || r == ERR_CANCELLED)
		return r;
	r = say_unknown(&l, r);
	return r < 0 ? r : 1;
}

/* ---- is clamd there ---- */

enum { PROBE_MS = 10 * 1000 };

static void probe(UNUSED void *arg)
{
	FIBRE_TIMEOUT(PROBE_MS);
	struct scanner_session *s = NULL;
	int r = scanner_open(&s); /* WAITS */

	if (r < 0 && r != ERR_NOT_FOUND)
		event_log(EVENT_scanner_failed, "reason=%s", err_str(r));
	scanner_close(s);
}

void inspect_virus_begin(const struct settings *set, scanner_reach_fn *reach)
{
	scanner_use(config_clamd(set), span_eq(span_str(set->defence_clamd), SPAN("auto")), reach);
	if (scanner_is_named() && fibre_spawn("clamd", probe, NULL) < 0)
		event_log(EVENT_internal_error, "what=%s", "clamd is not looked for now");
}
