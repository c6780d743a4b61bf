/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of MQTT 5 and 3.1.1. */
#include "bindings/mqtt/mqtt.h"
#include "bindings/mqtt/overlap.h"
#include "bindings/mqtt/target.h"
#include "bindings/mqtt/terms.h"

static const char *const schemes[] = { "mqtt", "mqtts", NULL };

/* Options of both ends: the connection. */
#define CONNECTION_OPTIONS                                                         \
    { "version", CE_OPT_CHOICE, "5", "5|3.1.1", 0, 0, "MQTT version" },            \
        { "qos", CE_OPT_INTEGER, "1", NULL, 0, 2, "quality of service" },          \
        { "client_id",                                                             \
          CE_OPT_TEXT,                                                             \
          NULL,                                                                    \
          NULL,                                                                    \
          0,                                                                       \
          0,                                                                       \
          "client id, derived from host name, route and URI by default" },         \
        { "keep_alive",                                                            \
          CE_OPT_TIME,                                                             \
          "30s",                                                                   \
          NULL,                                                                    \
          1000,                                                                    \
          65535 * 1000, /* MQTT 5 3.1.2.10: seconds in two bytes */                \
          "longest silence on a connection" },                                     \
        { "user", CE_OPT_TEXT, NULL, NULL, 0, 0, "user name" },                    \
        { "password", CE_OPT_SECRET, NULL, NULL, 0, 0, "password" },               \
        { "password_file",                                                         \
          CE_OPT_TEXT,                                                             \
          NULL,                                                                    \
          NULL,                                                                    \
          0,                                                                       \
          0,                                                                       \
          "file that holds the password" },                                        \
        { "ca",                                                                    \
          CE_OPT_TEXT,                                                             \
          NULL,                                                                    \
          NULL,                                                                    \
          0,                                                                       \
          0,                                                                       \
          "file of certificates to trust, the system's by default" },              \
        { "cert",                                                                  \
          CE_OPT_TEXT,                                                             \
          NULL,                                                                    \
          NULL,                                                                    \
          0,                                                                       \
          0,                                                                       \
          "file of the client's certificate" },                                    \
        { "key_file",                                                              \
          CE_OPT_TEXT,                                                             \
          NULL,                                                                    \
          NULL,                                                                    \
          0,                                                                       \
          0,                                                                       \
          "file of the client's private key" },                                    \
        { "verify",                                                                \
          CE_OPT_BOOLEAN,                                                          \
          "true",                                                                  \
          NULL,                                                                    \
          0,                                                                       \
          0,                                                                       \
          "check the broker's certificate and host name" },                        \
        { "alpn", CE_OPT_LIST, NULL, NULL, 0, 0, "protocols to offer in TLS" },    \
        { "websocket",                                                             \
          CE_OPT_TEXT,                                                             \
          NULL,                                                                    \
          NULL,                                                                    \
          0,                                                                       \
          0,                                                                       \
          "path of MQTT over WebSockets, such as /mqtt" },                         \
        { "will_topic",                                                            \
          CE_OPT_TEXT,                                                             \
          NULL,                                                                    \
          NULL,                                                                    \
          0,                                                                       \
          0,                                                                       \
          "topic of what the broker publishes when we are gone" },                 \
        { "will_payload", CE_OPT_TEXT, "", NULL, 0, 0, "its payload" },            \
        { "will_qos", CE_OPT_INTEGER, "1", NULL, 0, 2, "its quality of service" }, \
    {                                                                              \
        "will_retain", CE_OPT_BOOLEAN, "false", NULL, 0, 0,                        \
            "let the broker keep it"                                               \
    }

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static const ce_option receiver_options[] = {
    CONNECTION_OPTIONS,
    { "topics", CE_OPT_LIST, NULL, NULL, 0, 0,
      "topic filters besides the one of the URI" },
    /* A week outlasts a bridge that is down over a holiday. The broker may
     * allow less. */
    { "session_expiry", CE_OPT_TIME, "7d", NULL, 0, 0,
      "how long the broker keeps the session" },
    { "clean", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "begin without a session, and keep none" },
    /* MQTT 5 3.1.2.11.3: two bytes, and never 0. */
    { "receive_maximum", CE_OPT_INTEGER, "1000", NULL, 1, 65535,
      "messages that the broker may send without an answer" },
    CE_OPTION_INBOX,
    { "prefixed", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "read attributes from user properties called ce-NAME, too" },
    CE_OPTION_QUOTED,
    { "names", CE_OPT_CHOICE, "exact", "exact|lower|drop", 0, 0,
      "user properties whose names are not allowed: no attributes, or (lower) "
      "attributes named by their letters, in lower case, and digits" },
    CE_OPTION_TRACE,
    CE_OPTION_MAX_EVENT_BYTES,
    CE_OPTION_MAX_ATTRIBUTES,
    CE_OPTION_MAX_IN_FLIGHT("1000"),
    CE_OPTION_END,
};

static const ce_option sender_options[] = {
    CONNECTION_OPTIONS,
    CE_OPTION_MODE,
    CE_OPTION_FORMAT,
    { "topics", CE_OPT_LIST, NULL, NULL, 0, 0,
      "topic filters of what a topic with placeholders may become" },
    { "retain", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "let the broker keep the last event of the topic" },
    { "prefixed", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "write attributes to user properties called ce-NAME" },
    CE_OPTION_TRACE,
    CE_OPTION_MAX_IN_FLIGHT("100"),
    /* At most a day: it is a Message Expiry Interval as well. */
    { "timeout", CE_OPT_TIME, "30s", NULL, 1, DAY_MS,
      "longest time for the reply to a request" },
    { "response_topic", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "topic for replies, by default one of its own for each process" },
    CE_OPTION_END,
};

static const char *const identity[] = { "client_id", NULL };

const ce_transport ce_transport_mqtt = {
    .abi = CE_TRANSPORT_ABI,
    .name = "mqtt",
    .schemes = schemes,
    .help = "mqtt://HOST:PORT/TOPIC, mqtts:// with TLS; sources take filters",
    .receiver_options = receiver_options,
    .sender_options = sender_options,
    .sender_rule = CE_URI_STRICT,
    .needs_inbox = true,
    .receiver = ce_mqtt_receiver_open,
    .responder = ce_mqtt_responder_open,
    .sender = ce_mqtt_sender_open,
    .requester = ce_mqtt_requester_open,
    .check = ce_mqtt_check,
    .promise = ce_mqtt_promise,
    .alone = ce_mqtt_alone,
    .identity = identity,
    .clean_option = "clean",
    .ask = ce_mqtt_ask,
    .aim = ce_mqtt_aim,
    .returns = ce_mqtt_returns,
    .name_of = ce_mqtt_name_of,
    .part_of = ce_mqtt_part_of,
};
