/* calls/directory.h - who is who: domains, accounts, aliases.  Floor 3.
 *
 * The store role keeps them (accounts/), the auth role answers from memory: it is told all of them
 * when a link comes up, and each change before its order is answered.
 */
#ifndef DIRECTORY_CALLS_H
#define DIRECTORY_CALLS_H

#include "calls/call.h"

/* ---- asked of the auth role ---- */

/* address: local@domain.  local: its domain is one of ours, and then
 *   account     the only mailbox it leads to, and `mailbox` the one in there that the address asks
 *               for with its tag, where the account wishes that; limited: it has limits of its own
 *   targets     else: a list's mailboxes here (account), and addresses elsewhere (account empty)
 *   closed      else: who has it, or its domain, takes no mail for now (550 5.2.1)
 *   none of it  nobody has it (550 5.1.1)
 *   defence     what holds for the account, and so of each target: the words of the domain as
 *               addressed (an alias domain without any has its target's), then, behind a comma, the
 *               account's (inspect/steps/steps.h; what is said later wins); for who is elsewhere,
 *               and for a list itself, the domain's alone
 *   returned, sender  it is the return path of that message, which `sender` sent (wire/smtp/
 *               return_path.h), and leads where that leads; one that was forged, or is too old,
 *               nobody has
 * ERR_LIMIT: it leads to more than DIRECTORY_TARGETS_MAX. */
#define DIRECTORY_TARGET_FIELDS(F, L) F(span, account) F(span, address) F(span, defence)
PACK_DECLARE(directory_target, DIRECTORY_TARGET_FIELDS)
#define DIRECTORY_LOOKUP_ARGS(F, L) F(span, address)
#define DIRECTORY_LOOKUP_REPLY(F, L)                                                               \
	F(bool, local)                                                                             \
	F(span, account)                                                                           \
	F(span, mailbox)                                                                           \
	F(bool, limited)                                                                           \
	L(directory_target, targets)                                                               \
	F(bool, closed) F(span, defence) F(u64, returned) F(span, sender)
PACK_DECLARE(directory_lookup_args, DIRECTORY_LOOKUP_ARGS)
PACK_DECLARE(directory_lookup_reply, DIRECTORY_LOOKUP_REPLY)
CALL_DECLARE(directory_lookup, directory_lookup_args, directory_lookup_reply);

/* The return path of what is forwarded elsewhere from an address in `domain`, one of ours: an
 * address there by which a bounce finds back (wire/smtp/srs.h), or the sender itself, when its
 * domain is ours or no such address can be made of it. */
#define DIRECTORY_FORWARD_ARGS(F, L)  F(span, sender) F(span, domain)
#define DIRECTORY_FORWARD_REPLY(F, L) F(span, sender)
PACK_DECLARE(directory_forward_args, DIRECTORY_FORWARD_ARGS)
PACK_DECLARE(directory_forward_reply, DIRECTORY_FORWARD_REPLY)
CALL_DECLARE(directory_forward, directory_forward_args, directory_forward_reply);

/* The return path of a message of that sender's, by which what comes back is known; the sender
 * itself, where none can be made of it. */
#define DIRECTORY_RETURN_ARGS(F, L)  F(span, sender) F(u64, message)
#define DIRECTORY_RETURN_REPLY(F, L) F(span, address)
PACK_DECLARE(directory_return_args, DIRECTORY_RETURN_ARGS)
PACK_DECLARE(directory_return_reply, DIRECTORY_RETURN_REPLY)
CALL_DECLARE(directory_return, directory_return_args, directory_return_reply);

/* ---- asked of the auth role by who has sessions ---- */

/* Which accounts have changed, or gone, since `seen` (the latest reply's `now`; 0 at first).  Waits
 * for the first, wait_ms at most, and then says that there are none.  all: any may have. */
#define DIRECTORY_NAME_FIELDS(F, L) F(span, name)
#define DIRECTORY_NEWS_ARGS(F, L)   F(u64, seen) F(u32, wait_ms)
#define DIRECTORY_NEWS_REPLY(F, L)  F(u64, now) F(bool, all) L(directory_name, accounts)
PACK_DECLARE(directory_name, DIRECTORY_NAME_FIELDS)
PACK_DECLARE(directory_news_args, DIRECTORY_NEWS_ARGS)
PACK_DECLARE(directory_news_reply, DIRECTORY_NEWS_REPLY)
CALL_DECLARE(directory_news, directory_news_args, directory_news_reply);

