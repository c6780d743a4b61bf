/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/commands/letter_text.h"

#include <string.h>

#include <cloudevents/message.h>

#include "core/base/utf8.h"
#include "core/json/scan.h"

static const char *const columns[] = { "id",       "dlqtime",    "type",
                                       "source",   "dlqoutcome", "dlqcode",
                                       "dlqreason" };

/* Control characters, and marks that change the direction of text. */
static bool is_harmless(uint32_t c)
{
    return c >= 0x20 && (c < 0x7F || c > 0x9F) && c != 0x061C && c != 0x200E &&
           c != 0x200F && !(c >= 0x2028 && c <= 0x202E) &&
           !(c >= 0x2066 && c <= 0x2069);
}

void br_letter_field(ce_slice text, char *out, size_t size)
{
    const char *p = text.ptr, *end = p + text.len;
    size_t len = 0;

    while (p < end && len + 5 < size) {
        uint32_t c;
        unsigned n = ce_utf8_decode(p, end, &c);

        if (n && is_harmless(c))
            memcpy(out + len, p, n);
        else
            out[len] = '?';
        len += n && is_harmless(c) ? n : 1;
        p += n ? n : 1;
    }
    if (!text.len)
        out[len++] = '-';
    out[len] = '\0';
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
    ce_buf line = { 0 };
    ce_message m;
    ce_status status =
        ce_message_encode(e, CE_MODE_STRUCTURED, &ce_format_json, arena, &m);

    if (status == CE_OK)
        status = ce_json_compact(m.body, &line);
    if (status == CE_OK)
        status = ce_buf_byte(&line, '\n');
    if (status == CE_OK && fwrite(line.ptr, 1, line.len, out) != line.len)
        status = CE_EIO;
    ce_buf_free(&line);
    return status;
}
