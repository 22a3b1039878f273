/* base/os.h - the one door to the system for base, wire and deliver.  Floor 0.
 *
 * os.c is for POSIX, os_windows.c for Windows.  Time and chance are given, not taken:
 * from the system, or from whoever drives (os_use), so that a test runs hours in
 * milliseconds and gets the same octets again.  base/clock.h names the two clocks.
 */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stddef.h>
#include <stdint.h>

struct os {
	int64_t (*now_at)(void *arg);                   /* monotonic, ms */
	int64_t (*wall_time_ms)(void *arg);             /* since 1970-01-01T00:00:00Z */
	void (*random)(void *arg, void *out, size_t n); /* octets that nobody can guess */
	void *arg;
};

/* From now on time and chance are these, in all threads; NULL: the system's.  Borrowed.
 * Returns what was before. */
const struct os *os_use(const struct os *given);

/* n octets that nobody can guess.  The process ends when the system has none to give. */
void os_random(void *out, size_t n);

/* Makes a secret unreadable; never optimised away. */
void os_wipe(void *p, size_t n);
/* As memmem, which not every system has. */
const void *os_memmem(const void *p, size_t n, const void *needle, size_t n_needle);
/* Gives the system back what the allocator keeps free; takes a ms where that is much. */
void os_memory_rest(void);
/* Whole, or as much as the system takes; errors are nobody's. */
void os_put_stderr(const char *p, size_t n);

/* The system's own monotonic clock in us, for telling how long something took: it decides nothing.
 */
int64_t os_took_us(void);

/* For base/clock.c. */
int64_t os_now_at(void);
int64_t os_wall_time_ms(void);

/* The system's own, for os_given.c. */
extern const struct os os_system;

#endif
