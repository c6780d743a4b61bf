/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of MQTT with a broker begin with: brokers of their own, a loop in
 * real time, a sender that is fed by hand, and a receiver whose events are
 * kept. */
#ifndef CE_TESTS_MQTT_MQTT_RIG_H
#define CE_TESTS_MQTT_MQTT_RIG_H

#include <unistd.h>
#include <uv.h>

#include "bindings/mqtt/mqtt.h"
#include "core/inbox/inbox.h"
#include "core/stages/stages.h"
#include "tests/support/broker.h"
#include "tests/support/ce_test.h"
#include "tests/support/mem.h"

enum { RIG_EVENTS = 4096, RIG_MS = 30000, RIG_TICK_MS = 5 };

typedef struct rig {
    ce_loop *loop;
    ce_timer tick;
    char dir[200]; /* of a broker or an inbox of its own; "" without */
    char address[64], tls[64], websocket[64];
    ce_settings *sender_settings, *receiver_settings;
    ce_sender *sender;
    ce_receiver *receiver, *replay, *app;
    ce_inbox *inbox;
    ce_stage sink;
    bool seen[RIG_EVENTS];
    unsigned distinct, arrived;
    ce_event *last;
    ce_mode last_mode;
    bool last_plain;
    size_t last_bytes; /* of its body */
    bool sender_done;
} rig;

/* --- brokers --- */

/* COMMAND is start or kill. */
void rig_broker(rig *r, const char *command, const char *options);

/* --- time --- */

/* Runs the loop until CONDITION holds, or for RIG_MS. */
#define RIG_WAIT(r, condition)                                                 \
    do {                                                                       \
        uint64_t end_ = rig_end(r);                                            \
        while (!(condition) && ce_loop_now_ms((r)->loop) < end_)               \
            uv_run(ce_loop_uv((r)->loop), UV_RUN_ONCE);                        \
    } while (0)
/* The same; the test ends if it does not come to hold. */
#define RIG_UNTIL(r, condition)                                                \
    do {                                                                       \
        RIG_WAIT(r, condition);                                                \
        REQUIRE(condition);                                                    \
    } while (0)

/* When a wait that begins now has to end. */
uint64_t rig_end(rig *r);
/* Runs the loop for MS. */
void rig_pass(rig *r, uint64_t ms);

/* --- both ends --- */

/* Opens the loop, and what feeds a sender. */
void rig_open(rig *r);
/* An endpoint of the rig's loop and inbox. Close *S after it. */
ce_endpoint rig_endpoint(rig *r, ce_settings **s, const ce_option *table,
                         const char *uri);
void rig_start_sender(rig *r, const char *uri);
void rig_start_receiver(rig *r, const char *uri);
/* Sets the bool *FLAG: for a sender's stop. */
void rig_on_done(void *flag);
void rig_close_sender(rig *r);
void rig_close_receiver(rig *r);
/* Call it before rig_start_receiver: the inbox belongs to the endpoint. */
void rig_open_inbox(rig *r, uint64_t max_bytes);
/* Moves what the inbox holds to where a receiver's events go. */
void rig_start_replay(rig *r);
/* Closes what is open. */
void rig_close(rig *r);

/* --- sending --- */

/* Pushes an event to the sender. Returns its number for rig_acked. */
int rig_send(rig *r, unsigned id);
/* Waits for its result. */
bool rig_acked(rig *r, int number);

#endif
