/* cmd/import/imap_link.c - see imap_link.h. */
#include "cmd/import/imap_link.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/base64.h"
#include "base/percent.h"
#include "cmd/cli.h"
#include "wire/imap/put.h"

enum { READ_BYTES = 256 << 10, SILENCE_S = 300, COMMAND_MAX = 8192 };

static int take_login(struct span login, struct arena *mem, struct imap_url *out)
{
	struct span user, password;
	bool has_password = span_find(login, ':') >= 0;

	if (!span_split(&login, ':', &user) || !user.n)
		return ERR_SYNTAX;
	int r = percent_decode(user, mem, &user);
	if (r >= 0 && has_password)
		r = percent_decode(login, mem, &password);
	if (r < 0)
		return r;
	out->user = user.p;
	out->password = has_password ? password.p : NULL;
	return 0;
}

int imap_url_parse(const char *text, struct arena *mem, struct imap_url *out)
{
	struct span rest = span_str(text);
	bool tls = span_eat_nocase(&rest, SPAN("imaps://"));

	if (!tls && !span_eat_nocase(&rest, SPAN("imap://")))
		return ERR_SYNTAX;
	if (rest.n && rest.p[rest.n - 1] == '/')
		rest.n--;
	ptrdiff_t at = span_find_last(rest, '@');
	struct span host = span_sub(rest, (size_t)(at + 1), rest.n);
	ptrdiff_t colon = span_find_last(host, ':');
	struct span port = colon < 0 || host.p[host.n - 1] == ']' ? SPAN("") : host;
	if (port.n)
		host = span_sub(host, 0, (size_t)colon);
	port = port.n ? span_sub(port, (size_t)colon + 1, port.n) : tls ? SPAN("993") : SPAN("143");
	if (at < 1 || !host.n || span_find(host, '/') >= 0)
		return ERR_SYNTAX;
	out->tls = tls;
	out->host = arena_str(mem, host);
	out->port = arena_str(mem, port);
	int r = take_login(span_sub(rest, 0, (size_t)at), mem, out);
	return r < 0 || (out->host && out->port) ? r : ERR_NO_MEMORY;
}

/* ---- octets ---- */

static int fail_tls(const char *what, const char *host)
{
	unsigned long why = ERR_get_error();
	char text[200] = "the connection ended";

	if (why)
		ERR_error_string_n(why, text, sizeof text);
	cli_fail("%s %s: %s", what, host, text);
	ERR_clear_error();
	return ERR_NET;
}

static int put(struct imap_link *l, struct span octets)
{
	while (octets.n) {
		int most = octets.n > READ_BYTES ? READ_BYTES : (int)octets.n;
		int n = l->ssl ? SSL_write(l->ssl, octets.p, most)
		               : BIO_write(l->bio, octets.p, most);
		if (n <= 0)
			return cli_fail("the other server ended the connection"), ERR_CLOSED;
		octets = span_sub(octets, (size_t)n, octets.n);
	}
	return 0;
}

static int fill(struct imap_link *l)
{
	buf_reset(&l->octets);
	if (buf_reserve(&l->octets, READ_BYTES) < 0)
		return cli_fail("no memory"), ERR_NO_MEMORY;
	int n = l->ssl ? SSL_read(l->ssl, l->octets.p, READ_BYTES)
	               : BIO_read(l->bio, l->octets.p, READ_BYTES);
	if (n <= 0)
		return cli_fail("the other server ended the connection, or was silent for %d s",
		                SILENCE_S),
		       ERR_CLOSED;
	l->octets.n = (size_t)n;
	l->in = buf_span(&l->octets);
	return 0;
}

static int next(struct imap_link *l, struct imap_answer *out)
{
	struct span whole;
	int r;

	arena_reset(&l->mem);
	while (!(r = imap_answers_next(&l->answers, &l->in, &whole))) {
		r = fill(l);
		if (r < 0)
			return r;
	}
	if (r > 0)
		r = imap_answer_parse(whole, &l->mem, out);
	if (r < 0)
		cli_fail("the other server's answer: %s", err_str(r));
	return r;
}

/* ---- commands ---- */

