/* admind/gate.c - who may: whoever can open the Unix socket; by TCP this machine alone, with a key
 * of the operator's.
 *
 * A browser is made to talk to this machine by others' pages: a Host that is not ours (DNS
 * rebinding), an Origin that is not ours and what Fetch Metadata calls another site's are refused,
 * and no answer permits another origin anything (CORS).
 */
#include <stdlib.h>

#include "admind/ops.h"
#include "auth/app_password.h"
#include "base/coding/ip.h"
#include "base/map.h"
#include "calls/directory.h"
#include "login/login.h"
#include "wire/http/bearer.h"

enum { LABEL_ROOM = 512 };

/* ---- browsers ---- */

/* "127.0.0.1:8025", "[::1]:8025", "localhost": without its port. */
static struct span name_of(struct span host)
{
	ptrdiff_t colon = span_find_last(host, ':');

	if (span_starts(host, SPAN("["))) {
		ptrdiff_t end = span_find(host, ']');
		return end < 0 ? SPAN("") : span_sub(host, 1, (size_t)end - 1);
	}
	return colon < 0 ? host : span_sub(host, 0, (size_t)colon);
}

/* A name that others' DNS may lead here is none of ours. */
static bool is_own_host(const struct httpd_request *q)
{
	struct span name = name_of(q->head.host);
	struct ip ip;

	return ip_parse(name, &ip) >= 0 || span_eq_nocase(name, SPAN("localhost")) ||
	       span_eq_nocase(name, span_str(q->s->set->server_hostname));
}

static bool is_own_origin(const struct httpd_request *q)
{
	struct span origin = http_field(&q->head, "Origin"),
	            site = http_field(&q->head, "Sec-Fetch-Site");

	if (site.n && !span_eq(site, SPAN("same-origin")) && !span_eq(site, SPAN("none")))
		return false;
	if (!http_field_count(&q->head, "Origin"))
		return true;
	return (span_eat(&origin, SPAN("http://")) || span_eat(&origin, SPAN("https://"))) &&
	       q->head.host.n && span_eq_nocase(origin, q->head.host);
}

/* 1; 0: answered. */
static WAITS int check_browser(struct httpd_request *q, bool tcp)
{
	int r = 1;

	if (tcp && !is_own_host(q))
		r = httpd_problem(q, 403, "host",
		                  "Host is \"%.*s\", by which this is not to be reached: use the "
		                  "address, localhost, or server.hostname",
		                  SPAN_ARG(q->head.host)); /* WAITS */
	else if (!is_own_origin(q))
		r = httpd_problem(
		        q, 403, "origin",
		        "a page of another origin asked for this; it may not"); /* WAITS */
	return q->answered && r >= 0 ? 0 : r;
}

/* ---- keys ---- */

/* Whose it is.  ERR_AUTH: nobody's. */
static WAITS int find(struct httpd_request *q, struct span secret, struct buf *label)
{
	AUTO_BUF hash = BUF(DIRECTORY_HASH_BYTES_MAX);
	struct directory_field field = { SPAN("hash"), { 0 } };
	struct directory_order_args a = { .object = SPAN("operator-key"),
		                          .verb = SPAN("find"),
		                          .fields = &field,
		                          .n_fields = 1 };
	struct directory_order_reply got;
	json_t *row = NULL;
	int r = app_password_hash(secret, &hash);

	field.value = buf_span(&hash);
	if (r >= 0)
		r = directory_order(&a, &q->mem, &got); /* WAITS */
	if (r >= 0)
		r = got.n_rows ? controld_parse(got.rows[0].json, &row) : ERR_AUTH;
	if (r >= 0)
		r = buf_printf(label, "key %s",
		               json_string_value(json_object_get(row, "operator_key")));
	json_decref(row);
	return r;
}

static int remember(struct httpd_request *q, const char *who, uint64_t digest)
{
	struct httpd_key *k = &q->s->key;

	httpd_key_forget(k);
	k->login.account = strdup(who);
	k->digest = digest;
	return k->login.account ? 0 : ERR_NO_MEMORY;
}

/* Each request asks anew, so that one that was revoked is at its end at once; what comes of it is
 * told when it is another than before. */
static WAITS int check_key(struct httpd_request *q)
{
	const struct login_from from = { q->s->stream, q->s->set, TICKET_HTTP };
	struct span authorization = http_field(&q->head, "Authorization"), secret;
	uint64_t digest = map_hash(authorization);
	AUTO_BUF who = BUF(LABEL_ROOM);
	int r = authorization.n ? http_bearer_operator_take(authorization, &secret)
	                        : err(ERR_SYNTAX, "the request has no key");

	if (r < 0)
		return r;
	r = find(q, secret, &who); /* WAITS */
	if (r >= 0 && q->s->key.login.account && q->s->key.digest == digest)
		return 0;
	if (r >= 0 || r == ERR_AUTH)
		r = login_key(&from, r < 0 ? SPAN("operator") : buf_span(&who), r); /* WAITS */
	if (r < 0)
		httpd_key_forget(&q->s->key);
	return r < 0 ? r : remember(q, buf_str(&who), digest);
}

static WAITS int refuse(struct httpd_request *q, int r)
{
	if (r == ERR_SYNTAX)
		return httpd_problem(q, 401, "no-key",
		                     "%s: send \"Authorization: Bearer KEY\"; "
		                     "postrider key new --operator makes a key",
		                     err_str(r)); /* WAITS */
	if (r != ERR_AUTH)
		return admind_problem(q, r); /* WAITS */
	q->closes |= ++q->s->n_wrong_keys >= LOGIN_FAILURES_MAX;
	return httpd_problem(q, 401, "wrong-key",
	                     "this key opens nothing: it was revoked, or mistyped, or is an "
	                     "account's"); /* WAITS */
}

/* Who may open the socket may be anybody here: the kernel says who it is. */
static int name_peer(struct httpd_request *q)
{
	struct ucred peer = { 0 };
	socklen_t n = sizeof peer;
	char who[32];

	if (q->s->key.login.account)
		return 0;
	if (getsockopt(stream_fd(q->s->stream), SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return err_errno(ERR_IO, "who asks");
	snprintf(who, sizeof who, "uid %u", peer.uid);
	return remember(q, who, 0);
}

WAITS int admind_may(struct httpd_request *q)
{
	const struct address *peer = stream_peer(q->s->stream);
	int r = check_browser(q, peer->len > 0); /* WAITS */

	if (r <= 0)
		return r;
	if (peer->len && !address_is_loopback(peer))
		r = httpd_problem(q, 403, "no-tls",
		                  "this is clear text, so it answers its own machine alone: use a "
		                  "tunnel, or a web server with TLS in front of "
		                  "listen.admin_socket");            /* WAITS */
	else if ((r = peer->len ? check_key(q) : name_peer(q)) >= 0) /* WAITS */
		return 1;
	else
		r = refuse(q, r); /* WAITS */
	return r < 0 ? r : 0;
}
