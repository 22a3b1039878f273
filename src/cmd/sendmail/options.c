/* cmd/sendmail/options.c - see options.h.
 *
 * What sendmail 8 and Postfix's take.  An option that tells a server how to deliver (-odb, -oem,
 * -N, -R, -V, -h, -O, -X, -B, -L, -A, -G, -U, -n, -m) is taken and changes nothing.
 */
#include "cmd/sendmail/options.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/cli.h"

static int take_mode(const char *mode, struct sendmail_options *out)
{
	static const struct {
		const char *name;
		enum sendmail_mode mode;
	} modes[] = {
		{ "m", SENDMAIL_SEND },
		{ "s", SENDMAIL_SMTP },
		{ "p", SENDMAIL_QUEUE },
		{ "i", SENDMAIL_NONE },
	};

	for (size_t i = 0; i < N_ELEMS(modes); i++)
		if (strcmp(mode, modes[i].name) == 0) {
			out->mode = modes[i].mode;
			return EX_OK;
		}
	cli_fail("sendmail: -b%s is not done here; there are -bm, -bs, -bp and -bi", mode);
	return EX_USAGE;
}

static enum sendmail_mode mode_of(const char *program)
{
	return cli_is_called(program, "mailq")        ? SENDMAIL_QUEUE
	       : cli_is_called(program, "newaliases") ? SENDMAIL_NONE
	                                              : SENDMAIL_SEND;
}

int sendmail_options(int argc, char **argv, struct sendmail_options *out)
{
	int o, status = EX_OK;

	*out = (struct sendmail_options){ .mode = mode_of(argv[0]) };
	while (status == EX_OK &&
	       (o = getopt(argc, argv, "A:B:C:F:GL:N:O:R:UV:X:b:f:h:imno:p:q::r:tv")) != -1)
		switch (o) {
		case 'b': status = take_mode(optarg, out); break;
		case 'C': out->config = optarg; break;
		case 'F': out->name = optarg; break;
		case 'f':
		case 'r': out->sender = optarg; break;
		case 'i': out->ignore_dots = true; break;
		case 'o': out->ignore_dots |= strcmp(optarg, "i") == 0; break;
		case 'q': out->mode = SENDMAIL_NONE; break;
		case 't': out->from_header = true; break;
		case 'v': out->verbose = true; break;
		case '?': status = EX_USAGE; break;
		}
	out->recipients = argv + optind;
	return status;
}
