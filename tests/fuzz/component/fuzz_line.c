/* A line of the control socket: what a member is said to be is bounded by the line. */
#include "fuzz.h"

#include "component/hand/line.h"
#include "component/hand/tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	struct span line = span_make(data, size), got;
	struct hand_change change;

	if (line_get(line, "text", &mem, &got) >= 0)
		MUST(got.n <= size);
	if (hand_change_read(line, &mem, &change) >= 0)
		MUST(change.told.host && change.told.meaning && change.recipient <= UINT32_MAX);
	if (hand_refusal_read(line, &mem, &change) >= 0)
		MUST(change.ended && change.told.meaning);
	return 0;
}
