/* base/attr.h - attributes that the whole tree uses.  Floor 0. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

/* z and j are known: on Windows it is not the system's printf that is meant. */
#ifdef _WIN32
#define PRINTF_KIND gnu_printf
#else
#define PRINTF_KIND printf
#endif
#define NODISCARD    __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(PRINTF_KIND, f, a)))
#define NORETURN     __attribute__((noreturn))
#define UNUSED       __attribute__((unused))
#define AUTO(fn)     __attribute__((cleanup(fn)))

/* Marks a function that may park the calling fibre (see rt/fibre.h).  While it
 * waits other fibres run: hold no lock over it, trust no borrowed shared state
 * after it.  Its deadline is the fibre's; it may return ERR_TIMEOUT or
 * ERR_CANCELLED.  Outside a fibre it must not be called. */
#define WAITS

#define N_ELEMS(a)            (sizeof(a) / sizeof *(a))
#define CONTAINER(p, type, m) ((type *)((char *)(p)-offsetof(type, m)))
#define TAKE(p)                                                                                    \
	({                                                                                         \
		typeof(p) taken_ = (p);                                                            \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

/* AUTO_FD int fd = open(...): closed when the scope ends, unless negative.  In base/os/. */
void attr_close_fd(int *fd);
#define AUTO_FD AUTO(attr_close_fd)

#endif
