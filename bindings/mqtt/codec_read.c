/* SPDX-License-Identifier: Apache-2.0 */
/* The CloudEvents binding for MQTT 1.0: reading. codec.c is the other way. */
#include "bindings/mqtt/codec.h"

#include "core/json/scan.h"
#include "core/transport/quotes.h"

static const ce_slice prefix = CE_SLICE("ce-");
static const ce_slice data_content_type = CE_SLICE("datacontenttype");

static ce_slice slice_of(MQTTLenString s)
{
    return (ce_slice){ s.data ? s.data : "", (size_t)s.len };
}

static ce_slice payload_of(const MQTTAsync_message *m)
{
    return (ce_slice){ m->payloadlen > 0 ? m->payload : NULL,
                       (size_t)(m->payloadlen > 0 ? m->payloadlen : 0) };
}

static void set_none(ce_message *out)
{
    out->mode = CE_MODE_NONE;
    out->format = NULL;
    out->attrs.len = 0;
}

static bool reads_specversion(ce_json_reader *r)
{
    bool more = false, first = true;
    ce_json_value value;
    ce_slice name;

    if (ce_json_enter(r, '{', NULL) != CE_OK)
        return false;
    while (ce_json_more(r, '}', first, &more, NULL) == CE_OK && more) {
        first = false;
        if (ce_json_name(r, &name, NULL) != CE_OK)
            return false;
        if (ce_slice_eq(name, CE_SLICE("\"specversion\"")))
            return true;
        if (ce_json_value_next(r, &value, NULL) != CE_OK)
            return false;
    }
    return false;
}

/* MQTT binding 3: version 3.1.1 has structured mode and JSON only. Other things
 * are sent there as well, so only what says that it is an event is one. */
static void read_json(ce_message *out)
{
    ce_json_reader r = ce_json_read(out->body);

    if (!out->body.ptr || !reads_specversion(&r))
        return;
    out->mode = CE_MODE_STRUCTURED;
    out->format = &ce_format_json;
    out->content_type = ce_slice_of(ce_format_json.media_type);
}

typedef struct reading {
    ce_arena *arena;
    ce_message *out;
    ce_attrs *metadata;
    ce_slice prefix;   /* of the names of attributes, or empty */
    ce_slice declared; /* a datacontenttype that came as a user property */
    bool is_event, tolerated;
    const ce_mqtt_dialect *dialect;
    const char *defect;
} reading;

static bool was_read(const reading *r, ce_slice name)
{
    if (ce_slice_eq(name, data_content_type))
        return r->declared.ptr != NULL;
    return ce_attrs_find(&r->out->attrs, name) != NULL;
}

static ce_status read_attribute(reading *r, ce_slice name, ce_slice text)
{
    /* Looking for the name costs as much as there are: it must have an end. */
    unsigned max = r->dialect->max_attributes;

    if (max && r->out->attrs.len >= max) {
        r->defect = "user properties: more attributes than max_attributes";
        return CE_OK;
    }
    if (was_read(r, name)) {
        r->defect = "user property: an attribute is given twice";
        return CE_OK;
    }
    /* Some senders repeat the content type so. It serves where there is none
     * (MQTT binding 3.1.1), and is no attribute beside it. */
    if (ce_slice_eq(name, data_content_type)) {
        r->declared = text;
        return CE_OK;
    }
    if (ce_slice_eq(name, CE_SLICE("specversion")))
        r->is_event = true;
    return ce_attrs_add(&r->out->attrs, r->arena,
                        (ce_attr){ name, text, CE_STRING });
}

/* MQTT binding 3.1.3.1: the name is the attribute's own, without a prefix, and
 * the value is its text as it is. What cannot be a name is for others. */
static ce_status read_pair(reading *r, ce_slice name, ce_slice text)
{
    ce_slice bare = { NULL, 0 };

    if (ce_slice_starts(name, r->prefix))
        bare = ce_slice_skip(name, r->prefix.len);
    if (r->dialect->names == CE_NAMES_LOWER && bare.ptr &&
        ce_names_apply(CE_NAMES_LOWER, &bare, r->arena, &r->tolerated) != CE_OK)
        return CE_ENOMEM;
    if (!bare.ptr || !ce_name_is_valid(bare))
        return ce_attrs_add(r->metadata, r->arena,
                            (ce_attr){ name, text, CE_STRING });
    if (r->dialect->quoted &&
        ce_unquote(&text, r->arena, &r->tolerated) != CE_OK)
        return CE_ENOMEM;
    return read_attribute(r, bare, text);
}

