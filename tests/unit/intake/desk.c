#include "desk.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "calls/directory.h"
#include "calls/dkim.h"

struct desk desk;

static WAITS int lookup(const struct directory_lookup_args *a, struct arena *mem,
                        struct directory_lookup_reply *out)
{
	static const struct {
		struct span address, account;
	} known[] = {
		{ SPAN("alice@home.test"), SPAN("alice@home.test") },
		{ SPAN("alice+x@home.test"), SPAN("alice@home.test") },
		{ SPAN("bob@home.test"), SPAN("bob@home.test") },
		{ SPAN("Postmaster"), SPAN("bob@home.test") },
	};
	ptrdiff_t at = span_find_last(a->address, '@');

	if (span_eq(a->address, SPAN("fault@home.test")))
		return err(ERR_UNAVAILABLE, "the directory is away");
	*out = (struct directory_lookup_reply){
		.local = at < 0 || span_eq(span_sub(a->address, (size_t)at + 1, a->address.n),
		                           SPAN("home.test"))
	};
	for (size_t i = 0; i < N_ELEMS(known); i++)
		if (span_eq(a->address, known[i].address))
			out->account = known[i].account;
	return 0;
}

/* Reads what was written into the double's file. */
static void read_file(void)
{
	static char part[4096];
	ssize_t n;

	buf_reset(&desk.file);
	for (off_t at = 0; (n = pread(desk.fd, part, sizeof part, at)) > 0; at += n)
		buf_put(&desk.file, span_make(part, (size_t)n));
}

static WAITS int room(const struct queue_room_args *a, UNUSED struct arena *mem,
                      struct queue_room_reply *out)
{
	desk.n_looks++;
	if (desk.room && a->n_recipients > desk.room)
		return err(ERR_LIMIT, "no more than %u", desk.room);
	*out = (struct queue_room_reply){ .room = desk.room ? desk.room : UINT32_MAX };
	return 0;
}

static WAITS int submit(const struct queue_submit_args *a, UNUSED struct arena *mem,
                        struct queue_submit_reply *out)
{
	AUTO_BUF packed = BUF(1 << 20);
	struct span kept;

	CHECK_INT(record_message_pack(a->message, &packed), 0);
	CHECK_INT(arena_copy(&desk.mem, buf_span(&packed), &kept), 0);
	CHECK_INT(record_message_unpack(kept, &desk.mem, &desk.m), 0);
	desk.n_verdicts = a->n_verdicts;
	desk.id_at = a->id_at;
	for (size_t i = 0; i < a->n_verdicts && i < N_ELEMS(desk.verdicts); i++)
		desk.verdicts[i] = a->verdicts[i];
	if (desk.m.blob) {
		desk.file_open = false;
		read_file();
		CHECK_INT(desk.file.n, desk.m.body_bytes);
	}
	desk.n_commits++;
	*out = (struct queue_submit_reply){ .id = 17, .seq = 4 };
	return 0;
}

static int reader_of(int fd)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static WAITS int file(const struct queue_file_args *a, UNUSED struct arena *mem,
                      struct queue_file_reply *out, int *fd)
{
	*fd = -1;
	CHECK(a->step == QUEUE_FILE_BEGIN ? !a->blob && !desk.file_open
	                                  : desk.file_open && a->blob == 77);
	if (desk.file_fails)
		return err(desk.file_fails, "the disk of the test");
	desk.file_open = a->step != QUEUE_FILE_ABORT;
	desk.n_asked++;
	if (!a->blob) {
		CHECK_INT(ftruncate(desk.fd, 0), 0);
		CHECK_INT(lseek(desk.fd, 0, SEEK_SET), 0);
		*fd = dup(desk.fd);
	} else if (a->step == QUEUE_FILE_END) {
		*fd = reader_of(desk.fd);
	}
	*out = (struct queue_file_reply){ .blob = 77 };
	return 0;
}

static WAITS int keys(const struct dkim_keys_args *a, struct arena *mem,
                      struct dkim_keys_reply *out)
{
	*out = (struct dkim_keys_reply){ 0 };
	if (!desk.has_key || !span_eq(a->author, SPAN("home.test")))
		return 0;
	out->domain = SPAN("home.test");
	out->keys = arena_new(mem, struct dkim_key_name);
	out->keys[out->n_keys++] = (struct dkim_key_name){ .selector = SPAN("k") };
	return 0;
}

static WAITS int sign(const struct dkim_sign_hashes_args *a, struct arena *mem,
                      struct dkim_sign_hashes_reply *out)
{
	CHECK_INT(a->n_hashes, 1);
	CHECK_INT(a->hashes[0].digest.n, 32);
	out->signatures = arena_new(mem, struct dkim_signed);
	out->signatures[0].octets = SPAN("made");
	out->n_signatures = 1;
	return desk.key_fails;
}

void desk_open(void)
{
	desk = (struct desk){ .set = { .server_hostname = "mx.home.test",
		                       .smtp_size_max = 4 << 20,
		                       .smtp_rcpt_max = 5,
		                       .smtp_hops_max = 50,
		                       .smtp_memory = 1 << 20,
		                       .store_blob_threshold = 1000 },
		              .file = BUF(8 << 20),
		              .fd = memfd_create("body", MFD_CLOEXEC) };
	CHECK(desk.fd >= 0);
	directory_lookup_serve(lookup);
	queue_submit_serve(submit);
	queue_room_serve(room);
	queue_file_serve(file);
	dkim_keys_serve(keys);
	dkim_sign_hashes_serve(sign);
}

void desk_close(void)
{
	CHECK(!desk.file_open);
	close(desk.fd);
	buf_fini(&desk.file);
	arena_fini(&desk.mem);
	directory_lookup_serve(NULL);
	queue_submit_serve(NULL);
	queue_room_serve(NULL);
	queue_file_serve(NULL);
	dkim_keys_serve(NULL);
	dkim_sign_hashes_serve(NULL);
}

int desk_sender(struct intake *in, const char *address, struct intake_no *no)
{
	struct smtp_path path;

	CHECK_INT(smtp_address_split(span_str(address), SMTP_PATH_NULL, &path), 0);
	return intake_sender(in, &path, false, no);
}

int desk_recipient(struct intake *in, const char *address, struct intake_no *no)
{
	struct smtp_path path;

	CHECK_INT(smtp_address_split(span_str(address), SMTP_PATH_POSTMASTER, &path), 0);
	return intake_recipient(in, &path, no);
}

struct intake *desk_intake(enum intake_kind kind)
{
	struct intake_source from = { .kind = kind,
		                      .may_relay = kind != INTAKE_TRANSFER,
		                      .answers_each = kind == INTAKE_OPERATOR,
		                      .login = kind == INTAKE_SUBMISSION ? SPAN("alice@home.test")
		                                                         : SPAN(""),
		                      .client_address = SPAN("192.0.2.1"),
		                      .trace = { .helo = SPAN("client.test"), .ehlo = true } };
	struct intake_no no;
	struct intake *in = NULL;

	CHECK_INT(intake_open(&desk.set, &from, &in), 0);
	CHECK_INT(desk_sender(in, kind == INTAKE_TRANSFER ? "x@away.test" : "alice@home.test", &no),
	          0);
	CHECK_INT(desk_recipient(in, "bob@home.test", &no), 0);
	return in;
}

int desk_text(struct intake *in, struct span text, size_t n)
{
	struct queue_submit_reply done;

	for (size_t at = 0; at < text.n; at += n) {
		intake_put(in, span_sub(text, at, n));
		CHECK_INT(intake_settle(in), 0);
	}
	return intake_commit(in, &done);
}
