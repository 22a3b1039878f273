/* component/net/wake.h - what another thread, or a signal handler, wakes a poller by. */
#ifndef COMPONENT_NET_WAKE_H
#define COMPONENT_NET_WAKE_H

/* To be waited for until it can be read; -1: there is none. */
int wake_open(void);
void wake_up(int fd);
/* Whoever woke us is heard. */
void wake_clear(int fd);

#endif
