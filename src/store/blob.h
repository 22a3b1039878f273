/* store/blob.h - bodies that are files of their own: blobs/XX/ID, XX the id's tenth and eleventh
 * character.  All of it blocks.  Floor 2.
 */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "base/base64.h"
#include "base/buf.h"

enum { BLOB_NAME_BYTES = 2 + 1 + ID_TEXT_LEN + 1 };
/* "XX/ID" */
void store_blobfile_name(uint64_t number, char out[BLOB_NAME_BYTES]);

/* A new, empty file; a descriptor that only writes. */
NODISCARD int store_blobfile_create(int dir, uint64_t number);
/* Appends at `at`, and tells the kernel to begin writing it out. */
NODISCARD int store_blobfile_append(int fd, struct span octets, uint64_t at);
/* A descriptor that reads. */
NODISCARD int store_blobfile_open(int dir, uint64_t number);
/* Takes a read lease on fd, which reads: ERR_UNAVAILABLE while anybody could still write.  As long
 * as fd is open nobody can from then on; *size: octets in it. */
NODISCARD int blob_lease(int fd, uint64_t *size);
/* Makes file and name durable. */
NODISCARD int blob_sync(int dir, uint64_t number, int fd);
/* ERR_CONFIG: the file system of the directory `path` has no leases; says what to do. */
NODISCARD int blob_lease_check(const char *path);
/* Octets [offset, offset + max), fewer at its end.  ERR_NOT_FOUND. */
NODISCARD int store_blobfile_read(int dir, uint64_t number, uint64_t offset, size_t max,
                                  struct buf *out);
/* ERR_NOT_FOUND. */
NODISCARD int store_blobfile_size(int dir, uint64_t number, uint64_t *size);
/* Gone already is good too. */
NODISCARD int store_blobfile_remove(int dir, uint64_t number);
/* Calls fn for each blob's number. */
NODISCARD int store_blobfile_each(int dir, int (*fn)(uint64_t number, void *arg), void *arg);

#endif
