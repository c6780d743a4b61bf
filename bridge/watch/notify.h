/* SPDX-License-Identifier: Apache-2.0 */
/* What a service manager is told: datagrams to $NOTIFY_SOCKET, sd_notify(3). */
#ifndef CE_BRIDGE_WATCH_NOTIFY_H
#define CE_BRIDGE_WATCH_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cloudevents/api.h>

/* One thread at a time. */
typedef struct br_notify {
    int fd; /* -1: nobody listens, and nothing is sent */
    struct sockaddr_un at;
    socklen_t len;
} br_notify;

void br_notify_open(br_notify *n);
void br_notify_close(br_notify *n);
/* Sends lines such as "READY=1"; waits at most a second for a manager whose
 * queue is full. */
void br_notify_send(const br_notify *n, const char *fmt, ...) CE_PRINTF(2, 3);
/* How often the manager wants to hear from us, in milliseconds, half of the
 * time after which it ends us ($WATCHDOG_USEC); 0: not at all. */
uint64_t br_notify_beat_ms(const br_notify *n);

#endif
