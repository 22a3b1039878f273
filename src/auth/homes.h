/* auth/homes.h - the networks where an account was logged in lately.  Floor 3; auth role only.
 *
 * An account is at home in a network where its right password was given in the last HOMES_DAYS
 * days.  Homes outlive the server in one file, which the parent opens and hands down: a table of
 * HOMES_SETS sets of HOMES_WAYS places of 16 octets, host byte order, behind one place that names
 * the format.  A place is the day (since 1970) until which it holds, and a digest: the first octets
 * of HMAC-SHA-256 of the network, keyed with the account's password hash.  So the file names
 * nobody, tells nothing without the directory, and a new password makes every home a strange
 * place.
 *
 * All homes of an account are in one set: one with very many crowds out only its few neighbours;
 * what ends first makes way.  A place torn by a crash is a digest of nothing.
 */
#ifndef AUTH_HOMES_H
#define AUTH_HOMES_H

#include "auth/network.h"
#include "base/err.h"

enum { HOMES_DAYS = 30, HOMES_SETS = 1024, HOMES_WAYS = 64, HOMES_PLACE_BYTES = 16 };

struct home {
	uint64_t digest;
	uint32_t set;
};

/* fd: the file, which stays the caller's; what is no such table is begun anew.  -1: in memory only.
 * Blocks.  ERR_IO: neither read nor begun. */
NODISCARD int homes_open(int fd);
void homes_close(void);

/* One place of the table, and where in the file it stands. */
struct home_place {
	uint64_t digest;
	int64_t until_day;
};

struct home_write {
	int file;
	int64_t at;
	struct home_place place;
};

/* hash: the account's, as the directory has it. */
NODISCARD int homes_find(struct span hash, const unsigned char network[NETWORK_BYTES],
                         struct home *out);
/* day: since 1970. */
bool homes_has(const struct home *h, int64_t day);
/* It is one, from this day on.  True: *out is to be written, at most once a day and home. */
NODISCARD bool homes_put(const struct home *h, int64_t day, struct home_write *out);
/* On a pool thread.  ERR_IO. */
NODISCARD int homes_write(const struct home_write *w);

#endif
