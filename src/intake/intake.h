/* intake/intake.h - the one room through which every message enters.
 *
 * Floor: above queue's calls and directory, below all who receive (SMTP, the control socket).
 * Sources: RFC 5321 3.3, 4.4 (trace fields), 4.5.1, 6.3 (loops); RFC 6409 6.1, 8 (submission).
 *
 *	intake_open -> intake_sender -> intake_recipient ... -> intake_put, intake_settle ...
 *	            -> intake_commit: prepare, judge, sign, commit -> intake_close
 *
 * Envelope: where mail for a recipient goes, whose sender it may be; each address in its one form.
 * Content: gathered in flat memory; a body past store.blob_threshold goes to the store while it
 * comes.  Once something is wrong the rest is dropped, so that who receives stays in step with the
 * client, and the refusal is told at the end.
 */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include "base/arena.h"
#include "base/map.h"
#include "calls/inspect.h"
#include "calls/queue.h"
#include "calls/spool.h"
#include "config/settings.h"
#include "wire/message/write/trace.h"
#include "wire/smtp/path.h"

enum {
	INTAKE_HEADER_BYTES_MAX = 256 << 10,   /* a header section of more is refused: 552 5.3.4;
	                                          so is one of MESSAGE_FIELDS_MAX fields        */
	INTAKE_ENVELOPE_BYTES_MAX = 384 << 10, /* of all recipients, which cross in one call;
	                                          what is more: 452, as past smtp.rcpt_max      */
	INTAKE_SMALL_BYTES = 8 << 10,          /* no text is sent to disk early below this      */
};

enum intake_kind {
	INTAKE_TRANSFER,   /* from any server; the header is left as it is                     */
	INTAKE_SUBMISSION, /* RFC 6409: from the account `login`, as itself; the header is completed
	                    */
	INTAKE_OPERATOR,   /* from this machine's owner, as anybody                            */
	INTAKE_KEPT,       /* goes nowhere (IMAP's APPEND): however many servers it has passed */
};

/* From whom.  Borrowed for as long as the intake lives, but for client_address, which is copied. */
struct intake_source {
	enum intake_kind kind;
	bool may_relay;         /* recipients anywhere                                     */
	bool greylisted;        /* who is new has to come again, where a recipient wants that */
	bool answers_each;      /* each recipient's fate is told apart                     */
	bool further;           /* its command has another body in a file already          */
	struct span login;      /* the account; empty: none                                */
	struct span ticket;     /* what shows that to the store                            */
	struct span suppressor; /* of INTAKE_OPERATOR: a ticket of the account whose suppressions
	                         * (calls/suppressions.h) hold; empty: none do */
	struct span client_address; /* text, without port                                      */
	struct span protocol;       /* empty: as trace has it                                  */
	uint64_t octets;            /* of the message, as the client says (RFC 1870); 0: unknown */
	struct message_received trace; /* helo, rdns, how; the rest is filled in here          */
};

/* Why something is not taken, as a reply: with the codes one line of at most 512 octets (RFC 5321
 * 4.5.3.1.5).  code 0: it is. */
struct intake_no {
	int code;
	const char *enhanced;
	char text[480];
};

/* What the header says (intake/facts.c). */
struct intake_facts {
	size_t n_received; /* hops: Received fields                                  */
	struct span *had;  /* mailboxes that had it: values of Delivered-To          */
	size_t n_had;
	bool eight_bit;         /* an octet >= 0x80 in the header section                 */
	bool is_signed;         /* the body must stay as it is (wire/message/signed.h)    */
	struct span message_id; /* of the first such field, one line, for people          */
	struct span subject;    /* likewise                                               */
	struct span from, date; /* values of the first such field as they are, folds kept */
};

struct intake {
	const struct settings *set;
	struct intake_source from;
	struct arena mem;

	struct span return_path; /* in its one form; empty for <> */
	struct span sender;      /* the one that came, where return_path is made to forward */
	bool smtputf8;           /* the client asked for it       */
	bool trial;              /* nothing is kept or told of it: set before the envelope */
	struct record_recipient *rcpts;
	struct queue_verdict *verdicts; /* of recipients that are not simply accepted           */
	struct span sender_wish;        /* likewise of who sends */
	struct span *wishes; /* of each recipient: what its domain and account say of steps */
	size_t n_rcpts, rcpts_room, n_verdicts, verdicts_room, envelope_bytes;
	uint32_t room;         /* so many recipients may be sent to now, as far as is known */
	bool room_told;        /* that there is no more */
	bool suppresses;       /* who sends may have suppressions */
	struct span list;      /* of which the message is; empty: none */
	struct map elsewhere;  /* recipients that are not ours, to name each once */
	struct span forwarder; /* the domain of ours whose address led elsewhere; empty: none */

	/* What was found of the client before the message came. */
	struct inspect_finding seen[STEP_COUNT];
	size_t n_seen;

