/* What other roles may ask of the queue, and what they may not. */
#include "office.h"

#include <stdio.h>
#include <signal.h>
#include <fcntl.h>
#include <errno.h>
#include <unistd.h>

#include "base/base64.h"
#include "calls/record_facts.h"
#include "queue/serve/serve.h"
#include "queue/state/state.h"

static const struct span text = SPAN("Subject: a test\r\n\r\nwords\r\n");

QUEUE_TEST(queue_refuses_what_is_not_fit)
{
	static const struct {
		const char *what, *return_path, *rcpts;
		struct span body;
		int r;
	} t[] = {
		{ "no body", "a@b.test", "ok@c.test", SPAN(""), ERR_SYNTAX },
		{ "no recipient", "a@b.test", "", SPAN("x"), ERR_SYNTAX },
		{ "no domain", "a@b.test", "ok", SPAN("x"), ERR_SYNTAX },
		{ "a line break", "a@b.test\n", "ok@c.test", SPAN("x"), ERR_SYNTAX },
		{ "a loop", "a@b.test", "ok@c.test",
		  SPAN("Received: a\r\nReceived: b\r\nReceived: c\r\nReceived: d\r\n\r\n"),
		  ERR_LOOP },
		{ "nearly a loop", "a@b.test", "ok@c.test",
		  SPAN("Received: a\r\nReceived: b\r\nReceived: c\r\n\r\n"), 0 },
	};
	office.set.smtp_hops_max = 3;
	office_open();
	EACH_ROW(t) {
		struct queue_submit_reply out = { 0 };

		CHECK_INT(office_submit(t[row].return_path, t[row].rcpts, t[row].body, false, &out),
		          t[row].r);
		CHECK_INT(out.id != 0, t[row].r == 0);
	}
	office_until_count(RECIPIENT_DELIVERED, 1);
	CHECK_INT(office_count(RECIPIENT_QUEUED), 1);
}

QUEUE_TEST(queue_holds)
{
	struct queue_submit_reply held, hidden;

	office_open();
	CHECK_INT(office_submit("alice@ours.test", "ok@a.test alice@ours.test", text, true, &held),
	          0);
	office_until(held.id, 0, RECIPIENT_HELD);
	CHECK_STR(office_trail(held.id, 0), "queued held");
	CHECK_STR(office_trail(held.id, 1), "delivered/1");
	office_close(1000);
	office.set.delivery_hold = true;
	office_open();
	CHECK_INT(office_submit("alice@ours.test", "ok@b.test", text, false, &hidden), 0);
	office_until(hidden.id, 0, RECIPIENT_HELD);
	office_close(1000);
	CHECK_INT(office.n_attempts, 0);

	/* What was accepted under delivery.hold goes when that is over; what was held does not. */
	office.set.delivery_hold = false;
	office_open();
	office_until(hidden.id, 0, RECIPIENT_DELIVERED);
	CHECK_INT(office.n_attempts, 1);
	CHECK_STR(office_trail(held.id, 0), "queued held");
}

/* Asks for a file, or about one; *fd is -1 when none came. */
static int file(enum queue_file_step step, uint64_t blob, uint64_t *out, int *fd)
{
	AUTO_ARENA mem = { 0 };
	struct queue_file_args a = { (uint8_t)step, blob };
	struct queue_file_reply got = { 0 };
	int r = queue_file_here(&a, &mem, &got, fd);

	*out = got.blob;
	return r;
}

static int submit_blob(uint64_t blob, uint64_t *id)
{
	AUTO_ARENA mem = { 0 };
	struct record_recipient to = { .address = SPAN("ok@a.test"), .domain = SPAN("a.test") };
	struct record_message m = { .recipients = &to, .n_recipients = 1, .blob = blob };
	struct queue_submit_args a = { .message = &m, .n_message = 1 };
	struct queue_submit_reply got = { 0 };
	int r = queue_submit_here(&a, &mem, &got);

	*id = got.id;
	return r;
}

