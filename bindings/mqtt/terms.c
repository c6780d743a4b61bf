/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/terms.h"

#include <string.h>

#include "bindings/mqtt/codec.h"
#include "bindings/mqtt/filters.h"
#include "bindings/mqtt/target.h"
#include "bindings/mqtt/topic.h"
#include "core/settings/tls.h"

/* What CE_MQTT_CLIENT has room for. */
enum { PATH_BYTES = 255, ALPN_BYTES = 255 };

static bool receives(ce_role role)
{
    return role == CE_ROLE_RECEIVER || role == CE_ROLE_RESPONDER;
}

static bool is_version_5(const ce_settings *s)
{
    return ce_mqtt_dialect_of(s).version == CE_MQTT_5;
}

/* --- what cannot work --- */

static ce_status check_filters(const ce_settings *s, ce_error *err)
{
    ce_mqtt_filters filters = { { NULL, 0, 0 } };
    ce_status status = ce_mqtt_filters_read(&filters, s, err);

    ce_mqtt_filters_free(&filters);
    return status;
}

/* With version 3.1.1 paho sends PUBREC when a message arrives, and hands it out
 * only when PUBREL comes. What lies between is lost in a crash: after PUBREC
 * the broker must not send it again (MQTT 3.1.1 4.3.3). With version 5 it hands
 * it out before PUBREC. */
static ce_status check_source(const ce_settings *s, ce_error *err)
{
    if (is_version_5(s) || ce_settings_integer(s, "qos") < 2)
        return check_filters(s, err);
    return ce_fail(err, CE_EINVAL,
                   "qos: a source with version=3.1.1 would lose confirmed "
                   "messages in a crash with qos=2; take qos=1, or version=5");
}

/* Version 3.1.1 has no content type that could say which format it is, so that
 * it is JSON (MQTT binding 3). */
static ce_status check_sink(const ce_settings *s, ce_error *err)
{
    const char *format = ce_settings_text(s, "format");

    if (is_version_5(s) || !strcmp(format, "json"))
        return ce_mqtt_target_check(s, err);
    return ce_fail(err, CE_EINVAL,
                   "format: \"%s\" cannot be told with version=3.1.1, where "
                   "events are JSON",
                   format);
}

/* It becomes a part of a line of HTTP. */
static ce_status check_websocket(const char *path, ce_error *err)
{
    bool is_path = !path || *path == '/';

    for (const char *p = path; p && *p; p++)
        is_path = is_path && *p > ' ' && *p < 0x7f;
    if (!is_path || (path && strlen(path) > PATH_BYTES))
        return ce_fail(err, CE_EINVAL,
                       "websocket: a path of up to %d ASCII characters that "
                       "begins with \"/\", not \"%.80s\"",
                       PATH_BYTES, path);
    return CE_OK;
}

/* RFC 7301 3.1: a name has 1 to 255 bytes. */
static ce_status check_alpn(const ce_settings *s, ce_error *err)
{
    const char *names = ce_settings_text(s, "alpn");

    if (!names)
        return CE_OK;
    if (strcmp(ce_settings_scheme(s), "mqtts") != 0)
        return ce_fail(err, CE_EINVAL, "alpn: needs TLS (mqtts://)");
    if (!*names || *names == ',' || names[strlen(names) - 1] == ',' ||
        strstr(names, ",,") || strlen(names) > ALPN_BYTES)
        return ce_fail(err, CE_EINVAL,
                       "alpn: names of protocols, %d bytes in all, not "
                       "\"%.80s\"",
                       ALPN_BYTES, names);
    return CE_OK;
}

static ce_status check_will(const ce_settings *s, ce_error *err)
{
    static const char *const others[] = { "will_payload", "will_qos",
                                          "will_retain" };
    const char *topic = ce_settings_text(s, "will_topic");

    if (topic)
        return ce_mqtt_check_topic(topic, "will_topic", err);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (ce_settings_has(s, others[i]))
            return ce_fail(err, CE_EINVAL, "%s: there is no will_topic",
                           others[i]);
    return CE_OK;
}

