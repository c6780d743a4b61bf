/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the core model fails in turn: the result is an error,
 * and nothing leaks. */
#include "tests/support/ce_test.h"
#include "core/base/base64.h"
#include "bindings/http/header.h"
#include "core/json/scan.h"
#include "tests/support/memory.h"

#define REQUIRED                                                               \
    "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\""

static ce_status build(void)
{
    ce_event *e = ce_event_blank();
    ce_status status = e ? ce_event_stamp(e, NULL) : CE_ENOMEM;
    char large[5000];

    memset(large, 'x', sizeof large);
    if (status == CE_OK)
        status = ce_event_set(e, "source", "/s", NULL);
    if (status == CE_OK)
        status = ce_event_set_integer(e, "n", 1, NULL);
    if (status == CE_OK)
        status = ce_event_set_boolean(e, "b", true, NULL);
    if (status == CE_OK)
        status = ce_event_set_slice(e, CE_SLICE("x"),
                                    (ce_slice){ large, sizeof large },
                                    CE_STRING, NULL);
    if (status == CE_OK)
        status = ce_event_set_data(e, CE_SLICE("a/b"),
                                   (ce_slice){ large, sizeof large }, NULL);
    ce_event_free(e);
    return status;
}

static void building_an_event(void)
{
    ce_memory_torture(build);
}

static ce_status clone(void)
{
    ce_attr attrs[] = { { CE_SLICE("id"), CE_SLICE("1"), CE_STRING } };
    char large[5000] = { 0 };
    ce_event e = { .attrs = { attrs, 1, 1 },
                   .data = { large, sizeof large },
                   .data_kind = CE_DATA_BYTES };
    ce_event *copy = ce_event_clone(&e);

    ce_event_free(copy);
    return copy ? CE_OK : CE_ENOMEM;
}

static void cloning_an_event(void)
{
    ce_memory_torture(clone);
}

static ce_status read_and_write(void)
{
    ce_buf text = { 0 };
    ce_event *e = NULL;
    ce_status status = ce_event_from_json(
        &e, CE_SLICE("{" REQUIRED ",\"data\":{\"a\":1}}"), NULL);

    if (status == CE_OK)
        status = ce_event_set_binary(e, "b", CE_SLICE("bytes"), NULL);
    if (status == CE_OK)
        status = ce_event_set_json(e, "[1]", NULL);
    if (status == CE_OK)
        status = ce_event_to_json(e, &text, NULL);
    if (status == CE_OK)
        status = ce_event_print(e, &text);
    ce_buf_free(&text);
    ce_event_free(e);
    return status;
}

static void reading_and_writing_an_event(void)
{
    ce_memory_torture(read_and_write);
}

static ce_status transcode(ce_message m, ce_mode mode)
{
    ce_arena *arena = ce_arena_new();
    ce_status status = CE_ENOMEM;
    const ce_message *out;
    ce_message tmp;
    ce_error err = { 0 };

    if (arena)
        status =
            ce_message_as(&m, mode, &ce_format_json, arena, &tmp, &out, &err);
    ce_arena_free(arena);
    return status;
}

static ce_status to_binary(void)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED, .format = &ce_format_json };
    char body[9000];
    size_t len = (size_t)sprintf(body, "{" REQUIRED ",\"data_base64\":\"");

    memset(body + len, 'A', 8000);
    sprintf(body + len + 8000, "\",\"\\u0061\":\"\\n\",\"subject\":null}");
    m.body = ce_slice_of(body);
    /* The line break is no String; without it the event is valid. */
    memcpy(strstr(body, "\\n"), "\\/", 2);
    return transcode(m, CE_MODE_BINARY);
}

static void from_structured_to_binary(void)
{
    ce_memory_torture(to_binary);
}

static ce_status to_structured(void)
{
    static ce_attr attrs[100] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    static char names[100][8];
    ce_message m = { .mode = CE_MODE_BINARY,
                     .attrs = { attrs, 100, 100 },
                     .body = CE_SLICE("\xff\xfe") };

    for (int i = 4; i < 100; i++) {
        sprintf(names[i], "n%d", i);
        attrs[i] =
            (ce_attr){ ce_slice_of(names[i]), CE_SLICE("\"\x7e"), CE_STRING };
    }
    return transcode(m, CE_MODE_STRUCTURED);
}

static void from_binary_to_structured(void)
{
    ce_memory_torture(to_structured);
}

static ce_status ignore(void *arg, const ce_event *e, ce_slice body)
{
    (void)arg;
    (void)e;
    (void)body;
    return CE_OK;
}

static ce_status batch(void)
{
    static const char text[] =
        "[{" REQUIRED ",\"a\":\"\\u0041\"},{" REQUIRED "}]";
    ce_arena *arena = ce_arena_new();
    ce_error err;
    ce_status status = arena ? ce_format_json.decode_batch(
                                   ce_slice_of(text), arena, ignore, NULL, &err)
                             : CE_ENOMEM;

    ce_arena_free(arena);
    return status;
}

static void decoding_a_batch(void)
{
    ce_memory_torture(batch);
}

static ce_status encode_batch(void)
{
    ce_attr attrs[] = { { CE_SLICE("id"), CE_SLICE("1\n"), CE_STRING } };
    ce_event e = { .attrs = { attrs, 1, 1 },
                   .data = CE_SLICE("\xff"),
                   .data_kind = CE_DATA_BYTES };
    const ce_event *both[] = { &e, &e };
    ce_buf out = { NULL, 0, 0 };
    ce_status status = ce_format_json.encode_batch(both, 2, &out);

    ce_buf_free(&out);
    return status;
}

static void encoding_a_batch(void)
{
    ce_memory_torture(encode_batch);
}

static ce_status headers(void)
{
    ce_arena *arena = ce_arena_new();
    ce_slice out;
    ce_status status =
        arena ? ce_header_encode(CE_SLICE("a b"), arena, &out) : CE_ENOMEM;

    if (status == CE_OK)
        status = ce_header_decode(CE_SLICE("\"a%20b\""), arena, &out, NULL);
    ce_arena_free(arena);
    return status;
}

static void coding_headers(void)
{
    ce_memory_torture(headers);
}

static ce_status services(void)
{
    ce_arena *arena = ce_arena_new();
    ce_buf out = { NULL, 0, 0 };
    ce_slice found;
    ce_status status = arena ? CE_OK : CE_ENOMEM;

    if (status == CE_OK)
        status = ce_base64_decode(CE_SLICE("AAAA"), arena, &found);
    if (status == CE_OK)
        status = ce_json_compact(CE_SLICE("[1,\n2]"), &out);
    if (status == CE_OK)
        status = ce_json_pointer(CE_SLICE("{\"\\u0061\":{\"b\":[1]}}"),
                                 CE_SLICE("/a/b/0"), &found);
    ce_buf_free(&out);
    ce_arena_free(arena);
    return status;
}

static void small_services(void)
{
    ce_memory_torture(services);
}

TESTS("allocation_failure", TEST(building_an_event), TEST(cloning_an_event),
      TEST(reading_and_writing_an_event), TEST(from_structured_to_binary),
      TEST(from_binary_to_structured), TEST(decoding_a_batch),
      TEST(encoding_a_batch), TEST(coding_headers), TEST(small_services))
