/* fulltext/pages.h - each page of an index has a checksum.
 *
 * SQLite believes a page that is well-formed: a wrong octet in a list of rows makes an index deny
 * what a text holds.  Here is a VFS above SQLite's own that looks at each page which is read from
 * the file.
 */
#ifndef FULLTEXT_PAGES_H
#define FULLTEXT_PAGES_H

#include "base/err.h"

/* Octets at each page's end that SQLite leaves alone (SQLITE_FCNTL_RESERVE_BYTES). */
enum { PAGES_RESERVE = 4 };

/* The name of the VFS, for sql_open_by.  Reading a page that does not check is SQLITE_CORRUPT. */
const char *pages_vfs(void);

#endif
