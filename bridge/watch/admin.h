/* SPDX-License-Identifier: Apache-2.0 */
/* The admin endpoint: /livez, /readyz, /metrics. */
#ifndef CE_BRIDGE_WATCH_ADMIN_H
#define CE_BRIDGE_WATCH_ADMIN_H

#include "bridge/watch/board.h"

typedef struct ce_admin ce_admin;

typedef struct ce_admin_config {
    const char *uri;
    ce_loop *loop;
    ce_board *board;
    ce_status (*metrics)(void *arg, ce_buf *out);
    void *arg;
} ce_admin_config;

/* Binds and serves on the loop's thread. */
ce_status ce_admin_open(ce_admin **out, const ce_admin_config *c,
                        ce_error *err);
/* Accepts NULL. */
void ce_admin_close(ce_admin *a);

#endif
