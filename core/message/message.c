/* SPDX-License-Identifier: Apache-2.0 */
/* Between messages and events, and from one content mode to another. */
#include <cloudevents/message.h>

#include "core/event/attr.h"
#include "core/message/envelope.h"

static const ce_slice absent = { NULL, 0 };

ce_mode ce_mode_of(ce_slice content_type)
{
    if (ce_slice_starts_nocase(content_type,
                               CE_SLICE("application/cloudevents-batch")))
        return CE_MODE_BATCH;
    if (ce_slice_starts_nocase(content_type,
                               CE_SLICE("application/cloudevents")))
        return CE_MODE_STRUCTURED;
    return CE_MODE_BINARY;
}

const char *ce_mode_name(ce_mode mode)
{
    static const char *const names[] = { "none", "binary", "structured",
                                         "batch" };

    return names[mode];
}

/* --- to an event --- */

static ce_status read_binary(const ce_message *m, ce_event *out)
{
    unsigned count = m->attrs.len + (m->content_type.ptr ? 1 : 0);
    ce_attr *to = ce_arena_alloc(out->arena, count * sizeof *to);

    if (!to)
        return CE_ENOMEM;
    out->attrs = (ce_attrs){ to, count, count };
    for (unsigned i = 0; i < m->attrs.len; i++) {
        *to = m->attrs.at[i];
        to->type = ce_attr_type_of(to->name, to->type);
        to++;
    }
    if (m->content_type.ptr)
        *to = (ce_attr){ CE_SLICE("datacontenttype"), m->content_type,
                         CE_STRING };
    out->data = m->body;
    out->data_kind = m->body.ptr ? CE_DATA_BYTES : CE_DATA_NONE;
    return CE_OK;
}

ce_status ce_message_decode(const ce_message *m, ce_arena *arena, ce_event *out,
                            ce_error *err)
{
    *out = (ce_event){ .arena = arena };
    switch (m->mode) {
    case CE_MODE_BINARY:
        if (read_binary(m, out) != CE_OK)
            return ce_no_memory(err);
        return ce_event_check(out, err);
    case CE_MODE_STRUCTURED:
        if (!m->format)
            return ce_fail(err, CE_ENOTSUP,
                           "event format \"%.*s\" is not known",
                           CE_ARG(m->content_type));
        return m->format->decode(m->body, arena, out, err);
    case CE_MODE_BATCH:
        return ce_fail(err, CE_EINVAL, "a batch is not one event");
    case CE_MODE_NONE:
        break;
    }
    return ce_fail(err, CE_EINVAL, "the message is no event");
}

ce_status ce_message_findings(const ce_message *m, ce_arena *arena,
                              ce_event *out, ce_finding_fn *fn, void *arg)
{
    ce_status status;
    ce_error err;

    *out = (ce_event){ .arena = arena };
    if (m->mode == CE_MODE_BINARY) {
        if (read_binary(m, out) != CE_OK)
            return CE_ENOMEM;
        return ce_event_findings(out, fn, arg);
    }
    if (m->mode == CE_MODE_STRUCTURED && m->format && m->format->findings)
        return m->format->findings(m->body, arena, out, fn, arg);
    status = ce_message_decode(m, arena, out, &err);
    return status == CE_OK || status == CE_ENOMEM ? status : fn(arg, &err);
}

/* --- from an event --- */

/* Binary mode would make something else of these: of data that is itself an
 * event in structured mode, and of a signed event, whose content type may not
 * be added. */
static bool must_stay_structured(const ce_event *e)
{
    ce_slice type = ce_event_text(e, "datacontenttype");

    if (type.ptr)
        return ce_mode_of(type) != CE_MODE_BINARY;
    return e->data_kind == CE_DATA_JSON && ce_event_get(e, "dssematerial");
}

static ce_status encode_binary(const ce_event *e, ce_arena *arena,
                               ce_message *out)
{
    *out = (ce_message){ .mode = CE_MODE_BINARY, .body = e->data };
    if (e->data_kind == CE_DATA_NONE)
        out->body = absent;
    /* The format implied it; no transport does. */
    if (e->data_kind == CE_DATA_JSON)
        out->content_type = CE_SLICE("application/json");
    for (unsigned i = 0; i < e->attrs.len; i++) {
        const ce_attr *a = &e->attrs.at[i];

        if (ce_slice_eq(a->name, CE_SLICE("datacontenttype")))
            out->content_type = a->text;
        else if (ce_attrs_add(&out->attrs, arena, *a) != CE_OK)
            return CE_ENOMEM;
    }
    return CE_OK;
}

static ce_status encode_structured(const ce_event *e, const ce_format *f,
                                   ce_arena *arena, ce_message *out)
{
    ce_buf body = { NULL, 0, 0 };
    ce_status status = f->encode(e, &body);

    *out = (ce_message){ .mode = CE_MODE_STRUCTURED, .format = f };
    out->content_type = ce_slice_of(f->media_type);
    if (status == CE_OK)
        status = ce_arena_copy(arena, ce_buf_slice(&body), &out->body);
    ce_buf_free(&body);
    return status;
}

ce_status ce_message_encode(const ce_event *e, ce_mode mode, const ce_format *f,
                            ce_arena *arena, ce_message *out)
{
    if (mode != CE_MODE_BINARY && mode != CE_MODE_STRUCTURED)
        return CE_ENOTSUP;
    if (mode == CE_MODE_BINARY && !must_stay_structured(e))
        return encode_binary(e, arena, out);
    return encode_structured(e, f ? f : &ce_format_json, arena, out);
}

static bool is_as_wanted(const ce_message *m, ce_mode mode, const ce_format *f)
{
    if (mode == CE_MODE_NONE)
        return true;
    return m->mode == mode && (mode == CE_MODE_BINARY || !f || m->format == f);
}

/* What of the event the mode or the format cannot hold. */
static ce_status name_limit(const ce_event *e, ce_mode mode, const ce_format *f,
                            ce_error *err)
{
    if (mode == CE_MODE_BATCH)
        return ce_fail(err, CE_ENOTSUP, "one event has no %s mode",
                       ce_mode_name(mode));
    return ce_envelope_check(e, f ? f : &ce_format_json, err);
}

ce_status ce_message_as(const ce_message *m, ce_mode mode, const ce_format *f,
                        ce_arena *arena, ce_message *tmp,
                        const ce_message **out, ce_error *err)
{
    ce_event e;
    ce_status status;

    *out = m;
    if (is_as_wanted(m, mode, f))
        return CE_OK;
    status = ce_message_decode(m, arena, &e, err);
    if (status != CE_OK)
        return status;
    if (mode == CE_MODE_BINARY && must_stay_structured(&e))
        return CE_OK;
    status = ce_message_encode(&e, mode, f, arena, tmp);
    if (status == CE_ENOTSUP)
        return name_limit(&e, mode, f, err);
    if (status != CE_OK)
        return ce_no_memory(err);
    tmp->key = m->key;
    *out = tmp;
    return CE_OK;
}
