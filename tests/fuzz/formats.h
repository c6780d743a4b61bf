/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzzing finds to be an event of one format: it can be written in all of
 * them that can carry it, and is read as the same event. */
#ifndef CE_TESTS_FUZZ_FORMATS_H
#define CE_TESTS_FUZZ_FORMATS_H

#include <string.h>

#include <cloudevents/cloudevents.h>

#include "core/base/media_type.h"
#include "core/event/legacy.h"
#include "core/json/scan.h"
#include "tests/fuzz/fuzz.h"

/* Data that is JSON is a value in that format: white space around it is not a
 * part of it. */
static inline ce_slice trim(const ce_event *e, ce_slice data)
{
    ce_slice type = ce_event_text(e, "datacontenttype");

    if (!type.ptr || !ce_media_type_is_json(type) || !ce_json_is_valid(data))
        return data;
    while (strchr(" \t\r\n", data.ptr[data.len - 1]))
        data.len--;
    return ce_slice_skip(data, strspn(data.ptr, " \t\r\n"));
}

/* A writer may say what a reader implied: a content type, and the type of a
 * message. */
static inline void check_same(const ce_event *e, const ce_event *again)
{
    check(ce_slice_eq(e->data, again->data) ||
          ce_slice_eq(trim(e, e->data), again->data));
    check(!e->data.ptr == !again->data.ptr);
    check(again->attrs.len <= e->attrs.len + 1);
    for (unsigned i = 0; i < e->attrs.len; i++) {
        ce_attr a = e->attrs.at[i];
        const ce_attr *b = ce_attrs_find(&again->attrs, a.name);
        ce_event one = { .attrs = { &a, 1, 1 } };
        ce_event other = { .attrs = { (ce_attr *)(uintptr_t)b, 1, 1 } };

        check(b && ce_event_equal(&one, &other));
    }
}

static inline void check_format(const ce_event *e, const ce_format *f)
{
    ce_arena *arena = ce_arena_new();
    ce_buf text = { NULL, 0, 0 };
    ce_event again;

    check(arena != NULL);
    if (f->check && f->check(e, NULL) != CE_OK) {
        check(f->encode(e, &text) == CE_ENOTSUP);
    } else {
        check(f->encode(e, &text) == CE_OK);
        check(f->decode(ce_buf_slice(&text), arena, &again, NULL) == CE_OK);
        check_same(e, &again);
    }
    ce_buf_free(&text);
    ce_arena_free(arena);
}

/* Base64 that version 0.3 announces is not everywhere what it is in JSON. */
static inline void check_event(const ce_event *e, const ce_format *own)
{
    const ce_format *f;

    check(ce_event_check(e, NULL) == CE_OK);
    check(!own->check || own->check(e, NULL) == CE_OK);
    check_format(e, own);
    for (unsigned i = 0; !ce_event_is_legacy(e) && (f = ce_format_at(i)); i++)
        check_format(e, f);
}

static inline ce_status check_member(void *arg, const ce_event *e,
                                     ce_slice body)
{
    const ce_format *f = arg;
    ce_arena *arena = ce_arena_new();
    ce_event alone;

    check(arena != NULL);
    check(f->decode(body, arena, &alone, NULL) == CE_OK);
    check(ce_event_equal(e, &alone));
    check_event(e, f);
    ce_arena_free(arena);
    return CE_OK;
}

static inline int fuzz_format(const char *name, const uint8_t *bytes,
                              size_t size)
{
    const ce_format *f = ce_format_named(ce_slice_of(name));
    ce_slice body = { (const char *)bytes, size };
    ce_arena *arena = ce_arena_new();
    ce_error err;
    ce_event e;

    check(f && arena);
    if (f->decode(body, arena, &e, &err) == CE_OK)
        check_event(&e, f);
    else
        check(err.text[0] != '\0');
    if (f->decode_batch)
        (void)f->decode_batch(body, arena, check_member, (void *)(uintptr_t)f,
                              &err);
    ce_arena_free(arena);
    return 0;
}

#endif
