/* SPDX-License-Identifier: Apache-2.0 */
/* When a source without an end counts as read: nothing has come for a while, or
 * it has been read for long enough. Loop thread only. */
#ifndef CE_BRIDGE_COMMANDS_QUIET_H
#define CE_BRIDGE_COMMANDS_QUIET_H

#include <cloudevents/loop.h>

typedef struct br_patience {
    uint64_t quiet_ms; /* so long without a letter; 0: the source has an end */
    uint64_t longest_ms; /* or so long altogether; 0: however long it takes */
} br_patience;

typedef enum br_quiet_state {
    BR_QUIET_AWAY, /* the source is, and no time counts */
    BR_QUIET_BUSY,
    BR_QUIET_SILENT
} br_quiet_state;

/* LOOK and OVER are the owner's to set. */
typedef struct br_quiet br_quiet;
struct br_quiet {
    /* What the source has been since the last look. */
    br_quiet_state (*look)(br_quiet *q);
    /* It counts as read. Called once. */
    void (*over)(br_quiet *q);
    br_patience patience;
    ce_loop *loop;
    ce_timer timer;
    uint64_t up_ms, busy_ms; /* it was not up before; it was last busy */
};

/* Does nothing for a source that has an end. */
void br_quiet_begin(br_quiet *q, ce_loop *loop, const br_patience *p);
/* Harmless when it has not begun, or is over. */
void br_quiet_end(br_quiet *q);

#endif
