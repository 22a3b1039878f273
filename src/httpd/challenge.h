/* httpd/challenge.h - answers to an ACME server that asks by HTTP whether a name is ours.
 *
 * Source: RFC 8555 8.3.  In clear text and to everybody, for as long as a challenge stands.
 */
#ifndef HTTPD_CHALLENGE_H
#define HTTPD_CHALLENGE_H

#include "httpd/session.h"

enum { CHALLENGES_MAX = 32, CHALLENGE_TOKEN_MAX = 128, CHALLENGE_KEY_MAX = 256 };

/* The token's octets are looked at: base64url.  ERR_SYNTAX, ERR_LIMIT. */
NODISCARD int challenge_put(struct span token, struct span key_authorization);
void challenge_drop(struct span token);
/* 1: it was asked for one, and is answered; 0: for something else. */
NODISCARD WAITS int challenge_serve(struct httpd_request *q);

#endif
