/* Features of any message (classify/feature.h): few, each once, and safe to print. */
#include "fuzz.h"

#include "base/utf8.h"
#include "classify/feature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	struct classify_features f;

	MUST(classify_read(span_make(data, size), &mem, &f) == 0);
	MUST(f.n && f.n <= CLASSIFY_FEATURES_MAX);
	for (size_t i = 0; i < f.n; i++) {
		struct span s = f.v[i].text;

		MUST(s.n && s.n <= CLASSIFY_FEATURE_BYTES && utf8_valid(s));
		for (size_t k = 0; k < s.n; k++)
			MUST((unsigned char)s.p[k] >= ' ' && s.p[k] != 0x7f);
	}
	return 0;
}
