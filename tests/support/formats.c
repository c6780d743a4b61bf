/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of all event formats do: one event, there and back. */
#include "tests/support/formats.h"

#include "tests/support/memory.h"

ce_event formats_event;
ce_error formats_error;
ce_event *formats_built;
size_t formats_count;
ce_slice formats_bodies[8];

static const ce_format *format;
static ce_arena *arena, *spare;
static ce_buf encoded;

const ce_format *formats_named(const char *name)
{
    const ce_format *f = ce_format_named(ce_slice_of(name));

    REQUIRE(f != NULL);
    return f;
}

void formats_open(const char *name)
{
    format = formats_named(name);
    arena = ce_arena_new();
    spare = ce_arena_new();
    REQUIRE(arena && spare);
}

void formats_close(void)
{
    ce_arena_free(arena);
    ce_arena_free(spare);
    ce_event_free(formats_built);
    ce_buf_free(&encoded);
    formats_built = NULL;
}

/* --- reading --- */

ce_status formats_decode(ce_slice body)
{
    ce_arena_reset(arena);
    formats_error = (ce_error){ CE_OK, "" };
    return format->decode(body, arena, &formats_event, &formats_error);
}

ce_status formats_decode_text(const char *body)
{
    return formats_decode(ce_slice_of(body));
}

static ce_status note(void *arg, const ce_event *e, ce_slice body)
{
    (void)arg;
    (void)e;
    if (formats_count < COUNT(formats_bodies))
        formats_bodies[formats_count] = body;
    formats_count++;
    return CE_OK;
}

ce_status formats_decode_batch(ce_slice body)
{
    ce_arena_reset(arena);
    formats_count = 0;
    formats_error = (ce_error){ CE_OK, "" };
    return format->decode_batch(body, arena, note, NULL, &formats_error);
}

#define REQUIRED                                                               \
    "{\"id\":\"1\",\"source\":\"/s\",\"specversion\":\"1.0\",\"type\":\"t\""

void formats_from_json(const char *members)
{
    ce_slice text;

    ce_arena_reset(arena);
    text =
        ce_arena_printf(arena, REQUIRED "%s%s}", *members ? "," : "", members);
    REQUIRE(text.ptr != NULL);
    REQUIRE_OK(
        ce_format_json.decode(text, arena, &formats_event, &formats_error));
}

/* --- writing --- */

static ce_slice encode(const ce_event *e)
{
    ce_buf_clear(&encoded);
    REQUIRE_OK(format->encode(e, &encoded));
    return ce_buf_slice(&encoded);
}

void formats_again(void)
{
    ce_slice body = encode(&formats_event);
    ce_arena *used = arena;

    REQUIRE_OK(ce_arena_copy(spare, body, &body));
    arena = spare;
    spare = used;
    REQUIRE_OK(format->decode(body, arena, &formats_event, &formats_error));
    ce_arena_reset(spare);
}

void formats_build(const char *type, ce_slice data, ce_data_kind kind)
{
    ce_event_free(formats_built);
    formats_built = ce_event_blank();
    REQUIRE(formats_built != NULL);
    REQUIRE_OK(ce_event_set(formats_built, "id", "1", NULL));
    REQUIRE_OK(ce_event_set(formats_built, "source", "/s", NULL));
    REQUIRE_OK(ce_event_set(formats_built, "type", "t", NULL));
    REQUIRE_OK(ce_event_set_data(formats_built, ce_slice_of(type), data, NULL));
    formats_built->data_kind = kind;
}

/* --- expectations --- */

void formats_expect(const char *name, const char *text, ce_type type)
{
    const ce_attr *a = ce_event_get(&formats_event, name);

    REQUIRE(a != NULL);
    EXPECT_TEXT(a->text, text);
    EXPECT_EQ_ROW(name, a->type, type);
}

static bool same(const char *row, ce_slice got, ce_slice expected)
{
    if (ce_slice_eq(got, expected))
        return true;
    fprintf(stderr, "%s: ", row);
    for (size_t i = 0; i < got.len; i++)
        fprintf(stderr, "%s%02x", i && i % 32 == 0 ? "\n" : "",
                (unsigned char)got.ptr[i]);
    fprintf(stderr, "\n%.*s\n", CE_ARG(got));
    return false;
}

void formats_expect_encoded(ce_slice bytes)
{
    EXPECT(same("encoded", encode(&formats_event), bytes));
}

void formats_expect_error(const char *row, const char *part)
{
    bool found = strstr(formats_error.text, part) != NULL;

    if (!found)
        fprintf(stderr, "%s: \"%s\"\n", row, formats_error.text);
    EXPECT_ROW(row, found);
}

void formats_expect_built(const char *row)
{
    ce_slice body = encode(formats_built);

    EXPECT_OK_ROW(row, formats_decode(body));
    EXPECT_ROW(row, ce_event_equal(&formats_event, formats_built));
}

