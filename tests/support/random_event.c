/* SPDX-License-Identifier: Apache-2.0 */
/* Makes random valid events. */
#include "tests/support/random_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_TEXT = 2000, LONG_DATA = 20000, DEPTH_MAX = 4 };

unsigned random_below(random_source *r, unsigned below)
{
    uint64_t z = r->state += 0x9E3779B97F4A7C15;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return (unsigned)((z ^ (z >> 31)) >> 32) % below;
}

static bool chance(random_source *r, unsigned percent)
{
    return random_below(r, 100) < percent;
}

static const char *one_of(random_source *r, const char *const *list,
                          unsigned count)
{
    return list[random_below(r, count)];
}
#define ONE_OF(r, list) one_of(r, list, sizeof(list) / sizeof *(list))

/* --- text --- */

static void put_byte(ce_buf *out, char c)
{
    if (ce_buf_byte(out, c) != CE_OK)
        abort();
}

static void put(ce_buf *out, const char *text)
{
    if (ce_buf_append(out, ce_slice_of(text)) != CE_OK)
        abort();
}

static void put_utf8(ce_buf *out, unsigned c)
{
    if (c < 0x80) {
        put_byte(out, (char)c);
        return;
    }
    if (c < 0x800) {
        put_byte(out, (char)(0xC0 | c >> 6));
    } else {
        if (c < 0x10000) {
            put_byte(out, (char)(0xE0 | c >> 12));
        } else {
            put_byte(out, (char)(0xF0 | c >> 18));
            put_byte(out, (char)(0x80 | (c >> 12 & 63)));
        }
        put_byte(out, (char)(0x80 | (c >> 6 & 63)));
    }
    put_byte(out, (char)(0x80 | (c & 63)));
}

/* What a String of CloudEvents may hold. */
static unsigned character(random_source *r)
{
    static const char marks[] = " \"%'\\<>&;,=:/?#[]{}|~^`+@!$()*-._";
    unsigned c;

    switch (random_below(r, 8)) {
    case 0:
    case 1:
        return (unsigned char)marks[random_below(r, sizeof marks - 1)];
    case 2:
        return 0xA0 + random_below(r, 0x60);
    case 3:
        c = 0x100 + random_below(r, 0x10000 - 0x100);
        break;
    case 4:
        c = 0x10000 + random_below(r, 0x100000);
        break;
    default:
        return 0x20 + random_below(r, 0x5F);
    }
    if ((c >= 0xD800 && c < 0xE000) || (c >= 0xFDD0 && c < 0xFDF0) ||
        (c & 0xFFFE) == 0xFFFE)
        return 0x20AC;
    return c;
}

static void put_text(random_source *r, ce_buf *out, unsigned least)
{
    unsigned count = least + random_below(r, chance(r, 2) ? LONG_TEXT : 30);

    while (count--)
        put_utf8(out, character(r));
}

static void put_from(random_source *r, ce_buf *out, const char *set,
                     unsigned count)
{
    while (count--)
        put_byte(out, set[random_below(r, (unsigned)strlen(set))]);
}

#define LOWER_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define PATH LOWER_DIGITS "ABCXYZ-._~!$&'()*+,;=:@/"

static void put_uri(random_source *r, ce_buf *out)
{
    static const char *const starts[] = {
        "https://example.com/", "urn:example:", "mailto:", "HTTP://[::1]:8080/"
    };

    put(out, ONE_OF(r, starts));
    put_from(r, out, PATH, random_below(r, 30));
    if (chance(r, 30))
        put(out, "%20%C3%bc?x=%41");
}

static void put_uri_ref(random_source *r, ce_buf *out)
{
    if (chance(r, 50)) {
        put_uri(r, out);
        return;
    }
    put_byte(out, '/');
    put_from(r, out, LOWER_DIGITS "-._~!$&'()*+,;=@", random_below(r, 20));
    if (chance(r, 20))
        put(out, "#a%22");
}

