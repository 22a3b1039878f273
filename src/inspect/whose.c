/* inspect/whose.c - see whose.h. */
#include "inspect/whose.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/os.h"
#include "calls/dns.h"
#include "crypto/dkim_crypto.h"
#include "directory/route.h"
#include "inspect/chain.h"
#include "wire/dkim/dkim.h"
#include "wire/dmarc/author.h"
#include "wire/dmarc/dmarc.h"
#include "wire/spf/spf.h"

enum { PIECE_BYTES = 256 << 10, WORDS_MAX = 64 << 10 };

struct whose {
	struct inspection *x;
	struct spf_subject spf_subject;
	struct spf *spf; /* NULL: not begun, and without `spf_done` not known */
	struct spf_subject helo_subject;
	struct spf
	        *helo; /* RFC 7208 2.3: of its HELO name, besides; NULL: likewise, or not asked */
	struct dkim dkim;
	struct dmarc_identity identities[DMARC_IDENTITIES_MAX];
	struct dmarc_subject dmarc_subject;
	struct dmarc *dmarc;
	enum dmarc_author author;
	struct chain *chain; /* NULL: nobody asks for it */
	struct span vouched; /* by whom DMARC's failure counts for nothing; empty: it counts */
	bool dkim_open, spf_done, helo_done, dkim_done, dmarc_done;
	uint32_t spf_us, dkim_us, dmarc_us;
};

struct whose *whose_open(struct inspection *x)
{
	struct whose *w = arena_new(x->mem, struct whose);

	if (!w)
		return NULL;
	*w = (struct whose){ .x = x };
	if ((x->asked->steps & 1u << STEP_arc) && !(w->chain = chain_open(x)))
		return NULL;
	return w;
}

void whose_close(struct whose *w)
{
	if (w->dkim_open)
		dkim_fini(&w->dkim);
	w->dkim_open = false;
	if (w->chain)
		chain_close(w->chain);
}

static int look_at_dkim(struct whose *w)
{
	const struct content *c = w->x->content;
	int64_t since = os_took_us();
	int r = dkim_start(&w->dkim, c->header, (uint64_t)(clock_wall_time_ms() / 1000),
	                   &dkim_crypto, w->x->mem);

	w->dkim_open = true;
	for (size_t at = 0; r >= 0 && w->dkim.n && at < c->body.n; at += PIECE_BYTES)
		dkim_body(&w->dkim, span_sub(c->body, at, PIECE_BYTES));
	if (r >= 0)
		r = dkim_body_done(&w->dkim);
	if (r < 0) {
		dkim_fini(&w->dkim);
		w->dkim_open = false;
	}
	w->dkim_us = (uint32_t)(os_took_us() - since);
	return r;
}

int whose_look(struct whose *w)
{
	int r = look_at_dkim(w);
	int of_chain = w->chain ? chain_look(w->chain) : 0;

	return r < 0 ? r : of_chain;
}

/* ---- DNS ---- */

/* A-labels, for DNS knows no others; what cannot be made one is left as it is, and not found. */
static struct span ascii(struct whose *w, struct span domain)
{
	struct span out;

	return directory_domain_ascii(domain, w->x->mem, &out) < 0 ? domain : out;
}

static struct span sender(struct whose *w)
{
	struct span path = w->x->asked->return_path, domain;
	ptrdiff_t at = span_find_last(path, '@');

	if (at < 0)
		return path;
	domain = ascii(w, span_sub(path, (size_t)at + 1, path.n));
	char *z = arena_printf(w->x->mem, "%.*s@%.*s", (int)at, path.p, SPAN_ARG(domain));
	return z ? span_str(z) : path;
}

/* Is there a verdict in the end? */
static WAITS bool check_spf(struct whose *w, struct span who, struct spf_subject *subject,
                            struct spf **out)
{
	struct dns_question q;

