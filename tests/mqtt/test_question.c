/* SPDX-License-Identifier: Apache-2.0 */
/* What a broker sees of "check --connect": somebody else, with no session, who
 * takes nothing from those who are there. */
#include "tests/mqtt/fake_broker.h"

#include "bindings/mqtt/mqtt.h"

enum { CLEAN = 2, FLAGS_AT = 7, ID_AT = 10 };

static rig now;
static fake_broker net;
static char filters[200], client_id[100];
static bool is_clean;

static ce_slice text_at(const unsigned char *bytes)
{
    return (ce_slice){ (const char *)bytes + 2,
                       (size_t)bytes[0] << 8 | bytes[1] };
}

static void on_packet(fake_peer *from, int first, const unsigned char *body)
{
    static const unsigned char connack[] = { 0x20, 2, 0, 0 };
    unsigned char suback[] = { 0x90, 3, 0, 0, 1 };
    size_t len = strlen(filters);

    if (first >> 4 == FAKE_CONNECT) {
        is_clean = body[FLAGS_AT] & CLEAN;
        snprintf(client_id, sizeof client_id, "%.*s",
                 CE_ARG(text_at(body + ID_AT)));
        fake_send(from, connack, sizeof connack);
    } else if (first >> 4 == FAKE_SUBSCRIBE) {
        snprintf(filters + len, sizeof filters - len, "%.*s ",
                 CE_ARG(text_at(body + 2)));
        memcpy(suback + 2, body, 2);
        fake_send(from, suback, sizeof suback);
    }
}

static ce_status ask(ce_role role, const char *path)
{
    const ce_option *table = role == CE_ROLE_RECEIVER
                                 ? ce_transport_mqtt.receiver_options
                                 : ce_transport_mqtt.sender_options;
    ce_endpoint at = { .loop = now.loop, .name = "asker" };
    ce_settings *settings;
    ce_status status;
    char uri[200];

    filters[0] = '\0';
    snprintf(uri, sizeof uri,
             "mqtt://127.0.0.1:%u/%s?version=3.1.1&client_id=mine", net.port,
             path);
    REQUIRE_OK(ce_settings_open(&settings, table, uri, CE_URI_STRICT, NULL));
    at.settings = settings;
    status = ce_mqtt_ask(role, &at, 10000, NULL);
    ce_settings_close(settings);
    return status;
}

static void begin(void)
{
    rig_open(&now);
    fake_open(&net, &now, on_packet);
}

static void end(void)
{
    fake_close(&net);
    rig_close(&now);
}

static void a_source_is_asked_as_somebody_else(void)
{
    begin();
    EXPECT_STATUS(ask(CE_ROLE_RECEIVER, "a/+"), CE_OK);
    EXPECT_STR(filters, "a/+ ");
    EXPECT(is_clean);
    EXPECT(strcmp(client_id, "mine") != 0);
    end();
}

static void no_message_of_a_shared_subscription_is_taken(void)
{
    begin();
    EXPECT_STATUS(ask(CE_ROLE_RECEIVER, "$share/group/a/b"), CE_OK);
    EXPECT_STR(filters, "a/b ");
    end();
}

static void a_sink_subscribes_to_nothing(void)
{
    begin();
    EXPECT_STATUS(ask(CE_ROLE_SENDER, "a/b"), CE_OK);
    EXPECT_STR(filters, "");
    EXPECT(is_clean);
    end();
}

TESTS("mqtt question", TEST(a_source_is_asked_as_somebody_else),
      TEST(no_message_of_a_shared_subscription_is_taken),
      TEST(a_sink_subscribes_to_nothing))
