/* SPDX-License-Identifier: Apache-2.0 */
/* The house idiom over CUnit: a table of sentences, one executable per file.
 *
 *     static void refuses_an_empty_id(void) { EXPECT(...); }
 *     TESTS("event", TEST(refuses_an_empty_id), ...)
 */
#ifndef CE_TESTS_SUPPORT_CE_TEST_H
#define CE_TESTS_SUPPORT_CE_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cloudevents/cloudevents.h>

#include "tests/support/expect.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* FN closes what a test has opened. It runs after each test, also after one
 * that a REQUIRE has ended, and must not REQUIRE anything itself. */
void ce_test_after(void (*fn)(void));
/* Runs the table; the value for main: 0 when all passed. */
int ce_test_main(const char *suite, const CU_TestInfo *tests);
/* The broker's host:port from the environment; exits with 77 without. */
const char *ce_test_broker(const char *variable);
/* A port on 127.0.0.1 that nobody listens on; the system does not give it to
 * others soon. */
unsigned ce_test_free_port(void);
/* An event with the required attributes: id 1, source /s, type t. */
ce_event *ce_test_event(void);
/* Text that no other run uses: for topics and groups. */
const char *ce_test_unique(const char *prefix);
/* Makes an empty folder and writes its path to OUT, or ends the test. */
void ce_test_make_folder(char *out, size_t size);
/* Removes a folder and all that is in it. */
void ce_test_remove(const char *folder);

#define TEST(function)                                                         \
    {                                                                          \
#function, function                                                    \
    }
#define TESTS(suite, ...)                                                      \
    int main(void)                                                             \
    {                                                                          \
        static const CU_TestInfo tests[] = { __VA_ARGS__, CU_TEST_INFO_NULL }; \
        return ce_test_main(suite, tests);                                     \
    }

/* The same, with a function for ce_test_after. */
#define TESTS_CLOSED_BY(fn, suite, ...)                                        \
    int main(void)                                                             \
    {                                                                          \
        static const CU_TestInfo tests[] = { __VA_ARGS__, CU_TEST_INFO_NULL }; \
        ce_test_after(fn);                                                     \
        return ce_test_main(suite, tests);                                     \
    }

#endif
