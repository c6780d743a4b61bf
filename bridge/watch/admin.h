/* SPDX-License-Identifier: Apache-2.0 */
/* The admin endpoint: /livez, /readyz, /metrics, /reload. */
#ifndef CE_BRIDGE_WATCH_ADMIN_H
#define CE_BRIDGE_WATCH_ADMIN_H

#include "bridge/watch/readiness.h"

typedef struct br_admin br_admin;

typedef struct br_admin_config {
    const char *uri;
    ce_loop *loop;
    br_readiness *board;
    ce_status (*metrics)(void *arg, ce_buf *out);
    /* Appends what is done about a reload, and returns whether it is. NULL:
     * there is none. */
    bool (*reload)(void *arg, ce_buf *out);
    void *arg;
} br_admin_config;

/* Returns CE_OK when URI looks like http://HOST:PORT; opens nothing. */
ce_status br_admin_check(const char *uri, ce_error *err);
/* Binds, and serves on the loop's thread from now on. Keep what C points at
 * until the close; METRICS is called on the same thread. */
ce_status br_admin_open(br_admin **out, const br_admin_config *c,
                        ce_error *err);
/* Call on the loop's thread. Accepts NULL. */
void br_admin_close(br_admin *a);

#endif
