/* admind/routes.c - what there is. */
#include "admind/admind.h"
#include "admind/ops.h"

/* ---- members ---- */

#define MEMBERS static const struct admind_member

MEMBERS which[] = {
	{ "from", ADMIND_TEXT, "from" },
	{ "to", ADMIND_TEXT, "to" },
	{ "domain", ADMIND_TEXT, "domain" },
	{ "message", ADMIND_TEXT, "message" },
	{ "login", ADMIND_TEXT, "login" },
	{ "held_by", ADMIND_TEXT, "who" },
	{ "state", ADMIND_TEXT, "state" },
	{ "class", ADMIND_TEXT, "class" },
	{ "older", ADMIND_LENGTH, "older_ms" },
	{ "younger", ADMIND_LENGTH, "younger_ms" },
	{ 0 },
};

/* An order without a filter would be about everything, unasked: {} says so. */
#define ORDERED                                                                                    \
	{ "filter", ADMIND_OBJECT, NULL, true, which }, { "dry_run", ADMIND_TRUTH, "dry_run" },    \
	{                                                                                          \
		"why", ADMIND_TEXT, "why"                                                          \
	}
MEMBERS ordered[] = { ORDERED, { 0 } };
MEMBERS cancelled[] = { ORDERED, { "quiet", ADMIND_TRUTH, "quiet" }, { 0 } };
MEMBERS rerouted[] = { ORDERED, { "route", ADMIND_TEXT, "route", true }, { 0 } };

#define OF_DOMAIN                                                                                  \
	{ "enabled", ADMIND_YES_NO, "enabled" }, { "alias_of", ADMIND_FIELD, "alias-of" },         \
	        { "catch_all", ADMIND_FIELD, "catch-all" },                                        \
	        { "defence", ADMIND_FIELD, "defence" },                                            \
	{                                                                                          \
		"limit", ADMIND_FIELD, "limit"                                                     \
	}
MEMBERS new_domain[] = { { "domain", ADMIND_TEXT, "name", true }, OF_DOMAIN, { 0 } };
MEMBERS domain[] = { OF_DOMAIN, { 0 } };

#define OF_ACCOUNT                                                                                 \
	{ "password", ADMIND_OWN }, { "hash", ADMIND_FIELD, "hash" },                              \
	        { "enabled", ADMIND_YES_NO, "enabled" }, { "tags", ADMIND_FIELD, "tags" },         \
	        { "quota_octets", ADMIND_NUMBER, "quota" },                                        \
	        { "quota_messages", ADMIND_NUMBER, "quota-messages" },                             \
	        { "index", ADMIND_ON_OFF, "index" }, { "defence", ADMIND_FIELD, "defence" },       \
	        { "limit", ADMIND_FIELD, "limit" }, { "held", ADMIND_FIELD, "held" },              \
	{                                                                                          \
		"add_addresses", ADMIND_LIST, "add-address"                                        \
	}
MEMBERS new_account[] = { { "account", ADMIND_TEXT, "name", true }, OF_ACCOUNT, { 0 } };
MEMBERS account[] = { OF_ACCOUNT, { "remove_addresses", ADMIND_LIST, "remove-address" }, { 0 } };
MEMBERS account_removal[] = { { "delete_mail", ADMIND_YES_NO, "delete-mail" }, { 0 } };
MEMBERS app_password[] = { { "label", ADMIND_NAME, "label", true },
	                   { "for", ADMIND_WORDS, "for" },
	                   { 0 } };
MEMBERS key[] = { { "label", ADMIND_NAME, "label", true },
	          { "rights", ADMIND_WORDS, "rights" },
	          { "senders", ADMIND_WORDS, "senders" },
	          { 0 } };
MEMBERS operator_key[] = { { "label", ADMIND_TEXT, "name", true }, { 0 } };
MEMBERS new_alias[] = { { "alias", ADMIND_TEXT, "name", true },
	                { "to", ADMIND_LIST, "to", true },
	                { 0 } };
MEMBERS alias[] = { { "add_to", ADMIND_LIST, "to" },
	            { "remove_to", ADMIND_LIST, "remove-to" },
	            { 0 } };

MEMBERS quarantined[] = { { "account", ADMIND_TEXT, "account" }, { 0 } };
MEMBERS ban[] = { { "for", ADMIND_LENGTH, "ms", true }, { "why", ADMIND_TEXT, "why" }, { 0 } };
MEMBERS trial[] = { { "ip", ADMIND_TEXT, "ip", true },
	            { "helo", ADMIND_TEXT, "helo" },
	            { "from", ADMIND_TEXT, "sender", true },
	            { "to", ADMIND_TEXT, "recipient", true },
	            { "message", ADMIND_OWN },
	            { "message_base64", ADMIND_OWN },
	            { 0 } };

