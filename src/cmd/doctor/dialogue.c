/* cmd/doctor/dialogue.c - see dialogue.h.  No message is ever sent. */
#include "cmd/doctor/dialogue.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/smtp/ehlo.h"
#include "wire/smtp/reply.h"

enum { CONNECT_MS = 10000, REPLY_S = 10, READ_BYTES = 1024, COMMAND_BYTES = 512 };

struct talk {
	int fd;
	SSL_CTX *context;
	SSL *ssl; /* NULL: clear text */
	struct smtp_reply reply;
	char octets[READ_BYTES];
	struct span in; /* of octets, not used yet */
	struct doctor_dialogue *out;
};

static int fail(struct talk *t, const char *what, const char *why)
{
	snprintf(t->out->failed, sizeof t->out->failed, "%.100s%s%.100s", what, *why ? ": " : "",
	         why);
	return ERR_NET;
}

/* A socket that waits no longer than REPLY_S for anything; -1 and errno. */
static int dial(const struct address *to)
{
	struct timeval limit = { .tv_sec = REPLY_S };
	int fd = socket(to->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int why = 0;
	socklen_t n = sizeof why;

	if (fd < 0)
		return fd;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	if (connect(fd, &to->sa, to->len) < 0 && errno != EINPROGRESS)
		why = errno;
	else if (poll(&p, 1, CONNECT_MS) != 1)
		why = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &n);
	if (!why && fcntl(fd, F_SETFL, 0) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0)
		return fd;
	close(fd);
	return errno = why ? why : EIO, -1;
}

static int read_some(struct talk *t)
{
	ssize_t n = t->ssl ? SSL_read(t->ssl, t->octets, READ_BYTES)
	                   : read(t->fd, t->octets, READ_BYTES);

	if (n <= 0)
		return fail(t, n < 0 && errno == EAGAIN ? "it is silent" : "it ends the connection",
		            "");
	t->in = span_make(t->octets, (size_t)n);
	return 0;
}

/* The code of the next reply. */
static int hear(struct talk *t)
{
	int r;

	while ((r = smtp_reply_feed(&t->reply, &t->in)) == 0) {
		r = read_some(t);
		if (r < 0)
			return r;
	}
	return r < 0 ? fail(t, "it does not speak SMTP", "") : t->reply.code;
}

static int say(struct talk *t, const char *line)
{
	char whole[COMMAND_BYTES];
	int n = snprintf(whole, sizeof whole, "%s\r\n", line);
	int sent = t->ssl ? SSL_write(t->ssl, whole, n) : (int)write(t->fd, whole, (size_t)n);

	return sent == n ? hear(t) : fail(t, "it ends the connection", "");
}

static void flat(const struct talk *t, char out[DOCTOR_WORDS_BYTES])
{
	AUTO_BUF words = BUF(DOCTOR_WORDS_BYTES);

	smtp_reply_put_flat(buf_span(&t->reply.text), DOCTOR_WORDS_BYTES - 1, &words);
	snprintf(out, DOCTOR_WORDS_BYTES, "%.*s", SPAN_ARG(buf_span(&words)));
}

static void note_certificate(struct talk *t, const uint8_t *expected)
{
	X509 *x = SSL_get1_peer_certificate(t->ssl);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	t->out->same_certificate = x && expected && X509_digest(x, EVP_sha256(), digest, &n) &&
	                           memcmp(digest, expected, DOCTOR_DIGEST_BYTES) == 0;
	X509_free(x);
}

/* Whoever it is: names and chains are judged by the file. */
static int encrypt(struct talk *t, const uint8_t *expected)
{
	t->context = SSL_CTX_new(TLS_client_method());
	t->ssl = t->context ? SSL_new(t->context) : NULL;
	t->in = SPAN("");
	if (!t->ssl || !SSL_set_fd(t->ssl, t->fd) || SSL_connect(t->ssl) != 1) {
		SSL_free(TAKE(t->ssl));
		ERR_clear_error();
		return ERR_TLS;
	}
	t->out->encrypted = true;
	note_certificate(t, expected);
	return 0;
}

static int hello(struct talk *t, struct dialogue *how)
{
	char line[COMMAND_BYTES], ip[ADDRESS_TEXT_BYTES];
	struct smtp_ehlo ehlo;

	address_text(&how->from, false, ip);
	if (*how->hello)
		snprintf(line, sizeof line, "EHLO %s", how->hello);
	else
		snprintf(line, sizeof line, strchr(ip, ':') ? "EHLO [IPv6:%s]" : "EHLO [%s]", ip);
	int code = say(t, line);
	if (code != 250)
		return code < 0 ? code : fail(t, "it refuses EHLO", "");
	smtp_ehlo_parse(buf_span(&t->reply.text), &ehlo);
	t->out->starttls = t->out->starttls || ehlo.ext & SMTP_EXT_STARTTLS;
	return 0;
}

static int start_tls(struct talk *t, struct dialogue *how)
{
	int code = say(t, "STARTTLS");

	if (code < 0)
		return code;
	if (code != 220)
		return 0;
	/* A handshake that failed leaves nothing to speak with; `encrypted` says so. */
	return encrypt(t, how->expected) < 0 ? ERR_TLS : hello(t, how);
}

static int try_recipient(struct talk *t, const char *recipient)
{
	char line[COMMAND_BYTES];
	int code = say(t, "MAIL FROM:<>");

	snprintf(line, sizeof line, "RCPT TO:<%s>", recipient);
	if (code == 250)
		code = say(t, line);
	if (code < 0)
		return code;
	t->out->relay_code = code;
	flat(t, t->out->relay_words);
	return 0;
}

static int converse(struct talk *t, struct dialogue *how)
{
	int r = how->tls_first ? encrypt(t, how->expected) : 0;

	if (r < 0)
		return fail(t, "TLS fails", "");
	r = hear(t);
	if (r < 0)
		return r;
	t->out->greeted_ms = clock_wall_time_ms();
	flat(t, t->out->greeting);
	if (r != 220)
		return fail(t, "it greets with", t->out->greeting);
	r = hello(t, how);
	if (r >= 0 && how->expected && t->out->starttls)
		r = start_tls(t, how);
	if (r >= 0 && how->recipient)
		r = try_recipient(t, how->recipient);
	return r < 0 ? r : say(t, "QUIT");
}

void dialogue_run(struct dialogue *how, struct doctor_dialogue *out)
{
	struct talk t = { .out = out };
	char at[ADDRESS_TEXT_BYTES];

	*out = (struct doctor_dialogue){ 0 };
	snprintf(out->at, sizeof out->at, "%s", address_text(&how->to, true, at));
	t.fd = dial(&how->to);
	if (t.fd < 0) {
		fail(&t, "it cannot be connected to", strerror(errno));
		return;
	}
	how->from = (struct address){ .len = sizeof how->from.in6 };
	if (getsockname(t.fd, &how->from.sa, &how->from.len) < 0)
		how->from.len = 0;
	smtp_reply_init(&t.reply);
	(void)converse(&t, how); /* `out` has it all */
	smtp_reply_fini(&t.reply);
	SSL_free(t.ssl);
	SSL_CTX_free(t.context);
	close(t.fd);
}
