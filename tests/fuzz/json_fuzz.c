/* SPDX-License-Identifier: Apache-2.0 */
/* JSON events and batches: what is accepted can be written, is valid JSON
 * then, and is read as the same event. So it is in the other formats. */
#include "tests/fuzz/formats.h"

static void round_trip(const ce_event *e)
{
    ce_arena *arena = ce_arena_new();
    ce_buf text = { NULL, 0, 0 }, line = { NULL, 0, 0 };
    ce_event again;

    check_event(e, &ce_format_json);
    check(arena != NULL);
    check(ce_format_json.encode(e, &text) == CE_OK);
    check(ce_json_is_valid(ce_buf_slice(&text)));
    check(ce_format_json.decode(ce_buf_slice(&text), arena, &again, NULL) ==
          CE_OK);
    for (unsigned i = 0; i < e->attrs.len; i++) {
        const ce_attr *a = &e->attrs.at[i];
        const ce_attr *b = ce_attrs_find(&again.attrs, a->name);

        check(b && ce_slice_eq(a->text, b->text) && a->type == b->type);
    }
    check(ce_json_compact(ce_buf_slice(&text), &line) == CE_OK);
    check(ce_json_is_valid(ce_buf_slice(&line)));
    ce_buf_free(&text);
    ce_buf_free(&line);
    ce_arena_free(arena);
}

static ce_status each(void *arg, const ce_event *e, ce_slice body)
{
    (void)arg;
    check(ce_json_is_valid(body));
    round_trip(e);
    return CE_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_slice text = { (const char *)bytes, size }, found;
    ce_arena *arena = ce_arena_new();
    ce_error err;
    ce_event e;

    check(arena != NULL);
    if (ce_format_json.decode(text, arena, &e, &err) == CE_OK)
        round_trip(&e);
    (void)ce_format_json.decode_batch(text, arena, each, NULL, &err);
    if (ce_json_is_valid(text))
        (void)ce_json_pointer(text, CE_SLICE("/data/0/a~1b"), &found);
    ce_arena_free(arena);
    return 0;
}
