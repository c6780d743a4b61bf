/* SPDX-License-Identifier: Apache-2.0 */
/* Where the scripts are is known to the build alone (CE_TESTS_DIR). */
#include "tests/support/broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ce_broker_script(const char *script, const char *arguments)
{
    char command[2048];

    snprintf(command, sizeof command, "'" CE_TESTS_DIR "/brokers/%s' %s >&2",
             script, arguments);
    return system(command);
}

void ce_broker_read(const char *folder, const char *name, char *out, int size)
{
    char path[512];
    FILE *f;

    out[0] = '\0';
    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "r");
    if (!f)
        return;
    if (fgets(out, size, f))
        out[strcspn(out, "\n")] = '\0';
    fclose(f);
}
