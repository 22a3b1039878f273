/* queue/serve.c - registers the handlers; see serve.h. */
#include "queue/serve.h"

void queue_serve(void)
{
	queue_submit_serve(queue_submit_here);
	queue_file_serve(queue_file_here);
	queue_read_serve(queue_read_here);
	queue_attempt_read_serve(queue_attempt_read_here);
	queue_changes_serve(queue_changes_here);
	queue_status_serve(queue_status_here);
	queue_list_serve(queue_list_here);
	queue_mailbox_serve(queue_mailbox_here);
}
