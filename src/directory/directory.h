/* directory/directory.h - which addresses are ours, and who gets their mail.  Floor 3.
 *
 * In the auth role, in memory: what the store role tells (calls/directory.h, directory_tell).
 * directory_lookup is how the other roles ask.  Until everything was told once, questions wait.
 */
#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H

#include "config/settings.h"
#include "calls/directory.h"
#include "directory/entry.h"

/* mac: HMAC-SHA-256 with a key that outlives the server; without it no return path is rewritten. */
void directory_srs_open(int (*mac)(struct span octets, unsigned char out[32], void *arg));
/* Keeps set; nobody is known yet. */
void directory_open(const struct settings *set);
void directory_close(void);

/* Until everything was told; ERR_UNAVAILABLE: it was not for a while. */
NODISCARD WAITS int directory_wait(void);
/* Whose login it is: the account's name, or what was given, in lower case.  Lives in mem. */
NODISCARD WAITS int directory_login(struct span given, struct arena *mem, struct span *out);
/* By its name alone, as tickets have it.  NULL: there is none. */
struct directory_entry *directory_named(struct span name);
/* By one of its addresses, or its name, in any case.  NULL: there is none. */
struct directory_entry *directory_find(struct span name);

/* The keys of that domain, or of the nearest one above it that has some; valid until the next wait.
 * NULL: none. */
const struct directory_signer *directory_signer(struct span domain);
/* fn hears that keys of some domain have changed. */
void directory_signers_follow(void (*fn)(void));

WAITS directory_lookup_fn directory_lookup_here;
WAITS directory_news_fn directory_news_here;
/* news.c: an account changed, or any may have. */
void news_open(void);
void news_close(void);
void news_of(struct span account);
void news_all(void);
directory_tell_fn directory_tell_here;
/* Registers the calls of calls/directory.h. */
void directory_serve(void);

#endif
