/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/commands/letter_text.h"

#include <cloudevents/message.h>

#include "bridge/cli/json_line.h"
#include "core/base/printable.h"

static const char *const columns[] = { "id",       "dlqtime",    "type",
                                       "source",   "dlqoutcome", "dlqcode",
                                       "dlqreason" };

void br_letter_field(ce_slice text, char *out, size_t size)
{
    if (text.len)
        snprintf(out, size, "%.*s", CE_ARG(text));
    else
        snprintf(out, size, "-");
    ce_printable(out);
}

ce_status br_letter_list(const ce_event *e, ce_arena *arena, FILE *out)
{
    (void)arena;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        char field[BR_LETTER_FIELD];

        br_letter_field(ce_event_text(e, columns[i]), field, sizeof field);
        if (fprintf(out, "%s%s", i ? "\t" : "", field) < 0)
            return CE_EIO;
    }
    return fputc('\n', out) == EOF ? CE_EIO : CE_OK;
}

ce_status br_letter_show(const ce_event *e, ce_arena *arena, FILE *out)
{
    ce_message m;
    ce_status status =
        ce_message_encode(e, CE_MODE_STRUCTURED, &ce_format_json, arena, &m);

    return status == CE_OK ? br_json_line(m.body, out) : status;
}
