/* cmd/submit.c - see submit.h. */
#include "cmd/submit.h"

#include "cmd/cli.h"

int submit_message(struct control *c, const struct submit_message *m, json_t **answer)
{
	AUTO_BUF to = BUF(SIZE_MAX / 4);
	int r;

	for (size_t i = 0; i < m->n_recipients; i++) {
		buf_put(&to, m->recipients[i]);
		buf_putc(&to, '\n');
	}
	if (to.err < 0)
		return cli_fail("no memory for the recipients"), to.err;
	r = control_ask(c, json_pack("{s:s, s:s%, s:I, s:b, s:I}", "call", "send", "from",
	                             m->sender.p, m->sender.n, "to_size", (json_int_t)to.n,
	                             "smtputf8", m->smtputf8, "size", (json_int_t)m->text.n));
	if (r >= 0)
		r = control_put(c, buf_span(&to));
	if (r >= 0)
		r = control_put(c, m->text);
	if (r >= 0)
		r = control_answer(c, answer);
	if (r == ERR_CLOSED)
		cli_fail("it may have taken the message before; see postrider changes");
	return r;
}
