/* bench/load.c - an SMTP client that costs little: many sessions in one process.
 *
 *   bench_load [options] ADDRESS PORT          prints: MESSAGES SECONDS
 *
 *   -s N     sessions at once (1)
 *   -m N     messages in all (no limit)
 *   -d N     seconds after which no message begins (3600)
 *   -l N     octets of a message's body (2048)
 *   -1       one message a connection; otherwise a session keeps its connection
 *   -T       STARTTLS (RFC 3207), with a full handshake each time; no certificate is verified
 *   -L       LMTP (RFC 2033)
 *   -f, -t   return path and recipient.  A # in the recipient is the message's number; behind
 *            the @ it is that number modulo 200.
 *   -u N     the number in the recipient's local part is modulo N (all different)
 *   -i FILE  the message, ready for DATA (CRLF, dots doubled, no dot behind it); else one of its
 *            own
 *   -S A     connects from this IPv4 address
 *   -R       the recipient is refused for good (5yz), a connection each; these are counted
 *
 * One command, one reply (no PIPELINING).  Any reply but the expected one ends it with
 * status 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { REPLY_MAX = 2048, HEAD_MAX = 1024, EVENTS = 64, DOMAINS = 200, LINE = 78 };

/* What has been sent last; its reply is awaited. */
enum step { CONNECT, EHLO, STARTTLS, MAIL, RCPT, DATA, TEXT, QUIT };
static const char *const expected[] = { "220", "250", "220", "250", "250", "354", "250", "221" };

struct session {
	int fd;
	SSL *tls; /* NULL: in the clear */
	bool shaking_hands, blocked;
	enum step step;
	unsigned long message; /* the number of the one under way */
	struct iovec out[2];   /* still to be sent */
	size_t n_in;
	char in[REPLY_MAX + 1], head[HEAD_MAX];
};

static struct {
	long sessions, seconds, bytes;
	unsigned long messages, users;
	bool one, tls, lmtp, refused;
	const char *from, *to, *file;
	struct sockaddr_in server, source;
} set = { .sessions = 1, .messages = -1UL, .users = -1UL, .seconds = 3600, .bytes = 2048 };

static SSL_CTX *context;
static int poller;
static unsigned long begun, done;
static long open_sessions;
static double deadline;
static char *body;
static size_t body_n;

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_load: %s: %s\n", what, why);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The next message is this session's; false: there is none. */
static bool take(struct session *s)
{
	if (begun == set.messages || now() >= deadline)
		return false;
	s->message = begun++;
	return true;
}

/* ---- sending ------------------------------------------------------------------ */

/* What came of a call to OpenSSL, as of a socket: -1 and EAGAIN, or another errno. */
static ssize_t from_tls(const struct session *s, int n)
{
	if (n > 0)
		return n;
	int why = SSL_get_error(s->tls, n);
	errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
	return -1;
}

static ssize_t write_some(struct session *s)
{
	struct iovec *first = s->out[0].iov_len ? s->out : s->out + 1;

	return s->tls ? from_tls(s, SSL_write(s->tls, first->iov_base, (int)first->iov_len))
	              : writev(s->fd, s->out, 2);
}

static void watch(struct session *s, int operation, bool blocked)
{
	struct epoll_event e = { .events = blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = s };

	s->blocked = blocked;
	if (epoll_ctl(poller, operation, s->fd, &e) < 0)
		die("epoll_ctl", strerror(errno));
}

static void sent(struct session *s, size_t n)
{
	for (int i = 0; i < 2; i++) {
		size_t part = n < s->out[i].iov_len ? n : s->out[i].iov_len;

		s->out[i].iov_base = (char *)s->out[i].iov_base + part;
		s->out[i].iov_len -= part;
		n -= part;
	}
}

static void flush(struct session *s)
{
	ssize_t n = 0;

	while (n >= 0 && s->out[0].iov_len + s->out[1].iov_len) {
		n = write_some(s);
		if (n < 0 && errno != EAGAIN)
			die("send", strerror(errno));
		if (n > 0)
			sent(s, (size_t)n);
	}
	if (s->blocked != (n < 0))
		watch(s, EPOLL_CTL_MOD, n < 0);
}

/* What head holds, and the body behind it when it is the text's. */
static void send_step(struct session *s, enum step step, int n)
{
	if (n >= HEAD_MAX)
		die("command", "too long");
	s->step = step;
	s->out[0] = (struct iovec){ s->head, (size_t)n };
	s->out[1] = (struct iovec){ body, step == TEXT ? body_n : 0 };
	flush(s);
}

