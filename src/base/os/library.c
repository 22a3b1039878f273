/* base/os/library.c - see library.h. */
#include "base/os/library.h"

#include <dlfcn.h>
#include <string.h>

#include "base/err.h"

int library_load(const char *soname, const struct library_function *functions, size_t n)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < n; i++) {
		void *found = dlsym(library, functions[i].name);
		if (!found)
			return err(ERR_UNAVAILABLE, "%s has no %s", soname, functions[i].name);
		memcpy(functions[i].pointer, &found, sizeof found);
	}
	return library ? 0 : err(ERR_UNAVAILABLE, "%s", dlerror());
}
