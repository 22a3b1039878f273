/* tests/unit/queue/office.c - see office.h. */
#include "office.h"
#include "test_time.h"

#include <ftw.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/event.h"
#include "calls/directory.h"
#include "calls/dkim.h"
#include "config/config.h"
#include "rt/loop.h"
#include "wire/message/header.h"
#include "wire/smtp/verdict/verdict.h"

enum { PATIENCE_MS = 120000 };

struct office office;

/* ---- test double: the courier ---- */

static bool is(struct span address, const char *prefix)
{
	return span_starts(address, span_str(prefix));
}

static void copy(char out[32], struct span s)
{
	snprintf(out, 32, "%.*s", SPAN_ARG(s));
}

static void note_asked(const struct courier_attempt_args *args)
{
	for (size_t i = 0; i < args->n_recipients; i++) {
		struct asked *a;

		if (office.n_asked == office.asked_room) {
			office.asked_room = 2 * office.asked_room + 64;
			office.asked =
			        realloc(office.asked, office.asked_room * sizeof *office.asked);
		}
		a = &office.asked[office.n_asked++];
		*a = (struct asked){
			.message = args->message,
			.recipient = args->recipients[i].recipient,
			.n_in_attempt = (uint32_t)args->n_recipients,
			.front_n = args->front.n,
			.is_signed = args->is_signed,
			.file_bytes = args->size_bytes - args->front.n,
		};
		copy(a->return_path, args->return_path);
		copy(a->address, args->recipients[i].address);
		copy(a->domain, args->domain);
	}
}

static bool asked_before(uint64_t message, uint32_t recipient)
{
	size_t n = 0;

	for (size_t i = 0; i < office.n_asked; i++)
		n += office.asked[i].message == message && office.asked[i].recipient == recipient;
	return n > 1;
}

static struct courier_outcome taken(void)
{
	return (struct courier_outcome){
		.delivered = true,
		.stage = SMTP_STAGE_BODY,
		.code = 250,
		.enhanced = SPAN("2.0.0"),
		.text = SPAN("taken"),
		.remote_host = SPAN("mx.example.test"),
		.remote_address = SPAN("192.0.2.1:25"),
	};
}

static struct courier_outcome answered(bool temporary, uint16_t code, const char *enhanced,
                                       const char *text, enum smtp_class class)
{
	return (struct courier_outcome){
		.temporary = temporary,
		.stage = SMTP_STAGE_RCPT,
		.class = (uint8_t) class,
		.code = code,
		.enhanced = span_str(enhanced),
		.text = span_str(text),
		.remote_host = SPAN("mx.example.test"),
		.remote_address = SPAN("192.0.2.1:25"),
	};
}

static struct courier_outcome outcome(const struct courier_attempt_args *args, size_t i)
{
	struct span address = args->recipients[i].address;

	if (is(address, "no"))
		return answered(false, 550, "5.1.1", "no such user", SMTP_CLASS_NO_SUCH_USER);
	if (is(address, "full"))
		return answered(true, 452, "4.2.2", "mailbox full", SMTP_CLASS_MAILBOX_FULL);
	if (is(address, "once") && !asked_before(args->message, args->recipients[i].recipient))
		return answered(true, 450, "4.7.1", "come back", SMTP_CLASS_GREYLISTED);
	if (is(address, "dead") && !office.revived)
		return (struct courier_outcome){
			.temporary = true,
			.stage = SMTP_STAGE_CONNECT,
			.class = SMTP_CLASS_CONNECT_FAILED,
			.text = SPAN("connection refused"),
		};
	return taken();
}

static WAITS int wait_for_gate(void)
{
	int r = 0;

	office.n_slow++;
	if (office.n_slow > office.most_slow)
		office.most_slow = office.n_slow;
	cond_broadcast(&office.arrived);
	while (!office.gate_is_open && r >= 0)
		r = cond_wait(&office.gate, "the gate");
	office.n_slow--;
	return r;
}

static WAITS int work(const struct courier_attempt_args *args, struct arena *mem,
                      struct courier_outcomes *out)
{
	struct courier_outcome *all = arena_array(mem, struct courier_outcome, args->n_recipients);
	int r = 0;