	*subject = (struct spf_subject){ .sender = who,
		                         .helo = ascii(w, w->x->asked->helo),
		                         .receiver = span_str(w->x->set->server_hostname),
		                         .now_s = clock_wall_time_ms() / 1000 };
	int r = ip_parse(w->x->asked->client_address, &subject->ip);
	if (r >= 0)
		r = spf_start(subject, w->x->mem, out);
	while (r >= 0 && spf_next(*out, &q)) {
		AUTO_ARENA answers = { 0 };
		struct dns_answer answer;
		r = dns_look_up(&q, &answers, &answer); /* WAITS */
		if (r >= 0)
			spf_answer(*out, &answer);
	}
	return r >= 0;
}

static WAITS void ask_spf(void *arg)
{
	struct whose *w = arg;
	int64_t since = os_took_us();

	w->spf_done = check_spf(w, sender(w), &w->spf_subject, &w->spf); /* WAITS */
	w->spf_us = (uint32_t)(os_took_us() - since);
}

/* The null sender's is that already. */
static WAITS void ask_helo(void *arg)
{
	struct whose *w = arg;

	w->helo_done = check_spf(w, SPAN(""), &w->helo_subject, &w->helo); /* WAITS */
}

/* A name that has a policy: who did not write one says nothing. */
static bool helo_says(const struct whose *w)
{
	return w->helo_done && spf_verdict(w->helo)->result != SPF_NONE;
}

static WAITS void ask_dkim(void *arg)
{
	struct whose *w = arg;
	int64_t since = os_took_us();
	struct dns_question q;
	int r = w->dkim_open ? 0 : ERR_NO_MEMORY;

	while (r >= 0 && dkim_next(&w->dkim, &q)) {
		AUTO_ARENA answers = { 0 };
		struct dns_answer answer;
		r = dns_look_up(&q, &answers, &answer); /* WAITS */
		if (r >= 0)
			r = dkim_answer(&w->dkim, &answer);
	}
	w->dkim_done = r >= 0;
	w->dkim_us += (uint32_t)(os_took_us() - since);
}

static bool spf_is(const struct whose *w, enum spf_result result)
{
	return w->spf_done && spf_verdict(w->spf)->result == result;
}

/* What passed, and so may speak for the author. */
static void gather(struct whose *w)
{
	struct dmarc_subject *s = &w->dmarc_subject;

	s->identities = w->identities;
	if (spf_is(w, SPF_PASS))
		w->identities[s->n++] =
		        (struct dmarc_identity){ spf_verdict(w->spf)->domain, true };
	for (size_t i = 0; w->dkim_done && i < w->dkim.n && s->n < DMARC_IDENTITIES_MAX; i++)
		if (w->dkim.v[i].result == DKIM_PASS && !w->dkim.v[i].testing)
			w->identities[s->n++] =
			        (struct dmarc_identity){ w->dkim.v[i].signature.domain, false };
}

static int find_author(struct whose *w)
{
	AUTO_BUF domain = BUF(DNS_NAME_BYTES * 4);
	struct span copy;

	w->author = dmarc_author(w->x->content->header, &domain);
	int r = domain.err ? domain.err : arena_copy(w->x->mem, buf_span(&domain), &copy);
	if (r >= 0)
		w->dmarc_subject.author = ascii(w, copy);
	return r;
}

static WAITS int ask_dmarc(struct whose *w)
{
	int64_t since = os_took_us();
	struct dns_question q;
	int r = find_author(w);

	gather(w);
	if (r >= 0 && w->author == DMARC_AUTHOR_ONE)
		r = dmarc_start(&w->dmarc_subject, w->x->mem, &w->dmarc);
	while (r >= 0 && w->dmarc && dmarc_next(w->dmarc, &q)) {
		AUTO_ARENA answers = { 0 };
		struct dns_answer answer;
		r = dns_look_up(&q, &answers, &answer); /* WAITS */
		if (r >= 0)
			dmarc_answer(w->dmarc, &answer);
	}
	w->dmarc_done = r >= 0;
	if (w->dmarc_done && w->dmarc && w->chain &&
	    dmarc_verdict(w->dmarc)->result == DMARC_RESULT_FAIL)
		w->vouched = chain_vouches(w->chain, w->dmarc_subject.author);
	w->dmarc_us = (uint32_t)(os_took_us() - since);
	return r;
}

