/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of HTTP begin with: a loop in real time, a receiver whose events
 * are answered by hand, and a sender that is fed by hand. */
#ifndef CE_TESTS_HTTP_HTTP_RIG_H
#define CE_TESTS_HTTP_HTTP_RIG_H

#include <uv.h>

#include "bindings/http/http.h"
#include "tests/support/ce_test.h"
#include "core/stages/stages.h"
#include "tests/support/mem.h"

extern const ce_transport ce_transport_http;

enum { RIG_HELD = 1024, RIG_MS = 20000, RIG_TICK_MS = 5 };

typedef struct rig {
    ce_loop *loop;
    ce_timer tick;
    ce_settings *receiver_settings, *sender_settings;
    ce_endpoint receiver_at, sender_at;
    ce_receiver *receiver, *app;
    ce_sender *sender;
    ce_stage sink, *check, *split;
    bool hold;        /* keep what arrives */
    ce_result answer; /* else: what is answered at once */
    ce_delivery *held[RIG_HELD];
    unsigned holding, arrived;
    ce_event *last;
    ce_mode last_mode;
    char last_topic[200];
    bool sender_done;
    bool direct; /* for the next sender */
} rig;

/* --- time --- */

/* Runs the loop until CONDITION holds, or ends the test function. */
#define RIG_UNTIL(r, condition)                                                \
    do {                                                                       \
        uint64_t end_ = rig_end(r);                                            \
        while (!(condition) && ce_loop_now_ms((r)->loop) < end_)               \
            uv_run(ce_loop_uv((r)->loop), UV_RUN_ONCE);                        \
        REQUIRE(condition);                                                    \
    } while (0)

/* When a wait that begins now has to end. */
uint64_t rig_end(rig *r);
/* Lets the loop run for so long. */
void rig_pass(rig *r, uint64_t ms);

/* --- heads --- */

/* The value of a header, or NULL; it lives until the next call. */
const char *rig_header(const char *head, const char *name);

/* --- what arrives --- */

/* Settles the oldest that is held. */
void rig_settle(rig *r, ce_result result);

/* --- ends --- */

/* Makes a loop, and what both ends are tested with. */
void rig_open(rig *r);
/* Makes another receiver on the loop of OTHER, which outlives it; end it with
 * rig_close_receiver. */
void rig_open_beside(rig *r, const rig *other);
/* Listens on 127.0.0.1, any port; and checks and splits what
 * arrives. URI: "http://127.0.0.1:0/PATH?QUERY". */
ce_status rig_try_receiver(rig *r, const char *uri, ce_error *err);
/* The same for one that has to open. */
void rig_start_receiver(rig *r, const char *uri);
unsigned rig_port(const rig *r);
/* Settles as UNDELIVERED what is still held. */
void rig_close_receiver(rig *r);
void rig_open_sender(rig *r, const char *uri, bool wants_reply);
/* Opens a sender, and feeds it with what rig_send gives. */
void rig_start_sender(rig *r, const char *uri);
/* Sets the bool *FLAG: for a sender's stop. */
void rig_on_done(void *flag);
void rig_close_sender(rig *r, unsigned timeout_ms);
void rig_close(rig *r);

/* --- sending --- */

/* Return the number of the sending, for rig_outcome. */
int rig_send(rig *r, const char *id);
/* A binary event with this content type and body, or without (NULL). */
int rig_send_bytes(rig *r, const char *type, ce_slice body);
int rig_send_data(rig *r, const char *type, const char *body);
/* Waits for the result. */
const ce_mem_outcome *rig_outcome(rig *r, int number);

#endif
