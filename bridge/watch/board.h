/* SPDX-License-Identifier: Apache-2.0 */
/* Which endpoints are up, told by the workers, read by readiness. */
#ifndef CE_BRIDGE_WATCH_BOARD_H
#define CE_BRIDGE_WATCH_BOARD_H

#include <cloudevents/pipeline.h>

typedef struct ce_board ce_board;

/* CHANGED is posted on LOOP after every change. */
ce_status ce_board_open(ce_board **out, ce_loop *loop, ce_task *changed);
/* Nobody posts any more. Accepts NULL. */
void ce_board_close(ce_board *b);

/* Lists H, which is down so far, as ROLE of ROUTE; it is watched from its own
 * loop's thread once that runs. W must live as long as H. */
typedef struct ce_board_watch {
    ce_watch watch;
    ce_board *board;
    unsigned index;
} ce_board_watch;
ce_status ce_board_add(ce_board *b, const char *route, const char *role,
                       ce_health *h, ce_board_watch *w);

/* Readiness is off for good. Any thread, like the two below. */
void ce_board_stop(ce_board *b);
/* Whether everything that is listed is up, and readiness on. */
bool ce_board_is_ready(ce_board *b);
/* One line per endpoint: route, role, endpoint, and up or why it is down. */
ce_status ce_board_text(ce_board *b, ce_buf *out);

#endif
