/* SPDX-License-Identifier: Apache-2.0 */
/* The transport within a process keeps the promises of all transports. */
#include "tests/support/ce_test.h"
#include "tests/support/conformance.h"

static void meet(char *receiver, char *sender)
{
    snprintf(receiver, CE_CONFORMANCE_URI, "mem://%s", ce_test_unique("meet"));
    snprintf(sender, CE_CONFORMANCE_URI, "%s", receiver);
}

static void away(char *sender)
{
    snprintf(sender, CE_CONFORMANCE_URI, "mem://nobody");
}

int main(void)
{
    const ce_conformance mem = { .transport = ce_transport_find("mem:"),
                                 .meet = meet,
                                 .away = away,
                                 .answers = true,
                                 .sends_at_once = true };

    return ce_conformance_main("mem conformance", &mem);
}
