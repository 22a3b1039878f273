/* wire/files/zip.h - every name that a zip archive gives a file.
 *
 * Source: APPNOTE.TXT 4.3.7 (local file header), 4.3.12 (central directory).
 * Some readers go by the directory, some by the headers in front of files, and the two need not
 * agree.  So each place that looks like one of them counts, also one within a file that is not
 * compressed.  Linear, no memory.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_FILES_ZIP_H
#define WIRE_FILES_ZIP_H

#include <stdbool.h>

#include "base/span.h"

/* The next name, and *rest behind what is in front of it.  False: there is none any more. */
bool zip_next_name(struct span *rest, struct span *name);

#endif