static WAITS int ask_all(struct whose *w)
{
	FIBRE_TIMEOUT(WHOSE_MS);
	struct nursery both;

	nursery_init(&both);
	int r = nursery_spawn(&both, "SPF", ask_spf, w);
	if (r >= 0 && w->x->asked->return_path.n)
		r = nursery_spawn(&both, "SPF of HELO", ask_helo, w);
	if (r >= 0)
		r = nursery_spawn(&both, "DKIM", ask_dkim, w);
	if (r >= 0 && w->chain)
		r = nursery_spawn(&both, "ARC", chain_ask, w->chain);
	int ended = nursery_wait(&both); /* WAITS */
	if (r >= 0)
		r = ended;
	return r < 0 ? r : ask_dmarc(w); /* WAITS */
}

WAITS int whose_ask(struct whose *w)
{
	int r = ask_all(w); /* WAITS */

	return r == ERR_CANCELLED ? r : 0; /* the rest is not known, and is told so */
}

/* ---- what is found ---- */

static int unable(struct whose *w, struct inspect_finding *found, const char *what)
{
	found->result = INSPECT_UNABLE;
	found->value = SPAN("temperror");
	return inspect_words(w->x, found, "%s could not be found out now, for DNS did not answer",
	                     what);
}

int whose_spf(struct whose *w, struct inspect_finding *found)
{
	AUTO_BUF words = BUF(WORDS_MAX);

	found->us = w->spf_us;
	if (!w->spf_done)
		return unable(w, found, "whether its sender's domain permits the client");
	const struct spf_verdict *v = spf_verdict(w->spf);
	const struct spf_subject *subject = &w->spf_subject;
	/* RFC 7208 2.3: whoever says that it is a host which it cannot be. */
	if (v->result != SPF_FAIL && w->helo_done && spf_verdict(w->helo)->result == SPF_FAIL) {
		v = spf_verdict(w->helo);
		subject = &w->helo_subject;
	}
	found->value = span_str(spf_result_name(v->result));
	found->result =
	        v->result == SPF_TEMPERROR ? INSPECT_UNABLE
	        : v->result == SPF_FAIL || v->result == SPF_SOFTFAIL || v->result == SPF_PERMERROR
	                ? INSPECT_FAILED
	                : INSPECT_PASSED;
	if (v->result != SPF_FAIL) /* RFC 7208 2.6.5, 2.6.7: no reason to refuse by itself */
		found->most = STEP_JUNK;
	int r = spf_print(v, subject, &words);
	return r < 0 ? r : inspect_words(w->x, found, "%.*s", (int)words.n, words.p);
}

/* The best of them, for who reads one line. */
static const struct dkim_verdict *best(const struct whose *w)
{
	const struct dkim_verdict *v = NULL;

	for (size_t i = 0; i < w->dkim.n; i++) {
		const struct dkim_verdict *here = &w->dkim.v[i];
		if (!v || here->result == DKIM_PASS ||
		    (here->result == DKIM_TEMPERROR && v->result != DKIM_PASS))
			v = here;
		if (v->result == DKIM_PASS)
			break;
	}
	return v;
}

int whose_dkim(struct whose *w, struct inspect_finding *found)
{
	found->us = w->dkim_us;
	if (!w->dkim_done)
		return unable(w, found, "whether its DKIM signatures are good");
	const struct dkim_verdict *v = best(w);
	found->value = span_str(dkim_result_word(v ? v->result : DKIM_NONE));
	if (!v) {
		found->words = SPAN("it bears no DKIM signature");
		return 0;
	}
	found->result = v->result == DKIM_TEMPERROR                           ? INSPECT_UNABLE
	                : v->result == DKIM_PASS || v->result == DKIM_NEUTRAL ? INSPECT_PASSED
	                                                                      : INSPECT_FAILED;
	return inspect_words(w->x, found, "its DKIM signature by %.*s %s%s",
	                     SPAN_ARG(v->signature.domain),
	                     v->result == DKIM_PASS ? "is good" : "does not count: ", v->why);
}

