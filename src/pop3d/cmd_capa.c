/* pop3d/cmd_capa.c - CAPA, UTF8, LANG: what the server can do, and what of it is wanted.
 *
 * RFC 2449 5, 6; RFC 3206; RFC 6856.
 */
#include "pop3d/session.h"

WAITS int pop3d_cmd_capa(struct pop3d_session *s, const struct pop3_command *cmd)
{
	AUTO_BUF lines = BUF(4096);
	int r = pop3d_ok(s, "This is what works here"); /* WAITS */

	buf_puts(&lines, "TOP\r\nUIDL\r\n");
	pop3d_put_login_capabilities(s, &lines);
	buf_puts(&lines, "RESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n"
	                 "UTF8\r\nLANG\r\nIMPLEMENTATION Postrider\r\n");
	return r < 0 ? r : pop3d_end_lines(s, &lines); /* WAITS */
}

WAITS int pop3d_cmd_utf8(struct pop3d_session *s, const struct pop3_command *cmd)
{
	s->utf8 = true;
	return pop3d_ok(s, "UTF-8 it is"); /* WAITS */
}

WAITS int pop3d_cmd_lang(struct pop3d_session *s, const struct pop3_command *cmd)
{
	AUTO_BUF lines = BUF(64);
	struct span wanted = span_trim(cmd->args);

	if (span_eq(wanted, SPAN("*")) || span_eq_nocase(wanted, SPAN("en")))
		return pop3d_ok(s, "en English it is"); /* WAITS */
	if (wanted.n)
		return pop3d_err(s, "", "English (en) is all that is spoken here"); /* WAITS */
	buf_puts(&lines, "en English\r\n");
	int r = pop3d_ok(s, "Languages:");             /* WAITS */
	return r < 0 ? r : pop3d_end_lines(s, &lines); /* WAITS */
}
