/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection is made of, before there is one. */
#include "bindings/mqtt/client.h"
#include "tests/mqtt/mqtt_rig.h"

static rig now;

static void close_rig(void)
{
    rig_close(&now);
}

static void connected(void *self, const ce_mqtt_connack *a)
{
    (void)self;
    (void)a;
}

static void lost(void *self)
{
    (void)self;
}

static void arrived(void *self, const char *topic, const MQTTAsync_message *m)
{
    (void)self;
    (void)topic;
    (void)m;
}

/* Shows USE the client of an endpoint, unless ERR tells why there is none. */
static void with_client(const char *name, const char *uri, ce_mqtt_role role,
                        void (*use)(ce_mqtt_client *c, void *arg), void *arg,
                        ce_error *err)
{
    ce_settings *s = NULL;
    ce_endpoint at =
        rig_endpoint(&now, &s, ce_transport_mqtt.receiver_options, uri);
    ce_health health;
    ce_mqtt_client *c = NULL;

    at.name = name;
    ce_health_init(&health, now.loop, "test");
    if (ce_mqtt_client_open(&c, &at, &health,
                            &(ce_mqtt_client_owner){ .connected = connected,
                                                     .lost = lost,
                                                     .arrived = arrived },
                            role, err) == CE_OK)
        use(c, arg);
    ce_mqtt_client_close(c);
    ce_settings_close(s);
}

enum { ID_ROOM = 80 };

static void copy_id(ce_mqtt_client *c, void *out)
{
    snprintf(out, ID_ROOM, "%s", ce_mqtt_client_id(c));
}

/* The client id of an endpoint; "" with the reason in ERR when it fails. */
static const char *id_of(const char *name, const char *uri, bool unique,
                         ce_error *err)
{
    static char ids[4][ID_ROOM];
    static unsigned turn;
    char *out = ids[turn++ % COUNT(ids)];

    *out = '\0';
    with_client(name, uri, unique ? CE_MQTT_SENDS : CE_MQTT_RECEIVES, copy_id,
                out, err);
    return out;
}

static void a_derived_id_is_stable_and_safe(void)
{
    const char *id, *same, *other;

    rig_open(&now);
    id = id_of("route", "mqtt://h:1/t", false, NULL);
    same = id_of("route", "mqtt://u:p@h:1/t?max_in_flight=5", false, NULL);
    EXPECT_CMP(strlen(id), >, 8);
    EXPECT_CMP(strlen(id), <=, 23);
    EXPECT_EQ(strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"), strlen(id));
    EXPECT_TEXT(ce_slice_of(same), id);
    other = id_of("route", "mqtt://h:1/other", false, NULL);
    EXPECT(strcmp(other, id) != 0);
    other = id_of("elsewhere", "mqtt://h:1/t", false, NULL);
    EXPECT(strcmp(other, id) != 0);
}

static void a_unique_id_is_never_derived_twice(void)
{
    const char *id, *other;

    rig_open(&now);
    id = id_of("route", "mqtt://h:1/t", true, NULL);
    other = id_of("route", "mqtt://h:1/t", true, NULL);
    EXPECT(*id && *other && strcmp(other, id) != 0);
}

static void the_users_id_is_used_as_it_is(void)
{
    ce_error err = { CE_OK, "" };

    rig_open(&now);
    EXPECT_TEXT(
        ce_slice_of(id_of("r", "mqtt://h/t?client_id=My-Id_1", false, NULL)),
        "My-Id_1");
    EXPECT_TEXT(
        ce_slice_of(id_of("r", "mqtt://h/t?client_id=My-Id_1", true, NULL)),
        "My-Id_1");
    EXPECT_TEXT(ce_slice_of(id_of("r",
                                  "mqtt://h/t?client_id="
                                  "0123456789012345678901234567890123456789"
                                  "0123456789012345678901234567890123456789",
                                  false, &err)),
                "");
    EXPECT_STATUS(err.status, CE_EINVAL);
    EXPECT_CONTAINS(err.text, "client_id");
}

static void a_password_file_must_be_there(void)
{
    ce_error err = { CE_OK, "" };

    rig_open(&now);
    EXPECT_TEXT(ce_slice_of(id_of("r", "mqtt://h/t?password_file=/not/there",
                                  false, &err)),
                "");
    EXPECT(err.text[0]);
}

static void a_sink_needs_one_topic(void)
{
    static const char *const uris[] = { "mqtt://h/", "mqtt://h/a/+/b",
                                        "mqtt://h/a/#" };

    rig_open(&now);
    for (size_t i = 0; i < COUNT(uris); i++) {
        ce_error err = { CE_OK, "" };
        ce_settings *s = NULL;
        ce_endpoint at =
            rig_endpoint(&now, &s, ce_transport_mqtt.sender_options, uris[i]);
        ce_sender *sender;

        EXPECT_STATUS_ROW(uris[i], ce_mqtt_sender_open(&sender, &at, &err),
                          CE_EINVAL);
        ce_settings_close(s);
    }
}

static unsigned lines;

static void count_line(enum MQTTASYNC_TRACE_LEVELS level, char *line)
{
    (void)level;
    (void)line;
    lines++;
}

static void call_paho(ce_mqtt_client *c, void *arg)
{
    (void)arg;
    MQTTAsync_setTraceCallback(count_line);
    EXPECT(!MQTTAsync_isConnected(ce_mqtt_client_handle(c)));
    MQTTAsync_setTraceCallback(NULL);
}

static void paho_keeps_no_trace_that_nobody_asked_for(void)
{
    ce_error err = { CE_OK, "" };

    rig_open(&now);
    lines = 0;
    with_client("r", "mqtt://h/t", CE_MQTT_SENDS, call_paho, NULL, &err);
    EXPECT_STATUS(err.status, CE_OK);
    EXPECT_EQ(lines, 0);
}

TESTS_CLOSED_BY(close_rig, "mqtt client", TEST(a_derived_id_is_stable_and_safe),
                TEST(a_unique_id_is_never_derived_twice),
                TEST(the_users_id_is_used_as_it_is),
                TEST(a_password_file_must_be_there),
                TEST(a_sink_needs_one_topic),
                TEST(paho_keeps_no_trace_that_nobody_asked_for))
