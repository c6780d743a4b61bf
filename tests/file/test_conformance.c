/* SPDX-License-Identifier: Apache-2.0 */
/* Files keep the promises of all transports. */
#include "tests/support/ce_test.h"
#include "tests/support/conformance.h"

#include <unistd.h>

static char path[200];

static void remove_file(void)
{
    if (path[0])
        unlink(path);
}

static void meet(char *receiver, char *sender)
{
    const char *base = getenv("TMPDIR");
    int fd;

    remove_file();
    snprintf(path, sizeof path, "%s/events-XXXXXX", base ? base : "/tmp");
    fd = mkstemp(path);
    REQUIRE_CMP(fd, >=, 0);
    close(fd);
    snprintf(receiver, CE_CONFORMANCE_URI, "file:%s?follow=true", path);
    snprintf(sender, CE_CONFORMANCE_URI, "file:%s", path);
}

int main(void)
{
    const ce_conformance file = { .transport = ce_transport_find("file:x"),
                                  .meet = meet,
                                  .sends_at_once = true,
                                  .structured_only = true };
    int result = ce_conformance_main("file conformance", &file);

    remove_file();
    return result;
}
