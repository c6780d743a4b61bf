/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of several sinks begin with: two of them behind one inbox, each
 * with a receiver of its own. */
#ifndef CE_TESTS_CORE_INBOX_SINKS_RIG_H
#define CE_TESTS_CORE_INBOX_SINKS_RIG_H

#include "core/inbox/store.h"
#include "tests/core/inbox/inbox_rig.h"

enum { SINKS = 2 };

extern ce_receiver *lines[SINKS];
extern ce_sender *sinks[SINKS];

/* Opens the inbox anew for sinks of these ids. SECOND: NULL for one. */
void open_for(const char *first, const char *second);
/* Makes sinks that confirm, and receivers. */
void receive_both(unsigned max_in_flight);
void start_both(void);
/* What is held comes back undelivered. */
void stop_both(void);
/* All of it. */
void begin_for(const char *first, const char *second, unsigned max_in_flight);
/* The first, "x", gets 0 to 4, and the second, "y", none. */
void leave_the_second_behind(void);

#endif