static void note_said(struct imap_link *l, const struct imap_answer *a)
{
	AUTO_BUF text = BUF(4 * IMAP_ANSWER_LINE_MAX);

	buf_put_escaped(&text, a->text);
	snprintf(l->said, sizeof l->said, "%.*s", SPAN_ARG(buf_span(&text)));
}

/* Answers up to the tagged one, or to "+" when that is wanted: 1. */
static int answers(struct imap_link *l, bool want_go_on, imap_link_fn *fn, void *arg)
{
	struct imap_answer a;
	int r = 0;

	while (r >= 0) {
		r = next(l, &a);
		if (r < 0)
			break;
		if (a.tag.n) {
			note_said(l, &a);
			return a.status == IMAP_ANSWER_OK ? 0 : ERR_REFUSED;
		}
		if (a.status == IMAP_ANSWER_GO_ON && want_go_on)
			return 1;
		if (a.status == IMAP_ANSWER_BYE)
			return cli_fail("the other server: %.*s", SPAN_ARG(a.text)), ERR_CLOSED;
		r = fn ? fn(&a, arg) : 0;
	}
	return r == ERR_REFUSED ? ERR_DENIED : r; /* it is not the other server that refused */
}

static int begin(struct imap_link *l, struct span command)
{
	AUTO_BUF line = BUF(command.n + 64);

	buf_printf(&line, "P%u ", ++l->n_commands);
	buf_put(&line, command);
	int r = buf_puts(&line, "\r\n");
	r = r < 0 ? (cli_fail("no memory"), r) : put(l, buf_span(&line));
	OPENSSL_cleanse(line.p, line.n);
	return r;
}

int imap_link_run(struct imap_link *l, struct span command, imap_link_fn *fn, void *arg)
{
	int r = begin(l, command);
	return r < 0 ? r : answers(l, false, fn, arg);
}

/* ---- the way in ---- */

static int note_capability(const struct imap_answer *a, void *arg)
{
	struct imap_link *l = arg;
	struct span rest = a->args.rest, word;

	if (a->status != IMAP_ANSWER_DATA || !span_eq_nocase(a->name, SPAN("CAPABILITY")))
		return 0;
	l->has_namespace = l->has_starttls = l->has_plain = l->no_login = false;
	while (span_split(&rest, ' ', &word)) {
		l->has_namespace |= span_eq_nocase(word, SPAN("NAMESPACE"));
		l->has_starttls |= span_eq_nocase(word, SPAN("STARTTLS"));
		l->has_plain |= span_eq_nocase(word, SPAN("AUTH=PLAIN"));
		l->no_login |= span_eq_nocase(word, SPAN("LOGINDISABLED"));
	}
	return 0;
}

