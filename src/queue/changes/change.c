/* queue/changes/change.c - see change.h. */
#include "queue/changes/change.h"

#include "base/clock.h"
#include "base/json.h"

/* One member by its kind. */
#define JSON_NUMBER(key, f, v)                                 json_member_int(&j, key, (int64_t)(v))
#define JSON_CODE(key, f, v)                                   put_code(&j, key, v)
#define JSON_TIME(key, f, v)                                   json_member_time(&j, key, v)
#define JSON_NEXT(key, f, v)                                   json_member_time(&j, key, v)
#define JSON_ID(key, f, v)                                     json_member_id(&j, key, v)
#define JSON_STATE(key, f, v)                                  json_member_span(&j, key, span_str(recipient_state_name(v)))
#define JSON_CLASS(key, f, v)                                  json_member_span(&j, key, span_str(record_change_class(f)))
#define JSON_TEXT(key, f, v)                                   json_member_span(&j, key, v)
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
