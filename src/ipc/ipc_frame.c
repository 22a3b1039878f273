/* ipc/ipc_frame.c - parse and print; see ipc_frame.h. */
#include "ipc/ipc_frame.h"

static uint32_t get_u32(const char *p)
{
	const uint8_t *u = (const uint8_t *)p;

	return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static void put_u32(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> (8 * i));
}

int ipc_frame_parse(struct span in, struct ipc_frame *out, size_t *used)
{
	struct ipc_frame f = { 0 };
	size_t n, head;

	*used = IPC_LENGTH_BYTES + IPC_CALL_BYTES;
	if (in.n < *used)
		return ERR_AGAIN;
	n = get_u32(in.p);
	f.kind = (uint8_t)in.p[4];
	f.method = (uint16_t)((uint8_t)in.p[6] | (uint8_t)in.p[7] << 8);
	f.serial = get_u32(in.p + 8);
	if (f.kind > IPC_REPLY)
		return err(ERR_SYNTAX, "kind %d", (int)f.kind);
	if ((uint8_t)in.p[5] > IPC_WITH_FD)
		return err(ERR_SYNTAX, "flags %d", (int)(uint8_t)in.p[5]);
	f.with_fd = in.p[5] & IPC_WITH_FD;
	if (f.method >= IPC_METHOD_MAX)
		return err(ERR_SYNTAX, "method %u", f.method);
	head = f.kind == IPC_REPLY ? IPC_REPLY_BYTES : IPC_CALL_BYTES;
	if (n < head || n - head > IPC_FRAME_MAX)
		return err(ERR_SYNTAX, "length %zu", n);
	*used = IPC_LENGTH_BYTES + n;
	if (in.n < *used)
		return ERR_AGAIN;
	if (f.kind == IPC_REPLY)
		f.result = (int32_t)get_u32(in.p + 12);
	if (f.with_fd && f.result < 0)
		return err(ERR_SYNTAX, "a descriptor beside an error");
	f.payload = span_sub(in, IPC_LENGTH_BYTES + head, n - head);
	*out = f;
	return 0;
}

int ipc_frame_put(struct buf *out, const struct ipc_frame *f)
{
	size_t head = f->kind == IPC_REPLY ? IPC_REPLY_BYTES : IPC_CALL_BYTES;
	char *p;
	int r;

	if (f->payload.n > IPC_FRAME_MAX)
		return err(ERR_TOO_LONG, "a call of %zu octets between roles", f->payload.n);
	r = buf_reserve(out, IPC_LENGTH_BYTES + head + f->payload.n);
	if (r < 0)
		return r;
	p = out->p + out->n;
	put_u32(p, (uint32_t)(head + f->payload.n));
	p[4] = (char)f->kind;
	p[5] = f->with_fd ? IPC_WITH_FD : 0;
	p[6] = (char)f->method;
	p[7] = (char)(f->method >> 8);
	put_u32(p + 8, f->serial);
	if (f->kind == IPC_REPLY)
		put_u32(p + 12, (uint32_t)f->result);
	if (f->payload.n)
		memcpy(p + IPC_LENGTH_BYTES + head, f->payload.p, f->payload.n);
	out->n += IPC_LENGTH_BYTES + head + f->payload.n;
	return 0;
}
