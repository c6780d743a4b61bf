/* SPDX-License-Identifier: Apache-2.0 */
/* Makes binary events of plain messages; the data stays as it came. */
#include "core/template/template.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/utf8.h"
#include "core/base/uuid.h"
#include "core/event/attr.h"
#include "core/json/scan.h"
#include "core/pipeline/origin.h"

static const ce_slice id_name = CE_SLICE("id");
static const ce_slice datacontenttype_name = CE_SLICE("datacontenttype");

static bool has(const ce_wrap *w, const char *name)
{
    for (unsigned i = 0; i < w->attributes.len; i++)
        if (!strcmp(w->attributes.at[i].name, name))
            return true;
    return false;
}

ce_status ce_wrap_add(ce_edits *attributes, const char *name, const char *value,
                      ce_error *err)
{
    ce_status status = ce_edits_add(attributes, name, value, err);
    ce_slice taken;

    if (status != CE_OK)
        return status;
    taken = ce_template_attribute(attributes->at[attributes->len - 1].value);
    if (!taken.ptr)
        return CE_OK;
    return ce_fail(err, CE_EINVAL,
                   "attribute \"%.60s\": there is no event yet that has an "
                   "attribute {%.*s}",
                   name, CE_ARG(taken));
}

ce_status ce_wrap_check(const ce_wrap *w, ce_error *err)
{
    static const char *const required[] = { "type", "source" };

    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!has(w, required[i]))
            return ce_fail(err, CE_EINVAL, "wrap needs \"%s\"", required[i]);
    return CE_OK;
}

static ce_slice id_of_place(const ce_delivery *d)
{
    const ce_origin *o = &d->origin;

    return ce_arena_printf(d->arena, "%.*s-%" PRId32 "-%" PRId64,
                           CE_ARG(o->topic), o->partition, o->offset);
}

bool ce_wrap_is_place(const ce_delivery *d, ce_slice id)
{
    return ce_origin_has_place(&d->origin) &&
           ce_slice_starts(id, d->origin.topic) &&
           ce_slice_eq(id, id_of_place(d));
}

/* A Kafka record has the same id each time that it is read, and so does what an
 * inbox holds. */
static ce_status make_id(const ce_delivery *d, ce_slice *out)
{
    const uint64_t *record = d->origin.record;
    char uuid[CE_UUID_LEN + 1];

    if (ce_origin_has_place(&d->origin)) {
        *out = id_of_place(d);
        return out->ptr ? CE_OK : CE_ENOMEM;
    }
    if (record[0] || record[1])
        ce_uuid_of(record, uuid);
    else if (ce_uuid_new(uuid) != CE_OK)
        return CE_EIO;
    return ce_arena_copy(d->arena, (ce_slice){ uuid, CE_UUID_LEN }, out);
}

static ce_slice type_of_data(const ce_message *m)
{
    if (m->content_type.ptr && m->content_type.len > 0)
        return m->content_type;
    if (!m->body.ptr || m->body.len == 0)
        return (ce_slice){ NULL, 0 };
    if (ce_json_is_valid(m->body))
        return CE_SLICE("application/json");
    if (ce_utf8_is_valid(m->body) && !memchr(m->body.ptr, '\0', m->body.len))
        return CE_SLICE("text/plain");
    return CE_SLICE("application/octet-stream");
}

static ce_status add_all(const ce_wrap *w, ce_delivery *d, ce_message *out,
                         ce_error *err)
{
    for (unsigned i = 0; i < w->attributes.len; i++) {
        ce_attr a;
        ce_status status =
            ce_edit_expand(&w->attributes.at[i], d, NULL, &a, err);

        if (status != CE_OK)
            return status;
        if (ce_slice_eq(a.name, datacontenttype_name))
            out->content_type = a.text;
        else if (ce_attrs_add(&out->attrs, d->arena, a) != CE_OK)
            return ce_no_memory(err);
    }
    return CE_OK;
}

static ce_status add_id(const ce_delivery *d, ce_message *out, ce_error *err)
{
    ce_attr id = { id_name, { NULL, 0 }, CE_STRING };
    ce_status status = make_id(d, &id.text);

    if (status != CE_OK)
        return ce_fail(err, status, "no id can be made");
    if (ce_attrs_add(&out->attrs, d->arena, id) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

ce_status ce_wrap_apply(const ce_wrap *w, ce_delivery *d, ce_message *out,
                        ce_error *err)
{
    ce_attr version = { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING };
    ce_status status;

    *out = (ce_message){ .mode = CE_MODE_BINARY,
                         .body = d->message.body,
                         .key = d->message.key };
    if (ce_attrs_add(&out->attrs, d->arena, version) != CE_OK)
        return ce_no_memory(err);
    status = add_all(w, d, out, err);
    if (status != CE_OK)
        return status;
    if (!has(w, "datacontenttype"))
        out->content_type = type_of_data(&d->message);
    return has(w, "id") ? CE_OK : add_id(d, out, err);
}
