/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP keeps the promises of all transports. */
#include "tests/support/ce_test.h"
#include "tests/support/conformance.h"

static void away(char *sender)
{
    snprintf(sender, CE_CONFORMANCE_URI, "http://127.0.0.1:%u/events",
             ce_test_free_port());
}

static void meet(char *receiver, char *sender)
{
    away(receiver);
    snprintf(sender, CE_CONFORMANCE_URI, "%s", receiver);
}

int main(void)
{
    const ce_conformance http = { .transport = ce_transport_find("http:"),
                                  .meet = meet,
                                  .away = away,
                                  .answers = true,
                                  .empty_is_none = true };

    return ce_conformance_main("http conformance", &http);
}
