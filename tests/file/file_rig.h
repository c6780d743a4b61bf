/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the file binding begin with: a folder, a loop in real time, and
 * both ends. */
#ifndef CE_TESTS_FILE_FILE_RIG_H
#define CE_TESTS_FILE_FILE_RIG_H

#include <fcntl.h>
#include <unistd.h>
#include <uv.h>

#include "bindings/file/file.h"
#include "tests/support/ce_test.h"
#include "tests/support/mem.h"

enum { RIG_MS = 20000, RIG_TICK_MS = 5 };

typedef struct rig {
    ce_loop *loop;
    ce_timer tick;
    char dir[200], path[220];
    ce_settings *settings;
    ce_endpoint at;
    ce_receiver *receiver, *app;
    ce_sender *sender, *sink;
    bool ended, done;
} rig;

/* When a wait that begins now has to end. */
uint64_t rig_end(rig *r);
/* Runs the loop until CONDITION holds; else the test ends. */
#define RIG_UNTIL(r, condition)                                                \
    do {                                                                       \
        uint64_t end_ = rig_end(r);                                            \
        while (!(condition) && ce_loop_now_ms((r)->loop) < end_)               \
            uv_run(ce_loop_uv((r)->loop), UV_RUN_ONCE);                        \
        REQUIRE(condition);                                                    \
    } while (0)

/* Makes a folder, a loop, and what both ends are tested with. */
void rig_open(rig *r);
/* Opens the settings of the rig's file. QUERY begins with "?", or is the whole
 * URI "-". */
void rig_settings(rig *r, const ce_option *table, const char *query);
/* Set the bool *FLAG: for a receiver's end and a sender's stop. */
void rig_on_ended(ce_receiver *receiver, void *flag);
void rig_on_done(void *flag);
/* QUERY as above. */
ce_status rig_start_receiver(rig *r, const char *query);
ce_status rig_start_sender(rig *r, const char *query);
/* Closes the file's ends; others may be started. */
void rig_close_ends(rig *r);
void rig_close(rig *r);

/* --- files --- */

void rig_write(const char *path, int flags, const char *text, size_t len);
void rig_append(rig *r, const char *text);
/* The whole file, until the next call. */
const char *rig_content(rig *r);

#define RIG_EVENT(id)                                                          \
    "{\"specversion\":\"1.0\",\"id\":\"" id                                    \
    "\",\"source\":\"/s\",\"type\":\"t\"}"

#endif
