/* SPDX-License-Identifier: Apache-2.0 */
/* How "listen" shows events: --pretty and --format. */
#ifndef CE_BRIDGE_COMMANDS_LISTEN_VIEW_H
#define CE_BRIDGE_COMMANDS_LISTEN_VIEW_H

#include "bridge/cli/args.h"
#include "bridge/run/plan.h"

/* Zero it before its first use. */
typedef struct br_listen_view {
    ce_template *format; /* NULL: none */
    bool colors;
} br_listen_view;

/* Sets *OUT, which borrows V, to what the options ask for, or leaves it: then
 * events are lines of JSON. Free V in either case. */
void br_listen_view_open(br_listen_view *v, const br_args *args, br_view *out,
                         br_faults *faults);
void br_listen_view_close(br_listen_view *v);

#endif
