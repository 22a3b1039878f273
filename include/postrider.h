/* clang-format off */
/* postrider.h - send mail, and know what became of it, recipient by recipient.
 *
 *	struct postrider_mail *m = postrider_mail_new("Alice <alice@example.org>", "bob@example.net", "Hello");
 *	postrider_mail_text(m, "How are you?");
 *	struct postrider_result *r = postrider_send(m, NULL);
 *	for (size_t i = 0; i < postrider_result_count(r); i++)
 *		puts(postrider_result_line(r, i));
 *	postrider_result_free(r);
 *	postrider_mail_free(m);
 *
 * Text is UTF-8 that ends in NUL; line ends are as you like.  Nothing here prints, starts a thread,
 * sets a signal handler or keeps anything outside of the objects that you hold; each object is for
 * one thread at a time, but for postrider_client_cancel; different ones may be used in different
 * threads.  NULL is permitted for every object and does nothing but fail, with POSTRIDER_INVALID and
 * words that say so; each free takes NULL.  From C++ nothing may be thrown out of a function that you
 * give to be called.
 *
 * Errors stick: after a call on a mail has failed, all that follow fail alike, and so does sending,
 * whose result says why.  So a program may look at the result alone.  Only what is no fault of the
 * mail does not stick: a file that cannot be read when the mail is sent or written, no memory then.
 * All recipients are deferred, and the same mail may be sent again.
 *
 * C99, and C++.  docs/guide/library.md tells more.
 */
#ifndef POSTRIDER_H
#define POSTRIDER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#define POSTRIDER_API __attribute__((visibility("default")))
#else
#define POSTRIDER_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What calls return: 0, or why not. */
enum postrider_error {
	POSTRIDER_OK = 0,
	POSTRIDER_INVALID = -1, /* a value that cannot be: the words tell which             */
	POSTRIDER_FILE = -2,    /* a file cannot be read                                    */
	POSTRIDER_LIMIT = -3,   /* too many, or too big                                     */
	POSTRIDER_NO_MEMORY = -4,
	POSTRIDER_FAILED = -5 /* the system, or what you gave to be called, failed        */
};

/* "0.1.0" */
POSTRIDER_API const char *postrider_version(void);

/* ---- composing --------------------------------------------------------------------- */

struct postrider_mail;

/* A mail.  from: one mailbox; to: any number, separated by commas; each may be NULL, and given
 * later.  "Bob <bob@example.net>", "\"B, Bob\" <bob@example.net>", "bob@example.net" (RFC
 * 5322 3.4). NULL: no memory. */
POSTRIDER_API struct postrider_mail *postrider_mail_new(const char *from, const char *to,
                                                        const char *subject);
POSTRIDER_API void postrider_mail_free(struct postrider_mail *m);
/* The first error of this mail in words, else why the latest call failed, or NULL.  Until the next
 * call on the mail. */
POSTRIDER_API const char *postrider_mail_error(const struct postrider_mail *m);

/* Who.  from and reply_to hold one mailbox, the last that was given; to, cc and bcc add to those
 * before.  Names may be in any script.  The local part of an address may be so where the
 * recipient's server has SMTPUTF8 (RFC 6531), its domain everywhere (RFC 5891).  One call takes
 * at most 10,000; so many are To and Cc in all, each, and bcc has no limit: it is in nobody's
 * copy.  A list that names nobody is refused. */
POSTRIDER_API int postrider_mail_from(struct postrider_mail *m, const char *mailbox);
POSTRIDER_API int postrider_mail_to(struct postrider_mail *m, const char *mailboxes);
POSTRIDER_API int postrider_mail_cc(struct postrider_mail *m, const char *mailboxes);
POSTRIDER_API int postrider_mail_bcc(struct postrider_mail *m, const char *mailboxes);
POSTRIDER_API int postrider_mail_reply_to(struct postrider_mail *m, const char *mailbox);
/* Where notifications of failures go (RFC 5321 4.5.5); "" for nowhere.  Otherwise it is From. */
POSTRIDER_API int postrider_mail_return_path(struct postrider_mail *m, const char *address);

/* Any characters but controls: a line break here would begin another field, and is refused. */
POSTRIDER_API int postrider_mail_subject(struct postrider_mail *m, const char *subject);

