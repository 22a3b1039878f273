/* component/result.c - outcomes as rows; see result.h. */
#include "component/result.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/os.h"
#include "component/meaning.h"
#include "postrider.h"

/* NUL-terminated; without memory it is empty. */
static const char *keep(struct postrider_result *r, struct span s)
{
	const char *kept = s.n ? arena_str(&r->mem, s) : NULL;

	return kept ? kept : "";
}

static bool keep_addresses(struct postrider_result *r, const struct span *addresses, size_t n)
{
	size_t size = 1;
	char *p;

	for (size_t i = 0; i < n; i++)
		size += addresses[i].n + 1;
	p = arena_alloc(&r->mem, size);
	for (size_t i = 0; p && i < r->n; i++) {
		struct span one = i < n ? addresses[i] : (struct span){ 0 };

		r->addresses[i] = p;
		memcpy(p, one.n ? one.p : "", one.n);
		p += one.n;
		*p++ = 0;
	}
	return p != NULL;
}

struct postrider_result *result_new(const struct span *addresses, size_t n, struct span return_path)
{
	struct postrider_result *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->mem.cap = SIZE_MAX / 2;
	r->n = n ? n : 1;
	r->addresses = arena_array(&r->mem, const char *, r->n);
	r->told = arena_array(&r->mem, const struct result_told *, r->n);
	r->texts = arena_array(&r->mem, const char *, r->n);
	r->line.cap = r->json.cap = SIZE_MAX / 2;
	os_random(&r->id, sizeof r->id);
	if (r->addresses && r->told && r->texts && keep_addresses(r, addresses, n)) {
		r->return_path = keep(r, return_path);
		return r;
	}
	postrider_result_free(r);
	return NULL;
}

const struct result_told *result_told(const struct postrider_result *r, size_t i)
{
	static const struct result_told nothing = { "", "", "", "", "", "", .state = 0 };

	return r && i < r->n && r->told[i] ? r->told[i] : &nothing;
}

static bool is_same(const struct result_told *a, const struct result_told *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->address, b->address) == 0 &&
	       strcmp(a->tls_version, b->tls_version) == 0 &&
	       strcmp(a->tls_policy, b->tls_policy) == 0 && strcmp(a->enhanced, b->enhanced) == 0 &&
	       strcmp(a->meaning, b->meaning) == 0 && a->elapsed_ms == b->elapsed_ms &&
	       a->code == b->code && a->state == b->state && a->class == b->class;
}

static const char *keep_str(struct postrider_result *r, const char *text)
{
	return keep(r, span_str(text));
}

/* NULL: no memory. */
static const struct result_told *keep_told(struct postrider_result *r,
                                           const struct result_told *told)
{
	struct result_told *kept = arena_new(&r->mem, struct result_told);

	if (!kept)
		return NULL;
	*kept = *told;
	kept->host = keep_str(r, told->host);
	kept->address = keep_str(r, told->address);
	kept->tls_version = keep_str(r, told->tls_version);
	kept->tls_policy = keep_str(r, told->tls_policy);
	kept->enhanced = keep_str(r, told->enhanced);
	kept->meaning = keep_str(r, told->meaning);
	return kept;
}

/* Without memory a row stays undecided, which is deferred. */
void result_tell(struct postrider_result *r, size_t i, const struct result_told *told,
                 struct span text)
{
	struct result_recent *recent = NULL;

	r->n_tells++;
	for (size_t k = 0; k < RESULT_RECENT && !recent; k++)
		if (r->recent[k].told && is_same(r->recent[k].told, told))
			recent = &r->recent[k];
	if (!recent) {
		recent = &r->recent[r->n_recent++ % RESULT_RECENT];
		recent->told = keep_told(r, told);
		recent->text = "";
	}
	if (!span_eq(text, span_str(recent->text)))
		recent->text = keep(r, text);
	r->told[i] = recent->told;
	r->texts[i] = recent->text;
}

/* As text that ends in NUL. */
static const char *str(struct arena *mem, struct span s)
{
	const char *made = s.n ? arena_str(mem, s) : NULL;

	return made ? made : "";
}

static const char *enhanced_str(struct arena *mem, const struct smtp_enhanced *e)
{
	const char *made = NULL;

	if (e->class)
		made = arena_printf(mem, "%u.%u.%u", e->class, e->subject, e->detail);
	return made ? made : "";
}

void result_take(struct postrider_result *r, size_t i, const struct deliver_outcome *o, int64_t ms)
{
	struct smtp_verdict verdict = { o->said.verdict.class, !o->temporary && !o->delivered };
	AUTO_ARENA mem = { 0 };
	const struct result_told told = {
		.state = o->delivered   ? RECIPIENT_DELIVERED
		         : o->temporary ? RECIPIENT_DEFERRED
		                        : RECIPIENT_REFUSED,
		.attempt = 1,
		.time_ms = clock_wall_time_ms(),
		.elapsed_ms = ms,
		.host = str(&mem, o->host),
		.address = str(&mem, o->address),
		.tls_version = str(&mem, o->tls_version),
		.tls_policy = str(&mem, o->tls_policy),
		.code = (uint16_t)o->said.code,
		.enhanced = enhanced_str(&mem, &o->said.enhanced),
		.class = (uint8_t)verdict.class,
		.meaning = str(&mem, component_meaning(verdict, &mem)),
	};

	result_tell(r, i, &told, o->said.text);
}

static const struct result_told ours = {
	.host = "",
	.address = "",
	.tls_version = "",
	.tls_policy = "",
	.enhanced = "",
	.class = SMTP_CLASS_LOCAL_TROUBLE,
};

static struct result_told own_failure(bool permanent)
{
	struct result_told told = ours;

	told.state = permanent ? RECIPIENT_REFUSED : RECIPIENT_DEFERRED;
	told.time_ms = clock_wall_time_ms();
	return told;
}

void result_fail_row(struct postrider_result *r, size_t i, const char *words, bool permanent)
{
	struct result_told told = own_failure(permanent);

	told.meaning = permanent ? "Nothing was sent to this recipient: see the words."
	                         : "Nothing was sent to this recipient: see the words, and send it "
	                           "again once that is mended.";
	result_tell(r, i, &told, span_str(words));
}

void result_fail(struct postrider_result *r, const char *words, bool permanent)
{
	struct result_told told = own_failure(permanent);

	told.meaning = permanent ? "Nothing was sent to anybody: see the words."
	                         : "Nothing was sent to anybody: see the words, and send it again "
	                           "once that is mended.";
	r->error = keep(r, span_str(words));
	if (!r->error[0])
		r->error = "out of memory";
	for (size_t i = 0; i < r->n; i++)
		result_tell(r, i, &told, span_str(r->error));
}

void postrider_result_free(struct postrider_result *r)
{
	if (!r)
		return;
	buf_fini(&r->json);
	buf_fini(&r->line);
	arena_fini(&r->mem);
	free(r);
}