/* RFC 5321 4.4: the id is given out with the commit, and written into our Received field. */
QUEUE_TEST(queue_writes_the_id_into_the_prefix)
{
	static const struct {
		uint32_t id_at;
		int r;
	} t[] = { { 0, 0 }, { 1, 0 }, { 3, 0 }, { 6, ERR_SYNTAX }, { UINT32_MAX, ERR_SYNTAX } };
	struct record_recipient to = { .address = SPAN("slow@a.test"), .domain = SPAN("a.test") };

	office_open();
	EACH_ROW(t) {
		struct record_message m = { .recipients = &to,
			                    .n_recipients = 1,
			                    .prefix = SPAN("X: y  ----------\r\n"),
			                    .header = SPAN("\r\n") };
		struct queue_submit_args a = { .message = &m,
			                       .n_message = 1,
			                       .id_at = t[row].id_at };
		struct queue_submit_reply got = { 0 };
		struct queue_text_args ask = { 0 };
		struct queue_text_reply content = { 0 };
		int none;
		char id[ID_TEXT_LEN + 1], want[] = "X: y  ----------\r\n\r\n";

		CHECK_INT(queue_submit_here(&a, &office.mem, &got), t[row].r);
		if (t[row].r < 0)
			continue;
		ask.message = got.id;
		CHECK_INT(queue_text_here(&ask, &office.mem, &content, &none), 0);
		id_print(got.id, id);
		if (t[row].id_at)
			memcpy(want + t[row].id_at, id, ID_TEXT_LEN);
		CHECK_SPAN(content.front, span_str(want));
	}
	office_open_gate();
}

/* What is known of a text goes to the courier; after a restart it does not, and he looks himself.
 */
QUEUE_TEST(queue_tells_the_courier_what_is_signed)
{
	static const char *waits[] = { "1ms" };
	struct record_recipient to = { .address = SPAN("full@a.test"), .domain = SPAN("a.test") };
	struct record_message m = { .recipients = &to, .n_recipients = 1, .header = SPAN("\r\n") };
	struct queue_submit_args a = { .message = &m, .n_message = 1 };
	struct queue_submit_reply got = { 0 };
	struct record_facts facts = { RECORD_FACT_SIGNED, RECORD_FACT_SIGNED };

	office.set.delivery_retry = (struct settings_list){ waits, 1 };
	CHECK_INT(record_facts_put(&m, facts, &office.mem), 0);
	office_open();
	CHECK_INT(queue_submit_here(&a, &office.mem, &got), 0);
	office_until_count(RECIPIENT_DEFERRED, 2);
	CHECK(office.asked[0].is_signed && office.asked[1].is_signed);
	office_close(1000);
	size_t n = office.n_asked;
	office_open();
	office_until_count(RECIPIENT_DEFERRED, n + 1);
	CHECK(!office.asked[n].is_signed);
}

static void put(int fd, const char *octets, size_t n)
{
	for (; n; n--)
		CHECK_INT(write(fd, octets, strlen(octets)), (ssize_t)strlen(octets));
}

/* What reader reads can be changed by nobody, not even by who may open its file. */
static void check_kept(int reader)
{
	char path[64], c;

	signal(SIGIO, SIG_IGN); /* the lease's holder is told of the attempt */
	snprintf(path, sizeof path, "/proc/self/fd/%d", reader);
	CHECK_INT(fcntl(reader, F_GETFL) & O_ACCMODE, O_RDONLY);
	CHECK_INT(write(reader, "x", 1), -1);
	CHECK_INT(pread(reader, &c, 1, 199999), 1);
	CHECK_INT(open(path, O_WRONLY | O_NONBLOCK), -1);
	CHECK_INT(errno, EWOULDBLOCK);
	close(reader);
}

/* A large body crosses by a descriptor; it is not to be judged while anybody could still write it,
 * and what was judged is what is taken. */