/* ---- what is known ----
 *
 * Addresses and names of domains are in their one form: lower case, domains as A-labels. */

enum {
	DIRECTORY_NAME_BYTES_MAX = 320,   /* an address; what an account is named by */
	DIRECTORY_HASH_BYTES_MAX = 256,   /* as crypt(5) writes it */
	DIRECTORY_SCRAM_BYTES_MAX = 256,  /* SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY */
	DIRECTORY_ADDRESSES_MAX = 200,    /* of an account */
	DIRECTORY_TARGETS_MAX = 1000,     /* of an alias */
	DIRECTORY_APP_PASSWORDS_MAX = 20, /* of an account */
	DIRECTORY_FIELDS_MAX = 1100,      /* of an order */
	DIRECTORY_KEYS_MAX = 16,          /* of a domain, to sign with */
	DIRECTORY_SECRET_BYTES_MAX = 4096,
	DIRECTORY_DEFENCE_BYTES_MAX = 1000, /* of a domain's, or an account's, words */
	DIRECTORY_LIMIT_BYTES_MAX = 100,
	DIRECTORY_HELD_BYTES_MAX = 200,
	DIRECTORY_OPERATOR_KEYS_MAX = 100,
};

/* What becomes of user+tag, RFC 5233. */
enum directory_tags { DIRECTORY_TAGS_ON, DIRECTORY_TAGS_OFF, DIRECTORY_TAGS_MAILBOX };

/* alias_of: its addresses are those of that other domain.  catch_all: who gets what nobody has.
 * gone: it was removed, and only its name counts.  defence: what its own words say of the steps of
 * the defence, in their one form (inspect/steps/steps.h).  limit: of recipients that it may send
 * to (config/config_rates.h); empty: the settings'. */
#define DIRECTORY_DOMAIN_FIELDS(F, L)                                                              \
	F(span, name)                                                                              \
	F(bool, gone)                                                                              \
	F(bool, enabled) F(span, alias_of) F(span, catch_all) F(span, defence) F(span, limit)
PACK_DECLARE(directory_domain, DIRECTORY_DOMAIN_FIELDS)

#define DIRECTORY_ADDRESS_FIELDS(F, L) F(span, address)
PACK_DECLARE(directory_address, DIRECTORY_ADDRESS_FIELDS)

/* What a key (an app password for TICKET_HTTP) may do; OR of these. */
enum directory_key_right {
	DIRECTORY_KEY_SEND = 1 << 8,
	DIRECTORY_KEY_READ = 1 << 9,
	DIRECTORY_KEY_MANAGE = 1 << 10,
};

/* protocols: a bit (1 << enum ticket_protocol) each, and the rights of a key.  senders: the
 * addresses that it may send as, a comma between; empty: all of the account's. */
#define DIRECTORY_APP_PASSWORD_FIELDS(F, L)                                                        \
	F(span, label)                                                                             \
	F(span, hash) F(span, scram) F(u16, protocols) F(i64, made_ms) F(span, senders)
PACK_DECLARE(directory_app_password, DIRECTORY_APP_PASSWORD_FIELDS)

/* number: never used again.  name: what its mail, its tickets and its login are named by; never
 * used again either: an address that was another account's before is followed by # and the number.
 * address: the first of its addresses, all of which log it in.  enabled: false keeps its mail, and
 * neither takes more nor lets anybody in.  tags: enum directory_tags.  Quotas: 0 is the settings'.
 * indexed: it wants an index of its messages' text.  defence, limit: as a domain's.  held: why it
 * may not send; empty: it may. */
#define DIRECTORY_ACCOUNT_FIELDS(F, L)                                                             \
	F(u32, number)                                                                             \
	F(bool, gone)                                                                              \
	F(bool, enabled)                                                                           \
	F(span, name)                                                                              \
	F(span, address)                                                                           \
	L(directory_address, addresses)                                                            \
	F(span, hash)                                                                              \
	F(span, scram)                                                                             \
	L(directory_app_password, app_passwords)                                                   \
	F(u8, tags)                                                                                \
	F(u64, quota_octets)                                                                       \
	F(u64, quota_messages)                                                                     \
	F(i64, made_ms) F(bool, indexed) F(span, defence) F(span, limit) F(span, held)
PACK_DECLARE(directory_account, DIRECTORY_ACCOUNT_FIELDS)

