/* auth/unsubscribe.h - signs and reads what a link to unsubscribe names (calls/suppressions.h).
 * Floor 3; auth role only. */
#ifndef AUTH_UNSUBSCRIBE_H
#define AUTH_UNSUBSCRIBE_H

/* Registers both calls; srs_key_open has been called. */
void unsubscribe_serve(void);

#endif
