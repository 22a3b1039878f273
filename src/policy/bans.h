/* policy/bans.h - who does only harm is shut out for a while, over all protocols.  Floor of policy.
 *
 * A source is an IPv4 address or an IPv6 /64.  What it does wrong is its debt, of which half is
 * forgiven in each defence.ban_half.  When that is defence.ban_debt, and nobody has logged in from
 * there within BANS_GOOD_MS, it is shut out until half of it is forgiven at least.  A message that
 * was taken halves a debt.  smtp.relay_networks and this machine itself have none.
 *
 * One table of fixed size for each process that listens to strangers; when it is full, who owes
 * least is forgotten.  The store remembers it over restarts.  The time is passed in.
 */
#ifndef POLICY_BANS_H
#define POLICY_BANS_H

#include "calls/bans.h"
#include "config/settings.h"
#include "rt/stream/stream.h"

enum { BANS_GOOD_MS = 24 * 60 * 60 * 1000, BANS_TEXT_BYTES = 400 };

enum bans_harm { BANS_ERROR, BANS_RECIPIENT, BANS_LISTED, BANS_LOGIN, BANS_MESSAGE, BANS_HARMS };

/* True: the source is shut out now. */
bool bans_harm(const struct settings *set, const struct address *source, enum bans_harm what,
               int64_t now_at);
/* A message was taken; somebody logged in. */
void bans_message(const struct address *source, int64_t now_at);
void bans_login(const struct address *source, int64_t now_at);

/* "192.0.2.1 is shut out until TIME: REASON; write to ..."; false: it is not. */
bool bans_text(const struct settings *set, const struct address *source, int64_t now_at,
               char out[BANS_TEXT_BYTES]);
/* The same of a row that ban_order gave. */
void bans_refusal(const struct settings *set, const struct ban_row *row, char out[BANS_TEXT_BYTES]);
/* A new connection of who is shut out: says so in one line behind `before` ("421 4.7.0 "; NULL: TLS
 * comes first, so nothing is said), and closes it.  True: it was that. */
bool bans_turn_away(const struct settings *set, struct stream *s, const char *before);

/* calls/bans.h. */
void bans_serve(void);
void bans_forget(void);

/* Over restarts, by the store (ban_keep, ban_recall): takes what it remembers; tells it what has
 * changed; does so from now on, BANS_KEEP_MS after each change. */
enum { BANS_KEEP_MS = 2000 };
NODISCARD WAITS int bans_recall(void);
NODISCARD WAITS int bans_keep(const struct settings *set);
void bans_keep_on(const struct settings *set);

#endif