/* What comes to the address goes to each of its targets, here or elsewhere. */
#define DIRECTORY_ALIAS_FIELDS(F, L) F(span, address) F(bool, gone) L(directory_address, targets)
PACK_DECLARE(directory_alias, DIRECTORY_ALIAS_FIELDS)

/* The DKIM keys of a domain, from the first made to the last.  secret: PEM.  record: what its owner
 * publishes.  published: that was seen in DNS. */
#define DIRECTORY_KEY_FIELDS(F, L)                                                                 \
	F(span, selector)                                                                          \
	F(bool, ed25519) F(bool, published) F(span, secret) F(span, record) F(i64, made_ms)
PACK_DECLARE(directory_key, DIRECTORY_KEY_FIELDS)
#define DIRECTORY_SIGNER_FIELDS(F, L) F(span, domain) F(bool, gone) L(directory_key, keys)
PACK_DECLARE(directory_signer, DIRECTORY_SIGNER_FIELDS)

/* ---- asked of the auth role by who serves an account ---- */

/* The account's addresses, and what is published of the DKIM keys that sign what is written at
 * their domains.  ticket: with TICKET_REPORT. */
#define DIRECTORY_OWN_KEY_FIELDS(F, L) F(span, domain) F(span, selector) F(span, record)
#define DIRECTORY_OWN_ARGS(F, L)       F(span, ticket)
#define DIRECTORY_OWN_REPLY(F, L)      L(directory_address, addresses) L(directory_own_key, keys)
PACK_DECLARE(directory_own_key, DIRECTORY_OWN_KEY_FIELDS)
PACK_DECLARE(directory_own_args, DIRECTORY_OWN_ARGS)
PACK_DECLARE(directory_own_reply, DIRECTORY_OWN_REPLY)
CALL_DECLARE(directory_own, directory_own_args, directory_own_reply);

/* ---- asked of the auth role by the store ---- */

/* ALL_BEGIN, ALL_MORE and ALL_END bring everything, in pages, which count from the last one on
 * instead of what was known before; CHANGE brings what became of some. */
enum directory_tell_step {
	DIRECTORY_ALL_BEGIN = 1,
	DIRECTORY_ALL_MORE,
	DIRECTORY_ALL_END,
	DIRECTORY_CHANGE,
};
#define DIRECTORY_TELL_ARGS(F, L)                                                                  \
	F(u8, step)                                                                                \
	L(directory_domain, domains)                                                               \
	L(directory_account, accounts) L(directory_alias, aliases) L(directory_signer, signers)
#define DIRECTORY_TELL_REPLY(F, L) F(u32, accounts)
PACK_DECLARE(directory_tell_args, DIRECTORY_TELL_ARGS)
PACK_DECLARE(directory_tell_reply, DIRECTORY_TELL_REPLY)
CALL_DECLARE(directory_tell, directory_tell_args, directory_tell_reply);

/* ---- asked of the store role by the operator's door ---- */

/* object: "domain", "account", "alias", "app-password" (name: whose), "dkim" (name: the domain),
 * "operator-key" (name: its label).  verb: "add", "set", "remove", "show", or "list": a page behind
 * the name `after`; of an operator's key "find", by its hash (ERR_AUTH: it is none).  fields: what
 * is set, as text; docs/guide/directory.md has their names.  rows: one of JSON for each that was
 * touched or is shown.  What was answered is durable, and in force. ERR_NOT_FOUND, ERR_EXISTS,
 * ERR_SYNTAX, ERR_LIMIT: nothing was changed; the words say why */
#define DIRECTORY_FIELD_FIELDS(F, L) F(span, name) F(span, value)
#define DIRECTORY_ROW_FIELDS(F, L)   F(span, json)
#define DIRECTORY_ORDER_ARGS(F, L)                                                                 \
	F(span, object) F(span, verb) F(span, name) L(directory_field, fields) F(span, after)
#define DIRECTORY_ORDER_REPLY(F, L) L(directory_row, rows) F(span, after) F(bool, more)
PACK_DECLARE(directory_field, DIRECTORY_FIELD_FIELDS)
PACK_DECLARE(directory_row, DIRECTORY_ROW_FIELDS)
PACK_DECLARE(directory_order_args, DIRECTORY_ORDER_ARGS)
PACK_DECLARE(directory_order_reply, DIRECTORY_ORDER_REPLY)
CALL_DECLARE(directory_order, directory_order_args, directory_order_reply);

#endif
