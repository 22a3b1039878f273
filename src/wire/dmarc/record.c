/* wire/dmarc/record.c - see record.h. */
#include "wire/dmarc/record.h"

#include "base/attr.h"

/* The tags whose values are words of a list; values in the order of their enum. */
enum tag { TAG_P, TAG_SP, TAG_NP, TAG_PSD, TAG_T, TAG_ADKIM, TAG_ASPF, TAG_RUA, TAG_RUF, N_TAGS };

static const struct {
	struct span name;
	const char *const values[4];
} tags[N_TAGS] = {
	[TAG_P] = { { "p", 1 }, { "none", "quarantine", "reject" } },
	[TAG_SP] = { { "sp", 2 }, { "none", "quarantine", "reject" } },
	[TAG_NP] = { { "np", 2 }, { "none", "quarantine", "reject" } },
	[TAG_PSD] = { { "psd", 3 }, { "u", "y", "n" } },
	[TAG_T] = { { "t", 1 }, { "n", "y" } },
	[TAG_ADKIM] = { { "adkim", 5 }, { "r", "s" } },
	[TAG_ASPF] = { { "aspf", 4 }, { "r", "s" } },
	[TAG_RUA] = { { "rua", 3 }, { NULL } },
	[TAG_RUF] = { { "ruf", 3 }, { NULL } },
};

const char *dmarc_policy_name(enum dmarc_policy policy)
{
	return tags[TAG_P].values[policy];
}

/* Takes name = value from the front, white space around both removed; false at the end. */
static bool take_tag(struct span *rest, struct span *name, struct span *value)
{
	struct span one;

	if (!span_split(rest, ';', &one))
		return false;
	ptrdiff_t equals = span_find(one, '=');
	*name = span_trim(span_sub(one, 0, equals < 0 ? 0 : (size_t)equals));
	*value = span_trim(span_sub(one, (size_t)(equals + 1), one.n));
	return true;
}

/* The value's place in the tag's list; -1 when it is not there, or the tag is not. */
static int word_of(enum tag tag, struct span value)
{
	for (int i = 0; value.n && tags[tag].values[i]; i++)
		if (span_eq_nocase(value, span_str(tags[tag].values[i])))
			return i;
	return -1;
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* At least one scheme ":" and something behind it, between commas. */
static bool has_uri(struct span list)
{
	struct span one;

	while (span_split(&list, ',', &one)) {
		one = span_trim(one);
		ptrdiff_t colon = span_find(one, ':');
		if (colon > 0 && (size_t)colon + 1 < one.n && is_alpha(one.p[0]))
			return true;
	}
	return false;
}

static void set_policies(struct dmarc_record *out, const struct span value[N_TAGS])
{
	int p = word_of(TAG_P, value[TAG_P]), sp = word_of(TAG_SP, value[TAG_SP]);
	int np = word_of(TAG_NP, value[TAG_NP]);
	bool bad = p < 0 || (value[TAG_SP].n && sp < 0) || (value[TAG_NP].n && np < 0);

	out->usable = !bad || has_uri(out->rua);
	if (bad)
		return;
	out->p = (enum dmarc_policy)p;
	out->sp = sp < 0 ? out->p : (enum dmarc_policy)sp;
	out->np = np < 0 ? out->sp : (enum dmarc_policy)np;
	out->has_np = np >= 0;
}

bool dmarc_record_parse(struct span text, struct dmarc_record *out)
{
	struct span name, value, found[N_TAGS] = { 0 };

	if (!take_tag(&text, &name, &value) || !span_eq_nocase(name, SPAN("v")) ||
	    !span_eq(value, SPAN("DMARC1")))
		return false;
	while (take_tag(&text, &name, &value))
		for (size_t i = 0; i < N_TAGS; i++)
			if (span_eq_nocase(name, tags[i].name) && found[i].n == 0)
				found[i] = value;
	*out = (struct dmarc_record){ .rua = found[TAG_RUA], .ruf = found[TAG_RUF] };
	set_policies(out, found);
	int psd = word_of(TAG_PSD, found[TAG_PSD]);
	out->psd = psd < 0 ? DMARC_PSD_UNSAID : (enum dmarc_psd)psd;
	out->testing = word_of(TAG_T, found[TAG_T]) == 1;
	out->strict_dkim = word_of(TAG_ADKIM, found[TAG_ADKIM]) == 1;
	out->strict_spf = word_of(TAG_ASPF, found[TAG_ASPF]) == 1;
	return true;
}