/* ---- operations ---- */

#define OP (&(const struct admind_op)
#define DIRECTORY(thing, order)                                                                    \
	.call = "directory", .fixed = {                                                            \
		{ "object", thing },                                                               \
		{ "verb", order },                                                                 \
	}
#define LIST_OF(thing, name)                                                                       \
	OP{ DIRECTORY(thing, "list"), .paged = ADMIND_BY_NAME, .shape = ADMIND_ROWS, .rows = name })
#define NEW(thing, given, hook)                                                                    \
	OP{ DIRECTORY(thing, "add"), .members = given, .shape = ADMIND_ONE, .status = 201,         \
	    .prepare = hook })
#define SHOW(thing)                                                                                \
	OP{ DIRECTORY(thing, "show"), .segments = { "name" }, .shape = ADMIND_ONE })
#define CHANGE(thing, given, hook)                                                                 \
	OP{ DIRECTORY(thing, "set"), .segments = { "name" }, .members = given,                     \
	    .shape = ADMIND_ONE, .prepare = hook })
#define REMOVE(thing, given)                                                                       \
	OP{ DIRECTORY(thing, "remove"), .segments = { "name" }, .members = given,                  \
	    .shape = ADMIND_ONE })
#define OF_REMOVED(order)                                                                          \
	OP{ DIRECTORY("removed", order), .segments = { "name" }, .shape = ADMIND_ONE })
#define SECRET(given, hook)                                                                        \
	OP{ DIRECTORY("app-password", "add"), .segments = { "name" }, .members = given,            \
	    .shape = ADMIND_MADE, .status = 201, .prepare = hook })
#define REVOKE                                                                                     \
	OP{ DIRECTORY("app-password", "remove"), .segments = { "name", "label" },                  \
	    .second_is_field = true, .shape = ADMIND_ONE })
#define ORDER(name, given)                                                                         \
	OP{ .call = "order", .fixed = { { "order", name } }, .members = given,                     \
	    .shape = ADMIND_LAST })
#define QUARANTINE(name)                                                                           \
	OP{ .call = "quarantine", .fixed = { { "order", name } }, .segments = { "id" },            \
	    .shape = ADMIND_ROWS, .rows = "quarantine" })

