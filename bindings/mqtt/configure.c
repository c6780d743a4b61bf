/* SPDX-License-Identifier: Apache-2.0 */
/* Where a connection leads, who we are there, and how we prove it. */
#include "bindings/mqtt/connection.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

#include "core/base/hash.h"

/* No text has the byte behind it. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    return ce_hash(ce_hash(hash, ce_slice_of(text)), CE_SLICE("\xff"));
}

/* Letters and digits, at most 23: every broker takes these (MQTT 5 3.1.3.1).
 * 64 bits in 16 digits tell clients apart well enough. */
static void derive_id(ce_mqtt_client *c, const ce_endpoint *at)
{
    static atomic_uint counter;
    const char *topics = c->role == CE_MQTT_RECEIVES
                             ? ce_settings_text(at->settings, "topics")
                             : NULL;
    bool comes_again = c->role == CE_MQTT_RECEIVES &&
                       !ce_settings_boolean(at->settings, "clean");
    uint64_t hash = CE_HASH_START;
    char text[64] = "";
    struct timespec now;

    gethostname(text, sizeof text - 1);
    hash = hash_text(hash, text);
    hash = hash_text(hash, at->name ? at->name : "");
    /* Without the other options: with a changed one the old session is
     * found. */
    hash = hash_text(hash, ce_settings_target(at->settings));
    if (topics)
        hash = hash_text(hash, topics);
    /* Without a session to come back to, a name that two processes share
     * would have them throw each other out (MQTT 5 3.1.4-3). */
    if (!comes_again) {
        /* Containers may share a host name and even process ids. */
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(text, sizeof text, "%ld %ld %u", (long)getpid(), now.tv_nsec,
                 atomic_fetch_add(&counter, 1));
        hash = hash_text(hash, text);
    }
    snprintf(c->id, sizeof c->id, "ce%016llx", (unsigned long long)hash);
    c->id_is_known = comes_again;
}

static ce_status read_id(ce_mqtt_client *c, const ce_endpoint *at,
                         ce_error *err)
{
    const char *id = c->role == CE_MQTT_ASKS
                         ? NULL
                         : ce_settings_text(at->settings, "client_id");
    bool is_second =
        c->role == CE_MQTT_READS_REPLIES || c->role == CE_MQTT_WRITES_REPLIES;
    const char *suffix = is_second ? "-replies" : "";
    int len;

    derive_id(c, at);
    c->random = hash_text((uint64_t)getpid() << 32, c->id) | 1;
    if (!id)
        return CE_OK;
    c->id_is_known = true;
    len = snprintf(c->id, sizeof c->id, "%s%s", id, suffix);
    if (!*id || len < 0 || (size_t)len >= sizeof c->id)
        return ce_fail(err, CE_EINVAL,
                       "client_id: 1 to %zu characters, not \"%.80s\"",
                       sizeof c->id - 1 - strlen(suffix), id);
    return CE_OK;
}

static ce_status read_login(ce_mqtt_client *c, const ce_settings *s,
                            ce_error *err)
{
    const char *password = ce_settings_password(s);
    ce_status status =
        ce_settings_secret(s, "password", "password_file", &c->password, err);

    c->user = ce_settings_text(s, "user");
    if (!c->user)
        c->user = ce_settings_user(s);
    if (status != CE_OK || c->password || !password)
        return status;
    c->password = ce_strndup(password, strlen(password));
    return c->password ? CE_OK : ce_no_memory(err);
}

static const char *paho_scheme(const ce_mqtt_client *c)
{
    if (c->websocket)
        return c->tls ? "wss" : "ws";
    return c->tls ? "ssl" : "tcp";
}

static unsigned usual_port(const ce_mqtt_client *c)
{
    if (c->websocket)
        return c->tls ? 443 : 80;
    return c->tls ? 8883 : 1883;
}

static ce_status read_uri(ce_mqtt_client *c, const ce_settings *s,
                          ce_error *err)
{
    const char *host = ce_settings_host(s);
    const char *path = ce_settings_text(s, "websocket");
    bool six = strchr(host, ':') != NULL;

    if (!*host)
        return ce_fail(err, CE_EINVAL, "%s: no host", ce_settings_label(s));
    /* No name of the DNS is longer. */
    if (strlen(host) > 255)
        return ce_fail(err, CE_EINVAL, "%s: the host is too long",
                       ce_settings_label(s));
    c->host = host;
    c->tls = !strcmp(ce_settings_scheme(s), "mqtts");
    c->websocket = path != NULL;
    snprintf(c->uri, sizeof c->uri, "%s://%s%s%s:%u%s", paho_scheme(c),
             six ? "[" : "", host, six ? "]" : "",
             ce_settings_port(s, usual_port(c)), path ? path : "");
    return CE_OK;
}

/* The names were checked: see terms.c. */
static void read_alpn(ce_mqtt_client *c, const char *names)
{
    while (names && *names) {
        size_t len = strcspn(names, ",");

        if (c->alpn_len + 1 + len > sizeof c->alpn)
            return;
        c->alpn[c->alpn_len++] = (unsigned char)len;
        memcpy(c->alpn + c->alpn_len, names, len);
        c->alpn_len += (unsigned)len;
        names += len + (names[len] == ',');
    }
}

static void read_will(ce_mqtt_client *c, const ce_settings *s)
{
    const MQTTAsync_willOptions preset = MQTTAsync_willOptions_initializer;

    c->will = preset;
    /* One will for an endpoint, though it may have a second connection. */
    if (c->role != CE_MQTT_RECEIVES && c->role != CE_MQTT_SENDS)
        return;
    c->will.topicName = ce_settings_text(s, "will_topic");
    c->will.message = ce_settings_text(s, "will_payload");
    c->will.qos = (int)ce_settings_integer(s, "will_qos");
    c->will.retained = ce_settings_boolean(s, "will_retain");
}

uint64_t ce_mqtt_client_session(const ce_mqtt_client *c)
{
    return hash_text(hash_text(CE_HASH_START, c->uri), c->id);
}

ce_status ce_mqtt_client_configure(ce_mqtt_client *c, const ce_endpoint *at,
                                   ce_error *err)
{
    const ce_settings *s = at->settings;
    uint64_t expiry;
    ce_status status = read_uri(c, s, err);

    if (status != CE_OK)
        return status;
    status = read_login(c, s, err);
    if (status != CE_OK)
        return status;
    status = read_id(c, at, err);
    if (status != CE_OK)
        return status;
    c->version = ce_mqtt_dialect_of(s).version;
    c->keep_alive = (int)(ce_settings_ms(s, "keep_alive") / 1000);
    c->ca = ce_settings_text(s, "ca");
    c->cert = ce_settings_text(s, "cert");
    c->key = ce_settings_text(s, "key_file");
    c->verify = ce_settings_boolean(s, "verify");
    read_alpn(c, ce_settings_text(s, "alpn"));
    read_will(c, s);
    /* A sender keeps no session: the chain sends again what has no answer, and
     * paho would send it a second time, for ever if the broker refuses it. */
    c->clean = c->role != CE_MQTT_RECEIVES || ce_settings_boolean(s, "clean");
    if (c->role != CE_MQTT_RECEIVES)
        return CE_OK;
    /* Seconds; the largest number means for ever (MQTT 5 3.1.2.11.2). */
    expiry = ce_settings_ms(s, "session_expiry") / 1000;
    c->session_expiry = expiry < UINT32_MAX ? (uint32_t)expiry : UINT32_MAX;
    c->receive_maximum = (uint32_t)ce_settings_integer(s, "receive_maximum");
    return CE_OK;
}
