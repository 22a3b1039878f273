/* The text of an account's keys for SCRAM: what is read is within its limits, and printed reads as
 * the same again. */
#include "fuzz.h"

#include "auth/scram_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF text = BUF(SCRAM_TEXT_MAX);
	struct scram_keys keys, again;

	int r = scram_keys_parse(span_make(data, size), &keys);
	MUST(r == 0 || r == ERR_SYNTAX);
	if (r < 0)
		return 0;
	MUST(keys.n_salt && keys.n_salt <= SCRAM_SALT_MAX);
	MUST(keys.iterations >= SCRAM_ITERATIONS_MIN && keys.iterations <= SCRAM_ITERATIONS_MAX);
	MUST(scram_keys_print(&keys, &text) == 0);
	MUST(scram_keys_parse(buf_span(&text), &again) == 0);
	MUST(memcmp(&keys, &again, sizeof keys) == 0);
	return 0;
}
