/* calls/record_found.h - what the defence found in a message, as items of its record.
 *
 * Floor 2.  RECORD_ITEM_VERDICTS has the octets of a record_findings, RECORD_ITEM_VERDICTS_RCPT
 * those of a record_followed.  Steps and actions by name, for a record outlives the program's
 * numbers.
 */
#ifndef CALLS_RECORD_FOUND_H
#define CALLS_RECORD_FOUND_H

#include "base/coding/pack.h"
#include "base/json.h"

enum { RECORD_FINDINGS_BYTES_MAX = 16 << 10, RECORD_FOLLOWED_BYTES_MAX = 128 };

/* result: enum inspect_result. */
#define RECORD_FOUND_FIELDS(F, L)                                                                  \
	F(span, step) F(u8, result) F(span, value) F(span, words) F(u32, us)
#define RECORD_FINDINGS_FIELDS(F, L) L(record_found, found)
PACK_DECLARE(record_found, RECORD_FOUND_FIELDS)
PACK_DECLARE(record_findings, RECORD_FINDINGS_FIELDS)

/* "passed", "failed", "unknown", of an enum inspect_result. */
const char *record_result_name(uint8_t result);
/* As people and programs read them: [{"step":..,"result":"passed"|"failed"|"unknown","value":..,
 * "words":..,"us":..}], null for what a step does not say. */
void record_findings_json(const struct record_findings *f, struct json *j);

/* What came of it for one recipient: the action, and the step it follows from. */
#define RECORD_FOLLOWED_FIELDS(F, L) F(span, step) F(span, action)
PACK_DECLARE(record_followed, RECORD_FOLLOWED_FIELDS)

#endif
