/* role/wish.h - what the control role wants of the parent, since the operator does. */
#ifndef ROLE_WISH_H
#define ROLE_WISH_H

#include "base/buf.h"
#include "role/boot.h"

/* Configuration and files are read anew (reload.h).  good: they were, and text is what has changed;
 * else what is wrong, and nothing has.  One at a time: the next waits for its turn. */
NODISCARD WAITS int wish_reload(bool *good, struct buf *text);
/* Certificates by ACME (renewal.h): names, a line each; now: due or not.  text: how they stand, a
 * line each (acme_due.h).  Takes minutes. */
NODISCARD WAITS int wish_certificates(struct span names, bool now, struct buf *text);
/* The parent's answer, a BOOT_RELOAD or BOOT_ACME. */
void wish_take(struct boot_message *m);

/* There is no parent: fn does it; nobody sees to certificates. */
typedef bool wish_reload_fn(struct buf *text);
void wish_alone(wish_reload_fn *fn);

#endif
