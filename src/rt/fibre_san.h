/* rt/fibre_san.h - tells ASan, TSan and Valgrind which stack is whose.
 *
 * Each function is empty where its tool is not built in.
 */
#ifndef RT_FIBRE_SAN_H
#define RT_FIBRE_SAN_H

#include "rt/fibre_impl.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define FIBRE_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define FIBRE_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define FIBRE_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define FIBRE_TSAN 1
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define FIBRE_VALGRIND 1
#endif

#ifdef FIBRE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#ifdef FIBRE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#if defined FIBRE_ASAN || defined FIBRE_TSAN
enum { FIBRE_SAN = 1 };
#else
enum { FIBRE_SAN = 0 };
#endif

/* Before a jump to f: the stack being left is the loop's. */
static inline void san_leave_loop(struct fibre *f)
{
	(void)f;
#ifdef FIBRE_ASAN
	__sanitizer_start_switch_fiber(&fibres.loop_fake, f->stack, f->stack_bytes);
#endif
#ifdef FIBRE_TSAN
	fibres.loop_tsan = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(f->tsan, 0);
#endif
}

static inline void san_back_in_loop(void)
{
#ifdef FIBRE_ASAN
	__sanitizer_finish_switch_fiber(fibres.loop_fake, NULL, NULL);
#endif
}

/* Before a jump from f to the loop; dead: f never comes back. */
static inline void san_leave_fibre(struct fibre *f, bool dead)
{
	(void)f;
	(void)dead;
#ifdef FIBRE_ASAN
	__sanitizer_start_switch_fiber(dead ? NULL : &f->asan_fake, fibres.loop_stack,
	                               fibres.loop_stack_bytes);
#endif
#ifdef FIBRE_TSAN
	__tsan_switch_to_fiber(fibres.loop_tsan, 0);
#endif
}

/* After a jump to f, the first as well as later ones. */
static inline void san_in_fibre(struct fibre *f)
{
	(void)f;
#ifdef FIBRE_ASAN
	__sanitizer_finish_switch_fiber(f->asan_fake, &fibres.loop_stack, &fibres.loop_stack_bytes);
#endif
}

/* At birth and after death of what runs on the stack. */
static inline void san_fibre_born(struct fibre *f)
{
	(void)f;
#ifdef FIBRE_TSAN
	f->tsan = __tsan_create_fiber(0);
	__tsan_set_fiber_name(f->tsan, f->name);
#endif
}

static inline void san_fibre_dead(struct fibre *f)
{
	(void)f;
#ifdef FIBRE_TSAN
	__tsan_destroy_fiber(f->tsan);
#endif
}

/* After the stack was mapped and before it is unmapped. */
static inline void san_stack_mapped(struct fibre *f, size_t whole)
{
	(void)f;
	(void)whole;
#ifdef FIBRE_ASAN
	__lsan_register_root_region(f->stack, whole);
#endif
#ifdef FIBRE_VALGRIND
	f->valgrind = VALGRIND_STACK_REGISTER(f->stack, f->stack + whole);
#endif
}

static inline void san_stack_unmapped(struct fibre *f, size_t whole)
{
	(void)f;
	(void)whole;
#ifdef FIBRE_ASAN
	__lsan_unregister_root_region(f->stack, whole);
	__asan_unpoison_memory_region(f->stack, whole);
#endif
#ifdef FIBRE_VALGRIND
	VALGRIND_STACK_DEREGISTER(f->valgrind);
#endif
}

/* Stacks may be read octet by octet below their pointer. */
static inline bool san_stack_readable(void)
{
#ifdef FIBRE_VALGRIND
	return !RUNNING_ON_VALGRIND;
#else
	return true;
#endif
}

#endif
