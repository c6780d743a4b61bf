/* SPDX-License-Identifier: Apache-2.0 */
/* The listener of the limit programs: one epoll, bare sockets. Only for the
 * benchmark. */
#ifndef LIMITS_LISTENER_H
#define LIMITS_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

/* Returns a listening socket on 127.0.0.1 that does not block. */
int listen_on(uint16_t port);
/* Has POLLER tell TAG when FD can be read. */
void watch(int poller, int fd, void *tag);
/* Accepts a connection, or returns -1: there is none. */
int accept_one(int listener);
/* Answers 202. False: the peer has left. */
bool send_accepted(int fd);

#endif
