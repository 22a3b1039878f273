/* How long a client may take for its text. */
#include "smtpd/body.h"

#include "test.h"

/* RFC 5321 4.5.3.2.5: three minutes for a block; threats 3.19: who sends an octet a minute is not
 * waited for. */
TEST(smtpd_body_patience)
{
	static const struct {
		int64_t rate;
		uint64_t n_bytes;
		int64_t waited_ms, patience_ms;
	} t[] = {
		{ 1024, 0, 0, 180000 },
		{ 1024, 0, 100000, 80000 },
		{ 1024, 0, 180000, 0 },
		{ 1024, 3, 179000, 1002 }, /* an octet a minute */
		{ 1024, 3, 200000, 0 },
		{ 1024, 102400, 200000, 80000 }, /* 512 octets a second */
		{ 1024, 10240000, 5000000,
		  180000 }, /* 2,000 octets a second: each block has its time */
		{ 1024, 10240000, 10000000, 180000 }, /* at the rate */
		{ 1024, 10240000, 10100000,
		  80000 },                   /* below it: what data_time gave is being used up */
		{ 0, 3, 100000000, 180000 }, /* no floor */
	};
	EACH_ROW(t) {
		struct settings set = { .smtp_data_time = 180000, .smtp_data_rate = t[row].rate };
		CHECK_INT(smtpd_body_patience(&set, t[row].n_bytes, t[row].waited_ms),
		          t[row].patience_ms);
	}
}