static int tls_begin(struct imap_link *l, const struct imap_link_how *how)
{
	const char *host = how->url.host;

	l->context = SSL_CTX_new(TLS_client_method());
	if (!l->context || (!how->any_certificate && !SSL_CTX_set_default_verify_paths(l->context)))
		return fail_tls("no TLS for", host);
	SSL_CTX_set_mode(l->context, SSL_MODE_AUTO_RETRY);
	l->ssl = SSL_new(l->context);
	if (!l->ssl)
		return fail_tls("no TLS for", host);
	X509_VERIFY_PARAM *names = SSL_get0_param(l->ssl);
	if (!X509_VERIFY_PARAM_set1_ip_asc(names, host)) {
		X509_VERIFY_PARAM_set1_host(names, host, 0);
		SSL_set_tlsext_host_name(l->ssl, host);
	}
	ERR_clear_error();
	SSL_set_verify(l->ssl, how->any_certificate ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	SSL_set_bio(l->ssl, l->bio, l->bio); /* owns it now */
	l->in = SPAN("");                    /* nothing from before counts */
	if (SSL_connect(l->ssl) == 1)
		return 0;
	long why = SSL_get_verify_result(l->ssl);
	if (why != X509_V_OK)
		return cli_fail("the certificate of %s is not good: %s; --any-certificate takes it "
		                "all the same",
		                host, X509_verify_cert_error_string(why)),
		       ERR_TLS;
	return fail_tls("TLS with", host);
}

static int dial(struct imap_link *l, const struct imap_link_how *how)
{
	AUTO_ARENA mem = { 0 };
	char *name = arena_printf(&mem, "%s:%s", how->url.host, how->url.port);
	struct timeval silence = { .tv_sec = SILENCE_S };

	l->bio = name ? BIO_new_connect(name) : NULL;
	if (!l->bio || BIO_do_connect(l->bio) <= 0)
		return fail_tls("cannot connect to", name);
	int fd = (int)BIO_get_fd(l->bio, NULL);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
	return how->url.tls ? tls_begin(l, how) : 0;
}

static int greeting(struct imap_link *l)
{
	struct imap_answer a;
	int r = next(l, &a);

	if (r >= 0 && a.status != IMAP_ANSWER_OK && a.status != IMAP_ANSWER_PREAUTH)
		return cli_fail("the other server: %.*s", SPAN_ARG(a.text)), ERR_REFUSED;
	return r < 0 ? r : imap_link_run(l, SPAN("CAPABILITY"), note_capability, l);
}

static int secure(struct imap_link *l, const struct imap_link_how *how)
{
	if (l->ssl)
		return 0;
	if (!l->has_starttls && how->clear_text)
		return 0;
	if (!l->has_starttls)
		return cli_fail("%s has no STARTTLS: --clear-text sends the password all the same",
		                how->url.host),
		       ERR_TLS;
	int r = imap_link_run(l, SPAN("STARTTLS"), NULL, NULL);
	if (r >= 0)
		r = tls_begin(l, how);
	return r < 0 ? r : imap_link_run(l, SPAN("CAPABILITY"), note_capability, l);
}

static int login_plain(struct imap_link *l, struct span user, struct span password)
{
	AUTO_BUF plain = BUF(COMMAND_MAX), line = BUF(2 * COMMAND_MAX);
	int r = begin(l, SPAN("AUTHENTICATE PLAIN"));

	if (r >= 0)
		r = answers(l, true, NULL, NULL);
	if (r <= 0)
		return r < 0 ? r : ERR_REFUSED;
	buf_putc(&plain, '\0');
	buf_put(&plain, user);
	buf_putc(&plain, '\0');
	buf_put(&plain, password);
	base64_encode(&line, buf_span(&plain));
	r = buf_puts(&line, "\r\n");
	r = r < 0 ? r : put(l, buf_span(&line));
	OPENSSL_cleanse(plain.p, plain.n);
	OPENSSL_cleanse(line.p, line.n);
	return r < 0 ? r : answers(l, false, NULL, NULL);
}

static int login(struct imap_link *l, struct span user, struct span password)
{
	AUTO_BUF line = BUF(COMMAND_MAX);

	if (l->has_plain)
		return login_plain(l, user, password);
	buf_puts(&line, "LOGIN ");
	imap_put_string(&line, user, false);
	buf_putc(&line, ' ');
	int r = imap_put_string(&line, password, false);
	if (r < 0 || l->no_login || span_find(buf_span(&line), '\n') >= 0)
		return cli_fail("the other server has no login that is known here"), ERR_REFUSED;
	r = imap_link_run(l, buf_span(&line), NULL, NULL);
	OPENSSL_cleanse(line.p, line.n);
	return r;
}

int imap_link_open(struct imap_link *l, const struct imap_link_how *how, struct span password,
                   size_t answer_max)
{
	*l = (struct imap_link){ .answers.gathered = BUF(answer_max), .octets = BUF(READ_BYTES) };
	int r = dial(l, how);

	if (r >= 0)
		r = greeting(l);
	if (r >= 0)
		r = secure(l, how);
	if (r < 0)
		return r;
	r = login(l, span_str(how->url.user), password);
	if (r == ERR_REFUSED)
		cli_fail("%s does not let %s in: %s", how->url.host, how->url.user, l->said);
	return r < 0 ? r : imap_link_run(l, SPAN("CAPABILITY"), note_capability, l);
}

void imap_link_close(struct imap_link *l)
{
	if (l->ssl)
		SSL_free(l->ssl);
	else
		BIO_free_all(l->bio);
	SSL_CTX_free(l->context);
	buf_fini(&l->answers.gathered);
	buf_fini(&l->octets);
	arena_fini(&l->mem);
}
