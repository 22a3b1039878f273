/* role/edge.c - conversations with strangers: network, no files, no outgoing connections. */
#include "role/role.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/event.h"
#include "httpd/challenge.h"
#include "httpd/httpd.h"
#include "imapd/imapd.h"
#include "intake/defend.h"
#include "policy/bans.h"
#include "policy/penalty.h"
#include "pop3d/pop3d.h"
#include "role/counted.h"
#include "role/front.h"
#include "rt/fibre.h"
#include "sandbox/sandbox.h"
#include "rt/stream/stream.h"
#include "rt/stream/tls_challenge.h"
#include "smtpd/smtpd.h"

enum { STOP_STEP_MS = 20 };

/* Whose words a listener speaks; the names are ALPN's. */
enum speech { SMTP, IMAP, POP3, HTTP, N_SPEECHES };
static const char *const speeches[] = { "smtp", "imap", "pop3", "http/1.1" };

static struct {
	struct smtpd_server servers[BOOT_LISTEN_COUNT];
	struct imapd_server imap[BOOT_LISTEN_COUNT];
	struct pop3d_server pop3[BOOT_LISTEN_COUNT];
	struct httpd_server http[BOOT_LISTEN_COUNT];
	struct front fronts[BOOT_LISTEN_COUNT];
	struct listener *listeners[ROLE_LISTENERS_MAX];
	size_t n_listeners;
	struct tls_context *tls[N_SPEECHES];
	bool stopping;
} edge;

static int confine(const struct settings *set, int uid)
{
	struct sandbox_profile profile = { .role = "edge", .may = SANDBOX_ACCEPT };
	role_open_crypto();
	return role_confine(&profile, uid);
}

static void use_contexts(struct tls_context *const fresh[])
{
	for (size_t i = 0; i < BOOT_LISTEN_COUNT; i++) {
		edge.servers[i].tls = fresh[SMTP];
		edge.imap[i].tls = fresh[IMAP];
		edge.pop3[i].tls = fresh[POP3];
		edge.http[i].tls = fresh[HTTP];
	}
	for (size_t i = 0; i < N_SPEECHES; i++) {
		tls_free(edge.tls[i]);
		edge.tls[i] = fresh[i];
	}
}

/* The others come with a NUL behind each. */
static int make_context(const struct role_inputs *inputs, const char *speech,
                        struct tls_context **out)
{
	struct span rest = inputs->certificates, pem;
	int r = tls_server_new(inputs->certificate, inputs->key, out);

	if (r < 0)
		return err(r, "tls.certificate, tls.key: %s", err_str(r));
	tls_server_protocol(*out, speech);
	if (speech == speeches[HTTP])
		tls_challenges_serve(*out);
	for (size_t i = 0; r >= 0 && span_split(&rest, 0, &pem); i++) {
		r = tls_server_add(*out, pem);
		if (r < 0)
			err(r, "number %zu of tls.certificates: %s", i + 1, err_str(r));
	}
	return r;
}

static int use_certificate(const struct role_inputs *inputs)
{
	struct tls_context *fresh[N_SPEECHES] = { NULL };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < N_SPEECHES; i++)
		r = make_context(inputs, speeches[i], &fresh[i]);
	if (r >= 0)
		use_contexts(fresh);
	else
		for (size_t i = 0; i < N_SPEECHES; i++)
			tls_free(fresh[i]);
	return r;
}

/* Before the sandbox: OpenSSL reads what it needs of the system. */
static int prepare(struct role_inputs *inputs, struct settings *set)
{
	return use_certificate(inputs);
}

static void make_http(enum boot_listener at, enum httpd_kind kind, const struct settings *set)
{
	size_t n;
	const struct httpd_route *routes = httpd_api(&n);

	edge.http[at] = (struct httpd_server){
		.kind = kind, .set = set, .tls = edge.tls[HTTP], .routes = routes, .n_routes = n
	};
}

static void make_servers(const struct settings *set)
{
	static const enum smtpd_kind kinds[] = {
		[BOOT_LISTEN_SMTP] = SMTPD_SMTP,
		[BOOT_LISTEN_SUBMISSION] = SMTPD_SUBMISSION,
		[BOOT_LISTEN_SUBMISSIONS] = SMTPD_SUBMISSIONS,
		[BOOT_LISTEN_LMTP] = SMTPD_LMTP,
	};

	for (size_t i = 0; i < N_ELEMS(kinds); i++)
		edge.servers[i] = (struct smtpd_server){ kinds[i], set, edge.tls[SMTP] };
	edge.imap[BOOT_LISTEN_IMAP] = (struct imapd_server){ IMAPD_IMAP, set, edge.tls[IMAP] };
	edge.imap[BOOT_LISTEN_IMAPS] = (struct imapd_server){ IMAPD_IMAPS, set, edge.tls[IMAP] };
	edge.pop3[BOOT_LISTEN_POP3] = (struct pop3d_server){ POP3D_POP3, set, edge.tls[POP3] };
	edge.pop3[BOOT_LISTEN_POP3S] = (struct pop3d_server){ POP3D_POP3S, set, edge.tls[POP3] };
	make_http(BOOT_LISTEN_HTTP, HTTPD_HTTP, set);
	make_http(BOOT_LISTEN_HTTPS, HTTPD_HTTPS, set);
}