/* RFC 6376 6.1, RFC 7208 2.6.6: what is not known now might have spoken for the author. */
static bool might_pass_later(const struct whose *w)
{
	bool later = !w->spf_done || spf_is(w, SPF_TEMPERROR) || !w->dkim_done;

	for (size_t i = 0; i < w->dkim.n && !later; i++)
		later = w->dkim.v[i].result == DKIM_TEMPERROR;
	return later;
}

static int many_authors(struct whose *w, struct inspect_finding *found)
{
	found->value = SPAN("permerror");
	found->result = INSPECT_FAILED;
	found->most = STEP_QUARANTINE; /* RFC 9989 11.5 leaves it to the receiver */
	return inspect_words(
	        w->x, found,
	        "it says that it is from several domains at once, so nobody can tell whose "
	        "mail it is; write one address into From");
}

int whose_arc(struct whose *w, struct inspect_finding *found)
{
	return chain_find(w->chain, found);
}

/* RFC 8617 7.2.1: what happened to it on its way is known. */
static int vouch(struct whose *w, struct inspect_finding *found)
{
	found->value = SPAN("pass");
	return inspect_words(
	        w->x, found,
	        "DMARC failed here, and %.*s, which is trusted (defence.arc_trust), has "
	        "sealed that it passed there",
	        SPAN_ARG(w->vouched));
}

int whose_dmarc(struct whose *w, struct inspect_finding *found)
{
	static const uint8_t most[] = { [DMARC_NONE] = STEP_TAG,
		                        [DMARC_QUARANTINE] = STEP_QUARANTINE,
		                        [DMARC_REJECT] = STEP_REJECT };
	AUTO_BUF words = BUF(WORDS_MAX);

	found->us = w->dmarc_us;
	if (w->author == DMARC_AUTHOR_MANY)
		return many_authors(w, found);
	if (!w->dmarc_done)
		return unable(w, found, "whether it is from whom it says");
	found->value = SPAN("none");
	found->words = SPAN("it names no author whose domain could be asked");
	if (!w->dmarc)
		return 0;
	if (w->vouched.n)
		return vouch(w, found);
	const struct dmarc_verdict *v = dmarc_verdict(w->dmarc);
	bool later = v->result == DMARC_RESULT_TEMPERROR ||
	             (v->result == DMARC_RESULT_FAIL && might_pass_later(w));
	if (later)
		return unable(w, found, "whether it is from whom it says");
	found->value = span_str(dmarc_result_name(v->result));
	if (v->result == DMARC_RESULT_FAIL || v->result == DMARC_RESULT_PERMERROR)
		found->result = INSPECT_FAILED;
	found->most = v->result == DMARC_RESULT_FAIL ? most[v->policy] : STEP_JUNK;
	int r = dmarc_print(v, &w->dmarc_subject, &words);
	return r < 0 ? r : inspect_words(w->x, found, "%.*s", (int)words.n, words.p);
}

/* ---- our own domains ---- */

/* One is the other, or below it: relaxed alignment (RFC 9989 4.10.2) where no record says more. */
static bool is_in_line(struct span a, struct span b)
{
	struct span longer = a.n > b.n ? a : b, shorter = a.n > b.n ? b : a;
	size_t more = longer.n - shorter.n;

	return shorter.n && span_eq_nocase(span_sub(longer, more, longer.n), shorter) &&
	       (!more || longer.p[more - 1] == '.');
}

bool whose_is_unproven(const struct whose *w)
{
	struct span author = w->dmarc_subject.author;

	if (!w->dmarc_done || !w->dmarc || w->vouched.n ||
	    dmarc_verdict(w->dmarc)->result != DMARC_RESULT_NONE)
		return false;
	for (size_t i = 0; i < w->dmarc_subject.n; i++)
		if (is_in_line(w->identities[i].domain, author))
			return false;
	return true;
}

