/* admind/secrets.c - passwords and keys: made or hashed here, kept as digests by the store, told
 * once in the answer. */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "admind/ops.h"
#include "auth/app_password.h"
#include "auth/credentials.h"
#include "base/os.h"
#include "wire/http/bearer.h"

enum { HASH_ROOM = 512, KEY_ROOM = 800 };

/* One password and what is kept of it, on a thread of the pool. */
struct work {
	char password[CREDENTIALS_PASSWORD_MAX + 1], salt[HASH_ROOM];
	bool app;
	struct buf hash, scram;
};

static int run(void *arg)
{
	struct work *w = arg;
	struct span password = span_str(w->password);
	int r = w->app ? app_password_hash(password, &w->hash)
	               : credentials_hash(password, &w->hash);

	return r < 0 ? r : credentials_scram(password, span_str(w->salt), &w->scram);
}

static void work_free(struct work *w)
{
	buf_wipe(&w->hash);
	buf_wipe(&w->scram);
	buf_fini(&w->hash);
	buf_fini(&w->scram);
	OPENSSL_cleanse(w->password, sizeof w->password);
	free(w);
}

/* All passwords of an account share their salt (auth/credentials.h); a new one has none. */
static WAITS int ask_salt(struct admind_call *c, char out[HASH_ROOM])
{
	json_t *name = json_object_get(c->request, "name"), *row = NULL;
	json_t *show = json_pack("{ss, ss, ss, sO}", "call", "directory", "object", "account",
	                         "verb", "show", "name", name);
	int r = show ? admind_ask_row(c->q, show, &row) : ERR_NO_MEMORY; /* WAITS */

	json_decref(show);
	if (r >= 0)
		snprintf(out, HASH_ROOM, "%s",
		         json_string_value(json_object_get(row, "salt"))
		                 ? json_string_value(json_object_get(row, "salt"))
		                 : "");
	json_decref(row);
	return r;
}

static int besides(struct admind_call *c, const char *key, struct span value)
{
	if (!c->besides)
		c->besides = json_object();
	return json_object_set_new(c->besides, key, json_stringn(value.p, value.n)) < 0
	               ? ERR_NO_MEMORY
	               : 0;
}

/* The digests become fields of the order. */
static WAITS int keep(struct admind_call *c, struct work *w, bool is_new)
{
	int r = is_new ? 0 : ask_salt(c, w->salt); /* WAITS */

	w->hash = BUF(HASH_ROOM);
	w->scram = BUF(HASH_ROOM);
	if (r >= 0)
		r = offload(run, w, "password hash"); /* WAITS */
	if (r >= 0)
		r = admind_field(c, "hash", buf_span(&w->hash));
	return r < 0 ? r : admind_field(c, "scram", buf_span(&w->scram));
}

static int make(struct admind_call *c, struct work *w)
{
	AUTO_BUF made = BUF(APP_PASSWORD_CHARS + 2);
	int r = app_password_make(&made);

	if (r >= 0)
		memcpy(w->password, made.p, made.n);
	if (r >= 0)
		r = besides(c, "password", buf_span(&made));
	buf_wipe(&made);
	return r;
}

static int take(struct work *w, const json_t *given)
{
	size_t n = json_string_length(given);

	if (!n || n > CREDENTIALS_PASSWORD_MAX)
		return err(ERR_SYNTAX, "\"password\" has 1 to %d octets", CREDENTIALS_PASSWORD_MAX);
	memcpy(w->password, json_string_value(given), n);
	return 0;
}

/* Of a new account, which has one in any case; of one that is there, where it is given. */
WAITS int admind_password(struct admind_call *c)
{
	json_t *given = json_object_get(c->given, "password");
	bool is_new = strcmp(c->op->fixed[1][1], "add") == 0;
	int r;

	if (json_object_get(c->given, "hash"))
		return given ? err(ERR_SYNTAX, "\"password\" or \"hash\", not both")
		             : admind_field(c, "scram", SPAN(""));
	if (!given && !is_new)
		return 0;
	struct work *w = calloc(1, sizeof *w);
	if (!w)
		return ERR_NO_MEMORY;
	r = given ? take(w, given) : make(c, w);
	if (r >= 0)
		r = keep(c, w, is_new); /* WAITS */
	work_free(w);
	return r;
}

static int name_it(struct admind_call *c)
{
	const json_t *label = json_object_get(c->given, "label");

	return besides(c, "label", span_make(json_string_value(label), json_string_length(label)));
}

WAITS int admind_app_password(struct admind_call *c)
{
	struct work *w = calloc(1, sizeof *w);
	int r;

	if (!w)
		return ERR_NO_MEMORY;
	w->app = true;
	r = name_it(c);
	if (r >= 0)
		r = make(c, w);
	if (r >= 0)
		r = keep(c, w, false); /* WAITS */
	work_free(w);
	return r;
}

/* account NULL: the operator's. */
static int make_key(struct admind_call *c, const json_t *account)
{
	AUTO_BUF secret = BUF(APP_PASSWORD_CHARS + 2), key = BUF(KEY_ROOM), hash = BUF(HASH_ROOM);
	int r = app_password_make(&secret);

	if (r >= 0 && account)
		r = http_bearer_put(
		        &key, span_make(json_string_value(account), json_string_length(account)),
		        buf_span(&secret));
	else if (r >= 0)
		r = http_bearer_operator_put(&key, buf_span(&secret));
	if (r >= 0)
		r = app_password_hash(buf_span(&secret), &hash);
	if (r >= 0)
		r = besides(c, "key", buf_span(&key));
	if (r >= 0)
		r = admind_field(c, "hash", buf_span(&hash));
	buf_wipe(&secret);
	buf_wipe(&key);
	return r < 0 ? r : name_it(c);
}

WAITS int admind_key(struct admind_call *c)
{
	int r = make_key(c, json_object_get(c->request, "name"));

	if (r >= 0)
		r = admind_field(c, "for", SPAN("http"));
	return r < 0 ? r : admind_field(c, "scram", SPAN(""));
}

WAITS int admind_operator_key(struct admind_call *c)
{
	return make_key(c, NULL);
}
