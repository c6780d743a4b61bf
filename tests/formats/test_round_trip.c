/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand random events, always the same ones: through each format and
 * back, and from JSON through each format to JSON, nothing is changed. */
#include "tests/support/ce_test.h"

#include <cloudevents/data.h>

enum { EVENTS = 10000, TEXT_MAX = 40 };

/* --- chance --- */

static uint64_t seed = 0x2545F4914F6CDD1Du;

static unsigned below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % n;
}

static const char *one_of(const char *const *list, size_t count)
{
    return list[below((unsigned)count)];
}

#define ONE_OF(list) one_of((list), COUNT(list))

/* Legal in attributes, and hard on those who quote. */
static const char *const pieces[] = {
    "a",
    "Z",
    "0",
    " ",
    "\"",
    "\\",
    "'",
    "&",
    "<",
    ">",
    "]]>",
    "%41",
    "/",
    "{}",
    "\xc3\xa9",
    "=",
    ";",
    ",",
    "\xe2\x82\xac",
    "\xf0\x9f\x98\x80",
    "\xc2\xa0",
    "\xef\xbf\xbd",
    "true",
    "-5",
};
/* Legal in data alone. */
static const char *const wild[] = {
    "\n", "\r", "\r\n", "\t", "\x01", "\x7f", "\xef\xbf\xbf", "\xc2\x85"
};

static ce_slice text(char out[TEXT_MAX * 8], bool is_data)
{
    size_t len = 0;

    for (unsigned n = below(TEXT_MAX); n > 0; n--) {
        const char *piece =
            is_data && below(5) == 0 ? ONE_OF(wild) : ONE_OF(pieces);

        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
        if (is_data && below(50) == 0)
            out[len++] = '\0';
    }
    return (ce_slice){ out, len };
}

/* --- attributes --- */

static void set(ce_event *e, const char *name, ce_slice value, ce_type type)
{
    REQUIRE_OK(ce_event_set_slice(e, ce_slice_of(name), value, type, NULL));
}

static void set_text(ce_event *e, const char *name)
{
    char value[TEXT_MAX * 8];
    ce_slice s = text(value, false);

    set(e, name, s.len ? s : CE_SLICE("x"), CE_STRING);
}

static void set_time(ce_event *e, const char *name)
{
    char value[64];
    int len = snprintf(value, sizeof value, "%04u-%02u-%02u%c%02u:%02u:%02u",
                       1 + below(9998), 1 + below(12), 1 + below(28),
                       below(9) ? 'T' : 't', below(24), below(60), below(60));

    if (below(2))
        len += snprintf(value + len, sizeof value - (size_t)len, ".%0*u",
                        1 + (int)below(9), below(10));
    if (below(2))
        len += snprintf(value + len, sizeof value - (size_t)len, "%c%02u:%02u",
                        below(2) ? '+' : '-', below(24), below(60));
    else
        value[len++] = 'Z';
    set(e, name, (ce_slice){ value, (size_t)len }, CE_TIMESTAMP);
}

static void set_extension(ce_event *e)
{
    static const char *const uris[] = { "urn:a:b", "https://h/p?q#f", "a:" };
    static const char *const references[] = { "../x", "#f", "//h/p" };
    static const char *const binaries[] = { "", "AA==", "AP8=", "+/+/" };
    static const char *const integers[] = { "0", "-1", "2147483647",
                                            "-2147483648", "42" };
    char name[32], value[TEXT_MAX * 8];
    int len = snprintf(name, sizeof name, "%c", 'a' + below(26));

    for (unsigned n = below(24); n > 0; n--)
        name[len++] = (char)(below(4) ? 'a' + below(26) : '0' + below(10));
    name[len] = '\0';
    if (below(200) == 0)
        name[0] = '1';
    switch (below(7)) {
    case 0:
        set(e, name, ce_slice_of(below(2) ? "true" : "false"), CE_BOOLEAN);
        break;
    case 1:
        set(e, name, ce_slice_of(ONE_OF(integers)), CE_INTEGER);
        break;
    case 2:
        set(e, name, ce_slice_of(ONE_OF(binaries)), CE_BINARY);
        break;
    case 3:
        set(e, name, ce_slice_of(ONE_OF(uris)), CE_URI);
        break;
    case 4:
        set(e, name, ce_slice_of(ONE_OF(references)), CE_URI_REF);
        break;
    case 5:
        set_time(e, name);
        break;
    default:
        set(e, name, text(value, false), CE_STRING);
    }
}

/* --- data --- */

static void set_json(ce_event *e)
{
    static const char *const texts[] = {
        "null",
        "true",
        "1.50",
        "-0",
        "1e400",
        "\"\"",
        "[]",
        "{}",
        "1234567890123456789012345678901234567890",
        "{ \"a\" : [1.50, {\"b\":null}] ,\n \"a\":\"\\u0000\\ud83d\\ude00\"}",
        "\"\xef\xbf\xbf\"",
    };
    static const char *const types[] = { "application/json", "a/b+json",
                                         "application/json; charset=utf-8" };

    REQUIRE_OK(ce_event_set_data(e, ce_slice_of(ONE_OF(types)),
                                 ce_slice_of(ONE_OF(texts)), NULL));
    if (below(2))
        e->data_kind = CE_DATA_JSON;
}

