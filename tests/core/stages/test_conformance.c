/* SPDX-License-Identifier: Apache-2.0 */
/* The transport in memory keeps the promises of all transports, and the suite
 * of those promises can be passed. */
#include "tests/support/ce_test.h"
#include "tests/support/conformance.h"
#include "tests/support/mem.h"

static void meet(char *receiver, char *sender)
{
    const char *name = ce_test_unique("meet");

    snprintf(receiver, CE_CONFORMANCE_URI, "mem://%s", name);
    snprintf(sender, CE_CONFORMANCE_URI, "mem://%s?meet=true", name);
}

static void away(char *sender)
{
    snprintf(sender, CE_CONFORMANCE_URI, "mem://nobody?meet=true");
}

int main(void)
{
    static const ce_conformance mem = { .transport = &ce_transport_scripted,
                                        .meet = meet,
                                        .away = away,
                                        .answers = true,
                                        .sends_at_once = true };

    return ce_conformance_main("mem conformance", &mem);
}