/* What is not known now might have spoken for it. */
static bool might_be_proven(const struct whose *w)
{
	struct span author = w->dmarc_subject.author;
	bool later = !w->dkim_done || !w->spf_done ||
	             (spf_is(w, SPF_TEMPERROR) && is_in_line(spf_verdict(w->spf)->domain, author));

	for (size_t i = 0; w->dkim_done && i < w->dkim.n && !later; i++)
		later = w->dkim.v[i].result == DKIM_TEMPERROR &&
		        is_in_line(w->dkim.v[i].signature.domain, author);
	return later;
}

int whose_own(struct whose *w, struct inspect_finding *found)
{
	struct span author = w->dmarc_subject.author;

	if (might_be_proven(w))
		return unable(w, found, "whether it is from a domain of ours, as it says,");
	found->value = SPAN("fail");
	found->result = INSPECT_FAILED;
	int r = inspect_words(
	        w->x, found,
	        "it says that it is from %.*s, a domain of this server, but came from elsewhere, "
	        "and neither SPF nor DKIM shows that it is",
	        SPAN_ARG(author));
	return r < 0 ? r
	             : inspect_told(w->x, found,
	                            "%.*s is a domain of this server, and neither SPF nor DKIM "
	                            "shows that the message is from it; log in to send it, or have "
	                            "them speak for the server that does",
	                            SPAN_ARG(author));
}

/* ---- Authentication-Results, RFC 8601 ---- */

static void put(struct inspect_judge_reply *out, const char *method, const char *result,
                const char *why, const char *type, const char *name, struct span value,
                const char *name2, struct span value2)
{
	out->results[out->n_results++] =
	        (struct inspect_authres){ span_str(method), span_str(result),
		                          span_str(why),    span_str(type),
		                          span_str(name),   value,
		                          span_str(name2),  value2 };
}

static void put_spf(const struct whose *w, struct inspect_judge_reply *out)
{
	bool null = !w->x->asked->return_path.n;

	put(out, "spf", w->spf_done ? spf_result_name(spf_verdict(w->spf)->result) : "temperror",
	    NULL, "smtp", null ? "helo" : "mailfrom",
	    null ? w->x->asked->helo : w->x->asked->return_path, NULL, SPAN(""));
	if (helo_says(w))
		put(out, "spf", spf_result_name(spf_verdict(w->helo)->result), NULL, "smtp", "helo",
		    w->x->asked->helo, NULL, SPAN(""));
}

int whose_results(struct whose *w, struct inspect_judge_reply *out)
{
	out->results = arena_array(w->x->mem, struct inspect_authres, INSPECT_RESULTS_MAX);
	if (!out->results)
		return err(ERR_NO_MEMORY, "no memory for results of authentication");
	put_spf(w, out);
	for (size_t i = 0; w->dkim_open && i < w->dkim.n; i++) {
		const struct dkim_verdict *v = &w->dkim.v[i];
		put(out, "dkim", dkim_result_word(w->dkim_done ? v->result : DKIM_TEMPERROR),
		    v->why, "header", "d", v->signature.domain, "s", v->signature.selector);
	}
	if (!w->dkim_open || !w->dkim.n)
		put(out, "dkim", w->dkim_open ? "none" : "temperror", NULL, NULL, NULL, SPAN(""),
		    NULL, SPAN(""));
	if (w->chain)
		chain_result(w->chain, out);
	if (w->author == DMARC_AUTHOR_ONE)
		put(out, "dmarc",
		    w->vouched.n                ? "pass"
		    : w->dmarc_done && w->dmarc ? dmarc_result_name(dmarc_verdict(w->dmarc)->result)
		                                : "temperror",
		    w->vouched.n ? "sealed by who is trusted" : NULL, "header", "from",
		    w->dmarc_subject.author, NULL, SPAN(""));
	return 0;
}
