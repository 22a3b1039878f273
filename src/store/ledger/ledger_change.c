/* store/ledger/ledger_change.c - see ledger_change.h. */
#include "store/ledger/ledger_change.h"

#include "wire/smtp/verdict/verdict.h"

bool ledger_change_ends_attempt(uint8_t state)
{
	return state == RECIPIENT_DEFERRED || recipient_state_is_final(state);
}

/* ---- values ---- */

#define BIND_NUMBER(v)                    sql_bind_int(st, ++at, (int64_t)(v))
#define BIND_CODE(v)                      sql_bind_int_opt(st, ++at, v)
#define BIND_TIME(v)                      sql_bind_int(st, ++at, v)
#define BIND_NEXT(v)                      sql_bind_int_opt(st, ++at, v)
#define BIND_ID(v)                        sql_bind_id(st, ++at, v, id)
#define BIND_STATE(v)                     sql_bind_text(st, ++at, span_str(recipient_state_name(v)))
#define BIND_CLASS(v)                     sql_bind_text_opt(st, ++at, span_str(record_change_class(f)))
#define BIND_REPORT(v)                    sql_bind_text_opt(st, ++at, span_str(recipient_report_name(v)))
#define BIND_TEXT(v)                      sql_bind_text_opt(st, ++at, v)

#define BIND_AT_KEY(kind, name)           BIND_##kind(f->name);
#define BIND_AT_CHANGE(kind, name)        BIND_##kind(f->name);
#define BIND_AT_REPLY(kind, name)         BIND_##kind(reply->name);
#define BIND_AT_MESSAGE(kind, name)       /* it is there */
#define BIND_AT_RECIPIENT(kind, name)     /* it is there */

#define BIND(type, name, kind, home, ...) BIND_AT_##home(kind, name)

void ledger_change_bind(sqlite3_stmt *st, const struct record_change *f, struct sql_id *id)
{
	/* What was put back has words as well, which are of no reply. */
	static const struct record_change none;
	const struct record_change *reply =
	        f->report || ledger_change_ends_attempt(f->state) ? f : &none;
	int at = 0;

	CHANGE_TABLE(BIND)
}

/* ---- columns ---- */

static uint8_t state_of(struct span name)
{
	uint8_t state = 0;
	(void)!recipient_state_from_name(name, &state);
	return state;
}

static uint8_t report_of(struct span name)
{
	uint8_t report = 0;
	(void)!recipient_report_from_name(name, &report);
	return report;
}

static uint8_t class_of(struct span name)
{
	enum smtp_class class;
	return name.n && smtp_class_from_name(name, &class) == 0 ? (uint8_t) class : 0;
}

#define READ_NUMBER(type)           (PACK_TYPE_##type) sql_column_int(st, ++at)
#define READ_CODE(type)             (PACK_TYPE_##type) sql_column_int(st, ++at)
#define READ_TIME(type)             sql_column_int(st, ++at)
#define READ_NEXT(type)             sql_column_int(st, ++at)
#define READ_ID(type)               sql_column_id(st, ++at)
#define READ_STATE(type)            state_of(sql_column_view(st, ++at))
#define READ_CLASS(type)            class_of(sql_column_view(st, ++at))
#define READ_REPORT(type)           report_of(sql_column_view(st, ++at))
#define READ_TEXT(type)             sql_column_text(st, ++at, mem, &r)

#define READ(type, name, kind, ...) f.name = READ_##kind(type);

int ledger_change_read(sqlite3_stmt *st, struct arena *mem, struct record_change *out)
{
	struct record_change f;
	int at = 0, r = 0;

	CHANGE_TABLE(READ)
	if (r >= 0)
		*out = f;
	return r;
}
