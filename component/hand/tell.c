/* component/hand/tell.c - see tell.h. */
#include "component/hand/tell.h"

#include "base/clock.h"
#include "component/hand/line.h"
#include "component/meaning.h"

static const struct {
	const char *name;
	uint8_t told; /* 0: nothing yet */
} STATES[] = {
	{ "delivered", RECIPIENT_DELIVERED },
	{ "deferred", RECIPIENT_DEFERRED },
	{ "refused", RECIPIENT_REFUSED },
	{ "expired", RECIPIENT_REFUSED },
	{ "cancelled", RECIPIENT_REFUSED },
	{ "queued", 0 },
	{ "trying", 0 },
	{ "held", 0 },
};

static int state_of(struct span name, uint8_t *out)
{
	for (size_t i = 0; i < N_ELEMS(STATES); i++)
		if (span_eq(name, span_str(STATES[i].name)))
			return *out = STATES[i].told, 0;
	return ERR_SYNTAX;
}

static int text_of(struct span line, const char *member, struct arena *mem, const char **out)
{
	struct span got;
	int r = line_get(line, member, mem, &got);

	*out = r < 0 || !got.n ? "" : arena_str(mem, got);
	return r < 0 ? r : *out ? 0 : ERR_NO_MEMORY;
}

static int number_of(struct span line, const char *member, uint64_t max, struct arena *mem,
                     uint64_t *out)
{
	struct span got;
	int r = line_get(line, member, mem, &got);

	*out = 0;
	return r < 0 || !got.n ? r : span_to_u64(got, max, out);
}

static int read_texts(struct span line, struct arena *mem, struct result_told *told)
{
	const struct {
		const char *member, **to;
	} texts[] = {
		{ "remote_host", &told->host },        { "remote_address", &told->address },
		{ "tls_version", &told->tls_version }, { "tls_policy", &told->tls_policy },
		{ "enhanced", &told->enhanced },       { "meaning", &told->meaning },
	};
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(texts) && r >= 0; i++)
		r = text_of(line, texts[i].member, mem, texts[i].to);
	return r;
}

static int read_numbers(struct span line, struct arena *mem, struct hand_change *out)
{
	uint64_t code = 0, attempt = 0, elapsed_ms = 0;
	int r = number_of(line, "recipient", UINT32_MAX, mem, &out->recipient);

	if (r >= 0)
		r = number_of(line, "code", 999, mem, &code);
	if (r >= 0)
		r = number_of(line, "attempt", UINT16_MAX, mem, &attempt);
	if (r >= 0)
		r = number_of(line, "elapsed_ms", INT64_MAX, mem, &elapsed_ms);
	out->told.code = (uint16_t)code;
	out->told.attempt = (uint16_t)attempt;
	out->told.elapsed_ms = (int64_t)elapsed_ms;
	return r;
}

int hand_change_read(struct span line, struct arena *mem, struct hand_change *out)
{
	struct span state, class;
	enum smtp_class number = SMTP_CLASS_DELIVERED;
	int r = line_get(line, "state", mem, &state);

	*out = (struct hand_change){ .told.time_ms = clock_wall_time_ms() };
	if (r >= 0)
		r = state_of(state, &out->told.state);
	if (r >= 0)
		r = read_texts(line, mem, &out->told);
	if (r >= 0)
		r = read_numbers(line, mem, out);
	if (r >= 0)
		r = line_get(line, "class", mem, &class);
	if (r >= 0)
		r = line_get(line, "address", mem, &out->address);
	if (r >= 0)
		r = line_get(line, "text", mem, &out->text);
	if (r < 0)
		return r;
	/* One that a newer server has is the one that says nothing. */
	if (class.n && smtp_class_from_name(class, &number) < 0)
		number = SMTP_CLASS_REFUSED;
	out->told.class = (uint8_t)number;
	out->ended = out->told.state != 0;
	return 0;
}

/* As base/errs.def has the server's errors. */
static bool is_for_good(struct span name)
{
	static const struct {
		const char *name;
		enum err_class class;
	} errors[] = {
#define ERR(name, number, class, smtp, enhanced, text) { #name, ERR_CLASS_##class },
#include "base/errs.def"
#undef ERR
	};

	for (size_t i = 0; i < N_ELEMS(errors); i++)
		if (span_eq(name, span_str(errors[i].name)))
			return errors[i].class == ERR_CLASS_PERM ||
			       errors[i].class == ERR_CLASS_PEER;
	return false;
}

int hand_refusal_read(struct span line, struct arena *mem, struct hand_change *out)
{
	struct span error;
	struct smtp_verdict verdict = { SMTP_CLASS_LOCAL_TROUBLE };
	int r = line_get(line, "error", mem, &error);

	*out = (struct hand_change){ .ended = true };
	if (r >= 0)
		r = line_get(line, "what", mem, &out->text);
	if (r < 0)
		return r;
	verdict.permanent = is_for_good(error);
	if (verdict.permanent)
		verdict.class = SMTP_CLASS_REFUSED;
	out->told = (struct result_told){
		.state = verdict.permanent ? RECIPIENT_REFUSED : RECIPIENT_DEFERRED,
		.class = (uint8_t)verdict.class,
		.time_ms = clock_wall_time_ms(),
		.host = "",
		.address = "",
		.tls_version = "",
		.tls_policy = "",
		.enhanced = "",
	};
	out->told.meaning = verdict.permanent ? "Our server does not take the message: its words "
	                                        "say why. Nothing was sent to this recipient."
	                                      : arena_str(mem, component_meaning(verdict, mem));
	return out->told.meaning ? 0 : ERR_NO_MEMORY;
}

bool hand_change_is_worse(const struct result_told *a, const struct result_told *b)
{
	/* delivered 3, deferred 4, refused 5 */
	return a->state > b->state;
}
