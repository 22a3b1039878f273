/* intake/submission.c - a submission's header: whose From it is; Date, Message-ID, no Bcc.
 *
 * RFC 6409 6.1 and 8.
 */
#include "intake/intake_impl.h"

#include "base/os.h"
#include "directory/route.h"
#include "wire/message/address.h"
#include "wire/message/submit.h"

/* RFC 6409 6.1: each From and Sender mailbox belongs to the login. */
static WAITS int check_authors(struct intake *in, const struct message_mailbox *who, size_t n,
                               const char *field)
{
	for (size_t i = 0; i < n; i++) {
		AUTO_BUF address = BUF(SMTP_PATH_MAX * 4);
		struct directory_route route = { 0 };
		int r = message_address_put(&address, &who[i]);

		if (r >= 0)
			r = directory_route(buf_span(&address), &in->mem, &route); /* WAITS */
		if (r == 0 && span_eq(route.account, in->from.login))
			continue;
		if (r < 0 && r != ERR_NOT_FOUND && r != ERR_REFUSED && r != ERR_SYNTAX &&
		    r != ERR_TOO_LONG)
			return r;
		intake_refuse(in, 550, "5.7.1",
		              "%s names %.*s, and you are logged in as %.*s; send from your own "
		              "address",
		              field, (int)address.n, address.p, SPAN_ARG(in->from.login));
	}
	return 0;
}

/* "19a3f0c2b7e.5d1c09aa37e2f4b6": unique for ever with the host name behind it (RFC 5322 3.6.4). */
static const char *unique_id(struct arena *mem)
{
	uint64_t chance;
	os_random(&chance, sizeof chance);
	return arena_printf(mem, "%jx.%jx", (uintmax_t)clock_wall_time_ms(), (uintmax_t)chance);
}

static bool refuse_faults(struct intake *in, int r, const struct message_submit *done)
{
	unsigned fatal = MESSAGE_FAULT_NO_FROM | MESSAGE_FAULT_FROM_TWICE |
	                 MESSAGE_FAULT_FROM_SYNTAX | MESSAGE_FAULT_FROM_GROUP |
	                 MESSAGE_FAULT_SENDER_SYNTAX |
	                 MESSAGE_FAULT_MALFORMED; /* a Bcc behind it would stay */

	if (r == ERR_TOO_BIG)
		intake_refuse(in, 552, "5.3.4", "%s", err_str(r));
	else if (r == ERR_SYNTAX || r == ERR_LIMIT)
		intake_refuse(in, 550, "5.6.0", "Bad message header: %s", err_str(r));
	else if (r >= 0 && (done->faults & fatal))
		intake_refuse(in, 550, "5.6.0", "Bad message header: %s",
		              message_submit_fault_str(done->faults & fatal));
	return in->no.code != 0;
}

static void note_message_id(struct intake *in)
{
	struct message_field f;

	if (message_header_find(buf_span(&in->made), SPAN("Message-ID"), &f))
		in->facts.message_id = message_value_text(f.value, INTAKE_TEXT_MAX, &in->mem);
}

WAITS int intake_submission(struct intake *in)
{
	struct message_submit done;
	struct message_submit_facts facts = { .time_ms = clock_wall_time_ms(),
		                              .hostname = span_str(in->set->server_hostname),
		                              .id = span_str(unique_id(&in->mem)) };

	int r = message_submit(buf_span(&in->text), &facts, &in->mem, &in->made, &done);
	if (refuse_faults(in, r, &done))
		return 0;
	if (r >= 0 && in->from.login.n)
		r = check_authors(in, done.from, done.n_from, "From"); /* WAITS */
	if (r >= 0 && in->from.login.n)
		r = check_authors(in, done.sender, done.n_sender, "Sender"); /* WAITS */
	if (r >= 0 && (done.edits & MESSAGE_EDIT_ADDED_MESSAGE_ID))
		note_message_id(in);
	return r;
}
