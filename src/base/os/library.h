/* base/os/library.h - a shared library that few processes need, loaded by those.
 *
 * What libcurl and libarchive bring along (LDAP, Kerberos, ICU, ...) is 37 of our 51 libraries and
 * half of what a start takes.  The caller lists its functions once and has a pointer for each, with
 * the type that the library's own header declares:
 *
 *     #define CURL(f) f(easy_init) f(easy_cleanup)
 *     #define POINTER(name) typeof(curl_##name) *name;
 *     #define FUNCTION(name) { "curl_" #name, &curl.name },
 *     static struct { CURL(POINTER) } curl;
 *     static const struct library_function functions[] = { CURL(FUNCTION) };
 */
#ifndef BASE_OS_LIBRARY_H
#define BASE_OS_LIBRARY_H

#include <stddef.h>

#include "base/attr.h"

/* pointer: of a pointer to a function. */
struct library_function {
	const char *name;
	void *pointer;
};

/* For as long as the process lives; before its sandbox closes, since it reads files.
 * ERR_UNAVAILABLE, with the linker's words: it is not installed, or lacks a function. */
NODISCARD int library_load(const char *soname, const struct library_function *functions, size_t n);

#endif
