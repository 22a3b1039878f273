/* component/sending.h - one mail on its way: its destinations, so many at once. */
#ifndef COMPONENT_SENDING_H
#define COMPONENT_SENDING_H

#include "base/map.h"
#include "component/client.h"
#include "component/mail/mail.h"
#include "component/result.h"

/* The recipients of one domain, or all of them when a server was named. */
struct sending_group {
	struct list list; /* of those that have recipients left and no attempt */
	struct span domain;
	uint32_t *rcpts; /* their rows */
	size_t n, taken;
};

struct sending {
	struct postrider_client *client;
	const struct mail_made *mail;
	struct deliver_rules rules;
	struct route route;
	struct postrider_result *result;
	const struct span *addresses; /* of the result's rows from first_row on */
	size_t first_row, n_rows;
	struct arena mem;
	struct list waiting;               /* groups */
	struct list attempts, hands, webs; /* component/hand/hand.h, component/web/web.h */
	size_t n_attempts;
	int64_t until_at;
	bool ended;                    /* by the program's word */
	char broken[ERR_DETAIL_BYTES]; /* why nothing can be sent any more; empty: it can */
};

/* What client, mail, route, result and addresses say is to be sent; all are borrowed until its end.
 * ERR_NO_MEMORY, ERR_SYNTAX; then nothing is sent. */
NODISCARD int sending_begin(struct sending *s);
/* Begins what may be begun.  False: all rows are decided. */
bool sending_goes_on(struct sending *s);
/* All that is under way ends at once; what waits may begin. */
void sending_end(struct sending *s);
/* By the program's word: who is not decided is deferred. */
void sending_stop(struct sending *s);
void sending_fini(struct sending *s);

/* An attachment cannot be read: no further server is asked. */
void sending_break(struct sending *s, const char *words);
/* One row's end, as somebody else tells it. */
void sending_told(struct sending *s, size_t i, const struct result_told *told, struct span text);
/* The end of rows with which nothing could be begun. */
void sending_no_memory(struct sending *s, const uint32_t *rows, size_t n);
/* One row's end. */
void sending_decided(struct sending *s, size_t i, const struct deliver_outcome *o, int64_t ms);

#endif