QUEUE_TEST(queue_takes_large_bodies_by_descriptor)
{
	struct queue_text_args ask = { 0 };
	struct queue_text_reply got = { 0 };
	uint64_t blob, other, unused, id;
	int fd, other_fd, reader, none;
	char c;

	office_open();
	CHECK_INT(file(QUEUE_FILE_BEGIN, 0, &blob, &fd), 0);
	CHECK_INT(file(QUEUE_FILE_BEGIN, 0, &other, &other_fd), 0);
	CHECK(blob && other && blob != other && fd >= 0 && other_fd >= 0);
	put(fd, "0123456789", 20000);
	CHECK_INT(pread(fd, &c, 1, 0), -1); /* it only writes */
	CHECK_INT(file(QUEUE_FILE_END, blob, &unused, &none), ERR_UNAVAILABLE);
	int again = dup(fd);
	close(fd);
	CHECK_INT(file(QUEUE_FILE_END, blob, &unused, &none), ERR_UNAVAILABLE);
	close(again);
	CHECK_INT(file(QUEUE_FILE_MORE, blob, &unused, &none), 0); /* no second descriptor */
	CHECK_INT(none, -1);
	CHECK_INT(submit_blob(blob, &id), ERR_UNAVAILABLE); /* nobody could have judged it */
	CHECK_INT(file(QUEUE_FILE_END, blob, &unused, &reader), 0);
	CHECK_INT(file(QUEUE_FILE_END, blob, &unused, &none), ERR_NOT_FOUND);
	check_kept(reader);
	CHECK_INT(submit_blob(blob, &id), 0);
	office_until(id, 0, RECIPIENT_DELIVERED);
	CHECK_INT(office.asked[0].front_n, 0);
	CHECK_INT(office.asked[0].file_bytes, 200000);

	/* Numbers that are not one's own to give. */
	CHECK_INT(file(QUEUE_FILE_MORE, blob, &unused, &none), ERR_NOT_FOUND);
	CHECK_INT(file(QUEUE_FILE_ABORT, blob, &unused, &none), ERR_NOT_FOUND);
	CHECK_INT(file(QUEUE_FILE_MORE, other + 77, &unused, &none), ERR_NOT_FOUND);
	CHECK_INT(submit_blob(blob, &unused), ERR_NOT_FOUND);
	close(other_fd);
	CHECK_INT(file(QUEUE_FILE_ABORT, other, &unused, &none), 0);
	CHECK_INT(submit_blob(other, &unused), ERR_NOT_FOUND);

	uint64_t held = office_send("alice@ours.test", "slow@a.test");
	office_until_slow(1);
	ask.message = held;
	CHECK_INT(queue_text_here(&ask, &office.mem, &got, &none), 0);
	CHECK_INT(none, -1);
	CHECK_INT(got.front.n, 45);
	office_open_gate();
}

static int begin(bool further, uint64_t *blob)
{
	AUTO_ARENA mem = { 0 };
	struct queue_file_args a = { .step = QUEUE_FILE_BEGIN, .further = further };
	struct queue_file_reply got = { 0 };
	int fd, r = queue_file_here(&a, &mem, &got, &fd);

	if (r >= 0)
		close(fd);
	*blob = got.blob;
	return r;
}

/* One limit for all who ask; what a command has beside its first file is a part of it. */
QUEUE_TEST(queue_takes_so_many_large_bodies_at_once)
{
	uint64_t first, further, unused;
	int none;

	office_open();
	queue_here->blobs.most = 3;
	queue_here->blobs.most_further = 1;
	CHECK_INT(begin(false, &first), 0);
	CHECK_INT(begin(true, &further), 0);
	CHECK_INT(begin(true, &unused), ERR_LIMIT);
	CHECK_INT(begin(false, &unused), 0);
	CHECK_INT(begin(false, &unused), ERR_LIMIT);
	CHECK_INT(file(QUEUE_FILE_ABORT, first, &unused, &none), 0);
	CHECK_INT(begin(true, &unused), ERR_LIMIT);
	CHECK_INT(file(QUEUE_FILE_ABORT, further, &unused, &none), 0);
	CHECK_INT(begin(true, &unused), 0);
	CHECK_INT(begin(false, &unused), 0);
	CHECK_INT(begin(false, &unused), ERR_LIMIT);
}

static void begin_one(void *arg)
{
	uint64_t unused;

	*(int *)arg = begin(false, &unused);
}

/* They are counted before their files are there. */
QUEUE_TEST(queue_counts_large_bodies_that_begin_together)
{
	struct nursery all;
	int r[8], n = 0;

	office_open();
	queue_here->blobs.most = 3;
	nursery_init(&all);
	for (size_t i = 0; i < N_ELEMS(r); i++)
		CHECK_INT(nursery_spawn(&all, "one", begin_one, &r[i]), 0);
	CHECK_INT(nursery_wait(&all), 0);
	EACH_ROW(r)
		n += r[row] == 0;
	CHECK_INT(n, 3);
}