static ce_status check_connection(const ce_settings *s, ce_error *err)
{
    ce_status status = check_websocket(ce_settings_text(s, "websocket"), err);

    if (status == CE_OK)
        status = ce_settings_check_tls(s, "mqtts", err);
    if (status == CE_OK)
        status = check_alpn(s, err);
    return status == CE_OK ? check_will(s, err) : status;
}

ce_status ce_mqtt_check(ce_role role, const ce_settings *s, ce_error *err)
{
    ce_status status = check_connection(s, err);

    if (status != CE_OK)
        return status;
    return receives(role) ? check_source(s, err) : check_sink(s, err);
}

/* --- promises --- */

/* Why events of a source are lost, or NULL. An inbox keeps what has arrived;
 * before that only the broker's session does. */
static const char *why_source_loses(const ce_settings *s)
{
    /* MQTT 5 4.3.1. */
    if (ce_settings_integer(s, "qos") == 0)
        return "the source's broker sends with qos=0";
    /* MQTT 5 3.1.2.4, 3.1.1 3.1.2.4: no session outlives its connection. */
    if (ce_settings_boolean(s, "clean"))
        return "with clean=true the source's broker forgets what is not yet "
               "confirmed when the connection ends";
    /* MQTT 5 3.1.2.11.2; it counts in seconds. A session of 3.1.1 has no
     * end. */
    if (is_version_5(s) && ce_settings_ms(s, "session_expiry") < 1000)
        return "with session_expiry=0 the source's broker forgets what is not "
               "yet confirmed when the connection ends";
    /* An inbox further down the route comes after PUBACK. */
    if (!strcmp(ce_settings_text(s, "inbox"), "off"))
        return "with inbox=off a message is confirmed before it is safe";
    return NULL;
}

static ce_promise promise_of_source(const ce_settings *s)
{
    const char *why = why_source_loses(s);

    if (why)
        return (ce_promise){ .level = CE_AT_MOST_ONCE, .text = why };
    /* Paho confirms at once. */
    return (ce_promise){ .level = CE_UNLESS_KEPT };
}

ce_promise ce_mqtt_promise(ce_role role, const ce_settings *s)
{
    if (role == CE_ROLE_RESPONDER)
        return (ce_promise){ .level = CE_AT_MOST_ONCE,
                             .text =
                                 "a request that is lost in a crash is not "
                                 "answered, and its requester may repeat it" };
    if (role == CE_ROLE_RECEIVER)
        return promise_of_source(s);
    if (ce_settings_integer(s, "qos") == 0)
        return (ce_promise){ .level = CE_AT_MOST_ONCE,
                             .text = "the sink's broker does not confirm" };
    return (ce_promise){ .level = CE_AT_LEAST_ONCE };
}

static bool are_all_shared(const ce_settings *s)
{
    ce_mqtt_filters filters = { { NULL, 0, 0 } };
    bool are = ce_mqtt_filters_read(&filters, s, NULL) == CE_OK;

    for (const char *f = ce_mqtt_filters_next(&filters, NULL); f && are;
         f = ce_mqtt_filters_next(&filters, f))
        are = strncmp(f, "$share/", 7) == 0;
    ce_mqtt_filters_free(&filters);
    return are;
}

/* Only subscribers of a share divide its messages among them (MQTT 5 4.8.2). */
const char *ce_mqtt_alone(ce_role role, const ce_settings *s)
{
    if (receives(role) && !are_all_shared(s))
        return "subscribers would each get every message; subscribe to "
               "$share/GROUP/TOPIC";
    /* A name that the user gives is not changed: sessions and rights hang on
     * it. */
    if (ce_settings_has(s, "client_id"))
        return "clients would take one client_id from each other; without it "
               "each has its own";
    return NULL;
}
