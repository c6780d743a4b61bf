/* SPDX-License-Identifier: Apache-2.0 */
/* The admin endpoint: /livez, /readyz, /metrics, /reload. */
#ifndef CE_BRIDGE_WATCH_ADMIN_H
#define CE_BRIDGE_WATCH_ADMIN_H

#include <cloudevents/settings.h>

#include "bridge/watch/readiness.h"

typedef struct br_admin br_admin;

/* What may stand beside its URI, http://HOST:PORT or unix:PATH. */
extern const ce_option br_admin_options[];

typedef struct br_admin_config {
    const ce_settings *settings; /* of br_admin_options */
    ce_loop *loop;
    br_readiness *board;
    ce_status (*metrics)(void *arg, ce_buf *out);
    /* Appends what is done about a reload, and returns whether it is. NULL:
     * there is none. It must not close the endpoint. */
    bool (*reload)(void *arg, ce_buf *out);
    void *arg;
} br_admin_config;

/* Whether S fits together; opens nothing. */
ce_status br_admin_check(const ce_settings *s, ce_error *err);
/* Reads the secrets of S, as far as an open would. */
ce_status br_admin_rehearse(const ce_settings *s, ce_error *err);
/* The port of S; 0: one that the system chooses, or none. */
unsigned br_admin_port(const ce_settings *s);
/* Binds, and serves on the loop's thread from now on. Keep what C points at
 * until the close; METRICS is called on the same thread. */
ce_status br_admin_open(br_admin **out, const br_admin_config *c,
                        ce_error *err);
/* Whether A listens where S says. */
bool br_admin_is_at(const br_admin *a, const ce_settings *s);
/* Call with settings that br_admin_is_at: asks for their secrets and names from
 * now on. Keep S instead of the settings before. After a failure all is as it
 * was. */
ce_status br_admin_update(br_admin *a, const ce_settings *s, ce_error *err);
/* Call on the loop's thread. Accepts NULL. */
void br_admin_close(br_admin *a);

#endif