static int put_rcpt(struct session *s)
{
	const char *at = strrchr(set.to, '@');
	size_t n = (size_t)snprintf(s->head, HEAD_MAX, "RCPT TO:<");

	for (const char *p = set.to; *p && n < HEAD_MAX - 32; p++) {
		if (*p == '#')
			n += (size_t)sprintf(s->head + n, "%lu",
			                     s->message % (p < at ? set.users : DOMAINS));
		else
			s->head[n++] = *p;
	}
	return (int)n + sprintf(s->head + n, ">\r\n");
}

static int put_hello(struct session *s)
{
	return sprintf(s->head, "%s bench.test\r\n", set.lmtp ? "LHLO" : "EHLO");
}

static int put_header(struct session *s)
{
	if (set.file)
		return 0;
	return snprintf(s->head, HEAD_MAX,
	                "From: <%s>\r\nTo: <%s>\r\nDate: Mon, 5 Jan 2026 12:00:00 +0000\r\n"
	                "Message-ID: <%d.%lu@bench.test>\r\nSubject: message %lu\r\n\r\n",
	                set.from, set.to, (int)getpid(), s->message, s->message);
}

/* ---- one session -------------------------------------------------------------- */

static void dial(struct session *s)
{
	int on = 1;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		die("socket", strerror(errno));
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	s->step = CONNECT;
	if (set.source.sin_family &&
	    bind(s->fd, (struct sockaddr *)&set.source, sizeof set.source) < 0)
		die("bind", strerror(errno));
	if (connect(s->fd, (struct sockaddr *)&set.server, sizeof set.server) < 0 &&
	    errno != EINPROGRESS)
		die("connect", strerror(errno));
	watch(s, EPOLL_CTL_ADD, false);
}

static void hang_up(struct session *s)
{
	SSL_free(s->tls);
	close(s->fd);
	s->tls = NULL;
	s->n_in = 0;
	if (set.one && take(s))
		dial(s);
	else
		open_sessions--;
}

static void shake_hands(struct session *s)
{
	if (from_tls(s, SSL_connect(s->tls)) > 0) {
		s->shaking_hands = false;
		send_step(s, EHLO, put_hello(s));
	} else if (errno != EAGAIN) {
		die("TLS", ERR_error_string(ERR_get_error(), NULL));
	}
}

static void start_tls(struct session *s)
{
	s->tls = SSL_new(context);
	if (!s->tls || !SSL_set_fd(s->tls, s->fd))
		die("TLS", "no memory");
	s->shaking_hands = true;
	shake_hands(s);
}

static void quit(struct session *s)
{
	send_step(s, QUIT, sprintf(s->head, "QUIT\r\n"));
}

/* The expected reply has come. */
static void next_step(struct session *s)
{
	switch (s->step) {
	case CONNECT: return send_step(s, EHLO, put_hello(s));
	case EHLO:
		if (set.tls && !s->tls)
			return send_step(s, STARTTLS, sprintf(s->head, "STARTTLS\r\n"));
		break;
	case STARTTLS: return start_tls(s);
	case MAIL: return send_step(s, RCPT, put_rcpt(s));
	case RCPT:
		done += set.refused;
		return set.refused ? quit(s) : send_step(s, DATA, sprintf(s->head, "DATA\r\n"));
	case DATA: return send_step(s, TEXT, put_header(s));
	case TEXT:
		done++;
		if (!set.one && take(s))
			break;
		return quit(s);
	case QUIT: return hang_up(s);
	}
	send_step(s, MAIL, snprintf(s->head, HEAD_MAX, "MAIL FROM:<%s>\r\n", set.from));
}

/* ---- receiving ---------------------------------------------------------------- */

/* Octets, or 0 when none are there now. */
static size_t read_some(struct session *s)
{
	size_t room = REPLY_MAX - s->n_in;

	if (!room)
		die("reply", "too long");
	ssize_t n = s->tls ? from_tls(s, SSL_read(s->tls, s->in + s->n_in, (int)room))
	                   : read(s->fd, s->in + s->n_in, room);

	if (n > 0)
		return (size_t)n;
	if (n < 0 && errno == EAGAIN)
		return 0;
	die("receive", n < 0 ? strerror(errno) : "the server ended the connection");
}

