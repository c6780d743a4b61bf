/* SPDX-License-Identifier: Apache-2.0 */
/* Data that another program has taken apart: from Avro's unions back to JSON.
 *
 * The schema has three of them: of data, of the members of a map there, and of
 * a CloudEventData, which is a map too. */
#include "formats/avro/avro.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/json/scan.h"
#include "core/base/utf8.h"

/* The writer recurses: hostile nesting must not reach the end of the stack. */
enum { DEPTH_MAX = 64 };

/* What a branch is, in every union. */
typedef enum kind {
    JSON_NULL,
    JSON_BOOLEAN,
    JSON_RECORD,  /* a CloudEventData */
    JSON_RECORDS, /* a map of them */
    JSON_LIST,    /* an array of them */
    JSON_DOUBLE,
    JSON_STRING
} kind;

static const kind of_member[] = { JSON_NULL, JSON_BOOLEAN, JSON_RECORD,
                                  JSON_DOUBLE, JSON_STRING };
static const kind of_record[] = { JSON_NULL, JSON_BOOLEAN, JSON_RECORDS,
                                  JSON_LIST, JSON_DOUBLE,  JSON_STRING };

typedef struct writer {
    ce_avro_reader *r;
    ce_buf *out;
    ce_error *err;
    unsigned depth;
} writer;

static ce_status put_value(writer *w, kind k);

static ce_status put_boolean(writer *w)
{
    bool value;
    ce_status status = ce_avro_boolean(w->r, &value, w->err);

    if (status != CE_OK)
        return status;
    return ce_buf_append(w->out, value ? CE_SLICE("true") : CE_SLICE("false"));
}

/* With as few digits as say it exactly. */
static ce_status put_double(writer *w)
{
    char text[40];
    double value;
    ce_status status = ce_avro_double(w->r, &value, w->err);

    if (status != CE_OK)
        return status;
    if (!isfinite(value))
        return ce_fail(w->err, CE_EINVAL, "\"data\": JSON has no number for %f",
                       value);
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return ce_buf_append(w->out, ce_slice_of(text));
}

static ce_status put_string(writer *w)
{
    ce_slice text;
    ce_status status = ce_avro_bytes(w->r, &text, w->err);

    if (status != CE_OK)
        return status;
    if (!ce_utf8_is_valid(text))
        return ce_fail(w->err, CE_EINVAL, "\"data\": not valid UTF-8");
    return ce_json_escape(text, w->out);
}

/* --- maps and arrays --- */

static ce_status separate(writer *w, bool first)
{
    return first ? CE_OK : ce_buf_byte(w->out, ',');
}

/* Of a union with COUNT branches, or with none: a CloudEventData. */
static ce_status put_branch(writer *w, const kind *kinds, unsigned count)
{
    unsigned branch;
    ce_status status;

    if (!count)
        return put_value(w, JSON_RECORD);
    status = ce_avro_branch(w->r, count, &branch, w->err);
    if (status != CE_OK)
        return status;
    return put_value(w, kinds[branch]);
}

static ce_status put_member(writer *w, bool first, const kind *kinds,
                            unsigned count)
{
    ce_status status = separate(w, first);

    if (status != CE_OK)
        return status;
    status = put_string(w);
    if (status != CE_OK)
        return status;
    status = ce_buf_byte(w->out, ':');
    if (status != CE_OK)
        return status;
    return put_branch(w, kinds, count);
}

static ce_status put_map(writer *w, const kind *kinds, unsigned count)
{
    ce_avro_blocks blocks = { 0 };
    ce_status status = ce_buf_byte(w->out, '{');
    bool more;

    for (bool first = true; status == CE_OK; first = false) {
        status = ce_avro_more(w->r, &blocks, &more, w->err);
        if (status != CE_OK || !more)
            break;
        status = put_member(w, first, kinds, count);
    }
    if (status != CE_OK)
        return status;
    return ce_buf_byte(w->out, '}');
}

static ce_status put_list(writer *w)
{
    ce_avro_blocks blocks = { 0 };
    ce_status status = ce_buf_byte(w->out, '[');
    bool more;

    for (bool first = true; status == CE_OK; first = false) {
        status = ce_avro_more(w->r, &blocks, &more, w->err);
        if (status != CE_OK || !more)
            break;
        status = separate(w, first);
        if (status == CE_OK)
            status = put_value(w, JSON_RECORD);
    }
    if (status != CE_OK)
        return status;
    return ce_buf_byte(w->out, ']');
}

static ce_status put_nested(writer *w, kind k)
{
    ce_status status;

    if (w->depth == DEPTH_MAX)
        return ce_avro_fail(w->r, "data is nested too deeply", w->err);
    w->depth++;
    if (k == JSON_RECORD)
        status = put_map(w, of_record, sizeof of_record / sizeof *of_record);
    else
        status = k == JSON_LIST ? put_list(w) : put_map(w, NULL, 0);
    w->depth--;
    return status;
}

static ce_status put_value(writer *w, kind k)
{
    switch (k) {
    case JSON_NULL:
        return ce_buf_append(w->out, CE_SLICE("null"));
    case JSON_BOOLEAN:
        return put_boolean(w);
    case JSON_DOUBLE:
        return put_double(w);
    case JSON_STRING:
        return put_string(w);
    case JSON_RECORD:
    case JSON_RECORDS:
    case JSON_LIST:
        break;
    }
    return put_nested(w, k);
}

ce_status ce_avro_to_json(ce_avro_reader *r, unsigned branch, ce_buf *out,
                          ce_error *err)
{
    writer w = { .r = r, .out = out, .err = err };

    switch (branch) {
    case CE_AVRO_BOOLEAN:
        return put_value(&w, JSON_BOOLEAN);
    case CE_AVRO_MAP:
        return put_map(&w, of_member, sizeof of_member / sizeof *of_member);
    case CE_AVRO_ARRAY:
        return put_value(&w, JSON_LIST);
    case CE_AVRO_DOUBLE:
        return put_value(&w, JSON_DOUBLE);
    default:
        return put_value(&w, JSON_STRING);
    }
}
