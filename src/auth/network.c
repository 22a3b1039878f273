/* auth/network.c - see network.h. */
#include "auth/network.h"

#include <arpa/inet.h>

enum { MAPPED_BYTES = 12 };

void network_of(struct span client, unsigned char out[NETWORK_BYTES])
{
	static const unsigned char mapped[MAPPED_BYTES] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char ip[16];

	memset(out, 0, NETWORK_BYTES);
	if (client.n && client.n < sizeof text)
		memcpy(text, client.p, client.n);
	if (inet_pton(AF_INET, text, ip) == 1) {
		out[0] = 4;
		memcpy(out + 1, ip, 3);
	} else if (inet_pton(AF_INET6, text, ip) == 1) {
		bool is_mapped = memcmp(ip, mapped, MAPPED_BYTES) == 0;
		out[0] = is_mapped ? 4 : 6;
		memcpy(out + 1, is_mapped ? ip + MAPPED_BYTES : ip, is_mapped ? 3 : 6);
	}
}
