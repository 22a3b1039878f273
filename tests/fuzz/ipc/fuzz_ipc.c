/* Octets from another role: whole frames print back to what they were. */
#include "fuzz.h"

#include "ipc/ipc_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF out = BUF(IPC_HEAD_MAX + IPC_FRAME_MAX);
	struct span in = span_make(data, size);
	struct ipc_frame f;
	size_t used;
	int r;

	while ((r = ipc_frame_parse(in, &f, &used)) == 0) {
		MUST(used <= in.n && f.payload.n <= IPC_FRAME_MAX && f.method < IPC_METHOD_MAX);
		MUST(f.kind == IPC_REPLY || f.result == 0);
		buf_reset(&out);
		MUST(ipc_frame_put(&out, &f) == 0);
		MUST(span_eq(buf_span(&out), span_sub(in, 0, used)));
		in = span_sub(in, used, SIZE_MAX);
	}
	MUST(r == ERR_SYNTAX || (r == ERR_AGAIN && used > in.n));
	return 0;
}
