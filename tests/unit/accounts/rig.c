/* See rig.h. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct rig rig;

static void path(const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", rig.directory, name);
}

void rig_begin(void)
{
	rig = (struct rig){ 0 };
	snprintf(rig.directory, sizeof rig.directory, "/tmp/accounts-XXXXXX");
	CHECK(mkdtemp(rig.directory) != NULL);
}

int rig_open(void)
{
	return accounts_open(rig.directory, &rig.db);
}

void rig_end(void)
{
	static const char *const names[] = { "directory.db", "directory.db-wal",
		                             "directory.db-shm" };
	char file[128];

	accounts_close(rig.db);
	arena_fini(&rig.mem);
	for (size_t i = 0; i < N_ELEMS(names); i++) {
		path(names[i], file);
		unlink(file);
	}
	CHECK_INT(rmdir(rig.directory), 0);
}

int rig_order(const char *words)
{
	struct directory_field fields[RIG_FIELDS_MAX];
	struct directory_order_args a = { .fields = fields };
	struct span *parts[] = { &a.object, &a.verb, &a.name }, word, rest = span_str(words);
	size_t n = 0;

	while (span_split(&rest, ' ', &word)) {
		if (n < N_ELEMS(parts)) {
			*parts[n++] = word;
			continue;
		}
		struct span name;
		CHECK(span_split(&word, '=', &name) && a.n_fields < RIG_FIELDS_MAX);
		fields[a.n_fields++] = (struct directory_field){ name, word };
	}
	arena_reset(&rig.mem);
	return accounts_order(rig.db, &a, 1700000000000, &rig.mem, &rig.reply, &rig.done);
}

const char *rig_rows(void)
{
	static char text[4096];
	size_t n = 0;

	text[0] = 0;
	for (size_t i = 0; i < rig.reply.n_rows && n < sizeof text; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%.*s\n",
		                      SPAN_ARG(rig.reply.rows[i].json));
	return text;
}
