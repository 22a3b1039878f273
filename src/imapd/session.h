/* imapd/session.h - one IMAP conversation: what its command handlers share.
 *
 * A handler reads: syntax, action, untagged answers.  It returns 0, and the session says OK; or an
 * error, and the session says NO, or BAD when it came from a parser (imapd_bad()).  What it wants
 * said with that it puts in the call.
 */
#ifndef IMAPD_SESSION_H
#define IMAPD_SESSION_H

#include "calls/mailbox.h"
#include "base/list.h"
#include "imapd/imapd.h"
#include "login/kept.h"
#include "imapd/view_sets.h"
#include "wire/imap/capability.h"
#include "wire/imap/command.h"
#include "wire/imap/put.h"
#include "wire/imap/reader.h"
#include "wire/imap/set.h"

enum {
	IMAPD_OUT_BYTES = 16 << 10, /* gathered before they go to the stream */
	IMAPD_OUT_MAX = 20 << 20,   /* one answer, but what it sends in pieces */
	IMAPD_OWN_MAX = 4,
	IMAPD_WORK_MS = 300000, /* one call of the store, and what is between two */
};

struct imapd_session;
struct imapd_watch;

/* A selected mailbox: its messages by number, and what the client has not been told. */

struct imapd_box {
	struct list link; /* in the watch's sessions (watch.c) */
	struct imapd_watch *watch;
	struct imapd_session *session;
	uint32_t mailbox, uid_validity, uid_next;
	uint8_t role; /* enum mailbox_role */
	bool read_only, dirty;
	struct view view;
	uint64_t told, gone;         /* modseqs: flags and arrivals, expunges are told up to here */
	uint64_t own[IMAPD_OWN_MAX]; /* changes that this session made and has heard of */
	unsigned n_own;
	struct imap_run *saved; /* `$`: UIDs (RFC 5182) */
	size_t n_saved;
};

/* Between commands; all that a session in IDLE is. */
struct imapd_session {
	struct stream *stream;
	const struct imapd_server *server;
	const struct settings *set;
	struct imap_reader reader;
	size_t taken; /* octets at the stream's front that the reader has seen */
	struct login_kept login;
	int64_t login_until_at;
	struct imapd_box *box; /* selected; NULL: none */
	uint64_t enabled;      /* OR of IMAP_CAP() */
	unsigned n_errors, n_auth_failures;
	bool counted, quit, idling;
};

/* One command. */
struct imapd_call {
	struct imap_command cmd;
	struct imap_cursor args;
	struct arena mem;
	struct buf out;      /* untagged answers */
	const char *code;    /* of the tagged answer, without brackets; NULL: by the error */
	const char *text;    /* NULL: "FETCH done", or the error's */
	const char *damaged; /* UIDs of messages that cannot be read, the first of them; or NULL */
	uint32_t n_damaged;
	bool bad;     /* the error is the client's: BAD */
	bool in_part; /* some of it is done, whatever fails after that */
	bool silent;  /* there is no tagged answer (yet) */
	struct mailbox_keywords_reply keywords;
	bool has_keywords;
};

/* Whether names and strings go in UTF-8 (RFC 6855 3, RFC 9051 5.1). */
bool imapd_utf8(const struct imapd_session *s);
bool imapd_enabled(const struct imapd_session *s, uint64_t caps);
/* RFC 7162 3.1: from the first command that asks for it on, changes come with MODSEQ.  In a mailbox
 * that is open, the client is told where it stands. */
NODISCARD WAITS int imapd_condstore(struct imapd_session *s, struct imapd_call *c);
/* Puts the modseq up to which all changes of the box were told; nothing, unless `always`, when that
 * is all there are.  1: there are others. */
NODISCARD WAITS int imapd_put_modseq(struct imapd_session *s, struct imapd_call *c, bool always);
enum imap_state imapd_state(const struct imapd_session *s);
static inline struct span imapd_ticket(const struct imapd_session *s)
{
	return buf_span(&s->login.ticket);
}

/* r of a parser: returns it, for BAD, or for NO where it says so (wire/imap/cursor.h). */
NODISCARD int imapd_bad(struct imapd_call *c, int r);
/* return imapd_no(c, "CANNOT", "INBOX stays"): ERR_REFUSED. */
NODISCARD int imapd_no(struct imapd_call *c, const char *code, const char *text);

/* Sends what is in c->out once it is much; imapd_send: all of it.  Their errors end the session: a
 * client that does not read for imap.write_time is one. */