	if (is(args->recipients[0].address, "slow"))
		r = wait_for_gate();
	if (r < 0)
		return r;
	for (size_t i = 0; i < args->n_recipients; i++) {
		all[i] = outcome(args, i);
		all[i].recipient = args->recipients[i].recipient;
	}
	*out = (struct courier_outcomes){ .outcomes = all, .n_outcomes = args->n_recipients };
	if (is(args->recipients[0].address, "odd"))
		all[0].recipient += 77;
	return fibre_yield();
}

/* All of the text is there, and the descriptor of a large body only reads. */
static void check_text(const struct courier_attempt_args *args, int fd)
{
	struct stat st = { 0 };

	if (fd >= 0) {
		CHECK_INT(fstat(fd, &st), 0);
		CHECK_INT(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	}
	CHECK_INT(args->front.n + (uint64_t)st.st_size, args->size_bytes);
}

/* What is under way goes on, as if each had sent its dot. */
static int courier_stops(const struct courier_stop_args *a, struct arena *mem,
                         struct courier_stop_reply *out)
{
	out->waiting = (uint32_t)office.n_running;
	return 0;
}

static WAITS int deliver(const struct courier_attempt_args *args, int fd, struct arena *mem,
                         struct courier_outcomes *out)
{
	int r;

	if (office.courier_fails) {
		office.courier_fails--;
		return err(ERR_UNAVAILABLE, "no courier");
	}
	note_asked(args);
	check_text(args, fd);
	office.n_attempts++;
	if (++office.n_running > office.most_running)
		office.most_running = office.n_running;
	r = work(args, mem, out);
	office.n_running--;
	return r;
}

/* ---- the disk that fails ---- */

int __real_store_commit(struct store *sp, struct record_message *m, char *id_text,
                        struct record_change *changes, size_t n);
int __wrap_store_commit(struct store *sp, struct record_message *m, char *id_text,
                        struct record_change *changes, size_t n);
int __real_store_record(struct store *sp, struct record_change *changes, size_t n);
int __wrap_store_record(struct store *sp, struct record_change *changes, size_t n);

int __wrap_store_commit(struct store *sp, struct record_message *m, char *id_text,
                        struct record_change *changes, size_t n)
{
	if (!office.commit_fails)
		return __real_store_commit(sp, m, id_text, changes, n);
	office.commit_fails--;
	return err(ERR_NO_SPACE, "no space left");
}

int __wrap_store_record(struct store *sp, struct record_change *changes, size_t n)
{
	if (!office.record_fails)
		return __real_store_record(sp, changes, n);
	office.record_fails--;
	return err(ERR_IO, "the disk is broken");
}

/* ---- test double: the directory ---- */

static WAITS int lookup(const struct directory_lookup_args *a, struct arena *mem,
                        struct directory_lookup_reply *out)
{
	int r = fibre_yield();

	if (r < 0)
		return r;
	if (office.directory_fails) {
		office.directory_fails--;
		return err(ERR_UNAVAILABLE, "no directory");
	}
	*out = (struct directory_lookup_reply){
		.local = span_ends_nocase(a->address, SPAN("@ours.test")),
	};
	if (out->local && is(a->address, "alice"))
		out->account = a->address;
	return 0;
}

/* ---- the follower ---- */

static void keep_seen(const struct record_change *f)
{
	if (office.n_seen == office.seen_room) {
		office.seen_room = 2 * office.seen_room + 64;
		office.seen = realloc(office.seen, office.seen_room * sizeof *office.seen);
	}
	office.n_by_state[f->state]++;
	office.seen[office.n_seen++] = (struct seen){
		.seq = f->seq,
		.message = f->message,
		.recipient = f->recipient,
		.attempt = f->attempt,
		.state = f->state,
		.class = f->class,
		.code = f->code,
		.next_try_ms = f->next_try_ms,
		.time_ms = f->time_ms,
		.text = f->text.n ? strndup(f->text.p, f->text.n) : NULL,
	};
}

static void follow(UNUSED void *arg)
{
	struct queue_changes_args a = { .after = office.seen_upto, .max = 500, .wait_ms = 60000 };
	int r = 0;

	while (r >= 0) {
		AUTO_ARENA mem = { 0 };
		struct queue_changes_reply got;

		r = queue_changes_here(&a, &mem, &got);
		if (r < 0)
			break;
		for (size_t i = 0; i < got.n_records; i++) {
			CHECK(got.records[i].seq > office.seen_upto);
			office.seen_upto = got.records[i].seq;
			keep_seen(&got.records[i]);
		}
		a.after = got.seq;
		cond_broadcast(&office.seen_more);
	}
	CHECK_INT(r, ERR_UNAVAILABLE);
	office.following = false;
	cond_broadcast(&office.follower_gone);
}

/* ---- open and close ---- */

void office_open(void)
{
	int r = store_open(&office.set, &office.store);

	test_check(r >= 0, __FILE__, __LINE__, "store_open: %s", err_str(r));
	if (r < 0)
		abort();
	if (!office.seen_upto)
		office.seen_upto = store_seq(office.store);
	CHECK_INT(queue_open(&office.set, office.store, &office.queue), 0);
	office.following = true;
	CHECK_INT(fibre_spawn("follower", follow, NULL), 0);
}

void office_close(int64_t within_ms)
{
	{
		FIBRE_TIMEOUT(within_ms);
		queue_close(TAKE(office.queue));
	}
	while (office.following)
		CHECK_INT(cond_wait(&office.follower_gone, "the follower"), 0);
	store_close(TAKE(office.store));
}

void office_open_gate(void)
{
	office.gate_is_open = true;
	cond_broadcast(&office.gate);
}

static void to_log(struct span line, UNUSED void *arg)
{
	buf_put(&office.log, line);
	buf_putc(&office.log, '\n');
}

static int remove_one(const char *path, UNUSED const struct stat *st, UNUSED int type,
                      UNUSED struct FTW *ftw)
{
	return remove(path);
}

static void forget(void)
{
	for (size_t i = 0; i < office.n_seen; i++)
		free(office.seen[i].text);
	free(office.seen);
	free(office.asked);
	arena_fini(&office.mem);
	buf_fini(&office.log);
	nftw(office.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Nobody here signs. */
static WAITS int keys(UNUSED const struct dkim_keys_args *a, UNUSED struct arena *mem,
                      struct dkim_keys_reply *out)
{
	*out = (struct dkim_keys_reply){ 0 };
	return 0;
}

static void run(void *arg)
{
	void (*fn)(void) = *(void (**)(void))arg;

	FIBRE_TIMEOUT(PATIENCE_MS);
	fn();
	if (office.queue)
		office_close(PATIENCE_MS);
}

void office_test(void (*fn)(void))
{
	static const char *waits[] = { "50ms", "100ms" };

	office = (struct office){ .dir = "/tmp/postrider-queue-XXXXXX", .log = BUF(1 << 26) };
	CHECK(mkdtemp(office.dir) != NULL);
	CHECK_INT(config_defaults(&office.mem, &office.set), 0);
	office.set.server_hostname = "mail.ours.test";
	office.set.server_data_dir = office.dir;
	office.set.delivery_retry = (struct settings_list){ waits, N_ELEMS(waits) };
	cond_init(&office.seen_more);
	cond_init(&office.follower_gone);
	cond_init(&office.gate);
	cond_init(&office.arrived);
	event_set_sink(to_log, NULL);
	courier_attempt_serve(deliver);
	courier_stop_serve(courier_stops);
	directory_lookup_serve(lookup);
	dkim_keys_serve(keys);
	queue_serve();
	test_time_begin();
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", run, &fn), 0);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(fibre_count(), 0);
	loop_fini();
	test_time_end();
	event_set_sink(NULL, NULL);
	forget();
}

/* ---- what tests do ---- */

int office_submit(const char *return_path, const char *rcpts, struct span body, bool hold,
                  struct queue_submit_reply *out)
{
	AUTO_ARENA mem = { 0 };
	struct record_recipient *to = arena_array(&mem, struct record_recipient, strlen(rcpts));
	struct record_message m = { .return_path = span_str(return_path),
		                    .recipients = to,
		                    .header = span_sub(body, 0, message_header_body(body)) };
	struct queue_verdict *verdicts = arena_array(&mem, struct queue_verdict, strlen(rcpts));
	struct queue_submit_args a = { .message = &m, .n_message = 1, .verdicts = verdicts };
	struct span rest = span_str(rcpts), one;

	m.body = span_sub(body, m.header.n, body.n);
	while (span_split(&rest, ' ', &one)) {
		struct span domain = span_sub(one, (size_t)span_find_last(one, '@') + 1, one.n);

		to[m.n_recipients++] = (struct record_recipient){
			.address = one,
			.domain = domain,
			.account = span_eq(domain, SPAN("ours.test")) ? one : SPAN(""),
		};
		if (hold && !to[m.n_recipients - 1].account.n)
			verdicts[a.n_verdicts++] = (struct queue_verdict){
				.recipient = (uint32_t)m.n_recipients - 1,
				.state = RECIPIENT_HELD,
			};
	}
	return queue_submit_here(&a, &mem, out);
}

uint64_t office_send(const char *return_path, const char *rcpts)
{
	static const struct span text =
	        SPAN("Subject: a test\r\nX-Mark: 17\r\n\r\nsecret words\r\n");
	struct queue_submit_reply out = { 0 };

	CHECK_INT(office_submit(return_path, rcpts, text, false, &out), 0);
	return out.id;
}

static const struct seen *find(uint64_t message, uint32_t recipient, uint8_t state)
{
	for (size_t i = 0; i < office.n_seen; i++) {
		const struct seen *s = &office.seen[i];

		if (s->message == message && s->recipient == recipient && s->state == state)
			return s;
	}
	return NULL;
}

const struct seen *office_until(uint64_t message, uint32_t recipient, uint8_t state)
{
	static const struct seen none;
	const struct seen *s;
	int r = 0;

	while (!(s = find(message, recipient, state)) && r >= 0)
		r = cond_wait(&office.seen_more, "a state");
	test_check(s != NULL, __FILE__, __LINE__, "recipient %u became %s; it did: %s", recipient,
	           recipient_state_name(state), office_trail(message, recipient));
	return s ? s : &none;
}

size_t office_count(uint8_t state)
{
	return office.n_by_state[state];
}

void office_until_count(uint8_t state, size_t n)
{
	int r = 0;

	while (office_count(state) < n && r >= 0)
		r = cond_wait(&office.seen_more, "states");
	CHECK_INT(office_count(state), n);
}

void office_until_slow(size_t n)
{
	int r = 0;

	while (office.n_slow < n && r >= 0)
		r = cond_wait(&office.arrived, "slow attempts");
	CHECK_INT(office.n_slow, n);
}

const char *office_trail(uint64_t message, uint32_t recipient)
{
	AUTO_BUF trail = BUF(1 << 16);

	for (size_t i = 0; i < office.n_seen; i++) {
		const struct seen *s = &office.seen[i];

		if (s->message != message || s->recipient != recipient)
			continue;
		buf_printf(&trail, "%s%s", trail.n ? " " : "", recipient_state_name(s->state));
		if (s->attempt)
			buf_printf(&trail, "/%u", s->attempt);
	}
	return arena_str(&office.mem, buf_span(&trail));
}

size_t office_asked(const char *address)
{
	size_t n = 0;

	for (size_t i = 0; i < office.n_asked; i++)
		n += strcmp(office.asked[i].address, address) == 0;
	return n;
}

struct span office_mail(void)
{
	struct queue_mailbox_args a = { .account = SPAN("alice@ours.test"),
		                        .mailbox = SPAN("INBOX"),
		                        .max = 10 };
	struct queue_mailbox_reply box = { 0 };
	struct queue_text_reply text = { 0 };
	int file;

	CHECK_INT(queue_mailbox_here(&a, &office.mem, &box), 0);
	CHECK_INT(box.n_rows, 1);
	if (!box.n_rows)
		return (struct span){ 0 };
	struct queue_text_args ask = { .message = box.rows[0].message };
	CHECK_INT(box.rows[0].return_path.n, 0);
	CHECK_INT(queue_text_here(&ask, &office.mem, &text, &file), 0);
	CHECK_INT(file, -1);
	return text.front;
}
