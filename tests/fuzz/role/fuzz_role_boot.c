/* A message between parent and role, from one that was taken over; the first octet says how many
 * descriptors come with it. */
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include "ipc/descriptor.h"
#include "role/boot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int ends[2];

	if (size < 2 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
		return 0;
	int fds[] = { ends[0], ends[1] };
	if (descriptor_send(ends[0], span_make(data + 1, size - 1), fds, data[0] % 3) == 0) {
		struct boot_message m;
		int r = boot_recv(ends[1], &m);

		MUST(r == 0 || r == ERR_SYNTAX);
		MUST((r == 0) == (size - 1 >= 2 && size - 1 < 2 + BOOT_TEXT_MAX));
		if (r == 0) {
			MUST((m.fd >= 0) == (data[0] % 3 > 0));
			MUST((m.descriptors_fd >= 0) == (data[0] % 3 > 1));
			boot_drop(&m);
		}
	}
	close(ends[0]);
	close(ends[1]);
	return 0;
}