static front_accept_fn *accept_of(enum boot_listener kind, void **server)
{
	switch (kind) {
	case BOOT_LISTEN_IMAP:
	case BOOT_LISTEN_IMAPS: *server = &edge.imap[kind]; return imapd_accept;
	case BOOT_LISTEN_POP3:
	case BOOT_LISTEN_POP3S: *server = &edge.pop3[kind]; return pop3d_accept;
	case BOOT_LISTEN_HTTP:
	case BOOT_LISTEN_HTTPS: *server = &edge.http[kind]; return httpd_accept;
	default: *server = &edge.servers[kind]; return smtpd_accept;
	}
}

static int open_listener(const struct settings *set, int fd, enum boot_listener kind,
                         struct listener **out)
{
	struct front *front = &edge.fronts[kind];

	front->set = set;
	front->has_unix = kind == BOOT_LISTEN_HTTP;
	front->fn = accept_of(kind, &front->arg);
	return listener_open(fd, front_accept, front, out);
}

/* Whom it has shut out is known before anybody is let in, unless the store is away for long. */
static void open_doors(void *arg)
{
	const struct role_inputs *inputs = arg;
	int r = 0;

	(void)!bans_recall(); /* WAITS: else it is asked for again */
	bans_keep_on(inputs->set);
	for (size_t i = 0; r >= 0 && !edge.stopping && i < inputs->n_listeners; i++) {
		if (inputs->listeners[i].kind >= BOOT_LISTEN_CONTROL)
			continue; /* the control role's: all are in one process */
		r = open_listener(inputs->set, inputs->listeners[i].fd, inputs->listeners[i].kind,
		                  &edge.listeners[edge.n_listeners]);
		edge.n_listeners += r >= 0;
	}
	if (r < 0) {
		event_log(EVENT_internal_error, "what=%s reason=%s", "a port cannot be listened at",
		          err_str(r));
		exit(1); /* the parent begins again */
	}
}

static WAITS int start(const struct role_inputs *inputs)
{
	intake_judge_set(intake_defend, NULL);
	bans_serve();
	counted_serve_edge();
	make_servers(inputs->set);
	return fibre_spawn("doors", open_doors, (void *)(uintptr_t)inputs);
}

static int reload(const struct role_inputs *inputs)
{
	return use_certificate(inputs);
}

static bool listens(const struct role_inputs *inputs, enum boot_listener kind)
{
	for (size_t i = 0; i < inputs->n_listeners; i++)
		if (inputs->listeners[i].kind == kind)
			return true;
	return false;
}

/* RFC 8555 8.3: begins while METHOD is "begin", then it is over. */
static int challenge_http(bool begins, const struct span *words)
{
	if (begins)
		return challenge_put(words[3], words[4]);
	challenge_drop(words[3]);
	return 0;
}

/* RFC 8737: what uacme calls auth is the digest, in base64url. */
static int challenge_tls(bool begins, const struct span *words)
{
	uint8_t digest[TLS_CHALLENGE_BYTES];
	AUTO_BUF text = BUF(4 * TLS_CHALLENGE_BYTES);
	AUTO_BUF octets = BUF(2 * TLS_CHALLENGE_BYTES);

	if (!begins) {
		tls_challenge_drop(words[2]);
		return 0;
	}
	buf_put(&text, words[4]);
	for (size_t i = 0; i < text.n; i++)
		text.p[i] = text.p[i] == '-' ? '+' : text.p[i] == '_' ? '/' : text.p[i];
	buf_puts(&text, "=");
	int r = base64_decode(buf_span(&text), &octets);
	if (r < 0 || octets.n != sizeof digest)
		return err(ERR_SYNTAX, "no digest");
	memcpy(digest, octets.p, sizeof digest);
	return tls_challenge_put(words[2], digest);
}

static int challenge(const struct role_inputs *inputs, struct span line)
{
	struct span words[5];
	size_t n = 0;

	while (n < N_ELEMS(words) && span_split(&line, ' ', &words[n]))
		n++;
	if (n < N_ELEMS(words))
		return err(ERR_SYNTAX, "a challenge");
	bool begins = span_eq(words[0], SPAN("begin"));
	if (span_eq(words[1], SPAN("http-01")) && listens(inputs, BOOT_LISTEN_HTTP))
		return challenge_http(begins, words);
	if (span_eq(words[1], SPAN("tls-alpn-01")) && listens(inputs, BOOT_LISTEN_HTTPS))
		return challenge_tls(begins, words);
	return err(ERR_UNKNOWN, "such challenges are not answered here");
}

/* Sessions that wait for a command end with 421; those within one may finish it. */
static WAITS void stop(void)
{
	edge.stopping = true;
	for (size_t i = 0; i < edge.n_listeners; i++)
		listener_close(edge.listeners[i]);
	edge.n_listeners = 0;
	httpd_stop();
	do {
		penalty_forgive(); /* the server stops */
		stream_cancel_parked();
	} while ((smtpd_sessions() || imapd_sessions() || pop3d_sessions() || httpd_sessions()) &&
	         fibre_sleep(STOP_STEP_MS) == 0);
	(void)!bans_keep(edge.servers[0].set); /* WAITS */
	bans_forget();
}

const struct role_ops role_edge = {
	.prepare = prepare,
	.confine = confine,
	.start = start,
	.reload = reload,
	.challenge = challenge,
	.stop = stop,
};
