/* The configuration file: mistakes are told; what is printed of what was read reads the same. */
#include "fuzz.h"

#include <string.h>

#include "config/config.h"

enum { TEXT_MAX = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char path[] = "/etc/postrider/postrider.conf";
	AUTO_ARENA mem = { 0 };
	AUTO_BUF errors = BUF(64 << 10), out = BUF(TEXT_MAX), again = BUF(TEXT_MAX);
	struct settings set, same;
	int r = config_parse(span_make(data, size), path, &mem, &set, &errors);

	MUST(r == 0 || r == ERR_CONFIG);
	MUST((r == 0) == (errors.n == 0));
	if (r < 0)
		return 0;
	MUST(config_print(&set, size % 2 == 1, &out) >= 0);
	r = config_parse(buf_span(&out), path, &mem, &same, &errors);
	if (r < 0)
		fprintf(stderr, "%s\n%s", buf_str(&out), buf_str(&errors));
	MUST(r == 0);
	MUST(config_print(&same, size % 2 == 1, &again) >= 0);
	MUST(span_eq(buf_span(&out), buf_span(&again)));
	return 0;
}
