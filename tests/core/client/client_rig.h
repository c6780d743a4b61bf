/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the application API begin with: the fixture, handlers, and a
 * server and a client on a port of the system's choice. */
#ifndef CE_TESTS_CORE_CLIENT_CLIENT_RIG_H
#define CE_TESTS_CORE_CLIENT_CLIENT_RIG_H

#include <stdatomic.h>

#include "tests/support/ce_test.h"

/* T2: an event whose values are awkward to carry. */
#define FIXTURE_DATA "{\"id\":1,\"message\":\"Hello, World!\"}"

/* From any thread; CUnit belongs to the test's own. NULL: no memory. */
ce_event *make_fixture(void);
/* Ends the test without memory. */
ce_event *fixture(void);
/* The fixture with NUMBER as its id. */
ce_event *numbered(unsigned number);
/* What a handler has seen; it answers as the test says. */
typedef struct seen {
    atomic_uint events;
    atomic_bool same; /* each was the fixture */
    ce_result answer;
    bool replies; /* with a copy of the event */
} seen;

/* A handler; ARG is a seen. */
ce_result see(void *arg, const ce_event *event, ce_event **reply);
/* One millisecond. */
void nap(void);
/* Waits at most 20 seconds; false: it took too long. */
#define UNTIL(condition)                                                       \
    do {                                                                       \
        for (int n_ = 0; !(condition) && n_ < 20000; n_++)                     \
            nap();                                                             \
        REQUIRE(condition);                                                    \
    } while (0)

/* End the test when it does not work. */
ce_client *open_client(const char *uri, const ce_client_options *options);
void start_receiver(ce_client *c, ce_handler_fn *fn, void *arg);
/* A receiver on a port of its own; URI gets the address to send to. */
ce_client *open_receiver(char uri[64], ce_handler_fn *fn, void *arg,
                         const ce_client_options *options);
/* A handler that takes everything. */
ce_result ignore(void *arg, const ce_event *event, ce_event **reply);
/* Nobody answers at URI: a start says so in the end. */
void expect_away(const char *uri);

#endif
