/* SPDX-License-Identifier: Apache-2.0 */
/* CloudEvents 0.3: schemaurl instead of dataschema, and datacontentencoding
 * for bytes that had to become text.
 *
 * Data in Base64 is relayed as the text that it is, in every content mode, so
 * that nothing changes on the way; only an upgrade decodes it. */
#include "core/event/legacy.h"

#include <string.h>

#include "core/event/attr.h"
#include "core/base/base64.h"

static const ce_slice encoding_name = CE_SLICE("datacontentencoding");

bool ce_event_is_legacy(const ce_event *e)
{
    return ce_slice_eq(ce_event_text(e, "specversion"), CE_SLICE("0.3"));
}

static ce_slice encoding_of(const ce_event *e)
{
    return ce_event_text(e, encoding_name.ptr);
}

bool ce_event_is_encoded(const ce_event *e)
{
    return ce_event_is_legacy(e) &&
           ce_slice_eq_nocase(encoding_of(e), CE_SLICE("base64"));
}

/* RFC 2045 has names for bytes as they are. */
static bool is_identity(ce_slice encoding)
{
    return !encoding.ptr || ce_slice_eq_nocase(encoding, CE_SLICE("7bit")) ||
           ce_slice_eq_nocase(encoding, CE_SLICE("8bit")) ||
           ce_slice_eq_nocase(encoding, CE_SLICE("binary"));
}

/* In binary mode the attribute has no meaning for bytes that are no text. */
static ce_status decode_data(const ce_event *e, ce_event *out, ce_error *err)
{
    ce_status status;

    if (!ce_event_is_encoded(e)) {
        if (is_identity(encoding_of(e)))
            return CE_OK;
        return ce_attr_fail(err, encoding_name, "cannot be undone",
                            encoding_of(e));
    }
    if (!e->data.ptr)
        return CE_OK;
    status = ce_base64_decode(e->data, out->arena, &out->data);
    if (status == CE_ENOMEM)
        return ce_no_memory(err);
    if (status != CE_OK && e->data_kind != CE_DATA_BYTES)
        return ce_attr_fail(err, encoding_name, "the data is no valid Base64",
                            encoding_of(e));
    out->data_kind = CE_DATA_BYTES;
    return CE_OK;
}

static ce_status rename_attributes(const ce_event *e, ce_event *out)
{
    ce_status status = CE_OK;

    out->attrs = (ce_attrs){ NULL, 0, 0 };
    for (unsigned i = 0; i < e->attrs.len && status == CE_OK; i++) {
        ce_attr a = e->attrs.at[i];

        /* A signature covers what is changed here (EXT-17). */
        if (ce_slice_eq(a.name, encoding_name) ||
            ce_slice_eq(a.name, CE_SLICE("dssematerial")))
            continue;
        if (ce_slice_eq(a.name, CE_SLICE("specversion")))
            a.text = CE_SLICE("1.0");
        if (ce_slice_eq(a.name, CE_SLICE("schemaurl")))
            a = (ce_attr){ CE_SLICE("dataschema"), a.text, CE_URI };
        status = ce_attrs_add(&out->attrs, out->arena, a);
    }
    return status;
}

ce_status ce_event_upgrade(const ce_event *e, ce_arena *arena, ce_event *out,
                           ce_error *err)
{
    ce_status status;

    *out = *e;
    out->arena = arena;
    out->owned = false;
    if (!ce_event_is_legacy(e))
        return CE_OK;
    status = decode_data(e, out, err);
    if (status != CE_OK)
        return status;
    if (rename_attributes(e, out) != CE_OK)
        return ce_no_memory(err);
    return ce_event_check(out, err);
}
