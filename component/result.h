/* component/result.h - what became of a mail, while it is found out.
 *
 * A row is an address, what was told of it, and the words; rows of which the same was told share
 * that.
 */
#ifndef COMPONENT_RESULT_H
#define COMPONENT_RESULT_H

#include "base/arena.h"
#include "change/change.h"
#include "component/route.h"
#include "deliver/deliver.h"

struct result_told {
	const char *host, *address, *tls_version, *tls_policy, *enhanced, *meaning;
	int64_t time_ms, elapsed_ms;
	uint16_t code, attempt;
	uint8_t state, class;
};

/* What was told lately, and with which words. */
struct result_recent {
	const struct result_told *told;
	const char *text;
};

enum { RESULT_RECENT = 8 };

struct postrider_result {
	struct arena mem;
	const char **addresses;
	const struct result_told **told; /* NULL: not decided */
	const char **texts;
	struct result_recent recent[RESULT_RECENT];
	size_t n_recent;
	size_t n;
	uint64_t id;
	const char *return_path;
	struct span route;
	const char *error; /* NULL: none */
	struct buf json, line;
	size_t n_tells, json_tells; /* so often a row was told; of these the JSON has */
};

/* One row an address, none decided.  NULL: no memory. */
struct postrider_result *result_new(const struct span *addresses, size_t n,
                                    struct span return_path);
/* One row's end, after so many ms. */
void result_take(struct postrider_result *r, size_t i, const struct deliver_outcome *o, int64_t ms);
/* The same as somebody else tells it; all is copied. */
void result_tell(struct postrider_result *r, size_t i, const struct result_told *told,
                 struct span text);
/* Nothing is sent, for an error of ours; permanent: it will not be another time either. */
void result_fail(struct postrider_result *r, const char *words, bool permanent);
/* The same of row i alone. */
void result_fail_row(struct postrider_result *r, size_t i, const char *words, bool permanent);
/* What was told of row i; of one that is not decided, or none, all is empty. */
const struct result_told *result_told(const struct postrider_result *r, size_t i);

#endif
