/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines for people: one write each, so that threads do not mix them. */
#include "bridge/watch/console.h"

#include <stdio.h>

#include "bridge/watch/progress.h"

static void write_line(ce_level level, const char *line, void *arg)
{
    (void)arg;
    br_progress_clear();
    if (level == CE_INFO)
        fprintf(stderr, "cebridge: %s\n", line);
    else
        fprintf(stderr, "cebridge: %s: %s\n", ce_level_name(level), line);
}

void br_console_open(ce_level level)
{
    static char buffer[2048];

    setvbuf(stderr, buffer, _IOLBF, sizeof buffer);
    ce_log_to(write_line, NULL, level);
}
