/* inspect/wanted.c - what of a message tells whether it is wanted; what that means the store knows.
 */
#include "classify/feature.h"
#include "inspect/inspection.h"

_Static_assert((int)CLASSIFY_FEATURES_MAX == (int)INSPECT_FEATURES_MAX, "one limit");
_Static_assert((int)CLASSIFY_FEATURE_BYTES == (int)INSPECT_FEATURE_BYTES, "one limit");

int inspect_wanted(struct inspection *x, struct inspect_judge_reply *out)
{
	struct classify_features f;
	int r = classify_read(x->content->whole, x->mem, &f);

	if (r < 0)
		return r;
	out->features = arena_array(x->mem, struct inspect_feature, f.n + 1);
	if (!out->features)
		return err(ERR_NO_MEMORY, "no memory for a message's features");
	for (; out->n_features < f.n; out->n_features++)
		out->features[out->n_features] =
		        (struct inspect_feature){ f.v[out->n_features].hash,
			                          f.v[out->n_features].text };
	return 0;
}
