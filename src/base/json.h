/* base/json.h - a streaming JSON writer into a buf, and how deep a text goes.  RFC 8259.
 *
 * Floor 0.  Commas are placed by the writer.  Strings that are not valid UTF-8
 * get U+FFFD for each bad octet; control characters are escaped, so that a
 * line of JSON is one line.  Errors stick in the buf.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

struct json {
	struct buf *out;
	bool comma; /* something stands before in this object or array */
};

#define JSON(buf) ((struct json){ .out = (buf) })

/* No name here may be one of libjansson's: both are linked into one program. */
void json_begin_object(struct json *j);
void json_end_object(struct json *j);
void json_begin_array(struct json *j);
void json_end_array(struct json *j);
void json_key(struct json *j, const char *key);
void json_span(struct json *j, struct span s);
void json_str(struct json *j, const char *z); /* NULL writes null */
void json_int(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
/* A value that is JSON already. */
void json_value(struct json *j, struct span text);

/* A member of an object: key and value.  An empty span, and a time of 0, are null. */
void json_member_span(struct json *j, const char *key, struct span s);
void json_member_int(struct json *j, const char *key, int64_t v);
void json_member_bool(struct json *j, const char *key, bool v);
/* Milliseconds since 1970 as RFC 3339 text. */
void json_member_time(struct json *j, const char *key, int64_t time_ms);
/* A message id as its text. */
void json_member_id(struct json *j, const char *key, uint64_t id);

/* Whether at most max arrays and objects stand within one another, as far as the text is
 * JSON: for whoever gives it to a parser that descends.  0 or ERR_TOO_LONG, without words. */
NODISCARD int json_check_depth(struct span text, size_t max);
/* How many values and names stand in it at most, as far as the text is JSON: each costs its reader
 * memory, however short it is. */
size_t json_count(struct span text);

#endif
