/* SPDX-License-Identifier: Apache-2.0 */
/* Finds in a dead letter what it was made of. */
#include "core/pipeline/letter.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/json/scan.h"

static const char *const added[] = {
    "dlqroute",  "dlqtarget",   "dlqoutcome", "dlqcode",
    "dlqreason", "dlqattempts", "dlqtime",    "dlqfirsttime",
};

static ce_status broken(ce_error *err)
{
    return ce_fail(err, CE_EINVAL,
                   "attribute \"dlqheaders\": not the headers "
                   "of a dead letter");
}

/* --- values --- */

/* {"base64":"..."} */
static ce_status read_base64(ce_slice raw, ce_arena *arena, ce_slice *out,
                             ce_error *err)
{
    ce_slice text;

    if (ce_json_pointer(raw, CE_SLICE("/base64"), &text) != CE_OK ||
        *text.ptr != '"')
        return broken(err);
    if (ce_json_unescape(text, arena, &text, err) != CE_OK)
        return err->status;
    if (ce_base64_decode(text, arena, out) != CE_OK)
        return broken(err);
    /* Empty bytes are not absent. */
    if (!out->ptr)
        out->ptr = "";
    return CE_OK;
}

static ce_status read_value(ce_json_reader *r, ce_arena *arena, bool *is_text,
                            ce_slice *out, ce_error *err)
{
    ce_json_value v;
    ce_status status = ce_json_value_next(r, &v, err);

    if (status != CE_OK)
        return status;
    *is_text = v.kind == CE_JSON_STRING;
    *out = (ce_slice){ NULL, 0 };
    switch (v.kind) {
    case CE_JSON_STRING:
        return ce_json_unescape(v.raw, arena, out, err);
    case CE_JSON_OBJECT:
        return read_base64(v.raw, arena, out, err);
    case CE_JSON_NULL:
        return CE_OK;
    default:
        return broken(err);
    }
}

/* --- headers --- */

static ce_slice *field_named(ce_letter_original *o, ce_slice name)
{
    if (ce_slice_eq(name, CE_SLICE(":content-type")))
        return &o->content_type;
    if (ce_slice_eq(name, CE_SLICE(":key")))
        return &o->key;
    return ce_slice_eq(name, CE_SLICE(":topic")) ? &o->topic : NULL;
}

static ce_status take_entry(ce_letter_original *o, bool is_text,
                            const ce_attr *a, ce_arena *arena, ce_error *err)
{
    ce_slice *field = is_text ? field_named(o, a->name) : NULL;

    if (field) {
        *field = a->text;
        return CE_OK;
    }
    if (ce_attrs_add(&o->headers, arena, *a) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

/* ["name",value] */
static ce_status read_entry(ce_json_reader *r, ce_letter_original *o,
                            ce_arena *arena, ce_error *err)
{
    bool more = false, is_text = false, is_value_text = false;
    ce_attr a = { .type = CE_STRING };

    if (ce_json_enter(r, '[', err) != CE_OK ||
        ce_json_more(r, ']', true, &more, err) != CE_OK || !more ||
        read_value(r, arena, &is_text, &a.name, err) != CE_OK ||
        ce_json_more(r, ']', false, &more, err) != CE_OK || !more ||
        read_value(r, arena, &is_value_text, &a.text, err) != CE_OK ||
        ce_json_more(r, ']', false, &more, err) != CE_OK || more)
        return broken(err);
    return take_entry(o, is_text, &a, arena, err);
}

static ce_status read_headers(ce_slice json, ce_letter_original *o,
                              ce_arena *arena, ce_error *err)
{
    ce_json_reader r = ce_json_read(json);
    bool more;

    if (ce_json_enter(&r, '[', err) != CE_OK)
        return broken(err);
    for (bool first = true;; first = false) {
        ce_status status = ce_json_more(&r, ']', first, &more, err);

        if (status != CE_OK || !more)
            return status;
        status = read_entry(&r, o, arena, err);
        if (status != CE_OK)
            return status;
    }
}

/* --- letters --- */

/* Attributes of a letter that came through a transport are texts. */
static int64_t number_of(const ce_event *e, const char *name)
{
    ce_slice text = ce_event_text(e, name);
    char digits[24] = "-1";

    if (text.ptr && text.len < sizeof digits) {
        memcpy(digits, text.ptr, text.len);
        digits[text.len] = '\0';
    }
    return strtoll(digits, NULL, 10);
}

bool ce_letter_is_wrapped(const ce_event *letter)
{
    return ce_slice_eq(ce_event_text(letter, "type"),
                       CE_SLICE("cebridge.malformed")) &&
           ce_event_get(letter, "dlqoutcome");
}

ce_status ce_letter_unwrap(const ce_event *letter, ce_arena *arena,
                           ce_letter_original *out, ce_error *err)
{
    ce_slice headers = ce_event_text(letter, "dlqheaders");

    *out = (ce_letter_original){
        .content_type = ce_event_text(letter, "datacontenttype"),
        .key = ce_event_text(letter, "dlqkey"),
        .topic = ce_event_text(letter, "dlqtopic"),
        .partition = number_of(letter, "dlqpartition"),
        .offset = number_of(letter, "dlqoffset"),
    };
    if (letter->data_kind != CE_DATA_NONE)
        out->body = letter->data;
    return headers.ptr ? read_headers(headers, out, arena, err) : CE_OK;
}

static bool is_added(ce_slice name)
{
    for (unsigned i = 0; i < sizeof added / sizeof *added; i++)
        if (ce_slice_eq(name, ce_slice_of(added[i])))
            return true;
    return false;
}

ce_status ce_letter_event(const ce_event *letter, ce_arena *arena,
                          ce_event *out)
{
    *out = (ce_event){ .arena = arena,
                       .data = letter->data,
                       .data_kind = letter->data_kind };
    for (unsigned i = 0; i < letter->attrs.len; i++)
        if (!is_added(letter->attrs.at[i].name) &&
            ce_attrs_add(&out->attrs, arena, letter->attrs.at[i]) != CE_OK)
            return CE_ENOMEM;
    return CE_OK;
}