NODISCARD WAITS int imapd_ease(struct imapd_session *s, struct imapd_call *c);
NODISCARD WAITS int imapd_send(struct imapd_session *s, struct buf *out);
/* Octets that are in no buffer, behind c->out. */
NODISCARD WAITS int imapd_put(struct imapd_session *s, struct imapd_call *c, struct span octets);
/* Untagged OK, NO, BAD, BYE, at once. */
NODISCARD WAITS int imapd_say(struct imapd_session *s, const char *what, const char *text);
/* The tagged answer to a command that returned r; negative when the session is to end. */
NODISCARD WAITS int imapd_answer(struct imapd_session *s, struct imapd_call *c, int r);
/* The session is over when a handler returns it. */
bool imapd_is_end(int r);
/* And when imapd_news does: the login has ended, or the mailbox was removed. */
bool imapd_news_end(int r);

/* The next event of the reader; waits for octets, and for nothing else.  Ends what the event before
 * has borrowed. */
NODISCARD WAITS int imapd_next(struct imapd_session *s, enum imap_read *event);
/* A line that is no command: s->reader.text.  ERR_TOO_LONG. */
NODISCARD WAITS int imapd_line(struct imapd_session *s);
/* The stream's octets that the reader has seen are let go. */
void imapd_taken(struct imapd_session *s);

/* ---- box.c ---- */

/* Opens a mailbox; the session had none. ERR_NOT_FOUND and others of calls/mailbox.h. */
NODISCARD WAITS int imapd_box_open(struct imapd_session *s, const struct mailbox_info *info,
                                   struct arena *mem);
WAITS void imapd_box_close(struct imapd_session *s);

/* Puts what has changed since the last time: EXISTS, FETCH, and, where they may come, EXPUNGE or
 * VANISHED (RFC 3501 7.4.1). */
NODISCARD WAITS int imapd_news(struct imapd_session *s, struct imapd_call *c, bool may_expunge);
/* A change with this modseq is told by the command that made it. */
void imapd_box_own(struct imapd_box *box, uint64_t modseq);
/* The messages of a client's set that are there, as ascending runs of UIDs.  ERR_SYNTAX, for BAD: a
 * number beyond the end. */
NODISCARD int imapd_pick(struct imapd_session *s, struct imapd_call *c, const struct imap_set *set,
                         bool uid, struct imap_set *out);
/* The last of the runs that are asked for at once with the i-th: they are not far apart. */
size_t imapd_stretch(const struct imap_set *uids, size_t i);
/* Puts EXPUNGE or VANISHED of messages, which leave the view; what is not in it is passed over. */
NODISCARD WAITS int imapd_put_gone(struct imapd_session *s, struct imapd_call *c,
                                   const struct mailbox_run *runs, size_t n);
/* What the tagged OK says once the client has been told of an expunge with this modseq (RFC 7162
 * 3.2.7): news are told before it. */
void imapd_told_expunge(struct imapd_session *s, struct imapd_call *c, uint64_t modseq);
/* Puts VANISHED, and nothing else. */
NODISCARD WAITS int imapd_put_vanished(struct imapd_session *s, struct imapd_call *c,
                                       const struct imap_run *gone, size_t n, bool earlier);

/* resync.c.  Puts VANISHED (EARLIER) of those of `known` that went after `since` (RFC 7162
 * 3.2.10.1). */
NODISCARD WAITS int imapd_vanished(struct imapd_session *s, struct imapd_call *c,
                                   const struct imap_set *known, uint64_t since);
/* What SELECT with QRESYNC tells of the box that is open (RFC 7162 3.2.5). */
struct imap_qresync;
NODISCARD WAITS int imapd_resync(struct imapd_session *s, struct imapd_call *c,
                                 const struct imap_qresync *q);

/* watch.c: one question for news in the process, however many sessions (mailbox_events). */
NODISCARD WAITS int imapd_watch(struct imapd_box *box);
WAITS void imapd_unwatch(struct imapd_box *box);

/* login.c: what CAPABILITY tells now. */
int imapd_put_capability(struct imapd_session *s, struct buf *out);
extern const struct imap_reader_limits imapd_limits_before, imapd_limits_after;

/* APPEND, from IMAP_READ_MESSAGE to its end: reads on by itself. */
NODISCARD WAITS int imapd_cmd_append_messages(struct imapd_session *s, struct imapd_call *c);
/* The session was woken, or a line came, while in IDLE (cmd_idle.c). */
NODISCARD WAITS int imapd_idle_news(struct imapd_session *s);
NODISCARD WAITS int imapd_idle_line(struct imapd_session *s, struct imapd_call *c);

typedef int imapd_handler(struct imapd_session *s, struct imapd_call *c);
#define COMMAND(NAME, handler, ...) WAITS imapd_handler imapd_cmd_##handler;
#include "wire/imap/commands.def"
#undef COMMAND

#endif
