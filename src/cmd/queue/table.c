/* cmd/queue/table.c - draws recipients and their states. */
#include "cmd/queue/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/change_table.h"
#include "cmd/cli.h"
#include "cmd/control.h"

enum { TEXT_MAX = 480 };

void table_fini(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		json_decref(t->rows[i]);
	free(t->rows);
}

void table_set(struct table *t, json_t *record)
{
	size_t at = (size_t)json_integer_value(json_object_get(record, "recipient"));

	if (at >= t->n) {
		json_t **more = realloc(t->rows, (at + 1) * sizeof *more);
		if (!more)
			return;
		memset(more + t->n, 0, (at + 1 - t->n) * sizeof *more);
		t->rows = more;
		t->n = at + 1;
	}
	json_decref(t->rows[at]);
	t->rows[at] = json_incref(record);
}

static bool is(json_t *row, const char *state)
{
	return row && strcmp(control_text(row, "state"), state) == 0;
}

static bool failed(json_t *row)
{
	return is(row, "refused") || is(row, "expired") || is(row, "cancelled");
}

bool table_is_final(const struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!is(t->rows[i], "delivered") && !failed(t->rows[i]))
			return false;
	return t->n > 0;
}

int table_status(const struct table *t)
{
	int status = t->n ? CLI_OK : CLI_UNDECIDED;

	for (size_t i = 0; i < t->n; i++) {
		if (failed(t->rows[i]))
			return CLI_FAILED;
		if (!is(t->rows[i], "delivered"))
			status = CLI_UNDECIDED;
	}
	return status;
}

/* "250 2.0.0 ok", or our own words where no reply was seen. */
static void put_words(json_t *row, char out[TEXT_MAX])
{
	int code = (int)json_integer_value(json_object_get(row, "code"));
	const char *enhanced = control_text(row, "enhanced"), *text = control_text(row, "text");

	if (code)
		snprintf(out, TEXT_MAX, "%d %s%s%s", code, enhanced, *enhanced ? " " : "", text);
	else
		snprintf(out, TEXT_MAX, "%s", text);
}

static void draw_row(json_t *row, int columns)
{
	const char *state = control_text(row, "state"), *host = control_text(row, "remote_host");
	char words[TEXT_MAX], line[3 * TEXT_MAX];

	put_words(row, words);
	snprintf(line, sizeof line, " %-34s %s%s%s", control_text(row, "address"), host,
	         *host && *words ? ": " : "", words);
	printf("\033[2K%s%-10s%s%.*s\n", cli_state_colour(state), state, cli_normal(),
	       cli_fit(line, columns - 11), line);
}

void table_draw(struct table *t)
{
	int columns = cli_columns();

	if (t->drawn)
		printf("\033[%dA", t->drawn);
	t->drawn = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (!t->rows[i])
			continue;
		draw_row(t->rows[i], columns);
		t->drawn++;
	}
	fflush(stdout);
}

/* The reason in the server's words or ours, whole: a line of the table has room for their
 * beginning. */
static void print_words(json_t *row)
{
	char words[TEXT_MAX];

	put_words(row, words);
	if (json_is_integer(json_object_get(row, "code")))
		printf("  %s said: %s\n", control_text(row, "remote_host"), words);
	else if (*words)
		printf("  reason: %s\n", words);
}

/* What the table of changes has a label for. */
static void print_labelled(json_t *row)
{
	static const struct {
		const char *label, *member;
	} members[] = {
#define LABELLED(type, name, kind, home, status, json, column, label, doc) { label, json },
		CHANGE_TABLE(LABELLED)
	};

	for (size_t i = 0; i < N_ELEMS(members); i++) {
		const char *value = control_text(row, members[i].member);

		if (*members[i].label && *value)
			printf("  %s: %s\n", members[i].label, value);
	}
}

void table_explain(const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		json_t *row = t->rows[i];
		const char *why = row ? control_text(row, "meaning") : "";
		if (!row || is(row, "delivered") || !*why)
			continue;
		printf("\n%s: %s\n", control_text(row, "address"), why);
		print_words(row);
		print_labelled(row);
	}
}

/* What came back after a delivery. */
void table_report(json_t *record)
{
	char words[TEXT_MAX];

	put_words(record, words);
	printf("\n%s, later: %s%s%s, %s\n", control_text(record, "address"),
	       cli_state_colour("refused"), control_text(record, "report"), cli_normal(),
	       control_text(record, "time"));
	if (*control_text(record, "meaning"))
		printf("  %s\n", control_text(record, "meaning"));
	if (*words)
		printf("  %s said: %s\n", control_text(record, "remote_host"), words);
	if (*control_text(record, "who"))
		printf("  by: %s\n", control_text(record, "who"));
}

void table_print_line(json_t *record)
{
	const char *report = control_text(record, "report"),
	           *state = *report ? report : control_text(record, "state"),
	           *host = control_text(record, "remote_host");
	char words[TEXT_MAX];

	put_words(record, words);
	printf("%s %s %s%-9s%s %s%s%s%s%s\n", control_text(record, "time"),
	       control_text(record, "message"), cli_state_colour(state), state, cli_normal(),
	       control_text(record, "address"), *host ? " at " : "", host, *words ? ": " : "",
	       words);
}
