/* change/change.c - see change.h. */
#include "change/change.h"

#include "base/clock.h"
#include "base/json.h"
#include "wire/smtp/verdict/verdict.h"

PACK_DEFINE(record_change, RECORD_CHANGE_FIELDS)

static const char *const states[] = {
	[RECIPIENT_QUEUED] = "queued",       [RECIPIENT_TRYING] = "trying",
	[RECIPIENT_DELIVERED] = "delivered", [RECIPIENT_DEFERRED] = "deferred",
	[RECIPIENT_REFUSED] = "refused",     [RECIPIENT_EXPIRED] = "expired",
	[RECIPIENT_CANCELLED] = "cancelled", [RECIPIENT_HELD] = "held",
};

const char *recipient_state_name(uint8_t state)
{
	return state < N_ELEMS(states) && states[state] ? states[state] : "unknown";
}

int recipient_state_from_name(struct span name, uint8_t *out)
{
	for (size_t i = 1; i < N_ELEMS(states); i++)
		if (span_eq(name, span_str(states[i]))) {
			*out = (uint8_t)i;
			return 0;
		}
	return ERR_UNKNOWN;
}

bool recipient_state_is_final(uint8_t state)
{
	return state == RECIPIENT_DELIVERED || state == RECIPIENT_REFUSED ||
	       state == RECIPIENT_EXPIRED || state == RECIPIENT_CANCELLED;
}

static const char *const reports[] = {
	[RECIPIENT_BOUNCED] = "bounced",
	[RECIPIENT_COMPLAINED] = "complained",
	[RECIPIENT_AUTO_REPLIED] = "auto-replied",
	[RECIPIENT_DELAYED] = "delayed",
};

const char *recipient_report_name(uint8_t report)
{
	return report < N_ELEMS(reports) ? reports[report] : NULL;
}

int recipient_report_from_name(struct span name, uint8_t *out)
{
	for (size_t i = 1; i < N_ELEMS(reports); i++)
		if (span_eq(name, span_str(reports[i]))) {
			*out = (uint8_t)i;
			return 0;
		}
	return ERR_UNKNOWN;
}

/* The number 0 says "delivered", but for what came back, which is no attempt's. */
const char *record_change_class(const struct record_change *f)
{
	bool none = f->class == SMTP_CLASS_DELIVERED &&
	            (f->state != RECIPIENT_DELIVERED || (f->report && !f->attempt));
	return none ? NULL : smtp_class_name((enum smtp_class)f->class);
}

/* One member by its kind. */
#define JSON_NUMBER(key, f, v)                                 json_member_int(&j, key, (int64_t)(v))
#define JSON_CODE(key, f, v)                                   put_code(&j, key, v)
#define JSON_TIME(key, f, v)                                   json_member_time(&j, key, v)
#define JSON_NEXT(key, f, v)                                   json_member_time(&j, key, v)
#define JSON_ID(key, f, v)                                     json_member_id(&j, key, v)
#define JSON_STATE(key, f, v)                                  json_member_span(&j, key, span_str(recipient_state_name(v)))
#define JSON_CLASS(key, f, v)                                  json_member_span(&j, key, span_str(record_change_class(f)))
#define JSON_TEXT(key, f, v)                                   json_member_span(&j, key, v)
#define JSON_REPORT(key, f, v)                                 json_member_span(&j, key, span_str(recipient_report_name(v)))
#define JSON_MEMBER(type, name, kind, home, status, json, ...) JSON_##kind(json, f, f->name);

static void put_code(struct json *j, const char *key, int64_t code)
{
	json_key(j, key);
	if (code)
		json_int(j, code);
	else
		json_str(j, NULL);
}

int change_json(const struct record_change *f, struct buf *out)
{
	struct json j = JSON(out);

	json_begin_object(&j);
	CHANGE_TABLE(JSON_MEMBER)
	json_end_object(&j);
	return out->err;
}
