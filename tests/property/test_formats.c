/* SPDX-License-Identifier: Apache-2.0 */
/* 10,000 random events through every format and from each to each: zero
 * attributes and zero bytes change. */
#include "tests/support/ce_test.h"
#include "tests/support/random_event.h"

enum { EVENTS = 10000, BATCH = 8, SEED = 20240501 };

static ce_arena *arena;
static unsigned carried[16];

/* Protobuf has instants, not texts. */
static bool keeps_time_text(const ce_format *f)
{
    return strcmp(f->name, "protobuf") != 0;
}

static bool carries(const ce_format *f, const ce_event *e)
{
    return !f->check || f->check(e, NULL) == CE_OK;
}

static bool same_value(const ce_attr *sent, const ce_attr *got, bool texts)
{
    struct timespec a, b;

    if (ce_slice_eq(sent->text, got->text))
        return true;
    return !texts && sent->type == CE_TIMESTAMP &&
           ce_attr_time(sent, &a) == CE_OK && ce_attr_time(got, &b) == CE_OK &&
           a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_event(const ce_event *sent, const ce_event *got, bool texts)
{
    if (sent->attrs.len != got->attrs.len ||
        !sent->data.ptr != !got->data.ptr ||
        !ce_slice_eq(sent->data, got->data))
        return false;
    for (unsigned i = 0; i < sent->attrs.len; i++) {
        const ce_attr *x = &sent->attrs.at[i];
        const ce_attr *y = ce_attrs_find(&got->attrs, x->name);

        if (!y || !same_value(x, y, texts))
            return false;
    }
    return true;
}

static void show(const char *label, const ce_event *e)
{
    ce_buf text = { NULL, 0, 0 };

    if (ce_format_json.encode(e, &text) == CE_OK)
        fprintf(stderr, "%s: %.*s\n", label, (int)text.len, text.ptr);
    ce_buf_free(&text);
}

static bool is_same(const char *way, const ce_event *sent, const ce_event *got,
                    bool texts)
{
    if (same_event(sent, got, texts))
        return true;
    fprintf(stderr, "%s:\n", way);
    show("sent", sent);
    show("arrived", got);
    return false;
}

/* Decodes what F makes of E. */
static void through(const ce_format *f, const ce_event *e, ce_event *out)
{
    ce_buf text = { NULL, 0, 0 };
    ce_slice copy;
    ce_error err;

    REQUIRE_OK(f->encode(e, &text));
    REQUIRE_OK(ce_arena_copy(arena, ce_buf_slice(&text), &copy));
    ce_buf_free(&text);
    if (f->decode(copy, arena, out, &err) == CE_OK)
        return;
    fprintf(stderr, "%s: %s\n", f->name, err.text);
    show("sent", e);
    CU_FAIL_FATAL("what was written cannot be read");
}

/* JSON without a type implied one; other formats and modes have to say it. */
static void make_type_explicit(ce_event *e)
{
    if (e->data_kind == CE_DATA_JSON &&
        !ce_event_text(e, "datacontenttype").ptr)
        REQUIRE_OK(
            ce_event_set(e, "datacontenttype", "application/json", NULL));
}

static void one_goes_through_all(ce_event *e)
{
    for (unsigned i = 0; ce_format_at(i); i++) {
        const ce_format *f = ce_format_at(i);
        ce_event once;

        if (!carries(f, e))
            continue;
        carried[i]++;
        through(f, e, &once);
        REQUIRE(is_same(f->name, e, &once, keeps_time_text(f)));
        for (unsigned k = 0; ce_format_at(k); k++) {
            const ce_format *g = ce_format_at(k);
            ce_event twice, back;

            if (g == f || !carries(g, &once))
                continue;
            through(g, &once, &twice);
            through(f, &twice, &back);
            REQUIRE(is_same(g->name, e, &back,
                            keeps_time_text(f) && keeps_time_text(g)));
        }
    }
}

/* CORE-06, CORE-11, CORE-28, CORE-30, CORE-55, JSON-31. */
static void every_event_survives_every_format_and_pair_of_formats(void)
{
    random_source r = { SEED };

    for (unsigned i = 0; i < EVENTS; i++) {
        ce_event *e = random_event(&r);

        REQUIRE(e != NULL);
        make_type_explicit(e);
        one_goes_through_all(e);
        ce_event_free(e);
        ce_arena_reset(arena);
    }
    for (unsigned i = 0; ce_format_at(i); i++) {
        printf("%s carried %u of %d\n", ce_format_at(i)->name, carried[i],
               EVENTS);
        EXPECT_CMP(carried[i], >, EVENTS / 2);
    }
}

typedef struct walk {
    const ce_event *const *sent;
    unsigned at;
    bool texts;
} walk;

static ce_status compare(void *arg, const ce_event *e, ce_slice body)
{
    walk *w = arg;

    (void)body;
    REQUIRE(is_same("batch", w->sent[w->at], e, w->texts));
    w->at++;
    return CE_OK;
}

static void batch_goes_through(const ce_format *f,
                               const ce_event *const *events)
{
    walk w = { .sent = events, .texts = keeps_time_text(f) };
    ce_buf text = { NULL, 0, 0 };

    REQUIRE_OK(f->encode_batch(events, BATCH, &text));
    REQUIRE_OK(f->decode_batch(ce_buf_slice(&text), arena, compare, &w, NULL));
    EXPECT_EQ(w.at, BATCH);
    ce_buf_free(&text);
    ce_arena_reset(arena);
}

static void every_event_survives_batches(void)
{
    for (unsigned k = 0; ce_format_at(k); k++) {
        const ce_format *f = ce_format_at(k);
        random_source r = { SEED };

        for (unsigned i = 0; f->batch_media_type && i < EVENTS / BATCH; i++) {
            ce_event *events[BATCH];

            for (unsigned n = 0; n < BATCH; n++) {
                while ((events[n] = random_event(&r)) && !carries(f, events[n]))
                    ce_event_free(events[n]);
                REQUIRE(events[n] != NULL);
                make_type_explicit(events[n]);
            }
            batch_goes_through(f, (const ce_event *const *)events);
            for (unsigned n = 0; n < BATCH; n++)
                ce_event_free(events[n]);
        }
    }
}

/* CORE-66, JSON-28, JSON-29, JSON-30. */
static void every_event_survives_modes(void)
{
    random_source r = { SEED };

    for (unsigned i = 0; i < EVENTS; i++) {
        ce_event *e = random_event(&r);
        ce_message binary;

        REQUIRE(e != NULL);
        REQUIRE_OK(ce_message_encode(e, CE_MODE_BINARY, NULL, arena, &binary));
        make_type_explicit(e);
        for (unsigned k = 0; ce_format_at(k); k++) {
            const ce_message *there, *back;
            ce_message a, b;
            ce_event got;

            if (!carries(ce_format_at(k), e))
                continue;
            REQUIRE_OK(ce_message_as(&binary, CE_MODE_STRUCTURED,
                                     ce_format_at(k), arena, &a, &there, NULL));
            REQUIRE_OK(ce_message_as(there, CE_MODE_BINARY, NULL, arena, &b,
                                     &back, NULL));
            EXPECT_EQ(back->mode, CE_MODE_BINARY);
            REQUIRE_OK(ce_message_decode(back, arena, &got, NULL));
            REQUIRE(is_same(ce_format_at(k)->name, e, &got,
                            keeps_time_text(ce_format_at(k))));
        }
        ce_event_free(e);
        ce_arena_reset(arena);
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        TEST(every_event_survives_every_format_and_pair_of_formats),
        TEST(every_event_survives_batches), TEST(every_event_survives_modes),
        CU_TEST_INFO_NULL
    };
    int result;

    arena = ce_arena_new();
    result = ce_test_main("formats", tests);
    ce_arena_free(arena);
    return result;
}
