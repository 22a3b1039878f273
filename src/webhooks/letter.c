/* webhooks/letter.c - who has an endpoint is told when nothing more is sent to it. */
#include "base/base64.h"
#include "base/event.h"
#include "notice/notice.h"
#include "webhooks/webhooks_impl.h"

enum { TEXT_MAX = 8192 };

static void put_text(struct buf *text, const struct endpoint *e, const char *id)
{
	buf_printf(text,
	           "This server posts what becomes of the mail of your account\n%s to\n\n    %s\n\n"
	           "Nothing more is posted there, since %s.\n\n",
	           e->account, e->def.url, e->is.why);
	buf_printf(text,
	           "Nothing is lost: what happens from now on follows once it is enabled again,\n"
	           "in order, as long as this server keeps it.\n\n"
	           "What to do:\n\n"
	           "- See why the endpoint fails: GET /v1/webhooks/%s/attempts, or\n"
	           "    postrider webhook log --account %s %s\n"
	           "- When it works again, enable it: PATCH /v1/webhooks/%s with\n"
	           "    {\"enabled\": true}, or postrider webhook enable --account %s %s\n"
	           "- If it is not wanted any more, delete it.\n",
	           id, e->account, id, id, e->account, id);
}

WAITS void letter_disabled(const struct endpoint *e)
{
	AUTO_BUF text = BUF(TEXT_MAX), message_id = BUF(TEXT_MAX);
	char id[ID_TEXT_LEN + 1];
	uint64_t sent;

	id_print(e->id, id);
	event_log(EVENT_webhook_disabled, "account=%s webhook=%s reason=%s", e->account, id,
	          e->is.why);
	put_text(&text, e, id);
	buf_printf(&message_id, "webhook.%s.%jd@%s", id, (intmax_t)clock_wall_time_ms(),
	           webhooks.set->server_hostname);
	struct notice n = { .hostname = span_str(webhooks.set->server_hostname),
		            .to = span_str(e->account),
		            .subject = SPAN("A webhook of yours is disabled"),
		            .text = buf_span(&text),
		            .message_id = buf_span(&message_id) };
	int r = text.err || message_id.err ? ERR_NO_MEMORY : notice_send(&n, &sent); /* WAITS */
	if (r < 0 && r != ERR_CANCELLED)
		event_log(EVENT_webhook_not_told, "account=%s webhook=%s reason=%s", e->account, id,
		          err_str(r));
}