	struct intake_no no; /* the first reason against the message; the caller may read it    */
	struct intake_facts facts;
	struct span signed_by; /* the domain whose keys signed it; empty: it is not signed */
	uint64_t size_bytes;   /* of the content so far */
	int64_t since_us;      /* its end was asked for */
	const struct inspect_edit *edits; /* by mail filters, of the header */
	size_t n_edits;
	struct inspect_new_body new_body; /* likewise; token 0: none, or it was fetched */
	bool filters_act;                 /* what they do is done, for some recipient wants it */
	bool spf_asked, spf_passed;       /* by greylist.c */
	struct record_item given[3];      /* by intake_give */
	bool waits;                       /* intake_send_at */
	size_t n_given;
	enum intake_greyed {
		INTAKE_NOT_GREYED, /* nobody was asked */
		INTAKE_KNOWN,
		INTAKE_PERMITTED, /* it is new, and its sender's domain permits it */
		INTAKE_NEW,
	} greyed;          /* the last recipient */
	struct span chain; /* "none", "pass", "fail": what its ARC is worth; empty: not known */
	size_t results_at, results_n; /* in the prefix: our Authentication-Results; 0: none */

	/* Of a message that was sent from here, and has come back (reports.c). */
	bool returned; /* a recipient is the return path of one */
	struct queue_report *reports;
	size_t n_reports;
	struct span reporter, reported_id, reported_path;

	/* content.c's own */
	struct buf prefix, text, made, found;
	size_t searched, header_n, held;
	bool split, body_8bit;
	struct spool spool; /* of a large body; of no blob: there is none */
};

/* ERR_NO_MEMORY. */
NODISCARD int intake_open(const struct settings *set, const struct intake_source *from,
                          struct intake **out);
/* Frees, and takes back what was not committed; NULL is nothing. */
WAITS void intake_close(struct intake *in);

/* The return path; <> is path->local empty.  ERR_REFUSED and *no: it is not the account's own, or
 * the account may not send now.  Others are faults of ours. */
NODISCARD WAITS int intake_sender(struct intake *in, const struct smtp_path *path, bool smtputf8,
                                  struct intake_no *no);
/* An item of its record that its sender's program gives (calls/record_sent.h), one of a kind; the
 * octets are borrowed until the commit. */
void intake_give(struct intake *in, uint16_t kind, struct span octets);
/* Gives RECORD_ITEM_SEND_AT: what is of ours, too, is delivered then, to whom its address leads at
 * that time. */
NODISCARD int intake_send_at(struct intake *in, int64_t time_ms);
/* Something that a step has found of the client; one of each step.  ERR_NO_MEMORY. */
NODISCARD int intake_found(struct intake *in, const struct inspect_finding *f);
/* One recipient.  The same mailbox may come again, in whatever form, and gets one copy.  One of
 * ours: delivered to the first of its addresses, and each has its own state.  One elsewhere: it is
 * a recipient once.
 *   ERR_REFUSED  and *no: unknown here, a domain that cannot be, not ours to send to, or to be
 *                named again later
 *   ERR_LIMIT    the recipients so far are as many as one message may have
 *   others are faults of ours */
NODISCARD WAITS int intake_recipient(struct intake *in, const struct smtp_path *path,
                                     struct intake_no *no);
/* All of them are named, where each is told apart: those that who sends has suppressed are refused.
 */
NODISCARD WAITS int intake_recipients_end(struct intake *in);
/* The client has named one that is unknown here: of who sends, that is counted (sending/). */
WAITS void intake_unknown(struct intake *in);
/* postmaster and abuse, whatever is found of who connects. */
bool intake_is_always_open(const struct smtp_path *to);
/* Notes a recipient that intake_recipient has refused for *no, for senders who are told of each one
 * apart: its state is "refused" from the first.  ERR_NO_MEMORY, ERR_LIMIT, ERR_SYNTAX. */
NODISCARD int intake_recipient_refused(struct intake *in, const struct smtp_path *path,
                                       const struct intake_no *no);

/* True when recipient i alone was refused, for *out (an intake that answers each). */
bool intake_refused(const struct intake *in, uint32_t i, struct intake_no *out);

/* True when a mail filter took recipient i out of the message. */
bool intake_taken_out(const struct intake *in, uint32_t i);

/* More of the content, in lines that end in CRLF; at most 64 KiB between two intake_settle.  Does
 * not wait; nothing is kept once refused. */
void intake_put(struct intake *in, struct span octets);
/* After each read: limits, and the way to the store for what is long.  A fault of ours becomes
 * the refusal, so only ERR_CANCELLED is returned. */
NODISCARD WAITS int intake_settle(struct intake *in);
/* Notes the first refusal; later ones change nothing. */
void intake_refuse(struct intake *in, int code, const char *enhanced, const char *fmt, ...)
        PRINTF(4, 5);

/* At the content's end: prepares, has it judged, signs, commits; answered once it is synced.
 * ERR_REFUSED: in->no says why.  Others are faults of ours. */
NODISCARD WAITS int intake_commit(struct intake *in, struct queue_submit_reply *out);

/* At the content's end, where it is kept as it is and goes to no recipient (IMAP's APPEND): not
 * judged, nothing is put in front.  The record borrows from the intake.  ERR_REFUSED: in->no says
 * why.  Once it is kept, intake_content_kept: a large body's file is the store's then.
 *   aside  the body goes to a file, however small */
NODISCARD WAITS int intake_content(struct intake *in, bool aside, struct record_message *out);
void intake_content_kept(struct intake *in);

#endif
