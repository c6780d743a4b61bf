/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the inbox begin with: a folder, a loop whose clock stands
 * still, an inbox, and a sink in memory for what comes out of it. */
#ifndef CE_TESTS_CORE_INBOX_INBOX_RIG_H
#define CE_TESTS_CORE_INBOX_INBOX_RIG_H

#include <sys/stat.h>
#include <unistd.h>

#include "core/inbox/inbox.h"
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"
#include "tests/support/rig.h"

extern char dir[200];
extern ce_loop *loop;
extern ce_inbox *inbox;
extern ce_receiver *from;
extern ce_sender *sink;
extern bool ended;

ce_inbox_config config(void);
/* Open the inbox in DIR. */
void open_inbox_of(uint64_t max_bytes);
void open_inbox(void);
/* Makes the folder, the loop and the inbox; watches memory. */
void begin(void);
/* Expects that nothing is left allocated. */
void finish(void);
void open_sink(void);
/* Starts a receiver of the inbox. ENDED tells when it has ended. */
void receive_into(ce_stage *top, unsigned max_in_flight);
/* The same into a sink in memory. */
void receive(unsigned max_in_flight);
void stop_receiving(void);
/* As a process does that starts anew. */
void reopen(void);

/* --- messages --- */

ce_origin nowhere(void);
/* Stores an event whose id is NUMBER. */
ce_status put(unsigned number, ce_error *err);
/* Stores 0 to COUNT - 1. */
void put_all(unsigned count);
/* Whether the sink has got FIRST, FIRST + 1, ... COUNT of them, behind SKIP. */
bool got(unsigned skip, unsigned first, unsigned count);

#endif
