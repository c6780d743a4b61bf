/* SPDX-License-Identifier: Apache-2.0 */
/* The CloudEvents binding for MQTT 1.0: writing. codec_read.c is the other way.
 *
 * In version 5, binary mode carries attributes as user properties of their own
 * names and structured mode is announced by the content type. Version 3.1.1
 * has neither, so it knows JSON only. MQTT has no absent payload: an event
 * without data is sent with an empty one and an empty one is read as no data.
 */
#include "bindings/mqtt/codec.h"

#include <string.h>

#include "core/transport/tracing.h"

enum {
    /* MQTT 5 1.5.4: a string has two bytes for its length. */
    STRING_MAX = 65535,
    /* Format indicator, content type, response topic, correlation data,
     * expiry, and the two of a trace. */
    OWN_PROPERTIES = 7,
    /* MQTT 5 1.5.5: the length of a packet has four digits of seven bits. This
     * leaves room for a topic. */
    PACKET_MAX = (1 << 28) - 1 - STRING_MAX - 2,
    /* At least five bytes of fixed header, two of the packet id, and four of
     * the length of properties. */
    HEADER_BYTES = 13
};

static const ce_slice prefix = CE_SLICE("ce-");

ce_mqtt_dialect ce_mqtt_dialect_of(const ce_settings *s)
{
    bool is_five = !strcmp(ce_settings_text(s, "version"), "5");

    return (ce_mqtt_dialect){ .version = is_five ? CE_MQTT_5 : CE_MQTT_3_1_1,
                              .prefixed = ce_settings_boolean(s, "prefixed"),
                              .traces = ce_settings_boolean(s, "trace") };
}

static bool fits(const ce_message *m)
{
    if (m->content_type.len > STRING_MAX ||
        m->attrs.len > CE_MQTT_PROPERTIES_MAX)
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

/* In binary mode without prefixes the attribute itself is where it belongs. */
static bool has_pair(const ce_mqtt_publish *p, ce_slice name)
{
    for (int i = 0; i < p->properties.count; i++) {
        const MQTTProperty *at = &p->properties.array[i];
        const MQTTLenString *key = &at->value.data;

        if (at->identifier == MQTTPROPERTY_CODE_USER_PROPERTY &&
            ce_slice_eq((ce_slice){ key->data, (size_t)key->len }, name))
            return true;
    }
    return false;
}

void ce_mqtt_add_trace(ce_mqtt_publish *p, const ce_mqtt_dialect *dialect,
                       ce_delivery *d)
{
    ce_attr fields[CE_TRACE_FIELDS];
    unsigned n = 0;

    if (dialect->traces && dialect->version == CE_MQTT_5)
        n = ce_trace_fields(d, fields);
    for (unsigned i = 0; i < n; i++)
        if (!has_pair(p, fields[i].name))
            add_pair(p, fields[i].name, fields[i].text);
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
