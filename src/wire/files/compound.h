/* wire/files/compound.h - what an Office file of before 2007 holds (a compound file).
 *
 * Sources: MS-CFB 2.6 (directory entries), MS-OVBA 2.2.1 (where macros are), MS-OFFCRYPTO 2.3.
 * The chains of sectors, which readers follow differently where they are malformed, are not
 * followed: each place in which an entry of the directory may stand is looked at.  So what lies
 * embedded counts, and a name that was deleted may.  Linear, no memory.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_FILES_COMPOUND_H
#define WIRE_FILES_COMPOUND_H

#include "base/span.h"

enum compound_holds {
	COMPOUND_MACROS = 1 << 0,
	COMPOUND_ENCRYPTED = 1 << 1, /* a document of today within, under a password */
};

/* The whole file's octets: OR of enum compound_holds. */
unsigned compound_holds(struct span file);

#endif
