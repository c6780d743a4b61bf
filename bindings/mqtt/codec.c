/* SPDX-License-Identifier: Apache-2.0 */
/* The CloudEvents binding for MQTT 1.0, both ways.
 *
 * In version 5, binary mode carries attributes as user properties of their own
 * names and structured mode is announced by the content type. Version 3.1.1
 * has neither, so it knows JSON only. MQTT has no absent payload: an event
 * without data is sent with an empty one and an empty one is read as no data.
 */
#include "bindings/mqtt/codec.h"

#include <string.h>

#include "core/json/scan.h"

enum {
    /* MQTT 5 1.5.4: a string has two bytes for its length. */
    STRING_MAX = 65535,
    /* More attributes than any event has; each one read is looked for among
     * all before it. */
    PROPERTIES_MAX = 1000,
    /* Format indicator, content type, response topic, correlation data,
     * expiry. */
    OWN_PROPERTIES = 5,
    /* MQTT 5 1.5.5: the length of a packet has four digits of seven bits. This
     * leaves room for a topic. */
    PACKET_MAX = (1 << 28) - 1 - STRING_MAX - 2,
    /* At least five bytes of fixed header, two of the packet id, and four of
     * the length of properties. */
    HEADER_BYTES = 13
};

static const ce_slice prefix = CE_SLICE("ce-");
static const ce_slice data_content_type = CE_SLICE("datacontenttype");

ce_mqtt_dialect ce_mqtt_dialect_of(const ce_settings *s)
{
    bool is_five = !strcmp(ce_settings_text(s, "version"), "5");

    return (ce_mqtt_dialect){ .version = is_five ? CE_MQTT_5 : CE_MQTT_3_1_1,
                              .prefixed = ce_settings_boolean(s, "prefixed") };
}

static ce_slice slice_of(MQTTLenString s)
{
    return (ce_slice){ s.data ? s.data : "", (size_t)s.len };
}

static ce_slice payload_of(const MQTTAsync_message *m)
{
    return (ce_slice){ m->payloadlen > 0 ? m->payload : NULL,
                       (size_t)(m->payloadlen > 0 ? m->payloadlen : 0) };
}

/* --- reading --- */

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
    bool is_event;
    unsigned max_attributes;
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
    if (r->max_attributes && r->out->attrs.len >= r->max_attributes) {
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
    if (ce_name_is_valid(bare))
        return read_attribute(r, bare, text);
    return ce_attrs_add(r->metadata, r->arena,
                        (ce_attr){ name, text, CE_STRING });
}

