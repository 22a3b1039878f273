/* controld/parse.c - a request's line as JSON.
 *
 * jansson descends into what it reads, on the stack of a fibre: so how deep that goes is
 * looked at first.  tools/banned permits its readers in few files.
 */
#include "controld/session.h"

enum { DEPTH_MAX = 16 }; /* a request has 3 */

int controld_parse(struct span line, json_t **out)
{
	json_error_t why;
	json_t *request;

	if (json_check_depth(line, DEPTH_MAX) < 0)
		return err(ERR_SYNTAX, "more than %d arrays and objects within one another",
		           DEPTH_MAX);
	request = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &why);
	if (!request)
		return err(ERR_SYNTAX, "not JSON: %s", why.text);
	*out = request;
	return 0;
}