static void put_time(random_source *r, ce_buf *out)
{
    static const char *const zones[] = { "Z",      "+02:00", "-11:30",
                                         "-00:00", "+23:59", "z" };

    char text[40];

    snprintf(text, sizeof text, "%04u-%02u-%02u%c%02u:%02u:%02u",
             1 + random_below(r, 9998), 1 + random_below(r, 12),
             1 + random_below(r, 28), chance(r, 5) ? 't' : 'T',
             random_below(r, 24), random_below(r, 60), random_below(r, 60));
    put(out, text);
    if (chance(r, 60)) {
        put_byte(out, '.');
        put_from(r, out, "0123456789", 1 + random_below(r, 12));
    }
    put(out, ONE_OF(r, zones));
}

/* --- attributes --- */

typedef void put_fn(random_source *r, ce_buf *out);

static void put_identifier(random_source *r, ce_buf *out)
{
    put_text(r, out, 1);
}

static void put_any_text(random_source *r, ce_buf *out)
{
    static const char *const tricky[] = { "",    "1",    "007", "true",
                                          "1.0", "null", " ",   "a  b " };

    if (chance(r, 25))
        put(out, ONE_OF(r, tricky));
    else
        put_text(r, out, 0);
}

static void put_media_type(random_source *r, ce_buf *out)
{
    static const char *const types[] = {
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.example.v1+json;a=\"b c;\\\"d\"",
        "TEXT/Json",
        "text/plain",
        "text/plain; charset=\"utf-8\"",
        "text/plain;charset=ISO-8859-1",
        "application/xml",
        "application/octet-stream",
        "image/svg+xml",
        "application/x-www-form-urlencoded",
    };

    put(out, ONE_OF(r, types));
}

static ce_status set(ce_event *e, random_source *r, const char *name,
                     put_fn *fn, ce_type type)
{
    ce_buf text = { NULL, 0, 0 };
    ce_status status;

    fn(r, &text);
    status = ce_event_set_slice(e, ce_slice_of(name),
                                text.len ? ce_buf_slice(&text) : CE_SLICE(""),
                                type, NULL);
    ce_buf_free(&text);
    return status;
}

static ce_status set_extension(ce_event *e, random_source *r)
{
    static const int32_t numbers[] = { 0, -1, INT32_MAX, INT32_MIN, 42 };
    unsigned char bytes[40];
    char name[40] = { (char)(chance(r, 10) ? '0' + random_below(r, 10) : 'x') };
    unsigned len = random_below(r, 20);
    ce_slice binary = { (char *)bytes, random_below(r, sizeof bytes) };

    for (unsigned i = 0; i < len; i++)
        name[1 + i] = LOWER_DIGITS[random_below(r, 36)];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)random_below(r, 256);
    switch (random_below(r, 10)) {
    case 0:
        return ce_event_set_integer(e, name, numbers[random_below(r, 5)], NULL);
    case 1:
        return ce_event_set_boolean(e, name, chance(r, 50), NULL);
    case 2:
        return ce_event_set_binary(e, name, binary, NULL);
    case 3:
        return set(e, r, name, put_uri, CE_URI);
    case 4:
        return set(e, r, name, put_uri_ref, CE_URI_REF);
    case 5:
        return set(e, r, name, put_time, CE_TIMESTAMP);
    default:
        return set(e, r, name, put_any_text, CE_STRING);
    }
}

/* --- data --- */

static void put_json_string(random_source *r, ce_buf *out)
{
    static const char *const parts[] = { "\\n", "\\u00e4", "\\ud83d\\ude00",
                                         "\\/", "\\\"",    "a",
                                         " ",   "\xC3\xA4" };

    put_byte(out, '"');
    for (unsigned i = random_below(r, 8); i; i--)
        put(out, ONE_OF(r, parts));
    put_byte(out, '"');
}

