/* component/mail/mail.h - a mail while it is composed, and made. */
#ifndef COMPONENT_MAIL_MAIL_H
#define COMPONENT_MAIL_MAIL_H

#include "base/arena.h"
#include "base/buf.h"
#include "component/code.h"
#include "component/mail/source.h"
#include "wire/message/write/compose.h"

/* What is told of a mail that is none. */
#define MAIL_NULL "the mail is NULL: postrider_mail_new had no memory, or was not called"

enum {
	MAIL_WORDS = 512,
	MAIL_BYTES_MAX = 1 << 30, /* of a message without what is read while it is sent */
};

struct mail_people {
	struct message_person *v;
	size_t n, room;
};

struct mail_attachment {
	struct message_attachment part;
	struct source *source; /* NULL: the octets are in part */
};

struct mail_attachments {
	struct mail_attachment *v;
	size_t n, room;
	size_t read; /* octets of files that were read at once */
};

struct mail_extras {
	struct message_extra *v;
	size_t n, room;
};

struct postrider_mail {
	struct arena mem;
	int err;      /* the first error's enum postrider_error; 0: none */
	bool passing; /* the words are of the latest call alone: nothing is wrong with the mail */
	char words[MAIL_WORDS];
	struct message_draft draft;
	struct mail_people to, cc, bcc;
	struct mail_attachments attachments;
	struct mail_extras extras;
	struct span return_path;
	bool has_return_path, has_raw;
	bool looked; /* at its files: mail_look need not */
	struct buf raw;
};

/* Notes err r of our code, its words with what before them, as the mail's first error.  Returns it.
 */
int mail_fail(struct postrider_mail *m, int r, const char *what);
/* The same where it is not the mail's, such as a file that cannot be read now: the next call begins
 * anew. */
int mail_fail_once(struct postrider_mail *m, int r, const char *what);
/* It will never do, but for want of memory.  m may be NULL. */
bool mail_is_bad(const struct postrider_mail *m);
/* 0 where a call may go on: there is a mail, without an error, and a value. */
int mail_begin(struct postrider_mail *m, const void *value, const char *what);
/* The same for what a whole message (raw) has already. */
int mail_begin_part(struct postrider_mail *m, const void *value, const char *what);
/* Copies into *out text of one line. */
int mail_set_line(struct postrider_mail *m, const char *text, const char *what, struct span *out);
/* Room for one more of size octets, at v; NULL: no memory, noted. */
void *mail_grow(struct postrider_mail *m, void *v, size_t n, size_t *room, size_t size);
/* RFC 5321 4.1.2, 4.5.3.1: a header may have addresses that no mail can be sent to: ERR_SYNTAX. */
NODISCARD int mail_check_recipient(struct span address);
/* Adds the mailboxes of a list, each one that mail can be sent to. */
int mail_add_people(struct postrider_mail *m, struct mail_people *to, struct span list,
                    const char *what);

/* One mailbox, in the mail's memory; an error is noted. */
int mail_person(struct postrider_mail *m, const char *text, const char *what,
                struct message_person *out);

/* The files as they are now are the ones to be sent.  ERR_IO with words. */
NODISCARD int mail_look(struct postrider_mail *m);

void mail_people_fini(struct mail_people *people);

/* What is read while the message is sent; its base64 stands before text[at]. */
struct mail_piece {
	size_t at;
	const struct source *source;
};

/* A message ready to be sent.  Spans live in mem. */
struct mail_made {
	struct arena mem;
	struct buf octets;
	struct span text;
	struct mail_piece *pieces; /* in the message's order */
	size_t n_pieces;
	uint64_t size;  /* with the pieces; 0: not known */
	bool exclusive; /* one reader at a time */
	struct span return_path;
	struct span *addresses; /* each once; text of the mail's */
	size_t n_addresses;
	bool smtputf8, eight_bit, is_signed;
};

/* enum postrider_error, also noted in m, for good unless the fault is our own (a file that cannot
 * be read now, no memory): then m->err is 0; addresses and return_path are there all the same, as
 * far as they are known.  m may be NULL. */
int mail_make(struct postrider_mail *m, struct mail_made *out);
void mail_made_fini(struct mail_made *made);

#endif