static bool is_prefixed(const MQTTAsync_message *in)
{
    const MQTTProperties *from = &in->properties;

    for (int i = 0; i < from->count; i++)
        if (from->array[i].identifier == MQTTPROPERTY_CODE_USER_PROPERTY &&
            ce_slice_eq(slice_of(from->array[i].value.data),
                        CE_SLICE("ce-specversion")))
            return true;
    return false;
}

static ce_status read_property(reading *r, const MQTTProperty *p)
{
    switch (p->identifier) {
    case MQTTPROPERTY_CODE_CONTENT_TYPE:
        r->out->content_type = slice_of(p->value.data);
        return CE_OK;
    case MQTTPROPERTY_CODE_USER_PROPERTY:
        return read_pair(r, slice_of(p->value.data), slice_of(p->value.value));
    default:
        return CE_OK;
    }
}

static ce_status read_properties(reading *r, const MQTTProperties *from)
{
    if (from->count > CE_MQTT_PROPERTIES_MAX)
        r->defect = "user properties: more than 1000";
    for (int i = 0; i < from->count && !r->defect; i++) {
        ce_status status = read_property(r, &from->array[i]);

        if (status != CE_OK)
            return status;
    }
    return CE_OK;
}

/* All user properties as they came: none of them is an attribute. */
static ce_status keep_properties(reading *r, const MQTTProperties *from)
{
    r->out->attrs.len = 0;
    r->metadata->len = 0;
    r->tolerated = false;
    for (int i = 0; i < from->count; i++) {
        const MQTTProperty *p = &from->array[i];
        ce_attr a = { slice_of(p->value.data), slice_of(p->value.value),
                      CE_STRING };

        if (p->identifier == MQTTPROPERTY_CODE_USER_PROPERTY &&
            ce_attrs_add(r->metadata, r->arena, a) != CE_OK)
            return CE_ENOMEM;
    }
    return CE_OK;
}

/* A defect ends the reading; the content type may come behind it. */
static void find_content_type(reading *r, const MQTTProperties *from)
{
    for (int i = 0; i < from->count; i++)
        if (from->array[i].identifier == MQTTPROPERTY_CODE_CONTENT_TYPE)
            r->out->content_type = slice_of(from->array[i].value.data);
}

static ce_status read_version_5(reading *r, const MQTTAsync_message *in)
{
    ce_message *out = r->out;
    ce_status status = read_properties(r, &in->properties);

    if (status != CE_OK)
        return status;
    find_content_type(r, &in->properties);
    /* MQTT binding 3: the content type tells the mode. */
    switch (ce_mode_of(out->content_type)) {
    case CE_MODE_STRUCTURED:
        /* The attributes are those of the payload (3.2.3). */
        out->mode = CE_MODE_STRUCTURED;
        out->format = ce_format_find(out->content_type);
        r->defect = NULL;
        return keep_properties(r, &in->properties);
    case CE_MODE_BATCH:
        /* MQTT binding 1.3. */
        r->defect = "content type: MQTT carries no batches";
        break;
    default:
        break;
    }
    if (!out->content_type.ptr && !r->defect)
        out->content_type = r->declared;
    if (r->defect || !r->is_event) {
        set_none(out);
        return keep_properties(r, &in->properties);
    }
    out->mode = CE_MODE_BINARY;
    return CE_OK;
}

ce_status ce_mqtt_decode(const MQTTAsync_message *in,
                         const ce_mqtt_dialect *dialect, ce_arena *arena,
                         ce_message *out, ce_attrs *metadata,
                         const char **defect, bool *tolerated)
{
    reading r = {
        .arena = arena, .out = out, .metadata = metadata, .dialect = dialect
    };
    ce_status status = CE_OK;

    *out = (ce_message){ .body = payload_of(in) };
    *metadata = (ce_attrs){ NULL, 0, 0 };
    if (dialect->prefixed && is_prefixed(in)) {
        r.prefix = prefix;
        r.tolerated = true;
    }
    if (dialect->version == CE_MQTT_5)
        status = read_version_5(&r, in);
    else
        read_json(out);
    *defect = r.defect;
    if (tolerated)
        *tolerated = r.tolerated;
    return status;
}

ce_mqtt_reply_to ce_mqtt_reply_to_of(const MQTTAsync_message *in)
{
    ce_mqtt_reply_to r = { { NULL, 0 }, { NULL, 0 } };

    for (int i = 0; i < in->properties.count; i++) {
        const MQTTProperty *p = &in->properties.array[i];

        if (p->identifier == MQTTPROPERTY_CODE_RESPONSE_TOPIC)
            r.topic = slice_of(p->value.data);
        else if (p->identifier == MQTTPROPERTY_CODE_CORRELATION_DATA)
            r.correlation = slice_of(p->value.data);
    }
    return r;
}
