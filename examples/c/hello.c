#include <postrider.h>
#include <stdio.h>

int main(void)
{
	struct postrider_mail *m = postrider_mail_new("Alice <alice@example.org>", "bob@example.net, Carol <carol@example.com>", "Report");
	postrider_mail_text(m, "It is attached.");
	postrider_mail_attach(m, "report.pdf");
	struct postrider_result *r = postrider_send(m, NULL);            /* no server: straight to the recipients' servers */
	for (size_t i = 0; i < postrider_result_count(r); i++)
		puts(postrider_result_line(r, i));                       /* delivered  bob@example.net  mx.example.net: 250 ok */
	int status = postrider_result_status(r);                         /* 0 all delivered, 1 some failed, 2 some undecided */
	postrider_result_free(r);
	postrider_mail_free(m);
	return status;
}
