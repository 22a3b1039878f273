/* tests/unit/test_time.h - time and chance of a test are its own.
 *
 * Time stands still while anything is done and jumps to the next timer when nothing else is
 * left (rt/loop.h), so that hours pass at once and a machine under load changes nothing:
 * lengths are exact, to be compared with ==.  Random octets are the same in each run.  Peers
 * outside this process do not know of it: a test with such is on the system's time.
 */
#ifndef TESTS_UNIT_TEST_TIME_H
#define TESTS_UNIT_TEST_TIME_H

#include <stdint.h>

/* Between loops. */
void test_time_begin(void);
void test_time_end(void);
/* Before a peer that is heard late speaks: so long (real ms) nothing may happen before time
 * passes.  Until test_time_end. */
enum {
	TEST_CALM_TCP = 20,          /* octets on the loopback are nearly always there at once, */
	TEST_CALM_TCP_STALLS = 2000, /* but full buffers wait for timers of the kernel's TCP */
};
void test_time_calm(int64_t calm_ms);
/* Both clocks go on at once, while nothing else happens. */
void test_time_pass(int64_t ms);
/* The wall clock alone is set, as an operator does. */
void test_time_set_wall(int64_t time_ms);

#endif