static void set_text_data(ce_event *e)
{
    static const char *const types[] = { "text/plain", "a/b",
                                         "text/xml;charset=UTF-8" };
    char value[TEXT_MAX * 8];

    REQUIRE_OK(ce_event_set_data(e, ce_slice_of(ONE_OF(types)),
                                 text(value, true), NULL));
    e->data_kind = CE_DATA_TEXT;
}

static void set_xml(ce_event *e)
{
    static const char *const texts[] = {
        "<a/>",
        "<a><!-- c --><![CDATA[<]]>&#13;\r\n</a>",
        "<ce:a xmlns:ce='u' ce:b=\"&lt;\"/>",
        "<xs:a/>",
        "<?xml version='1.0'?><a/>",
        "<a>",
    };

    REQUIRE_OK(ce_event_set_data(e, CE_SLICE("application/xml"),
                                 ce_slice_of(ONE_OF(texts)), NULL));
}

static void set_bytes(ce_event *e)
{
    static const char *const types[] = { NULL, "application/octet-stream",
                                         "text/plain", "application/protobuf",
                                         "application/json" };
    char value[TEXT_MAX];
    unsigned len = below(TEXT_MAX);

    for (unsigned i = 0; i < len; i++)
        value[i] = (char)below(256);
    REQUIRE_OK(ce_event_set_data(e, ce_slice_of(ONE_OF(types)),
                                 (ce_slice){ value, len }, NULL));
}

static ce_event *make(void)
{
    static void (*const data[])(ce_event * e) = { set_json, set_text_data,
                                                  set_xml, set_bytes };
    static const char *const sources[] = { "/s", "urn:x", "#f" };
    static const char *const schemas[] = { "urn:x", "https://h/a.B" };
    ce_event *e = ce_event_blank();

    REQUIRE(e != NULL);
    set_text(e, "id");
    set(e, "source", ce_slice_of(ONE_OF(sources)), CE_URI_REF);
    set_text(e, "type");
    if (below(2))
        set_text(e, "subject");
    if (below(2))
        set_time(e, "time");
    if (below(4) == 0)
        set(e, "dataschema", ce_slice_of(ONE_OF(schemas)), CE_URI);
    for (unsigned n = below(6); n > 0; n--)
        set_extension(e);
    if (below(6))
        data[below(COUNT(data))](e);
    REQUIRE_OK(ce_event_check(e, NULL));
    return e;
}

/* --- there and back --- */

typedef struct trip {
    ce_arena *arena;
    ce_buf text;
    ce_event event;
} trip;

static trip begin(void)
{
    trip t = { .arena = ce_arena_new() };

    REQUIRE(t.arena != NULL);
    return t;
}

static void end(trip *t)
{
    ce_arena_free(t->arena);
    ce_buf_free(&t->text);
}

static bool go(trip *t, const ce_event *e, const ce_format *f)
{
    ce_error err = { CE_OK, "" };

    ce_arena_reset(t->arena);
    ce_buf_clear(&t->text);
    if (f->encode(e, &t->text) == CE_OK &&
        f->decode(ce_buf_slice(&t->text), t->arena, &t->event, &err) == CE_OK)
        return true;
    fprintf(stderr, "%s: %s\n", f->name, err.text);
    return false;
}

static bool same_types(const ce_event *a, const ce_event *b)
{
    for (unsigned i = 0; i < a->attrs.len; i++) {
        const ce_attr *x = &a->attrs.at[i];
        const ce_attr *y = ce_attrs_find(&b->attrs, x->name);

        if (!y || x->type != y->type)
            return false;
    }
    return true;
}

static void through_json(const ce_event *e, const ce_format *f, bool *ok)
{
    trip first = begin(), there = begin(), last = begin();

    *ok = go(&first, e, &ce_format_json) && go(&there, &first.event, f) &&
          go(&last, &there.event, &ce_format_json) &&
          ce_event_equal(&first.event, &last.event);
    end(&first);
    end(&there);
    end(&last);
}

static void every_event_goes_there_and_back(const ce_format *f)
{
    bool keeps_types = !strcmp(f->name, "protobuf") || !strcmp(f->name, "xml");
    unsigned refused = 0, changed = 0;

    seed = 0x2545F4914F6CDD1Du;
    for (unsigned i = 0; i < EVENTS; i++) {
        ce_event *e = make();
        trip t = begin();
        bool ok;

        if (f->check && f->check(e, NULL) != CE_OK) {
            refused++;
        } else {
            changed += !go(&t, e, f) || !ce_event_equal(e, &t.event) ||
                       (keeps_types && !same_types(e, &t.event));
            through_json(e, f, &ok);
            changed += !ok;
        }
        end(&t);
        ce_event_free(e);
    }
    EXPECT_EQ_ROW(f->name, changed, 0);
    /* Names that begin with a digit. */
    EXPECT_ROW(f->name, !strcmp(f->name, "xml") ? refused > 0 && refused < 300
                                                : refused == 0);
}

static void nothing_is_changed_in_any_format(void)
{
    const ce_format *f;

    for (unsigned i = 0; (f = ce_format_at(i)); i++)
        every_event_goes_there_and_back(f);
}

TESTS("round_trip", TEST(nothing_is_changed_in_any_format))
