/* config/config_rates.h - how much within how long: "200/h", "30/m 200/h 1000/d".  Pure. */
#ifndef CONFIG_CONFIG_RATES_H
#define CONFIG_CONFIG_RATES_H

#include "base/buf.h"

enum { CONFIG_RATES_MAX = 4, CONFIG_RATE_COUNT_MAX = 100000000, CONFIG_NETWORKS_MAX = 60 };

struct config_rate {
	uint32_t count;
	int64_t period_ms;
};
/* n 0: no limit. */
struct config_rates {
	size_t n;
	struct config_rate v[CONFIG_RATES_MAX];
};

/* Numbers for a second (s), a minute (m), an hour (h), a day (d), with blanks between; "off" and ""
 * are no limit.  ERR_SYNTAX. */
NODISCARD int config_rates_parse(struct span text, struct config_rates *out);
/* "200/h" */
int config_rate_put(struct buf *b, const struct config_rate *rate);
/* "an hour" */
const char *config_rate_period(const struct config_rate *rate);

#endif
