/* wire/files/kind.h - what a file is by its octets, and what its name promises.
 *
 * Sources: PE/COFF 2.1 (MZ, and behind it PE, NE, LE or LX), System V ABI (ELF), Mach-O's loader.h
 *          and fat.h, execve(2) (#!); APPNOTE.TXT 4.3 (zip), 7zFormat.txt, RAR's technical notes,
 *          MS-CAB 2.1, RFC 1952 (gzip), bzip2, the .xz format 2.1.1, POSIX pax (ustar), ECMA-119
 *          8.1 (ISO 9660), MS-CFB 2.2 (compound file).
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_FILES_KIND_H
#define WIRE_FILES_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum { FILE_HEAD_BYTES = 33 << 10 }; /* so many first octets tell; fewer may, too */

enum file_kind {
	FILE_OTHER,
	FILE_PROGRAM,  /* the machine runs it, whatever it is called */
	FILE_SCRIPT,   /* #! */
	FILE_ARCHIVE,  /* zip (and documents that are such), 7z, rar, cab, tar, iso */
	FILE_PACKED,   /* gzip, bzip2, xz: one file, or a tar */
	FILE_COMPOUND, /* an Office file of before 2007, and others */
};

/* head: the file's first octets, of size_bytes in all. */
enum file_kind file_kind(struct span head, uint64_t size_bytes);

/* By its last extension: an archive, of the kinds above or not; what nobody takes for a program: a
 * document, a picture, a text. */
bool file_name_is_archive(struct span name);
bool file_name_is_document(struct span name);

#endif