bool formats_encoded_holds(ce_slice part)
{
    ce_slice text = ce_buf_slice(&encoded);

    for (size_t i = 0; i + part.len <= text.len; i++)
        if (ce_slice_starts(ce_slice_skip(text, i), part))
            return true;
    return false;
}

void formats_expect_data(const char *row, const char *type, ce_slice data,
                         ce_data_kind kind, ce_slice part)
{
    formats_build(type, data, kind);
    formats_expect_built(row);
    EXPECT_ROW(row, formats_encoded_holds(part));
    EXPECT_ROW(row, !formats_event.data.ptr == !data.ptr);
}

void formats_expect_batch(ce_slice bytes)
{
    const ce_event *both[2];
    ce_event other;

    formats_from_json("");
    other = formats_event;
    other.data = CE_SLICE("x");
    other.data_kind = CE_DATA_TEXT;
    both[0] = &formats_event;
    both[1] = &other;
    ce_buf_clear(&encoded);
    REQUIRE_OK(format->encode_batch(both, 2, &encoded));
    EXPECT(same("batch", ce_buf_slice(&encoded), bytes));
}

void formats_expect_refusal(const char *text)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED, .format = &ce_format_json };
    ce_buf body = { NULL, 0, 0 };
    const ce_message *out;
    ce_message tmp;

    ce_buf_clear(&encoded);
    EXPECT_STATUS(format->encode(formats_built, &encoded), CE_ENOTSUP);
    EXPECT_STATUS(format->check(formats_built, NULL), CE_ENOTSUP);
    REQUIRE_OK(ce_format_json.encode(formats_built, &body));
    m.body = ce_buf_slice(&body);
    EXPECT_STATUS(ce_message_as(&m, CE_MODE_STRUCTURED, format, arena, &tmp,
                                &out, &formats_error),
                  CE_ENOTSUP);
    formats_expect_error("refusal", text);
    ce_buf_free(&body);
}

static ce_status note_finding(void *arg, const ce_error *found)
{
    return ce_buf_printf(arg, "%s\n", found->text);
}

void formats_expect_faults(const char *format_name, const formats_fault *rows,
                           size_t count)
{
    formats_open(format_name);
    for (size_t i = 0; i < count; i++) {
        EXPECT_CMP_ROW(rows[i].name, formats_decode(rows[i].body), !=, CE_OK);
        formats_expect_error(rows[i].name, rows[i].says);
    }
    formats_close();
}

void formats_expect_all_data(const char *format_name, const formats_data *rows,
                             size_t count)
{
    formats_open(format_name);
    for (size_t i = 0; i < count; i++)
        formats_expect_data(rows[i].name, rows[i].type, rows[i].data,
                            rows[i].kind, rows[i].part);
    formats_close();
}

void formats_expect_findings(ce_slice body, const char *lines)
{
    ce_buf found = { NULL, 0, 0 };

    ce_arena_reset(arena);
    EXPECT_OK(
        format->findings(body, arena, &formats_event, note_finding, &found));
    EXPECT_TEXT(ce_buf_slice(&found), lines);
    ce_buf_free(&found);
}

void formats_cut(ce_slice body, size_t shortest)
{
    for (size_t len = 0; len < body.len; len++) {
        char *copy = malloc(len + !len);

        REQUIRE(copy != NULL);
        memcpy(copy, body.ptr, len);
        if (formats_decode((ce_slice){ copy, len }) == CE_OK)
            EXPECT_CMP(len, >=, shortest);
        else
            EXPECT_CMP(formats_error.text[0], !=, '\0');
        free(copy);
    }
}

/* --- allocation failures --- */

static ce_slice torture_body;

static ce_status ignore(void *arg, const ce_event *e, ce_slice body)
{
    (void)arg;
    (void)e;
    (void)body;
    return CE_OK;
}

static ce_status batch(const ce_event *e, ce_arena *a, ce_buf *out)
{
    ce_status status;

    if (!format->encode_batch)
        return CE_OK;
    ce_buf_clear(out);
    status = format->encode_batch(&e, 1, out);
    return status == CE_OK ? format->decode_batch(ce_buf_slice(out), a, ignore,
                                                  NULL, &formats_error)
                           : status;
}

static ce_status there_and_back(void)
{
    ce_arena *a = ce_arena_new();
    ce_buf out = { NULL, 0, 0 };
    ce_event e;
    ce_status status =
        a ? format->decode(torture_body, a, &e, &formats_error) : CE_ENOMEM;

    if (status == CE_OK)
        status = format->encode(&e, &out);
    if (status == CE_OK)
        status = batch(&e, a, &out);
    ce_buf_free(&out);
    ce_arena_free(a);
    return status;
}

void formats_torture(const ce_format *f, ce_slice body)
{
    format = f;
    torture_body = body;
    ce_memory_torture(there_and_back);
}
