/* tests/crash/journal_writer.c - commits until it is killed, and prints what was acknowledged.
 *
 *   journal_writer DIR        lines: "ack ID OCTETS local|remote", "done ID"
 *   journal_writer DIR check  reads such lines: each must be there, each text whole; exit status 1
 *
 * A text is its own number's characters, repeated.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/event.h"
#include "rt/fibre.h"
#include "rt/loop.h"
#include "store/store.h"

enum { WRITERS = 8, TEXT_MAX = 40000, BLOB_ABOVE = 30000 };

static struct settings settings = {
	.store_segment_size = 256 << 10,
	.store_blob_threshold = BLOB_ABOVE,
	.store_ledger_kept = 0,
};
static struct store *store;
static int status;

static void fail(const char *what, int r)
{
	fprintf(stderr, "%s: %s\n", what, err_str(r));
	exit(2);
}

static char *text_make(uint64_t number, size_t octets)
{
	char sign[32], *p = malloc(octets + 1);
	int n = snprintf(sign, sizeof sign, "%016" PRIx64 "\r\n", number);
	for (size_t i = 0; p && i < octets; i++)
		p[i] = sign[i % (size_t)n];
	return p;
}

/* One system call a line: what stands in the pipe was acknowledged. */
static void tell(const char *line, int n)
{
	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		exit(0);
}

static int blob_fill(uint64_t *blob, struct span text)
{
	int r = store_blob_begin(store, blob);
	for (size_t at = 0; at < text.n && r >= 0; at += 10000)
		r = store_blob_append(store, *blob, span_sub(text, at, 10000));
	return r;
}

static int commit(uint64_t sign, size_t octets, bool local, uint64_t *id)
{
	char *text = text_make(sign, octets);
	struct record_recipient to = { .address = SPAN("a@example.net"),
		                       .domain = SPAN("example.net"),
		                       .account = local ? SPAN("ann") : SPAN("") };
	struct record_message m = { .return_path = SPAN("s@example.test"),
		                    .recipients = &to,
		                    .n_recipients = 1,
		                    .message_id = span_make(text, 18) };
	int r = 0;
	if (octets > BLOB_ABOVE)
		r = blob_fill(&m.blob, span_make(text, octets));
	else
		m.body = span_make(text, octets);
	if (r >= 0)
		r = store_commit(store, &m, NULL, NULL, 0);
	free(text);
	*id = m.id;
	return r;
}

static void writer(void *arg)
{
	unsigned seed = (unsigned)(getpid() + (intptr_t)arg);
	for (;;) {
		char line[64], name[ID_TEXT_LEN + 1];
		size_t octets =
		        18 + (size_t)rand_r(&seed) % (rand_r(&seed) % 8 ? 2000 : TEXT_MAX - 18);
		bool local = rand_r(&seed) % 3 == 0;
		uint64_t sign = (uint64_t)rand_r(&seed) << 32 | (unsigned)rand_r(&seed), id;
		int r = commit(sign, octets, local, &id);
		if (r < 0)
			fail("commit", r);
		id_print(id, name);
		tell(line, snprintf(line, sizeof line, "ack %s %zu %" PRIx64 " %s\n", name, octets,
		                    sign, local ? "local" : "remote"));
		if (local || rand_r(&seed) % 3 == 0)
			continue;
		struct record_change f = { .message = id,
			                   .state = RECIPIENT_DELIVERED,
			                   .attempt = 1 };
		r = store_record(store, &f, 1);
		if (r < 0)
			fail("record", r);
		tell(line, snprintf(line, sizeof line, "done %s\n", name));
	}
}

static void start_writers(void *arg)
{
	int r = store_open(&settings, &store);
	for (intptr_t i = 0; i < WRITERS && r >= 0; i++)
		r = fibre_spawn("writer", writer, (void *)i);
	if (r < 0)
		fail("open", r);
}

/* ---- checking ---- */

static void wrong(const char *name, const char *what)
{
	printf("%s: %s\n", name, what);
	status = 1;
}

static uint8_t state_of(uint64_t id)
{
	AUTO_ARENA mem = { 0 };
	struct record_change *rows;
	size_t n;
	return store_status(store, id, 0, 1, &mem, &rows, &n) < 0 ? 0 : rows[0].state;
}

static void check_text(const char *name, uint64_t id, size_t octets, uint64_t sign)
{
	AUTO_BUF got = BUF(TEXT_MAX);
	char *want = text_make(sign, octets);
	int r = store_read(store, id, 0, TEXT_MAX, &got);
	size_t same = 0;
	while (r >= 0 && same < got.n && same < octets && got.p[same] == want[same])
		same++;
	if (r < 0)
		wrong(name, err_str(r));
	else if (same < octets || same < got.n)
		printf("%s: %zu octets of %zu are right, of %zu read\n", name, same, octets, got.n);
	if (same < octets)
		status = 1;
	free(want);
}

static void check_ack(const char *line)
{
	char name[ID_TEXT_LEN + 1], kind[8];
	size_t octets;
	uint64_t sign, id;
	if (sscanf(line, "ack %13s %zu %" SCNx64 " %7s", name, &octets, &sign, kind) != 4 ||
	    id_parse(span_str(name), &id) < 0)
		return;
	uint8_t state = state_of(id);
	if (kind[0] == 'l' ? state != RECIPIENT_DELIVERED : !state)
		wrong(name, state ? recipient_state_name(state) : "not there");
	else if (kind[0] == 'l' || state == RECIPIENT_QUEUED)
		check_text(name, id, octets, sign);
}

static void check_done(const char *line)
{
	char name[ID_TEXT_LEN + 1];
	uint64_t id;
	if (sscanf(line, "done %13s", name) != 1 || id_parse(span_str(name), &id) < 0)
		return;
	if (state_of(id) != RECIPIENT_DELIVERED)
		wrong(name, recipient_state_name(state_of(id)));
}

static void check(void *arg)
{
	char line[128];
	int r = store_open(&settings, &store);
	if (r < 0)
		fail("open", r);
	while (fgets(line, sizeof line, stdin)) {
		check_ack(line);
		check_done(line);
	}
	store_close(store);
	AUTO_BUF faults = BUF(1 << 20);
	if (store_verify(settings.server_data_dir, &faults) < 0) {
		printf("%.*s", SPAN_ARG(buf_span(&faults)));
		status = 1;
	}
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	settings.server_data_dir = argv[1];
	event_set_level(EVENT_ERROR);
	int r = loop_init(0);
	if (r >= 0)
		r = fibre_spawn("main", argc > 2 ? check : start_writers, NULL);
	if (r < 0)
		fail("start", r);
	loop_run();
	loop_fini();
	return status;
}
