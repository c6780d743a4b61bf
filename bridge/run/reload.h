/* SPDX-License-Identifier: Apache-2.0 */
/* Applies a changed configuration to a running team, route by route.
 *
 * Routes that are the same go on untouched. Those that are changed or gone
 * drain and close; when all of them have, the changed and the new ones start:
 * so a port, a group or an inbox is free again for whoever gets it. Main thread
 * only. */
#ifndef CE_BRIDGE_RUN_RELOAD_H
#define CE_BRIDGE_RUN_RELOAD_H

#include "bridge/run/summary.h"

typedef struct br_reload br_reload;

typedef struct br_reload_config {
    const br_plan *plan; /* that the team runs; borrowed */
    br_team *team;       /* borrowed */
    /* Applies what stands at the top of NOW, as br_top_adopt does. */
    ce_status (*adopt)(void *arg, const br_plan *now, ce_buf *said,
                       ce_error *err);
    /* Whether something at the top still uses PLAN. */
    bool (*holds)(void *arg, const br_plan *plan);
    void *arg;
} br_reload_config;

ce_status br_reload_open(br_reload **out, const br_reload_config *c,
                         ce_error *err);
/* Call when the team is closed. Accepts NULL. */
void br_reload_close(br_reload *r);

/* Reads the configuration again and begins to apply it. Returns false when it
 * has faults, or while another one is applied: then nothing changes. What is
 * done is logged, and appended to OUT. */
bool br_reload_begin(br_reload *r, ce_buf *out);
/* Call while one is applied, for whoever hears no answer: another one begins
 * behind it. */
void br_reload_again(br_reload *r);
/* Appends "NAME WHAT" to a list of changes. */
void br_reload_say(ce_buf *said, const char *name, const char *what);
/* Call when a worker of the team has closed. */
void br_reload_step(br_reload *r);
/* Whether routes are still to start. */
bool br_reload_is_busy(const br_reload *r);
/* Whether a route is missing that could not start. */
bool br_reload_is_in_part(const br_reload *r);
/* Call when all end: nothing is started any more. */
void br_reload_stop(br_reload *r);
/* Returns what became of the events of routes that are gone. */
br_summary br_reload_past(const br_reload *r);
/* Appends the metrics of the last reload. */
ce_status br_reload_metrics(const br_reload *r, ce_buf *out);

#endif
