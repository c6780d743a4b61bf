/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of HTTP, one a line, and a body behind an empty line: what they make
 * an event can be written as headers, and is read as the same event. */
#include "bindings/http/http.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static size_t find(ce_slice s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : s.len;
}

/* Returns what is behind the empty line. */
static ce_slice read_lines(ce_http_reader *r, ce_slice text)
{
    while (text.len) {
        ce_slice line = { text.ptr, find(text, '\n') };
        size_t colon = find(line, ':');

        text = ce_slice_skip(text, line.len + (line.len < text.len));
        if (!line.len)
            break;
        if (colon < line.len)
            ce_http_read_header(r, (ce_slice){ line.ptr, colon },
                                ce_slice_trim(ce_slice_skip(line, colon + 1)));
    }
    return text;
}

static ce_status read_back(void *arg, const char *name, const char *value)
{
    for (const char *c = value; c && *c; c++)
        check(*c != '\r' && *c != '\n');
    if (value)
        ce_http_read_header(arg, ce_slice_of(name), ce_slice_of(value));
    return CE_OK;
}

static void check_headers(const ce_message *m, ce_arena *arena)
{
    ce_http_reader r = { .arena = arena };
    ce_message again;
    ce_event e, same;
    ce_defect defect;
    ce_status status;

    if (ce_message_decode(m, arena, &e, NULL) != CE_OK)
        return;
    status = ce_http_write_headers(m, arena, read_back, &r);
    if (status == CE_EINVAL) {
        check(!ce_string_is_valid(m->content_type));
        return;
    }
    check(status == CE_OK);
    check(ce_http_read_message(&r, m->body, &again, &defect) == CE_OK);
    check(again.mode == m->mode && again.format == m->format && !defect.reason);
    check(ce_message_decode(&again, arena, &same, NULL) == CE_OK);
    check(ce_event_equal(&e, &same));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_slice text = { (const char *)bytes, size };
    ce_arena *arena = ce_arena_new();
    ce_http_reader r = { .arena = arena, .lenient = size % 2 };
    ce_message m;
    ce_defect defect;

    check(arena != NULL);
    text = read_lines(&r, text);
    check(ce_http_read_message(&r, text, &m, &defect) == CE_OK);
    check(defect.reason || m.mode != CE_MODE_NONE || defect.plain);
    if (!defect.reason &&
        (m.mode == CE_MODE_BINARY || m.mode == CE_MODE_STRUCTURED))
        check_headers(&m, arena);
    ce_arena_free(arena);
    return 0;
}
