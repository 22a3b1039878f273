/* role/hand.h - which role is given what of the parent's. */
#ifndef ROLE_HAND_H
#define ROLE_HAND_H

#include "role/role.h"

/* All that a new process of role r is given over sock, but for its links and BOOT_GO. */
NODISCARD int hand_inputs(const struct server_inputs *inputs, enum role r, int sock);
/* To the edge role: certificates that it may say no to, and BOOT_GO. */
NODISCARD int hand_certificates(const struct server_inputs *inputs, int sock);
/* What may have changed (reload.h), and BOOT_GO. */
NODISCARD int hand_changes(const struct server_inputs *inputs, enum role r, int sock);

#endif