/* The text; likewise as HTML.  With both, readers choose (RFC 2046 5.1.4); with HTML alone a text
 * is made from it. */
POSTRIDER_API int postrider_mail_text(struct postrider_mail *m, const char *text);
POSTRIDER_API int postrider_mail_html(struct postrider_mail *m, const char *html);

/* A file; its name without folders is what the recipient sees (RFC 2183, RFC 2231), its type is
 * guessed from the name.  It is read while the mail is sent, once for each server, however big it
 * is: until then it must be there.  Has it changed meanwhile, or cannot it be read to its end, the
 * connection is dropped before the message is whole, so that nobody gets a part of it, and the
 * recipients that are left are deferred with words that name the file.  What is no regular file (a
 * pipe) is read at once, into a temporary file. */
POSTRIDER_API int postrider_mail_attach(struct postrider_mail *m, const char *path);
/* The same from memory, which is copied.  name: of a path the last part; NULL or "" for none.  type:
 * "image/png", or NULL: guessed from the name. */
POSTRIDER_API int postrider_mail_attach_memory(struct postrider_mail *m, const char *name,
                                               const char *type, const void *octets, size_t n);
/* The same from a function, which is called at once: it puts up to n octets and returns how many, 0 at
 * the end, or less than 0 when it failed.  What it gives is kept in a temporary file without a name
 * (in $TMPDIR, else /tmp) until the mail is freed. */
POSTRIDER_API int postrider_mail_attach_stream(struct postrider_mail *m, const char *name,
                                               const char *type,
                                               int (*get)(void *arg, void *octets, int n),
                                               void *arg);
/* The same from functions that are called while the mail is sent, once for each server, one server
 * after the other: begin, before each reading, which returns 0 once get will give the first octets;
 * get, as above.  size: how many octets there are, so that servers are told in advance (RFC 1870);
 * more or less of them is a failure, as with a file.  -1: not known.  Neither may call this mail or
 * its client. */
POSTRIDER_API int postrider_mail_attach_source(struct postrider_mail *m, const char *name,
                                               const char *type, int64_t size,
                                               int (*get)(void *arg, void *octets, int n),
                                               int (*begin)(void *arg), void *arg);
/* A person as a card (vCard, RFC 2426) that readers can keep; address and phone may be NULL. */
POSTRIDER_API int postrider_mail_contact(struct postrider_mail *m, const char *name,
                                         const char *address, const char *phone);
/* What the HTML shows as <img src="cid:ID"> (RFC 2387, RFC 2392); id: letters, digits, "-", "_",
 * ".", "@". */
POSTRIDER_API int postrider_mail_inline(struct postrider_mail *m, const char *path, const char *id);
POSTRIDER_API int postrider_mail_inline_memory(struct postrider_mail *m, const char *name,
                                               const char *type, const char *id, const void *octets,
                                               size_t n);

/* A further field, in the order given.  name: RFC 5322 2.2.  Refused: a value with a line break or
 * another control character; the fields that have calls of their own; MIME's, and those that
 * servers put; a Sender, Resent-* or Disposition-Notification-To that is no address, an In-Reply-To or
 * References that is no message id (RFC 5322 3.6). */
POSTRIDER_API int postrider_mail_header(struct postrider_mail *m, const char *name,
                                        const char *value);
/* Seconds since 1970; otherwise now. */
POSTRIDER_API int postrider_mail_date(struct postrider_mail *m, int64_t seconds);
/* "id@host", with or without brackets, in ASCII; otherwise one is made. */
POSTRIDER_API int postrider_mail_message_id(struct postrider_mail *m, const char *id);
/* An https URL at which a POST ends the subscription: List-Unsubscribe and List-Unsubscribe-Post
 * (RFC 8058).  The mail must be signed by DKIM on its way for receivers to heed it. */
POSTRIDER_API int postrider_mail_unsubscribe(struct postrider_mail *m, const char *url);

/* A whole message that was made elsewhere, instead of subject, text and all else: a mail that has
 * these already is refused it, and one that has it is refused these.  Line ends become
 * CRLF; Bcc and Return-Path are taken out, Date and Message-ID put in where they are missing (RFC
 * 6409 8); the rest stays as it is.  Without any to, cc or bcc it goes to whom its To, Cc and Bcc
 * name. */
