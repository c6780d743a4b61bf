/* SPDX-License-Identifier: Apache-2.0 */
/* An event's data: who owns the bytes, and what their media type says. */
#include <cloudevents/alloc.h>
#include <cloudevents/data.h>

#include <string.h>

#include <cJSON.h>

#include "core/json/scan.h"
#include "core/base/media_type.h"
#include "core/base/utf8.h"

static const ce_slice absent = { NULL, 0 };

typedef void release_fn(void *bytes);

/* The last step, after which nothing can fail. */
static ce_status place(ce_event *e, ce_slice content_type, ce_slice data,
                       release_fn *release, ce_error *err)
{
    ce_status status = CE_OK;

    if (content_type.ptr)
        status = ce_event_set_slice(e, CE_SLICE("datacontenttype"),
                                    content_type, CE_STRING, err);
    if (status != CE_OK)
        return status;
    if (e->release)
        e->release(e->taken);
    e->release = release;
    e->taken = (void *)(uintptr_t)data.ptr;
    e->data = data;
    e->data_kind = data.ptr ? CE_DATA_BYTES : CE_DATA_NONE;
    return CE_OK;
}

ce_status ce_event_set_data(ce_event *e, ce_slice content_type, ce_slice data,
                            ce_error *err)
{
    ce_slice copy;

    if (ce_arena_copy(e->arena, data, &copy) != CE_OK)
        return ce_no_memory(err);
    return place(e, content_type, copy, NULL, err);
}

ce_status ce_event_borrow_data(ce_event *e, ce_slice content_type,
                               ce_slice data, ce_error *err)
{
    return place(e, content_type, data, NULL, err);
}

ce_status ce_event_take_data(ce_event *e, ce_slice content_type, ce_slice data,
                             release_fn *release, ce_error *err)
{
    return place(e, content_type, data, release, err);
}

ce_status ce_event_set_text(ce_event *e, const char *text, ce_error *err)
{
    ce_slice data = ce_slice_of(text);

    if (!ce_utf8_is_valid(data))
        return ce_fail(err, CE_EINVAL, "the text is not UTF-8");
    return ce_event_set_data(e, CE_SLICE("text/plain"), data, err);
}

static ce_slice json_type(const ce_event *e)
{
    ce_slice type = ce_event_text(e, "datacontenttype");

    if (type.ptr && ce_media_type_is_json(type))
        return absent;
    return CE_SLICE("application/json");
}

/* The first mistake of a text that is not JSON. */
static ce_status check_json(ce_slice text, ce_error *err)
{
    ce_json_reader r = ce_json_read(text);
    ce_json_value value;
    ce_status status = ce_json_value_next(&r, &value, err);

    if (status != CE_OK)
        return status;
    return ce_json_end(&r, err);
}

ce_status ce_event_set_json(ce_event *e, const char *text, ce_error *err)
{
    ce_slice data = ce_slice_of(text);
    ce_status status = check_json(data, err);

    if (status != CE_OK)
        return status;
    status = ce_event_set_data(e, json_type(e), data, err);
    if (status != CE_OK)
        return status;
    e->data_kind = CE_DATA_JSON;
    return CE_OK;
}

ce_status ce_event_set_cjson(ce_event *e, const cJSON *tree, ce_error *err)
{
    char *text = cJSON_PrintUnformatted(tree);
    ce_status status =
        text ? ce_event_set_json(e, text, err) : ce_no_memory(err);

    cJSON_free(text);
    return status;
}

ce_status ce_event_json(const ce_event *e, cJSON **out, ce_error *err)
{
    ce_status status;

    *out = NULL;
    if (!e->data.ptr)
        return ce_fail(err, CE_ENOENT, "the event has no data");
    status = check_json(e->data, err);
    if (status != CE_OK)
        return status;
    *out = cJSON_ParseWithLength(e->data.ptr, e->data.len);
    return *out ? CE_OK : ce_no_memory(err);
}

/* --- media types --- */

bool ce_media_type_is_json(ce_slice content_type)
{
    return ce_media_type_has_subtype(content_type, CE_SLICE("json"));
}

bool ce_media_type_is_xml(ce_slice content_type)
{
    return ce_media_type_has_subtype(content_type, CE_SLICE("xml"));
}

bool ce_media_type_is_text(ce_slice content_type)
{
    ce_slice bare = ce_media_type_bare(content_type);

    return bare.len > 5 && ce_slice_starts_nocase(bare, CE_SLICE("text/"));
}
