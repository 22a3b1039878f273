/* cmd/directory/password.c - where a password comes from. */
#include "cmd/directory/password.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "auth/app_password.h"
#include "auth/credentials.h"
#include "cmd/cli.h"
#include "wire/http/bearer.h"

enum { PASSWORD_MAX = 511, KEY_TEXT_MAX = 700 };

/* One line from the terminal, not shown. */
static int ask(const char *prompt, struct buf *out)
{
	struct termios shown, hidden;
	char line[PASSWORD_MAX + 2];

	if (tcgetattr(STDIN_FILENO, &shown) < 0)
		return ERR_IO;
	hidden = shown;
	hidden.c_lflag &= (tcflag_t)~ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	fputs(prompt, stderr);
	char *got = fgets(line, sizeof line, stdin);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	int r = got ? buf_put(out, span_make(line, strcspn(line, "\r\n"))) : ERR_IO;
	OPENSSL_cleanse(line, sizeof line);
	return r;
}

static int ask_twice(struct buf *out)
{
	AUTO_BUF again = BUF(PASSWORD_MAX + 2);
	int r = ask("password: ", out);

	if (r >= 0)
		r = ask("again: ", &again);
	if (r >= 0 && !span_eq(buf_span(out), buf_span(&again)))
		return cli_fail("the two differ"), ERR_SYNTAX;
	return r;
}

static int from_file(const char *file, struct buf *out)
{
	AUTO_BUF text = { 0 };
	struct span rest, line = { 0 };
	int r = cli_read_file(file, 4096, &text);

	if (r < 0)
		return r;
	rest = buf_span(&text);
	span_split(&rest, '\n', &line);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return buf_put(out, line);
}

int password_given(const char *file, struct buf *out)
{
	if (file)
		return from_file(file, out);
	if (!isatty(STDIN_FILENO))
		return cli_fail("no password: give it with --password-file"), ERR_SYNTAX;
	return ask("password: ", out);
}

void password_fini(struct password *p)
{
	struct buf *all[] = { &p->made, &p->hash, &p->scram };

	for (size_t i = 0; i < N_ELEMS(all); i++) {
		if (all[i]->p)
			OPENSSL_cleanse(all[i]->p, all[i]->room);
		buf_fini(all[i]);
	}
}

static int keep(struct span password, const char *salt, struct password *out)
{
	buf_init(&out->hash, PASSWORD_TEXT_MAX);
	buf_init(&out->scram, PASSWORD_TEXT_MAX);
	int r = out->is_app ? app_password_hash(password, &out->hash)
	                    : credentials_hash(password, &out->hash);
	if (r >= 0)
		r = credentials_scram(password, span_str(salt), &out->scram);
	buf_str(&out->hash); /* a NUL behind each */
	buf_str(&out->scram);
	return r < 0 ? cli_fail("%s", err_str(r)), r : 0;
}

static int make(const char *salt, struct password *out)
{
	buf_init(&out->made, PASSWORD_MAX + 2);
	int r = app_password_make(&out->made);

	return r < 0 ? r : keep(buf_span(&out->made), salt, out);
}

int password_make_app(const char *salt, struct password *out)
{
	out->is_app = true;
	return make(salt, out);
}

int password_make_key(const char *account, struct password *out)
{
	AUTO_BUF secret = BUF(APP_PASSWORD_CHARS + 2);

	buf_init(&out->made, KEY_TEXT_MAX);
	buf_init(&out->hash, PASSWORD_TEXT_MAX);
	int r = app_password_make(&secret);
	if (r >= 0)
		r = app_password_hash(buf_span(&secret), &out->hash);
	if (r >= 0)
		r = account ? http_bearer_put(&out->made, span_str(account), buf_span(&secret))
		            : http_bearer_operator_put(&out->made, buf_span(&secret));
	buf_wipe(&secret);
	buf_str(&out->made);
	buf_str(&out->hash);
	return r < 0 ? cli_fail("%s", err_str(r)), r : 0;
}

int password_get(const char *file, enum password_else otherwise, const char *salt,
                 struct password *out)
{
	AUTO_BUF password = BUF(PASSWORD_MAX + 2);
	bool terminal = isatty(STDIN_FILENO);

	if (!file && !terminal && otherwise == PASSWORD_MAKE)
		return make(salt, out);
	int r = !file && terminal ? ask_twice(&password) : from_file(file ? file : "-", &password);
	if (r >= 0)
		r = keep(buf_span(&password), salt, out);
	if (password.p)
		OPENSSL_cleanse(password.p, password.room);
	return r;
}
