/* SPDX-License-Identifier: Apache-2.0 */
/* What all event formats decide in the same way. */
#include "core/message/envelope.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/data.h>

#include "core/base/base64.h"
#include "core/json/scan.h"
#include "core/event/legacy.h"
#include "core/base/media_type.h"
#include "core/base/utf8.h"

/* Whether the type says that text is there by chance at most. */
static bool is_bytes(ce_slice type)
{
    ce_slice bare = ce_media_type_bare(type);

    return ce_slice_eq_nocase(bare, CE_SLICE("application/octet-stream")) ||
           ce_slice_eq_nocase(bare, CE_SLICE("application/protobuf"));
}

ce_data_kind ce_envelope_kind(const ce_event *e)
{
    ce_slice type = ce_event_text(e, "datacontenttype");

    if (e->data_kind == CE_DATA_NONE)
        return CE_DATA_NONE;
    if (ce_event_is_encoded(e))
        return ce_base64_is_valid(e->data) ? CE_DATA_TEXT : CE_DATA_BYTES;
    if (!type.ptr)
        return e->data_kind;
    if (ce_media_type_is_json(type)) {
        if (e->data_kind == CE_DATA_JSON || ce_json_is_valid(e->data))
            return CE_DATA_JSON;
        return CE_DATA_BYTES;
    }
    if (e->data_kind == CE_DATA_TEXT)
        return CE_DATA_TEXT;
    /* What transports bring as bytes is a text if its type and its bytes allow
     * it: other formats then write it readably. */
    if (!is_bytes(type) && ce_media_type_is_utf8(type) &&
        ce_utf8_is_valid(e->data))
        return CE_DATA_TEXT;
    return CE_DATA_BYTES;
}

ce_data_kind ce_envelope_kind_of_text(const ce_event *e)
{
    ce_slice type = ce_event_text(e, "datacontenttype");

    if (type.ptr && ce_media_type_is_json(type))
        return CE_DATA_BYTES;
    return CE_DATA_TEXT;
}

bool ce_envelope_implies_type(const ce_event *e)
{
    return e->data_kind == CE_DATA_JSON &&
           !ce_event_get(e, "datacontenttype") &&
           !ce_event_get(e, "dssematerial");
}

ce_status ce_envelope_findings(ce_status status, const ce_error *err,
                               const ce_event *e, ce_finding_fn *fn, void *arg)
{
    if (status == CE_OK)
        return ce_event_findings(e, fn, arg);
    return status == CE_ENOMEM ? status : fn(arg, err);
}

ce_status ce_envelope_check(const ce_event *e, const ce_format *f,
                            ce_error *err)
{
    ce_error limit;

    if (!f->check || f->check(e, &limit) == CE_OK)
        return CE_OK;
    return ce_fail(err, CE_ENOTSUP, "%s cannot carry %.200s", f->name,
                   limit.text);
}

ce_status ce_envelope_name_event(ce_status status, size_t index, ce_error *err)
{
    char text[sizeof err->text];

    if (!err || status == CE_OK || status == CE_ENOMEM)
        return status;
    memcpy(text, err->text, sizeof text);
    return ce_fail(err, status, "event %zu: %.230s", index, text);
}

ce_status ce_batch_version_check(ce_batch_version *v, unsigned batch,
                                 const ce_event *e, ce_error *err)
{
    ce_slice version = ce_event_text(e, "specversion");

    if (batch == v->batch && batch > 0 &&
        !ce_slice_eq(version, ce_slice_of(v->text)))
        return ce_fail(err, CE_EINVAL,
                       "attribute \"specversion\": a batch has one only, "
                       "\"%s\" here: \"%.*s\"",
                       v->text, CE_ARG(version));
    v->batch = batch;
    snprintf(v->text, sizeof v->text, "%.*s", CE_ARG(version));
    return CE_OK;
}