/* Is the reply complete: does its last line have no - behind the code (RFC 5321 4.2)? */
static bool is_complete(const struct session *s)
{
	if (!s->n_in || s->in[s->n_in - 1] != '\n')
		return false;
	const char *before = memrchr(s->in, '\n', s->n_in - 1);
	const char *line = before ? before + 1 : s->in;
	return s->in + s->n_in - line < 4 || line[3] != '-';
}

static void on_event(struct session *s)
{
	size_t n;

	flush(s);
	if (s->shaking_hands)
		return shake_hands(s);
	do {
		n = read_some(s);
		s->n_in += n;
	} while (n && !is_complete(s));
	if (!n)
		return;
	s->in[s->n_in] = '\0';
	bool refused = set.refused && s->step == RCPT;
	if (refused ? *s->in != '5' : strncmp(s->in, expected[s->step], 3) != 0)
		die("the server said", s->in);
	s->n_in = 0;
	next_step(s);
}

/* ---- all of it ---------------------------------------------------------------- */

static void read_body(void)
{
	FILE *f = fopen(set.file, "rb");
	size_t n_max = 1 << 26;

	body = f ? malloc(n_max) : NULL;
	body_n = body ? fread(body, 1, n_max - 3, f) : 0;
	if (body_n < 2 || !feof(f))
		die(set.file, "cannot be read, or is too large");
	fclose(f);
	memcpy(body + body_n, ".\r\n", 3);
	body_n += 3;
}

static void make_body(void)
{
	size_t n = (size_t)set.bytes;

	body = malloc(n + 8);
	if (!body)
		die("body", "no memory");
	memset(body, 'x', n);
	for (size_t at = LINE; at + 2 <= n; at += LINE + 2)
		memcpy(body + at, "\r\n", 2);
	memcpy(body + n, "\r\n.\r\n", 5);
	body_n = n + 5;
}

/* Whom it speaks to is not the question, and what is checked costs the servers CPU. */
static int accept_any(X509_STORE_CTX *chain, void *arg)
{
	(void)chain;
	(void)arg;
	return 1;
}

static struct sockaddr_in address_of(const char *text, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET, text, &a.sin_addr) != 1)
		die(text, "no IPv4 address");
	return a;
}

static void make_tls(void)
{
	context = SSL_CTX_new(TLS_client_method());
	if (!context)
		die("TLS", "no memory");
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_cert_verify_callback(context, accept_any, NULL);
}

static void usage(void)
{
	fprintf(stderr, "usage: bench_load [-1TLR] [-s SESSIONS] [-m MESSAGES] [-d SECONDS] "
	                "[-l OCTETS | -i FILE] [-u USERS] [-S ADDRESS] "
	                "-f RETURN-PATH -t RECIPIENT ADDRESS PORT\n");
	exit(2);
}

static void read_options(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "1TLRs:m:d:l:u:f:t:i:S:")) != -1) {
		switch (o) {
		case '1': set.one = true; break;
		case 'T': set.tls = true; break;
		case 'L': set.lmtp = true; break;
		case 'R': set.refused = set.one = true; break;
		case 'i': set.file = optarg; break;
		case 'S': set.source = address_of(optarg, 0); break;
		case 's': set.sessions = atol(optarg); break;
		case 'm': set.messages = (unsigned long)atol(optarg); break;
		case 'd': set.seconds = atol(optarg); break;
		case 'l': set.bytes = atol(optarg); break;
		case 'u': set.users = (unsigned long)atol(optarg); break;
		case 'f': set.from = optarg; break;
		case 't': set.to = optarg; break;
		default: usage();
		}
	}
	if (optind + 2 != argc || !set.from || !set.to || set.sessions < 1 || set.bytes < 0 ||
	    !set.users)
		usage();
	set.server = address_of(argv[optind], atoi(argv[optind + 1]));
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];

	read_options(argc, argv);
	if (set.file)
		read_body();
	else
		make_body();
	make_tls();
	poller = epoll_create1(0);
	struct session *all = calloc((size_t)set.sessions, sizeof *all);
	if (poller < 0 || !all)
		die("start", strerror(errno));
	double start = now();
	deadline = start + (double)set.seconds;
	for (long i = 0; i < set.sessions && take(&all[i]); i++, open_sessions++)
		dial(&all[i]);
	while (open_sessions) {
		int n = epoll_wait(poller, events, EVENTS, -1);
		for (int i = 0; i < n; i++)
			on_event(events[i].data.ptr);
	}
	printf("%lu %.6f\n", done, now() - start);
	return 0;
}