static const struct httpd_route routes[] = {
	{ HTTP_GET, "/admin/v1/openapi.json", admind_openapi, 0, NULL },

	{ HTTP_GET, "/admin/v1/queue", admind_serve, 0,
	  OP{ .call = "queue", .members = which, .paged = ADMIND_BY_LIMIT, .shape = ADMIND_ROWS,
	      .rows = "queue" }) },
	{ HTTP_POST, "/admin/v1/queue/hold", admind_serve, 0, ORDER("hold", ordered) },
	{ HTTP_POST, "/admin/v1/queue/release", admind_serve, 0, ORDER("release", ordered) },
	{ HTTP_POST, "/admin/v1/queue/retry", admind_serve, 0, ORDER("retry", ordered) },
	{ HTTP_POST, "/admin/v1/queue/cancel", admind_serve, 0, ORDER("cancel", cancelled) },
	{ HTTP_POST, "/admin/v1/queue/reroute", admind_serve, 0, ORDER("reroute", rerouted) },
	{ HTTP_GET, "/admin/v1/messages/:", admind_serve, 0,
	  OP{ .call = "status", .segments = { "message" }, .paged = ADMIND_BY_LIMIT,
	      .shape = ADMIND_ROWS, .rows = "recipients" }) },

	{ HTTP_GET, "/admin/v1/domains", admind_serve, 0, LIST_OF("domain", "domains") },
	{ HTTP_POST, "/admin/v1/domains", admind_serve, 0, NEW("domain", new_domain, NULL) },
	{ HTTP_GET, "/admin/v1/domains/:", admind_serve, 0, SHOW("domain") },
	{ HTTP_PATCH, "/admin/v1/domains/:", admind_serve, 0, CHANGE("domain", domain, NULL) },
	{ HTTP_DELETE, "/admin/v1/domains/:", admind_serve, 0, REMOVE("domain", NULL) },
	{ HTTP_GET, "/admin/v1/domains/:/dkim", admind_serve, 0, SHOW("dkim") },

	{ HTTP_GET, "/admin/v1/accounts", admind_serve, 0, LIST_OF("account", "accounts") },
	{ HTTP_POST, "/admin/v1/accounts", admind_serve, 0,
	  NEW("account", new_account, admind_password) },
	{ HTTP_GET, "/admin/v1/accounts/:", admind_serve, 0, SHOW("account") },
	{ HTTP_PATCH, "/admin/v1/accounts/:", admind_serve, 0,
	  CHANGE("account", account, admind_password) },
	{ HTTP_DELETE, "/admin/v1/accounts/:", admind_serve, 0,
	  REMOVE("account", account_removal) },
	{ HTTP_POST, "/admin/v1/accounts/:/app-passwords", admind_serve, 0,
	  SECRET(app_password, admind_app_password) },
	{ HTTP_DELETE, "/admin/v1/accounts/:/app-passwords/:", admind_serve, 0, REVOKE },
	{ HTTP_POST, "/admin/v1/accounts/:/keys", admind_serve, 0, SECRET(key, admind_key) },
	{ HTTP_DELETE, "/admin/v1/accounts/:/keys/:", admind_serve, 0, REVOKE },
	{ HTTP_GET, "/admin/v1/removed-accounts", admind_serve, 0,
	  LIST_OF("removed", "removed_accounts") },
	{ HTTP_POST, "/admin/v1/removed-accounts/:/restore", admind_serve, 0,
	  OF_REMOVED("restore") },
	{ HTTP_POST, "/admin/v1/removed-accounts/:/purge", admind_serve, 0, OF_REMOVED("purge") },

	{ HTTP_GET, "/admin/v1/aliases", admind_serve, 0, LIST_OF("alias", "aliases") },
	{ HTTP_POST, "/admin/v1/aliases", admind_serve, 0, NEW("alias", new_alias, NULL) },
	{ HTTP_GET, "/admin/v1/aliases/:", admind_serve, 0, SHOW("alias") },
	{ HTTP_PATCH, "/admin/v1/aliases/:", admind_serve, 0, CHANGE("alias", alias, NULL) },
	{ HTTP_DELETE, "/admin/v1/aliases/:", admind_serve, 0, REMOVE("alias", NULL) },

	{ HTTP_GET, "/admin/v1/keys", admind_serve, 0, LIST_OF("operator-key", "keys") },
	{ HTTP_POST, "/admin/v1/keys", admind_serve, 0,
	  OP{ DIRECTORY("operator-key", "add"), .members = operator_key, .shape = ADMIND_MADE,
	      .status = 201, .prepare = admind_operator_key }) },
	{ HTTP_DELETE, "/admin/v1/keys/:", admind_serve, 0, REMOVE("operator-key", NULL) },

	{ HTTP_GET, "/admin/v1/quarantine", admind_serve, 0,
	  OP{ .call = "quarantine", .fixed = { { "order", "list" } }, .members = quarantined,
	      .paged = ADMIND_BY_LIMIT, .shape = ADMIND_ROWS, .rows = "quarantine" }) },
	{ HTTP_GET, "/admin/v1/quarantine/:", admind_serve, 0, QUARANTINE("show") },
	{ HTTP_POST, "/admin/v1/quarantine/:/release", admind_serve, 0, QUARANTINE("release") },
	{ HTTP_DELETE, "/admin/v1/quarantine/:", admind_serve, 0, QUARANTINE("delete") },

	{ HTTP_GET, "/admin/v1/bans", admind_serve, 0,
	  OP{ .call = "ban", .fixed = { { "verb", "list" } }, .shape = ADMIND_ROWS,
	      .rows = "bans" }) },
	{ HTTP_PUT, "/admin/v1/bans/:", admind_serve, 0,
	  OP{ .call = "ban", .fixed = { { "verb", "add" } }, .segments = { "address" },
	      .members = ban, .shape = ADMIND_LAST }) },
	{ HTTP_DELETE, "/admin/v1/bans/:", admind_serve, 0,
	  OP{ .call = "ban", .fixed = { { "verb", "remove" } }, .segments = { "address" },
	      .shape = ADMIND_LAST }) },
	{ HTTP_POST, "/admin/v1/defence/test", admind_serve, 0,
	  OP{ .call = "defence", .members = trial, .shape = ADMIND_LAST,
	      .prepare = admind_letter }) },
};

struct httpd_server admind_server(const struct settings *set)
{
	return (struct httpd_server){ .kind = HTTPD_OWN,
		                      .set = set,
		                      .routes = routes,
		                      .n_routes = N_ELEMS(routes),
		                      .gate = admind_may,
		                      .guide = "/admin/v1/openapi.json" };
}
