/* SPDX-License-Identifier: Apache-2.0 */
/* A service among others: what its manager is told about the team. Main thread
 * only. */
#ifndef CE_BRIDGE_RUN_SERVICE_H
#define CE_BRIDGE_RUN_SERVICE_H

#include "bridge/run/team.h"
#include "bridge/watch/notify.h"

typedef struct br_service {
    ce_loop *loop;
    br_team *team;
    br_readiness *board;
    br_notify to;
    ce_timer beat;
    uint64_t beat_ms;
    ce_task answered; /* a worker has answered */
    bool asked;       /* a round goes on */
    bool said_ready, is_reloading, said_stopping;
    char status[400]; /* the last one */
} br_service;

/* Set LOOP, TEAM and BOARD first. Without a manager all below does nothing.
 * Every half of the watchdog's time the loops of all routes are asked, and when
 * all have answered the manager is told: a loop that hangs has the process
 * restarted. */
void br_service_open(br_service *s);
/* Call when workers or the board have changed: says that all endpoints are open
 * (their peers may still be away), and how many routes are up. */
void br_service_look(br_service *s);
void br_service_reloading(br_service *s);
/* Says so when all routes have started. */
void br_service_reloaded(br_service *s);
void br_service_stopping(br_service *s);
void br_service_close(br_service *s);

#endif
