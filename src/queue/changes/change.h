/* queue/changes/change.h - the faces of a change: one record, one JSON shape, through every door.
 */
#ifndef QUEUE_CHANGES_CHANGE_H
#define QUEUE_CHANGES_CHANGE_H

#include "base/buf.h"
#include "calls/records.h"

/* The JSON object, one line without its end, with the members of calls/change_table.h in that
 * order. Empty spans, code 0, next_try 0, and the class before there was an outcome are null. */
int change_json(const struct record_change *f, struct buf *out);

#endif