bool ce_mqtt_is_prefixed(const MQTTAsync_message *in)
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
    if (from->count > PROPERTIES_MAX)
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
                         const char **defect)
{
    reading r = { .arena = arena,
                  .out = out,
                  .metadata = metadata,
                  .max_attributes = dialect->max_attributes };
    ce_status status = CE_OK;

    *out = (ce_message){ .body = payload_of(in) };
    *metadata = (ce_attrs){ NULL, 0, 0 };
    if (dialect->prefixed && ce_mqtt_is_prefixed(in))
        r.prefix = prefix;
    if (dialect->version == CE_MQTT_5)
        status = read_version_5(&r, in);
    else
        read_json(out);
    *defect = r.defect;
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

/* --- writing --- */

static bool fits(const ce_message *m)
{
    if (m->content_type.len > STRING_MAX || m->attrs.len > PROPERTIES_MAX)
        return false;
    for (unsigned i = 0; i < m->attrs.len; i++)
        if (m->attrs.at[i].name.len > STRING_MAX - prefix.len ||
            m->attrs.at[i].text.len > STRING_MAX)
            return false;
    return true;
}

static MQTTLenString string_of(ce_slice s)
{
    return (MQTTLenString){ (int)s.len, (char *)(uintptr_t)s.ptr };
}

/* Paho counts its length when it copies it. */
static MQTTProperty *next_property(ce_mqtt_publish *p,
                                   enum MQTTPropertyCodes code)
{
    MQTTProperty *property = &p->properties.array[p->properties.count++];

    *property = (MQTTProperty){ .identifier = code };
    return property;
}

static void add_text(ce_mqtt_publish *p, enum MQTTPropertyCodes code,
                     ce_slice text)
{
    next_property(p, code)->value.data = string_of(text);
    p->packet_bytes += 3 + text.len; /* identifier and length */
}

static void add_pair(ce_mqtt_publish *p, ce_slice name, ce_slice text)
{
    MQTTProperty *property = next_property(p, MQTTPROPERTY_CODE_USER_PROPERTY);

    property->value.data = string_of(name);
    property->value.value = string_of(text);
    p->packet_bytes += 5 + name.len + text.len; /* identifier, two lengths */
}

static ce_status add_attributes(ce_mqtt_publish *p, const ce_attrs *attrs,
                                bool prefixed, ce_arena *arena)
{
    for (unsigned i = 0; i < attrs->len; i++) {
        ce_slice name = attrs->at[i].name;

        if (prefixed)
            name = ce_arena_printf(arena, "ce-%.*s", CE_ARG(name));
        if (!name.ptr)
            return CE_ENOMEM;
        add_pair(p, name, attrs->at[i].text);
    }
    return CE_OK;
}

/* MQTT 5 3.3.2.3.2: the payload of structured JSON is text, and may be
 * marked so. The data of binary mode may be anything. */
static ce_status add_properties(ce_mqtt_publish *p, const ce_message *m,
                                bool prefixed, ce_arena *arena)
{
    if (m->mode == CE_MODE_STRUCTURED && m->format == &ce_format_json) {
        next_property(p, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR)
            ->value.byte = 1;
        p->packet_bytes += 2;
    }
    if (m->content_type.ptr)
        add_text(p, MQTTPROPERTY_CODE_CONTENT_TYPE, m->content_type);
    if (m->mode != CE_MODE_BINARY)
        return CE_OK;
    return add_attributes(p, &m->attrs, prefixed, arena);
}

static ce_status allocate(ce_mqtt_publish *p, unsigned pairs, ce_arena *arena)
{
    unsigned count = pairs + OWN_PROPERTIES;

    p->properties.max_count = (int)count;
    p->properties.array =
        ce_arena_alloc(arena, count * sizeof *p->properties.array);
    return p->properties.array ? CE_OK : CE_ENOMEM;
}

static ce_status write_publish(const ce_message *m,
                               const ce_mqtt_dialect *dialect, ce_arena *arena,
                               ce_mqtt_publish *out)
{
    *out = (ce_mqtt_publish){ .payload = m->body,
                              .packet_bytes = HEADER_BYTES + m->body.len };
    if (dialect->version != CE_MQTT_5)
        return CE_OK;
    if (allocate(out, m->attrs.len, arena) != CE_OK)
        return CE_ENOMEM;
    return add_properties(out, m, dialect->prefixed, arena);
}

/* The bytes of a structured event may have come with a content type that MQTT
 * cannot hold; the format has another name for itself. */
static ce_status fit_content_type(ce_message *m, ce_error *err)
{
    if (!m->content_type.ptr || (m->content_type.len <= STRING_MAX &&
                                 ce_string_is_valid(m->content_type)))
        return CE_OK;
    if (m->mode != CE_MODE_STRUCTURED || !m->format)
        return ce_fail(err, CE_EINVAL,
                       "content type: longer than 65535 bytes, or no text");
    m->content_type = ce_slice_of(m->format->media_type);
    return CE_OK;
}

/* Version 3.1.1 has no properties, and a property of version 5 has its
 * limits. */
static bool needs_structure(const ce_message *m, const ce_mqtt_dialect *dialect)
{
    if (dialect->version != CE_MQTT_5)
        return true;
    return m->mode == CE_MODE_BINARY && !fits(m);
}

ce_status ce_mqtt_encode(const ce_message *m, const ce_mqtt_dialect *dialect,
                         ce_arena *arena, ce_mqtt_publish *out, ce_error *err)
{
    const ce_message *use = m;
    ce_message tmp, fitting;
    ce_status status = CE_OK;

    if (m->mode != CE_MODE_BINARY && m->mode != CE_MODE_STRUCTURED)
        return ce_fail(err, CE_EINVAL, "MQTT cannot carry a message of mode %s",
                       ce_mode_name(m->mode));
    if (needs_structure(m, dialect))
        status = ce_message_as(m, CE_MODE_STRUCTURED, &ce_format_json, arena,
                               &tmp, &use, err);
    if (status != CE_OK)
        return status;
    fitting = *use;
    status = fit_content_type(&fitting, err);
    if (status != CE_OK)
        return status;
    if (write_publish(&fitting, dialect, arena, out) != CE_OK)
        return ce_no_memory(err);
    if (out->packet_bytes > PACKET_MAX)
        return ce_fail(err, CE_ETOOBIG,
                       "%zu bytes are more than an MQTT packet can hold",
                       out->packet_bytes);
    return CE_OK;
}

void ce_mqtt_add_reply_to(ce_mqtt_publish *p, const ce_mqtt_reply_to *r)
{
    if (r->topic.ptr)
        add_text(p, MQTTPROPERTY_CODE_RESPONSE_TOPIC, r->topic);
    if (r->correlation.ptr)
        add_text(p, MQTTPROPERTY_CODE_CORRELATION_DATA, r->correlation);
}

void ce_mqtt_add_expiry(ce_mqtt_publish *p, uint32_t seconds)
{
    next_property(p, MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL)
        ->value.integer4 = seconds;
    p->packet_bytes += 5; /* identifier and number */
}

/* A reason may hold anything; a broker closes the connection for a string that
 * is no UTF-8 or has a NUL (MQTT 5 1.5.4). */
static ce_slice printable(ce_slice text, ce_arena *arena)
{
    char *copy;

    if (text.len <= STRING_MAX && ce_string_is_valid(text))
        return text;
    if (text.len > STRING_MAX)
        text.len = STRING_MAX;
    copy = ce_arena_alloc(arena, text.len);
    for (size_t i = 0; copy && i < text.len; i++)
        copy[i] = text.ptr[i] >= ' ' && text.ptr[i] <= '~' ? text.ptr[i] : '?';
    return (ce_slice){ copy, text.len };
}

ce_status ce_mqtt_encode_fields(const ce_attrs *fields, ce_arena *arena,
                                ce_mqtt_publish *out, ce_error *err)
{
    *out = (ce_mqtt_publish){ .packet_bytes = HEADER_BYTES };
    if (allocate(out, fields->len, arena) != CE_OK)
        return ce_no_memory(err);
    for (unsigned i = 0; i < fields->len; i++) {
        ce_slice text = printable(fields->at[i].text, arena);

        if (!text.ptr)
            return ce_no_memory(err);
        add_pair(out, fields->at[i].name, text);
    }
    return CE_OK;
}

ce_status ce_mqtt_check_requests(const ce_mqtt_dialect *dialect,
                                 const char *label, ce_error *err)
{
    if (dialect->version == CE_MQTT_5)
        return CE_OK;
    return ce_fail(err, CE_ENOTSUP,
                   "%.150s: MQTT 3.1.1 has no requests and replies, version=5 "
                   "has",
                   label);
}