QUEUE_TEST(queue_refuses_a_body_over_the_limit)
{
	uint64_t blob, id;
	int fd, none;

	office.set.smtp_size_max = 20;
	office_open();
	CHECK_INT(file(QUEUE_FILE_BEGIN, 0, &blob, &fd), 0);
	put(fd, "0123456", 3);
	close(fd);
	CHECK_INT(file(QUEUE_FILE_END, blob, &id, &none), 0);
	close(none);
	CHECK_INT(submit_blob(blob, &id), ERR_TOO_BIG);
	CHECK_INT(file(QUEUE_FILE_ABORT, blob, &id, &none), 0);
}

QUEUE_TEST(queue_lists_what_is_undecided)
{
	static const char *waits[] = { "1h" };
	struct queue_list_args a = { .max = 1 };
	struct queue_list_reply page = { 0 };
	struct queue_submit_reply held;
	struct queue_row rows[3];
	size_t n = 0;

	office.set.delivery_retry = (struct settings_list){ waits, 1 };
	office_open();
	uint64_t full = office_send("alice@ours.test", "full@a.test");
	office_until(full, 0, RECIPIENT_DEFERRED);
	uint64_t slow = office_send("alice@ours.test", "slow@a.test");
	office_until_slow(1);
	CHECK_INT(office_submit("alice@ours.test", "ok@b.test", text, true, &held), 0);
	office_until(office_send("alice@ours.test", "ok@a.test"), 0, RECIPIENT_DELIVERED);
	do {
		CHECK_INT(queue_list_here(&a, &office.mem, &page), 0);
		if (page.n_rows && n < 3)
			rows[n++] = page.rows[0];
		a.after = page.place;
		a.n_after = 1;
	} while (page.more);
	CHECK_INT(n, 3);
	CHECK_INT(page.n_rows, 0);
	const struct {
		uint64_t message;
		uint8_t state;
		struct span address, text;
	} t[] = {
		{ held.id, RECIPIENT_HELD, SPAN("ok@b.test"), SPAN("") },
		{ slow, RECIPIENT_TRYING, SPAN("slow@a.test"), SPAN("") },
		{ full, RECIPIENT_DEFERRED, SPAN("full@a.test"), SPAN("mailbox full") },
	};
	for (size_t i = 0; i < n; i++) {
		test_row = i;
		CHECK_INT(rows[i].message, t[i].message);
		CHECK_INT(rows[i].state, t[i].state);
		CHECK_SPAN(rows[i].address, t[i].address);
		CHECK_SPAN(rows[i].text, t[i].text);
	}
	office_open_gate();
}

QUEUE_TEST(queue_tells_a_message_and_its_states)
{
	struct queue_status_args a = { .id = 0, .message_id = SPAN("<none@x>") };
	struct queue_status_reply got = { 0 };

	office_open();
	CHECK_INT(queue_status_here(&a, &office.mem, &got), ERR_NOT_FOUND);
	a.id = office_send("alice@ours.test", "ok@a.test no@a.test");
	office_until(a.id, 0, RECIPIENT_DELIVERED);
	office_until(a.id, 1, RECIPIENT_REFUSED);
	CHECK_INT(queue_status_here(&a, &office.mem, &got), 0);
	CHECK_INT(got.n_message, 1);
	CHECK_SPAN(got.message->return_path, SPAN("alice@ours.test"));
	CHECK_INT(got.n_recipients, 2);
	CHECK_INT(got.recipients[0].state, RECIPIENT_DELIVERED);
	CHECK_INT(got.recipients[1].state, RECIPIENT_REFUSED);
	CHECK_SPAN(got.recipients[1].text, SPAN("no such user"));
}

QUEUE_TEST(queue_is_not_there_before_and_after)
{
	struct queue_submit_reply out;
	AUTO_ARENA mem = { 0 };
	struct queue_changes_args a = { .max = 1 };
	struct queue_changes_reply got;

	CHECK_INT(office_submit("a@b.test", "ok@c.test", text, false, &out), ERR_UNAVAILABLE);
	office_open();
	a.max = 0;
	CHECK_INT(queue_changes_here(&a, &mem, &got), ERR_SYNTAX);
	office_close(1000);
	CHECK_INT(office_submit("a@b.test", "ok@c.test", text, false, &out), ERR_UNAVAILABLE);
	a.max = 1;
	CHECK_INT(queue_changes_here(&a, &mem, &got), ERR_UNAVAILABLE);
}
