/* cmd/queue/table.h - recipients and what became of them, for a terminal. */
#ifndef CMD_QUEUE_TABLE_H
#define CMD_QUEUE_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The latest record of each recipient, by its index. */
struct table {
	json_t **rows; /* NULL where nothing is known yet */
	size_t n;
	int drawn; /* lines on the screen */
};

void table_fini(struct table *t);
/* Takes a new reference. */
void table_set(struct table *t, json_t *record);
/* Draws all rows, over those drawn before. */
void table_draw(struct table *t);
/* The sentence of meaning for each row that did not arrive; call once, at the end. */
void table_explain(const struct table *t);
/* Exit status: CLI_OK all delivered, CLI_FAILED some failed, CLI_UNDECIDED else. */
int table_status(const struct table *t);
bool table_is_final(const struct table *t);

/* What came back after a delivery, as `status` tells it behind the table. */
void table_report(json_t *record);
/* One line of one record, as `changes` prints it. */
void table_print_line(json_t *record);

#endif