POSTRIDER_API int postrider_mail_raw(struct postrider_mail *m, const void *octets, size_t n);

/* The message as it would be sent, to put, which returns 0 to go on.  What fails here has words
 * (postrider_mail_error), and does not stick unless the mail cannot be sent either.  Date and Message-ID stay the
 * same from the first time on. */
POSTRIDER_API int postrider_mail_write(struct postrider_mail *m,
                                       int (*put)(void *arg, const void *octets, size_t n),
                                       void *arg);

/* ---- sending ----------------------------------------------------------------------- */

struct postrider_result;

/* Sends the mail, and waits until each recipient is decided or out of time.  One attempt: what is
 * undecided is yours to send again, later.  server:
 *
 *	NULL, ""                       directly to the recipients' servers, as DNS names them (RFC 5321 5)
 *	"mail.example.org"             to that server, port 25; "host:587", "[2001:db8::1]:587"
 *	"smtp://user:password@host"    port 587; logs in
 *	"smtps://user:password@host"   port 465, TLS from the first octet (RFC 8314)
 *	"https://key@host"             to a Postrider server, port 443: it queues, retries, tells
 *	"lmtp:/run/dovecot/lmtp"       a Unix socket; "lmtp://host:24" over TCP (RFC 2033)
 *	"postrider:"                   to the Postrider server of this machine, which keeps trying;
 *	                               "postrider:/path/to/control", its control socket
 *
 * TLS is used where it is offered (RFC 7435).  With a login or smtps it is demanded, and the
 * certificate must be good for the host; localhost, 127.0.0.1 and ::1 may go without.  In user and
 * password, % and what a URL cannot hold is %XX.  Login is by SCRAM-SHA-256, PLAIN or LOGIN, the
 * first of these that the server has; or by a token (the client's option token, and
 * postrider_client_token).  A user without a password or a token is refused.
 *
 * Never NULL but without memory. */
POSTRIDER_API struct postrider_result *postrider_send(struct postrider_mail *m, const char *server);

/* A mail to each of many, with values of their own: {{name}} in the subject, the text, the html and
 * the values of further fields is what the recipient's row has in the column of that name; in the
 * html it is text, whatever it holds.  columns ends with NULL; the first is that of the recipient, a
 * mailbox.  values: n_rows rows, each of as many values as there are columns, one behind the other.
 * The mail has no to, cc or bcc of its own, and stays as it was.
 *
 *	const char *columns[] = { "to", "name", "sum", NULL };
 *	const char *values[] = { "bob@example.net", "Bob", "12.00", "carol@example.com", "Carol", "7.50" };
 *	postrider_mail_text(m, "Dear {{name}}, we owe you {{sum}}.");
 *	r = postrider_send_each(m, NULL, columns, values, 2);
 *
 * The result has one row a row; a row with a value that cannot be is refused alone.  Connections are
 * used again; at most four mails are on their way to one domain, or to the server that was named. */
POSTRIDER_API struct postrider_result *
postrider_send_each(struct postrider_mail *m, const char *server, const char *const *columns,
                    const char *const *values, size_t n_rows);

/* For options, and to send many mails over the same connections. */
struct postrider_client;

POSTRIDER_API struct postrider_client *postrider_client_new(void);
/* Says goodbye to the servers; takes a second at most. */
POSTRIDER_API void postrider_client_free(struct postrider_client *c);
/* Options, with what holds without them.  Each value is looked at here, and the words of a refusal
 * name it; of an option that is set again the latest value holds.
 *
 *	name            our name for EHLO; the system's, where that is a domain, else our address
 *	dns             name server, "192.0.2.53" or "127.0.0.1:5353"; those of the system
 *	dnssec          yes: answers are validated (RFC 4035), and mail goes by DANE (RFC 7672); no.
 *	                Not on Windows: yes is refused
 *	mta-sts         no: policies of MTA-STS (RFC 8461) are not looked at; yes, where libcurl is there
 *	mta-sts-port    of the web servers that have them; 443
 *	anchor          a DS record to trust besides the root's; may be given again, and adds
 *	port            of the servers that DNS names; 25
 *	private         yes: also to private and reserved addresses; no
 *	ipv6            no: IPv4 alone; yes
 *	roots           file of certificates to trust, in PEM; the system's
 *	token           an OAuth 2.0 access token: logins are by OAUTHBEARER (RFC 7628) or XOAUTH2, for
 *	                the user that the server's URL names ("smtp://user@host"), and never by password
 *	parallel        servers at once, 1 to 1000; 20
 *	connect-time    "30s": until a connection stands
 *	greeting-time   "5m": until the server's first words (RFC 5321 4.5.3.2)
 *	command-time    "5m": for each answer
 *	data-time       "10m": for the answer to the message
 *	time            "1h": for all of a mail; what is not decided then is deferred, class time-limit
 */
