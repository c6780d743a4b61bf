/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: headers, an empty line, a body. What is an event in binary mode is
 * written as headers that are read as the same event, and a body is unpacked
 * within its limit. */
#include <stdlib.h>
#include <string.h>

#include "bindings/http/field.h"
#include "bindings/http/gzip.h"
#include "bindings/http/http.h"

enum { UNPACKED_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Returns the body. */
static ce_slice read_headers(ce_http_reader *r, ce_slice in)
{
    ce_slice name, value;
    const char *end;

    while (in.len > 0 && (end = memchr(in.ptr, '\n', in.len))) {
        ce_slice line = { in.ptr, (size_t)(end - in.ptr) };

        in = ce_slice_skip(in, line.len + 1);
        if (line.len == 0)
            break;
        if (ce_http_split_line(line, &name, &value))
            ce_http_read_header(r, name, value);
    }
    return in;
}

static bool read_event(ce_http_reader *r, ce_slice body, ce_message *m,
                       ce_event *e)
{
    const char *defect;
    int defect_code;
    bool plain;

    check(ce_http_read_message(r, body, m, &defect, &defect_code, &plain) ==
          CE_OK);
    check((m->mode == CE_MODE_NONE) == (defect != NULL));
    *e = (ce_event){ .arena = r->arena };
    return (m->mode == CE_MODE_BINARY || m->mode == CE_MODE_STRUCTURED) &&
           ce_message_decode(m, r->arena, e, NULL) == CE_OK;
}

static ce_status read_again(void *arg, const char *name, const char *value)
{
    check(ce_http_is_token(ce_slice_of(name)));
    check(!value || ce_http_is_value(ce_slice_of(value)));
    if (value)
        ce_http_read_header(arg, ce_slice_of(name), ce_slice_of(value));
    return CE_OK;
}

static void write_and_read(const ce_message *m, const ce_event *e,
                           ce_arena *arena)
{
    ce_http_reader again = { .arena = arena };
    ce_message second;
    ce_event same;

    if (ce_http_write_headers(m, arena, read_again, &again) != CE_OK)
        return;
    check(read_event(&again, m->body, &second, &same));
    check(second.mode == m->mode);
    check(ce_event_equal(e, &same));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static ce_http_gzip gzip;
    static ce_buf unpacked;
    ce_arena *arena = ce_arena_new();
    ce_http_reader reader = { .arena = arena };
    ce_message m;
    ce_slice body;
    ce_error err;
    ce_event e;

    check(arena != NULL);
    body = read_headers(&reader, (ce_slice){ (const char *)bytes, size });
    if (read_event(&reader, body, &m, &e))
        write_and_read(&m, &e, arena);
    if (ce_http_gzip_unpack(&gzip, body, UNPACKED_MAX, &unpacked, &err) ==
        CE_OK)
        check(unpacked.len <= UNPACKED_MAX);
    ce_arena_free(arena);
    return 0;
}