static void put_json(random_source *r, ce_buf *out, unsigned depth)
{
    static const char *const spaces[] = { "", "", " ", "\n", "\t ", "\r\n" };
    static const char *const scalars[] = {
        "null", "true",  "1.50", "-0",    "1E400",
        "0.1",  "false", "1e-7", "12345", "123456789012345678901234567890.10"
    };
    unsigned kind = random_below(r, depth < DEPTH_MAX ? 4 : 2);

    if (kind == 0) {
        put(out, ONE_OF(r, scalars));
        return;
    }
    if (kind == 1) {
        put_json_string(r, out);
        return;
    }
    put_byte(out, kind == 2 ? '[' : '{');
    for (unsigned i = random_below(r, 5); i; i--) {
        put(out, ONE_OF(r, spaces));
        if (kind == 3) {
            put(out, "\"k");
            put_byte(out, (char)('0' + i));
            put_byte(out, '"');
            put(out, ONE_OF(r, spaces));
            put_byte(out, ':');
        }
        put_json(r, out, depth + 1);
        if (i > 1)
            put_byte(out, ',');
    }
    put(out, ONE_OF(r, spaces));
    put_byte(out, kind == 2 ? ']' : '}');
}

static void put_bytes(random_source *r, ce_buf *out)
{
    unsigned count = random_below(r, chance(r, 3) ? LONG_DATA : 200);

    while (count--)
        put_byte(out, (char)random_below(r, 256));
}

/* Text for people, with line breaks and control characters. */
static void put_free_text(random_source *r, ce_buf *out)
{
    static const char controls[] = "\n\r\t\x01\x7F\x0B";

    for (unsigned i = random_below(r, 40); i; i--)
        put_utf8(out, chance(r, 10)
                          ? (unsigned char)controls[random_below(r, 6)]
                          : character(r));
}

/* What is text or JSON is said to be, or is left to the type to tell. */
static ce_status set_data(ce_event *e, random_source *r)
{
    ce_slice absent = { NULL, 0 };
    ce_buf data = { NULL, 0, 0 };
    ce_slice type = ce_event_text(e, "datacontenttype");
    unsigned kind = random_below(r, 4);
    ce_status status;

    if (kind == 0)
        return CE_OK;
    if (kind == 1)
        put_bytes(r, &data);
    else if (kind == 2)
        put_free_text(r, &data);
    else
        put_json(r, &data, 0);
    status = ce_event_set_data(
        e, absent, data.len ? ce_buf_slice(&data) : CE_SLICE(""), NULL);
    /* A JSON format that wrote this data without a type implied one. */
    if (status == CE_OK && kind == 3 && !type.ptr && chance(r, 50))
        e->data_kind = CE_DATA_JSON;
    ce_buf_free(&data);
    return status;
}

ce_event *random_event(random_source *r)
{
    ce_event *e = ce_event_blank();
    ce_status status = e ? CE_OK : CE_ENOMEM;

    if (status == CE_OK)
        status = set(e, r, "id", put_identifier, CE_STRING);
    if (status == CE_OK)
        status = set(e, r, "type", put_identifier, CE_STRING);
    if (status == CE_OK)
        status = set(e, r, "source", put_uri_ref, CE_URI_REF);
    if (status == CE_OK && chance(r, 50))
        status = set(e, r, "subject", put_identifier, CE_STRING);
    if (status == CE_OK && chance(r, 50))
        status = set(e, r, "time", put_time, CE_TIMESTAMP);
    if (status == CE_OK && chance(r, 20))
        status = set(e, r, "dataschema", put_uri, CE_URI);
    if (status == CE_OK && chance(r, 75))
        status = set(e, r, "datacontenttype", put_media_type, CE_STRING);
    for (unsigned i = random_below(r, 5); i && status == CE_OK; i--)
        status = set_extension(e, r);
    if (status == CE_OK)
        status = set_data(e, r);
    if (status == CE_OK)
        return e;
    ce_event_free(e);
    return NULL;
}
