/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of a PUBLISH, and its payload. The first byte says how the source
 * reads, and what it allows. What is an event can be written, unless MQTT
 * cannot carry it, and is read as the same one by a source that allows nothing.
 * Names that begin with "@" are other properties. */
#include "bindings/mqtt/codec.h"
#include "tests/fuzz/pairs.h"

enum { PROPERTIES = 1200 };

static MQTTProperty properties[PROPERTIES];

static MQTTLenString string_of(ce_slice s)
{
    return (MQTTLenString){ (int)s.len, (char *)(uintptr_t)s.ptr };
}

static enum MQTTPropertyCodes code_of(ce_slice name)
{
    if (ce_slice_eq(name, CE_SLICE("@type")))
        return MQTTPROPERTY_CODE_CONTENT_TYPE;
    if (ce_slice_eq(name, CE_SLICE("@reply")))
        return MQTTPROPERTY_CODE_RESPONSE_TOPIC;
    if (ce_slice_eq(name, CE_SLICE("@correlation")))
        return MQTTPROPERTY_CODE_CORRELATION_DATA;
    return MQTTPROPERTY_CODE_USER_PROPERTY;
}

static void read_properties(MQTTAsync_message *m, ce_slice *text)
{
    ce_slice name, value;

    m->properties.array = properties;
    while (m->properties.count < PROPERTIES && next_pair(text, &name, &value)) {
        MQTTProperty *p = &properties[m->properties.count++];

        *p = (MQTTProperty){ .identifier = code_of(name) };
        p->value.data = string_of(name);
        p->value.value = string_of(value);
        if (p->identifier != MQTTPROPERTY_CODE_USER_PROPERTY)
            p->value.data = p->value.value;
    }
    m->payload = (char *)(uintptr_t)text->ptr;
    m->payloadlen = (int)text->len;
}

/* An empty payload is no data. */
static void check_same(const ce_event *e, const ce_event *again)
{
    ce_event one = *e, other = *again;

    if (!one.data.len)
        one.data_kind = CE_DATA_NONE;
    if (!other.data.len)
        other.data_kind = CE_DATA_NONE;
    check(ce_event_equal(&one, &other));
}

static void check_again(const ce_message *m, const ce_event *e,
                        const ce_mqtt_dialect *read_as, ce_arena *arena)
{
    const ce_mqtt_dialect dialect = { .version = read_as->version,
                                      .prefixed = read_as->prefixed };
    MQTTAsync_message sent = MQTTAsync_message_initializer;
    ce_mqtt_publish p;
    ce_message out;
    ce_attrs metadata;
    const char *defect;
    ce_event same;
    ce_error err;

    if (ce_mqtt_encode(m, &dialect, arena, &p, &err) != CE_OK) {
        check(err.text[0] != '\0');
        return;
    }
    sent.payload = (char *)(uintptr_t)p.payload.ptr;
    sent.payloadlen = (int)p.payload.len;
    sent.properties = p.properties;
    check(ce_mqtt_decode(&sent, &dialect, arena, &out, &metadata, &defect,
                         NULL) == CE_OK);
    check(!defect && out.mode != CE_MODE_NONE);
    check(ce_message_decode(&out, arena, &same, NULL) == CE_OK);
    check_same(e, &same);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_slice text = { (const char *)bytes + 1, size - 1 };
    MQTTAsync_message in = MQTTAsync_message_initializer;
    ce_arena *arena = ce_arena_new();
    ce_mqtt_dialect dialect = { .version = CE_MQTT_5 };
    ce_message m;
    ce_attrs metadata;
    const char *defect;
    ce_event e;

    check(arena != NULL);
    if (size) {
        dialect.version = *bytes & 1 ? CE_MQTT_3_1_1 : CE_MQTT_5;
        dialect.prefixed = *bytes & 2;
        dialect.quoted = *bytes & 4;
        dialect.names = (ce_names)((*bytes >> 3) % 3);
        read_properties(&in, &text);
        check(ce_mqtt_decode(&in, &dialect, arena, &m, &metadata, &defect,
                             NULL) == CE_OK);
        check(!defect || m.mode == CE_MODE_NONE);
        check(m.attrs.len + metadata.len <= (unsigned)in.properties.count);
        (void)ce_mqtt_reply_to_of(&in);
        if (m.mode != CE_MODE_NONE &&
            ce_message_decode(&m, arena, &e, NULL) == CE_OK)
            check_again(&m, &e, &dialect, arena);
    }
    ce_arena_free(arena);
    return 0;
}
