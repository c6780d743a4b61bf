/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps which endpoints are up: workers report changes, /readyz asks. */
#ifndef CE_BRIDGE_WATCH_READINESS_H
#define CE_BRIDGE_WATCH_READINESS_H

#include <cloudevents/pipeline.h>

typedef struct br_readiness br_readiness;

/* CHANGED is posted on LOOP after every change. */
ce_status br_readiness_open(br_readiness **out, ce_loop *loop,
                            ce_task *changed);
/* Call it when all loops with watches have ended. Accepts NULL. */
void br_readiness_close(br_readiness *b);

/* Where an endpoint stands. */
typedef struct br_place {
    const char *route;
    const char *role; /* a literal */
    const char *sink; /* which of the sinks, or empty */
} br_place;

/* Call it before H's loop runs, and keep W as long as H. Lists H at this place
 * and follows its changes. */
typedef struct br_readiness_watch {
    ce_watch watch, flow;
    br_readiness *board;
    unsigned index;
} br_readiness_watch;
ce_status br_readiness_add(br_readiness *b, const br_place *at, ce_health *h,
                           br_readiness_watch *w);
/* Call after br_readiness_add: W's endpoint counts as down while FLOW is, too:
 * it is connected, but nothing gets through. Keep FLOW as long as W. */
void br_readiness_follow(br_readiness_watch *w, ce_health *flow);

/* Call when W's endpoints are closed: the board forgets it. Harmless when it
 * was never added. */
void br_readiness_leave(br_readiness_watch *w);

/* Call when the bridge stops: it is not ready any more, for good. Any thread,
 * like the two below. */
void br_readiness_stop(br_readiness *b);
/* Returns whether everything that is listed is up and br_readiness_stop was not
 * called. */
bool br_readiness_is_ready(br_readiness *b);
/* Appends one line per endpoint: route, role, endpoint, and "up" or the reason
 * why it is down. */
ce_status br_readiness_text(br_readiness *b, ce_buf *out);

/* Writes how many routes are up, and one reason why others are not. */
void br_readiness_brief(br_readiness *b, char *out, size_t size);

/* One endpoint, as it is at this moment. The texts live during the call. */
typedef struct br_standing {
    br_place at;
    const char *label;
    bool up;
} br_standing;
/* Shows each endpoint; those of several workers are one, which is up when all
 * are. */
typedef void br_standing_fn(void *arg, const br_standing *s);
void br_readiness_walk(br_readiness *b, br_standing_fn *fn, void *arg);

#endif