POSTRIDER_API int postrider_client_set(struct postrider_client *c, const char *option,
                                       const char *value);
/* Why the latest postrider_client_set, _dkim, _token or _watch failed, or NULL. */
POSTRIDER_API const char *postrider_client_error(const struct postrider_client *c);
/* Signs by DKIM (RFC 6376, RFC 8463) what is sent from now on for an author in that domain or below
 * it; of several domains the nearest.  key: a private key in PEM, RSA of 2048 bits or more or
 * Ed25519 (not on Windows), whose record is published at selector._domainkey.domain.  At most 8: two keys of one
 * domain sign both.  The whole message is read once more before it is sent. */
POSTRIDER_API int postrider_client_dkim(struct postrider_client *c, const char *domain,
                                        const char *selector, const char *key);
/* Called as a connection stands that is to log in: returns the access token, which is copied at once,
 * or NULL for none.  So a token may be renewed.  NULL: nothing is called. */
POSTRIDER_API int
postrider_client_token(struct postrider_client *c,
                       const char *(*token)(void *arg, const char *user, const char *host),
                       void *arg);
/* Called for each recipient as soon as it is decided, within the send: of result, row i can be
 * asked for.  What it returns but 0 ends the send: who is not decided by then is deferred.  Not to
 * be called in it: the mail, and result's free.  Of this client all is refused that sends or
 * sets; cancel ends the send, and so does free, which then takes place behind it.  NULL: nothing is
 * called. */
POSTRIDER_API int
postrider_client_watch(struct postrider_client *c,
                       int (*decided)(void *arg, const struct postrider_result *result, size_t i),
                       void *arg);
/* Ends the send that is under way, from any thread or a signal handler: who is not decided is
 * deferred.  When none is under way, the next one ends at once.  The one call that may be made while
 * another thread uses the client. */
POSTRIDER_API void postrider_client_cancel(struct postrider_client *c);
/* As postrider_send. */
POSTRIDER_API struct postrider_result *
postrider_client_send(struct postrider_client *c, struct postrider_mail *m, const char *server);

POSTRIDER_API struct postrider_result *
postrider_client_send_each(struct postrider_client *c, struct postrider_mail *m, const char *server,
                           const char *const *columns, const char *const *values, size_t n_rows);

/* The same within a loop of the program's own, which waits for a descriptor:
 *
 *	r = postrider_client_start(c, m, NULL);
 *	do {
 *		struct pollfd p = { postrider_client_fd(c), POLLIN, 0 };
 *		poll(&p, 1, postrider_client_wait_ms(c));        (or yours, with much else)
 *	} while (postrider_client_run(c) == 1);
 *
 * start begins: the result has its rows at once, each deferred until it is decided.  The mail must
 * stay as it is until the end, and the result, too; one send at a time.  Where the mail cannot be
 * sent nothing is under way, and run returns 0. */
POSTRIDER_API struct postrider_result *
postrider_client_start(struct postrider_client *c, struct postrider_mail *m, const char *server);
/* To be waited for until it can be read; the same from first to last.  To be asked for before each
 * waiting, since what it stands for changes.  On Windows the handle of an event object, for
 * WaitForMultipleObjects.  -1: there is none. */
POSTRIDER_API int postrider_client_fd(struct postrider_client *c);
/* For how long at most, as poll(2) has it; 0 when nothing is under way. */
POSTRIDER_API int postrider_client_wait_ms(const struct postrider_client *c);
/* Does what can be done without waiting.  1: it goes on; 0: all is decided; less: enum
 * postrider_error. */
