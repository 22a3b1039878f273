/* Whatever a name hides, it is safe to print (wire/message/names/names.h). */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/message/names/names.h"

static int look(const struct message_file *file, void *arg)
{
	const struct message_name *names = file->names;

	for (size_t i = 0; i < file->n_names; i++)
		MUST(utf8_valid(names[i].name));
	MUST(file->octets.n <= 2 * *(size_t *)arg); /* quoted-printable ends lines in CRLF */
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA arena = { 0 };
	struct message_names out;

	MUST(message_files_find(span_make(data, size), &arena, look, &size, &out) == 0);
	for (size_t i = 0; i < out.n; i++) {
		struct span s = out.names[i].name, extension;

		MUST(s.n && s.n <= MESSAGE_NAME_BYTES_MAX && utf8_valid(s));
		for (size_t k = 0; k < s.n; k++)
			MUST((unsigned char)s.p[k] >= ' ' && s.p[k] != 0x7f && s.p[k] != '/');
		if (message_name_listed(s, MESSAGE_NAME_CLASSIC, &extension))
			MUST(message_name_listed(s, MESSAGE_NAME_STRICT, NULL) && extension.n);
	}
	return 0;
}
