/* directory/forward.h - return paths of what is forwarded, and bounces to them.  Private to
 * directory/. */
#ifndef DIRECTORY_FORWARD_H
#define DIRECTORY_FORWARD_H

#include "calls/directory.h"
#include "directory/people.h"

/* directory.h's. */
void forward_open(int (*mac)(struct span octets, unsigned char out[32], void *arg));
/* Whom an address of ours, of this local part, is for when it was made here for a bounce.
 * ERR_NOT_FOUND: it was not. */
NODISCARD int forward_back(struct span local, struct arena *mem, struct span *out);
/* directory_forward, of who is known. */
NODISCARD int forward_sender(const struct people *p, const struct directory_forward_args *a,
                             struct arena *mem, struct directory_forward_reply *out);

/* As forward_back, of a whole address: the return path of a message of `sender`'s.  ERR_NOT_FOUND:
 * it is none; ERR_REFUSED: it looks like one, and is forged or too old. */
NODISCARD int forward_returned(struct span address, struct arena *mem, uint64_t *message,
                               struct span *sender);
/* directory_return. */
NODISCARD int forward_return(const struct directory_return_args *a, struct arena *mem,
                             struct directory_return_reply *out);

#endif
