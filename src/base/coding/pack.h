/* base/coding/pack.h - structs as octets, from one table of fields.
 *
 * Floor 0.  The same encoding carries IPC calls and journal records.  Positional:
 *   u8 1 octet; u16 u32 u64 i64 little-endian, fixed width; bool one octet 0 or 1;
 *   span u32 length + octets; a list u32 count + its elements.
 * Fields are only ever added at the end of a table, and a reader given fewer
 * octets takes what is missing as zero, so that an older record stays readable;
 * octets left over after the last field (a newer writer) are ignored.
 * This holds for the outermost struct; the structs within lists are carried with
 * their own u32 length, so that it holds for them too.
 *
 * A table is written once, and gives the struct and both functions:
 *
 *   #define STORE_RCPT_FIELDS(F, L) F(span, address) F(u32, flags)
 *   #define STORE_MSG_FIELDS(F, L)  F(u64, id) L(store_rcpt, rcpts)
 *   PACK_DECLARE(store_rcpt, STORE_RCPT_FIELDS)      // in the header
 *   PACK_DECLARE(store_msg, STORE_MSG_FIELDS)
 *   PACK_DEFINE(store_rcpt, STORE_RCPT_FIELDS)       // in one .c
 *   PACK_DEFINE(store_msg, STORE_MSG_FIELDS)
 *
 * L(name, field) is a list: `struct name *field; size_t n_field;`.
 *
 * What stands behind a field's name is not looked at here: a table may say more of its fields.
 *
 *   int store_msg_pack(const struct store_msg *, struct buf *);
 *   int store_msg_unpack(struct span, struct arena *, struct store_msg *);
 *
 * Unpacked spans borrow from the input; lists come from the arena.  The input
 * is not trusted: ERR_SYNTAX on any length or count that does not fit, on a
 * bool that is neither 0 nor 1; ERR_TOO_LONG over PACK_LIST_MAX elements.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/arena.h"
#include "base/buf.h"

enum { PACK_LIST_MAX = 65536 };

#define PACK_TYPE_u8   uint8_t
#define PACK_TYPE_u16  uint16_t
#define PACK_TYPE_u32  uint32_t
#define PACK_TYPE_u64  uint64_t
#define PACK_TYPE_i64  int64_t
#define PACK_TYPE_bool bool
#define PACK_TYPE_span struct span

int pack_put_u8(struct buf *b, uint8_t v);
int pack_put_u16(struct buf *b, uint16_t v);
int pack_put_u32(struct buf *b, uint32_t v);
int pack_put_u64(struct buf *b, uint64_t v);
int pack_put_i64(struct buf *b, int64_t v);
int pack_put_bool(struct buf *b, bool v);
int pack_put_span(struct buf *b, struct span v);
/* ERR_TOO_LONG over PACK_LIST_MAX, so that what was packed can be unpacked. */
int pack_put_count(struct buf *b, size_t n);
/* Each takes from the front of *in; *in empty gives zero. */
NODISCARD int pack_get_u8(struct span *in, uint8_t *v);
NODISCARD int pack_get_u16(struct span *in, uint16_t *v);
NODISCARD int pack_get_u32(struct span *in, uint32_t *v);
NODISCARD int pack_get_u64(struct span *in, uint64_t *v);
NODISCARD int pack_get_i64(struct span *in, int64_t *v);
NODISCARD int pack_get_bool(struct span *in, bool *v);
NODISCARD int pack_get_span(struct span *in, struct span *v);
/* Opens a length-prefixed element: returns where to patch; pack_end patches. */
size_t pack_begin(struct buf *b);
void pack_end(struct buf *b, size_t mark);
/* Reads a list's count; checks it against PACK_LIST_MAX and the octets there are. */
NODISCARD int pack_get_count(struct span *in, size_t *n);

#define PACK_MEMBER_F(type, name, ...) PACK_TYPE_##type name;
#define PACK_MEMBER_L(type, name)                                                                  \
	struct type *name;                                                                         \
	size_t n_##name;

#define PACK_DECLARE(name, FIELDS)                                                                 \
	struct name {                                                                              \
		FIELDS(PACK_MEMBER_F, PACK_MEMBER_L)                                               \
	};                                                                                         \
	int name##_pack(const struct name *v, struct buf *b);                                      \
	NODISCARD int name##_unpack(struct span in, struct arena *mem, struct name *out);

#define PACK_PUT_F(type, field, ...) pack_put_##type(b, v->field);
#define PACK_PUT_L(type, field)                                                                    \
	pack_put_count(b, v->n_##field);                                                           \
	for (size_t i = 0; i < v->n_##field; i++) {                                                \
		size_t mark = pack_begin(b);                                                       \
		type##_pack(&v->field[i], b);                                                      \
		pack_end(b, mark);                                                                 \
	}
#define PACK_GET_F(type, field, ...)                                                               \
	if ((r = pack_get_##type(&in, &got.field)) < 0)                                            \
		return r;
#define PACK_GET_L(type, field)                                                                    \
	if ((r = pack_get_count(&in, &got.n_##field)) < 0)                                         \
		return r;                                                                          \
	if (got.n_##field && !(got.field = arena_array(mem, struct type, got.n_##field)))          \
		return ERR_NO_MEMORY;                                                              \
	for (size_t i = 0; i < got.n_##field; i++) {                                               \
		struct span one;                                                                   \
		if ((r = pack_get_span(&in, &one)) < 0 ||                                          \
		    (r = type##_unpack(one, mem, &got.field[i])) < 0)                              \
			return r;                                                                  \
	}

#define PACK_DEFINE(name, FIELDS)                                                                  \
	int name##_pack(const struct name *v, struct buf *b)                                       \
	{                                                                                          \
		(void)v;                                                                           \
		FIELDS(PACK_PUT_F, PACK_PUT_L)                                                     \
		return b->err;                                                                     \
	}                                                                                          \
	int name##_unpack(struct span in, struct arena *mem, struct name *out)                     \
	{                                                                                          \
		struct name got = { 0 };                                                           \
		int r = 0;                                                                         \
		(void)mem;                                                                         \
		(void)in;                                                                          \
		FIELDS(PACK_GET_F, PACK_GET_L)                                                     \
		*out = got;                                                                        \
		return r;                                                                          \
	}

#endif
