/* SPDX-License-Identifier: Apache-2.0 */
/* From a PUBLISH to an event, and back. */
#include "bindings/mqtt/codec.h"
#include "tests/budget/budget.h"

static const ce_mqtt_dialect dialect = { .version = CE_MQTT_5 };
static ce_arena *arena;
static ce_message message;
static ce_mqtt_publish packet;
static MQTTAsync_message in;

static void open_mqtt(void)
{
    arena = ce_arena_new();
    MUST(arena);
    message = budget_message();
    MUST(ce_mqtt_encode(&message, &dialect, arena, &packet, NULL) == CE_OK);
    in = (MQTTAsync_message)MQTTAsync_message_initializer;
    in.payload = (void *)packet.payload.ptr;
    in.payloadlen = (int)packet.payload.len;
    in.properties = packet.properties;
}

static void close_mqtt(void)
{
    ce_arena_free(arena);
}

static void read_mqtt(unsigned number)
{
    ce_arena *a = ce_arena_new();
    ce_message m;
    ce_attrs metadata;
    const char *defect;
    ce_event e;

    (void)number;
    MUST(ce_mqtt_decode(&in, &dialect, a, &m, &metadata, &defect, NULL) ==
         CE_OK);
    MUST(ce_message_decode(&m, a, &e, NULL) == CE_OK);
    MUST(e.attrs.len == BUDGET_ATTRIBUTES + 1);
    ce_arena_free(a);
}

static void write_mqtt(unsigned number)
{
    ce_arena *a = ce_arena_new();
    ce_mqtt_publish out;

    (void)number;
    MUST(ce_mqtt_encode(&message, &dialect, a, &out, NULL) == CE_OK);
    MUST(out.properties.count == packet.properties.count);
    ce_arena_free(a);
}

const budget mqtt_budgets[] = {
    { "mqtt/read", open_mqtt, read_mqtt, close_mqtt },
    { "mqtt/write", open_mqtt, write_mqtt, close_mqtt },
    { NULL, NULL, NULL, NULL },
};
