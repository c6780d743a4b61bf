/* SPDX-License-Identifier: Apache-2.0 */
/* The tasks of the bridge: checked, but not opened. A plan does not change once
 * it runs, so any thread may read it. */
#ifndef CE_BRIDGE_RUN_PLAN_H
#define CE_BRIDGE_RUN_PLAN_H

#include "bridge/watch/console.h"
#include "core/stages/stages.h"

/* One endpoint. */
typedef struct br_endpoint_plan {
    const ce_transport *transport; /* NULL: none */
    ce_settings *settings;
    ce_content content; /* of a sink */
    unsigned line;      /* in the configuration; 0: none */
    char *name;         /* of a sink, for people; NULL: its number */
} br_endpoint_plan;

/* More statuses than HTTP has in use. */
enum { BR_RULINGS = 64 };

typedef struct br_retry_plan {
    bool given;       /* the user wants it */
    bool only_unsent; /* what a sink may have seen is not sent again */
    unsigned max_attempts;
    uint64_t base_ms, cap_ms, max_age_ms;
    ce_ruling rulings[BR_RULINGS + 1];
    unsigned ruling_count;
} br_retry_plan;

/* Sees a reply during its settlement; ARENA is scratch. */
typedef void br_reply_fn(const ce_message *reply, ce_arena *arena);

/* Appends E, the event of D, as a text for people. CE_ENOMEM is the only
 * failure. */
typedef ce_status br_render_fn(void *arg, ce_delivery *d, const ce_event *e,
                               ce_buf *out);
typedef struct br_view {
    br_render_fn *render; /* NULL: events stay as they are */
    void *arg;
} br_view;

typedef struct br_route_plan {
    char *name;
    const char *file; /* its configuration, the plan's; NULL: none */
    unsigned line;    /* in it */
    char *state;      /* the name of its folder in the state directory */
    uint64_t mark;    /* another one when anything about it is */
    br_endpoint_plan from;
    br_endpoint_plan *to;
    unsigned sinks;
    br_endpoint_plan dead_letter;
    ce_wrap wrap;
    bool wraps, upgrades, traces;
    ce_filter *filter;
    ce_edits edits;
    unsigned dedup; /* entries, or 0 */
    br_retry_plan retry;
    ce_order order;
    char *inbox;                /* a directory, or NULL: none is asked for */
    uint64_t max_refused_bytes; /* in the inbox */
    bool salvages;              /* a damaged inbox */
    bool requests;              /* the sink's reply goes back to the source */
    br_reply_fn *replied;       /* ... or to this function, if it is set */
    unsigned workers;
    br_view view;   /* what a sink of lines gets in place of events */
    uint64_t limit; /* ends after so many delivered events, or 0 */
} br_route_plan;

typedef struct br_plan br_plan;
/* Reads the configuration again. Returns whether OUT is a plan without faults;
 * else WHY has them. Free OUT with br_plan_free in either case. */
typedef bool br_reload_fn(void *arg, br_plan *out, ce_buf *why);

struct br_plan {
    char *file; /* the configuration, or NULL */
    br_route_plan *routes;
    unsigned count;
    ce_settings *admin; /* NULL: none */
    unsigned admin_line;
    uint64_t admin_mark; /* another one when anything about it is */
    uint64_t grace_ms;
    ce_level log;
    br_log_form log_form;
    bool progress;  /* shown on a terminal */
    bool quiet;     /* does not say that it is ready */
    bool is_filter; /* writes to a pipe, whose reader may close it early: that
                       is no failure */
    br_reload_fn *reload; /* or NULL: SIGHUP is as good as SIGTERM */
    void *reload_arg;
};

/* Call when all workers are closed: they borrow the plan. */
void br_plan_free(br_plan *p);
void br_route_plan_free(br_route_plan *r);

/* Writes how a sink is called in metrics and log lines: its name, or its number
 * from 1. No two sinks of a route are called the same. */
enum { BR_SINK_NAME = 104 };
void br_sink_name(char out[BR_SINK_NAME], const br_route_plan *r,
                  unsigned index);

/* Adds to ERR where in the configuration the cause is: at E, or at the route
 * without one. Returns STATUS; CE_OK changes nothing. */
ce_status br_route_blame(const br_route_plan *r, const br_endpoint_plan *e,
                         ce_status status, ce_error *err);
/* Call when the source has ended: one that is down then has not given all that
 * it has. Fails for the reason of its health, and says where it is. */
ce_status br_route_judge_end(const br_route_plan *r, const ce_health *source,
                             ce_error *err);
/* Returns the line of the endpoint with this label; 0: there is none. */
unsigned br_route_line(const br_route_plan *r, const char *label);

/* Whether the source's receiver writes the inbox itself, because it confirms
 * an event before the sink has it. */
bool br_route_source_fills_inbox(const br_route_plan *r);
/* Returns whether there is an inbox, filled by the source or by a stage behind
 * it. */
bool br_route_has_inbox(const br_route_plan *r);
/* Returns whether the inbox is to flush each record to disk. */
bool br_route_flushes_inbox(const br_route_plan *r);
/* Returns whether the events of one key keep their order from SOURCE on, which
 * is the route's. */
bool br_route_keeps_order(const br_route_plan *r, const ce_receiver *source);
/* Returns whether an event that was taken and is not settled can be taken
 * again: the source or the inbox still has it. */
bool br_route_can_take_again(const br_route_plan *r);

/* Returns whether the sources of both listen at one address: then they share a
 * listener, and the routes a thread for each of their workers. */
bool br_route_shares_listener(const br_route_plan *a, const br_route_plan *b);

/* Returns the promise of the route: the weakest of those of its source, its
 * inbox and its sinks. Every level but CE_AT_LEAST_ONCE means at most once. */
ce_promise br_route_promise(const br_route_plan *r);
/* Writes the promise for people: "at least once, but EXCEPTION: REASON", or "at
 * most once because REASON". */
enum { BR_PROMISE_TEXT = 900 };
void br_route_promise_text(char out[BR_PROMISE_TEXT], const br_route_plan *r);

/* Makes the path of the inbox: the one that was asked for, or the one of this
 * route in the state directory. *OUT is the caller's to free. */
ce_status br_route_inbox_dir(const br_route_plan *r, char **out, ce_error *err);

#endif