POSTRIDER_API int postrider_client_run(struct postrider_client *c);

/* ---- what became of it ---------------------------------------------------------------
 *
 * One row a recipient, each address once, in the order of to, cc, bcc.  Text is "" where there is
 * none, and lives as long as the result.  A mail that could not be sent for an error of its own has
 * the same rows, each refused with the words of that error (deferred, where another time may do:
 * a file that could not be read then, no memory); without any recipient it has one row,
 * with the address "". */

/* The numbers are those of the server's records. */
enum postrider_state {
	POSTRIDER_DELIVERED = 3, /* the recipient's server, or the one named, took it      */
	POSTRIDER_DEFERRED = 4,  /* not now: undecided; send it again later                */
	POSTRIDER_REFUSED = 5    /* for good                                               */
};

POSTRIDER_API size_t postrider_result_count(const struct postrider_result *r);
/* "delivered  bob@example.net  mx.example.net: 250 2.0.0 ok"; until the next line of this result is
 * asked for. */
POSTRIDER_API const char *postrider_result_line(const struct postrider_result *r, size_t i);
/* An exit status.  0: all delivered; 1: some failed (refused), whatever became of the others; 2: none
 * failed, and some are undecided (deferred).  So of a mix of failed and undecided it is 1: look at the
 * rows for whom to send to again.  NULL: 2. */
POSTRIDER_API int postrider_result_status(const struct postrider_result *r);
/* {"message", "route", "recipients": [...]}; each recipient as the server tells it, but for what
 * is to be done about a deferred one (`postrider status --json`; docs/guide/ledger.md has the members).
 * Within a send it tells of who is decided by then, and lives until it is asked for again. */
POSTRIDER_API const char *postrider_result_json(const struct postrider_result *r);
/* The same to put, piece after piece, for results that are not to be in memory twice; put returns 0
 * to go on. */
POSTRIDER_API int
postrider_result_write_json(const struct postrider_result *r,
                            int (*put)(void *arg, const void *octets, size_t n), void *arg);
/* The error because of which nothing was sent, or NULL. */
POSTRIDER_API const char *postrider_result_error(const struct postrider_result *r);
/* Which way was taken, and why. */
POSTRIDER_API const char *postrider_result_route(const struct postrider_result *r);
POSTRIDER_API void postrider_result_free(struct postrider_result *r);

POSTRIDER_API const char *postrider_result_address(const struct postrider_result *r, size_t i);
POSTRIDER_API enum postrider_state postrider_result_state(const struct postrider_result *r,
                                                          size_t i);
/* The reason as one word: "delivered", "no-such-user", "mailbox-full", "greylisted", ... */
POSTRIDER_API const char *postrider_result_class(const struct postrider_result *r, size_t i);
/* The server's reply, as in 550, "5.1.1", "no such user".  0 without one: the words are ours. */
POSTRIDER_API int postrider_result_code(const struct postrider_result *r, size_t i);
POSTRIDER_API const char *postrider_result_enhanced(const struct postrider_result *r, size_t i);
POSTRIDER_API const char *postrider_result_words(const struct postrider_result *r, size_t i);
/* The same as a sentence for the sender: what it means, and what to do, since nobody here tries
 * again by itself. */
POSTRIDER_API const char *postrider_result_meaning(const struct postrider_result *r, size_t i);
/* The server, "mx.example.net" and "192.0.2.1:25". */
POSTRIDER_API const char *postrider_result_host(const struct postrider_result *r, size_t i);
POSTRIDER_API const char *postrider_result_host_address(const struct postrider_result *r, size_t i);
/* "TLSv1.3", "" in the clear; and the rule that was followed: "opportunistic", "DANE", "MTA-STS", "required", ... */
POSTRIDER_API const char *postrider_result_tls(const struct postrider_result *r, size_t i);
POSTRIDER_API const char *postrider_result_tls_policy(const struct postrider_result *r, size_t i);
/* How long it took. */
POSTRIDER_API int64_t postrider_result_ms(const struct postrider_result *r, size_t i);

#ifdef __cplusplus
}
#endif

#endif
