/* SPDX-License-Identifier: Apache-2.0 */
/* A template over two messages, one of plain values and one of hostile ones.
 * Where it stands in a URI, no value changes how the URI is divided. The first
 * byte is the place. */
#include "core/template/template.h"
#include "tests/fuzz/pairs.h"

/* A level of a topic has no slash; all of a topic may have. */
static ce_delivery delivery_of(const char *value, const char *data,
                               ce_attr *header, ce_arena *arena)
{
    *header = (ce_attr){ CE_SLICE("h"), ce_slice_of(value), CE_STRING };
    return (ce_delivery){ .message = { .body = ce_slice_of(data),
                                       .key = ce_slice_of(value),
                                       .content_type = CE_SLICE("a/b") },
                          .origin = { .topic = CE_SLICE("t/u"),
                                      .partition = 1,
                                      .offset = 2,
                                      .timestamp_ms = 3,
                                      .metadata = { header, 1, 1 } },
                          .arena = arena };
}

static ce_status expand(const ce_template *t, const char *value,
                        const char *data, ce_arena *arena, ce_slice *out)
{
    ce_attr header, attrs[] = {
        { CE_SLICE("id"), ce_slice_of(value), CE_STRING },
        { CE_SLICE("source"), ce_slice_of(value), CE_URI_REF },
        { CE_SLICE("x"), ce_slice_of(value), CE_STRING },
    };
    ce_delivery d = delivery_of(value, data, &header, arena);
    ce_event e = { .attrs = { attrs, 3, 3 },
                   .data_kind = CE_DATA_JSON,
                   .data = ce_slice_of(data),
                   .arena = arena };
    ce_error err;
    ce_status status = ce_template_expand(t, &d, &e, out, &err);

    check(status == CE_OK || err.text[0] != '\0');
    return status;
}

static size_t count(ce_slice s, const char *set)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] && strchr(set, s.ptr[i]) != NULL;
    return n;
}

static void check_division(const ce_template *t, ce_text_place place,
                           ce_arena *arena)
{
    ce_slice plain, hostile;

    if (expand(t, "a", "{\"x\":\"a\",\"y\":\"1\"}", arena, &plain) != CE_OK ||
        expand(t, "/../?a=b&c#%2f:@\r\n\x01", "{\"x\":\"//?#\",\"y\":\"1\"}",
               arena, &hostile) != CE_OK)
        return;
    if (place != CE_IN_PATH)
        return;
    check(count(plain, "/") == count(hostile, "/"));
    check(count(plain, "?") == count(hostile, "?"));
    check(count(plain, "#") == count(hostile, "#"));
    check(count(plain, "\r\n\x01") == count(hostile, "\r\n\x01"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_text_place place;
    ce_template *t;
    ce_arena *arena = ce_arena_new();
    ce_error err;
    char *text;

    check(arena != NULL);
    if (size) {
        place = (ce_text_place)(*bytes % 3);
        text = strndup((const char *)bytes + 1, size - 1);
        check(text != NULL);
        if (ce_template_compile(&t, text, place, &err) == CE_OK)
            check_division(t, place, arena);
        else
            check(err.text[0] != '\0');
        ce_template_free(t);
        free(text);
    }
    ce_arena_free(arena);
    return 0;
}
