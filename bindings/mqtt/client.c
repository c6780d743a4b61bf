/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to a broker, kept up on the loop.
 *
 * Paho's callbacks run on its threads with its lock held: they only note what
 * happened and post a task. Everything is decided on the loop. Paho's own
 * reconnecting is not used, because it hides what the broker says when it lets
 * us in and forgets subscriptions. */
#include "mqtt.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

enum {
    FIRST_PAUSE_MS = 200,
    LAST_PAUSE_MS = 5000,
    LEAVE_MS = 3000,
    LOOK_MS = 5000, /* between looks at a connection that should stand */
    CONNECT_SECONDS = 10
};

typedef enum client_state {
    AWAY,       /* not started, or left */
    PAUSING,    /* the timer will connect */
    CONNECTING, /* paho will say how it ends */
    CONNECTED,
    LEAVING /* paho will say when it is closed */
} client_state;

/* What paho's threads have said since the last look. */
typedef struct client_news {
    bool connected, failed, lost, left, granted, refused;
    int granted_qos;
    ce_mqtt_welcome welcome;
    char reason[160];
} client_news;

struct ce_mqtt_client {
    MQTTAsync handle;
    ce_loop *loop;
    ce_health *health;
    ce_mqtt_owner owner;
    int version;
    bool clean, verify;
    int keep_alive;
    uint32_t session_expiry, receive_maximum;
    const char *ca, *cert, *key, *user;
    char *password;
    char uri[300];
    char id[64];
    client_state state;
    unsigned attempts;
    uint64_t connected_ms, random;
    bool told;      /* the owner knows of a connection */
    bool come_back; /* after leaving */
    bool had_session;
    int qos; /* that was asked for */
    void (*left)(void *self);
    ce_timer timer;
    ce_task task;
    pthread_mutex_t lock;
    client_news news; /* under the lock */
    char tls[120];    /* under the lock */
};

/* --- paho's threads --- */

static client_news *begin_news(ce_mqtt_client *c)
{
    pthread_mutex_lock(&c->lock);
    return &c->news;
}

static void end_news(ce_mqtt_client *c)
{
    pthread_mutex_unlock(&c->lock);
    ce_loop_post(c->loop, &c->task);
}

static unsigned property_or(const MQTTProperties *from,
                            enum MQTTPropertyCodes code, unsigned preset)
{
    MQTTProperties *p = (MQTTProperties *)(uintptr_t)from;

    if (!MQTTProperties_hasProperty(p, code))
        return preset;
    return (unsigned)MQTTProperties_getNumericValue(p, code);
}

static void on_connected5(void *context, MQTTAsync_successData5 *d)
{
    ce_mqtt_client *c = context;
    client_news *news = begin_news(c);

    news->connected = true;
    news->welcome = (ce_mqtt_welcome){
        .session_present = d->alt.connect.sessionPresent,
        .receive_maximum = property_or(
            &d->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, 65535),
        .maximum_packet = property_or(&d->properties,
                                      MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, 0),
        .maximum_qos =
            property_or(&d->properties, MQTTPROPERTY_CODE_MAXIMUM_QOS, 2),
        .retain_available =
            property_or(&d->properties, MQTTPROPERTY_CODE_RETAIN_AVAILABLE, 1),
    };
    end_news(c);
}

static void on_connected3(void *context, MQTTAsync_successData *d)
{
    ce_mqtt_client *c = context;
    client_news *news = begin_news(c);

    news->connected = true;
    news->welcome = (ce_mqtt_welcome){
        .session_present = d->alt.connect.sessionPresent,
        .receive_maximum = 65535,
        .maximum_qos = 2,
        .retain_available = true,
    };
    end_news(c);
}

/* The lock is held. */
static void note_failure(ce_mqtt_client *c, const char *why, int code)
{
    client_news *news = &c->news;

    if (c->tls[0])
        snprintf(news->reason, sizeof news->reason, "TLS: %s", c->tls);
    else if (code)
        snprintf(news->reason, sizeof news->reason, "%s (%d)", why, code);
    else
        snprintf(news->reason, sizeof news->reason, "%s", why);
    c->tls[0] = '\0';
}

static const char *text_of(int code)
{
    static const char *const refusals[] = {
        "",
        "refused: protocol version",
        "refused: client id",
        "refused: server unavailable",
        "refused: bad user name or password",
        "refused: not authorized"
    };

    if (code > 0 && code < (int)(sizeof refusals / sizeof *refusals))
        return refusals[code];
    if (code >= 0x80)
        return MQTTReasonCode_toString((enum MQTTReasonCodes)code);
    return "cannot connect";
}

static void on_failed5(void *context, MQTTAsync_failureData5 *d)
{
    ce_mqtt_client *c = context;
    client_news *news = begin_news(c);
    int code = d && (int)d->reasonCode >= 0x80 ? (int)d->reasonCode
               : d                             ? d->code
                                               : 0;

    news->failed = true;
    note_failure(c, text_of(code), code);
    end_news(c);
}

static void on_failed3(void *context, MQTTAsync_failureData *d)
{
    ce_mqtt_client *c = context;
    client_news *news = begin_news(c);
    int code = d ? d->code : 0;

    news->failed = true;
    note_failure(c, text_of(code), code);
    end_news(c);
}

static void on_lost(void *context, char *cause)
{
    ce_mqtt_client *c = context;
    client_news *news = begin_news(c);

    (void)cause;
    news->lost = true;
    if (!news->reason[0])
        snprintf(news->reason, sizeof news->reason, "connection lost");
    end_news(c);
}

/* The broker says why before it closes. */
static void on_disconnected(void *context, MQTTProperties *properties,
                            enum MQTTReasonCodes code)
{
    ce_mqtt_client *c = context;
    const char *why = MQTTReasonCode_toString(code);
    client_news *news = begin_news(c);

    (void)properties;
    snprintf(news->reason, sizeof news->reason, "disconnected: %s (%d)",
             why ? why : "no reason", (int)code);
    end_news(c);
}

static void on_left5(void *context, MQTTAsync_successData5 *d)
{
    ce_mqtt_client *c = context;

    (void)d;
    begin_news(c)->left = true;
    end_news(c);
}

static void on_left3(void *context, MQTTAsync_successData *d)
{
    (void)d;
    on_left5(context, NULL);
}

static void note_granted(ce_mqtt_client *c, int qos)
{
    client_news *news = begin_news(c);

    news->granted = true;
    news->granted_qos = qos;
    end_news(c);
}

static void on_granted5(void *context, MQTTAsync_successData5 *d)
{
    note_granted(context, (int)d->reasonCode);
}

static void on_granted3(void *context, MQTTAsync_successData *d)
{
    note_granted(context, d->alt.qos);
}

static void note_refused(ce_mqtt_client *c, const char *why, int code)
{
    client_news *news = begin_news(c);

    news->refused = true;
    snprintf(news->reason, sizeof news->reason, "subscription refused: %s (%d)",
             why ? why : "no reason", code);
    end_news(c);
}

static void on_refused5(void *context, MQTTAsync_failureData5 *d)
{
    int code = d ? (int)d->reasonCode : 0;

    note_refused(context, text_of(code), code ? code : d ? d->code : 0);
}

static void on_refused3(void *context, MQTTAsync_failureData *d)
{
    note_refused(context, "by the broker", d ? d->code : 0);
}

static int on_arrived(void *context, char *topic, int len,
                      MQTTAsync_message *message)
{
    ce_mqtt_client *c = context;

    (void)len;
    if (c->owner.arrived)
        c->owner.arrived(c->owner.self, topic, message);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static int on_tls_error(const char *text, size_t len, void *context)
{
    ce_mqtt_client *c = context;

    while (len && (text[len - 1] == '\n' || text[len - 1] == '\0'))
        len--;
    pthread_mutex_lock(&c->lock);
    snprintf(c->tls, sizeof c->tls, "%.*s", (int)len, text);
    pthread_mutex_unlock(&c->lock);
    return 1;
}

/* --- connecting --- */

static void add_number(MQTTProperties *to, enum MQTTPropertyCodes code,
                       uint32_t value)
{
    MQTTProperty p = { .identifier = code };

    if (code == MQTTPROPERTY_CODE_RECEIVE_MAXIMUM)
        p.value.integer2 = (unsigned short)value;
    else
        p.value.integer4 = value;
    MQTTProperties_add(to, &p);
}

static MQTTAsync_SSLOptions tls_options(ce_mqtt_client *c)
{
    MQTTAsync_SSLOptions o = MQTTAsync_SSLOptions_initializer;

    o.trustStore = c->ca;
    o.keyStore = c->cert;
    o.privateKey = c->key;
    o.enableServerCertAuth = c->verify;
    o.verify = c->verify;
    o.ssl_error_cb = on_tls_error;
    o.ssl_error_context = c;
    return o;
}

static MQTTAsync_connectOptions connect_options(ce_mqtt_client *c,
                                                MQTTProperties *properties)
{
    MQTTAsync_connectOptions o = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions five = MQTTAsync_connectOptions_initializer5;

    if (c->version == CE_MQTT_5) {
        o = five;
        o.cleanstart = c->clean;
        o.onSuccess5 = on_connected5;
        o.onFailure5 = on_failed5;
        if (!c->clean)
            add_number(properties, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL,
                       c->session_expiry);
        if (c->receive_maximum)
            add_number(properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM,
                       c->receive_maximum);
        o.connectProperties = properties;
    } else {
        o.MQTTVersion = CE_MQTT_3_1_1;
        o.cleansession = c->clean;
        o.onSuccess = on_connected3;
        o.onFailure = on_failed3;
    }
    o.context = c;
    o.keepAliveInterval = c->keep_alive;
    o.connectTimeout = CONNECT_SECONDS;
    o.maxInflight = 65535;
    o.username = c->user;
    if (c->password) {
        o.binarypwd.data = c->password;
        o.binarypwd.len = (int)strlen(c->password);
    }
    return o;
}

static void pause_then_connect(ce_mqtt_client *c)
{
    unsigned shift = c->attempts < 6 ? c->attempts : 6;
    uint64_t limit = (uint64_t)FIRST_PAUSE_MS << shift;

    if (limit > LAST_PAUSE_MS)
        limit = LAST_PAUSE_MS;
    /* An xorshift is random enough to keep clients apart. */
    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    c->attempts++;
    c->state = PAUSING;
    ce_timer_start(c->loop, &c->timer, 1 + c->random % limit);
}

static void connect_now(ce_mqtt_client *c)
{
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTAsync_connectOptions o = connect_options(c, &properties);
    MQTTAsync_SSLOptions tls = tls_options(c);
    int rc;

    if (!strncmp(c->uri, "ssl:", 4))
        o.ssl = &tls;
    pthread_mutex_lock(&c->lock);
    c->news = (client_news){ .left = false };
    c->tls[0] = '\0';
    pthread_mutex_unlock(&c->lock);
    c->state = CONNECTING;
    rc = MQTTAsync_connect(c->handle, &o);
    MQTTProperties_free(&properties);
    if (rc == MQTTASYNC_SUCCESS)
        return;
    ce_health_down(c->health, "cannot connect (%d)", rc);
    pause_then_connect(c);
}

/* --- what became of it --- */

static void tell_lost(ce_mqtt_client *c)
{
    if (!c->told)
        return;
    c->told = false;
    c->owner.lost(c->owner.self);
}

static void finish_leaving(ce_mqtt_client *c)
{
    void (*left)(void *self) = c->left;

    c->left = NULL;
    c->state = AWAY;
    ce_timer_stop(&c->timer);
    if (c->come_back)
        pause_then_connect(c);
    if (left)
        left(c->owner.self);
}

static void disconnect(ce_mqtt_client *c)
{
    MQTTAsync_disconnectOptions o = MQTTAsync_disconnectOptions_initializer;
    MQTTAsync_disconnectOptions five = MQTTAsync_disconnectOptions_initializer5;

    if (c->version == CE_MQTT_5) {
        o = five;
        o.onSuccess5 = on_left5;
    } else {
        o.onSuccess = on_left3;
    }
    o.context = c;
    if (MQTTAsync_disconnect(c->handle, &o) != MQTTASYNC_SUCCESS)
        finish_leaving(c);
}

static void leave(ce_mqtt_client *c, bool come_back)
{
    client_state before = c->state;

    c->come_back = come_back;
    if (before == LEAVING)
        return;
    ce_timer_stop(&c->timer);
    c->state = LEAVING;
    tell_lost(c);
    if (before == AWAY || before == PAUSING) {
        finish_leaving(c);
        return;
    }
    ce_timer_start(c->loop, &c->timer, LEAVE_MS);
    if (before == CONNECTED)
        disconnect(c);
}

static void greet(ce_mqtt_client *c, const ce_mqtt_welcome *w)
{
    if (c->state == LEAVING) {
        disconnect(c);
        return;
    }
    if (c->had_session && !w->session_present && !c->clean)
        ce_log(CE_WARN,
               "%s: the broker has lost the session, and with it perhaps "
               "messages",
               c->health->label);
    c->had_session = true;
    c->state = CONNECTED;
    c->connected_ms = ce_loop_now_ms(c->loop);
    c->told = true;
    ce_timer_start(c->loop, &c->timer, LOOK_MS);
    c->owner.connected(c->owner.self, w);
}

static void lose(ce_mqtt_client *c, const char *reason)
{
    if (c->state == LEAVING) {
        finish_leaving(c);
        return;
    }
    if (c->state != CONNECTED && c->state != CONNECTING)
        return;
    /* Two clients of one id throw each other out at once. */
    if (c->told && ce_loop_now_ms(c->loop) - c->connected_ms > LAST_PAUSE_MS)
        c->attempts = 0;
    ce_health_down(c->health, "%s", reason);
    tell_lost(c);
    pause_then_connect(c);
}

static void accept_grant(ce_mqtt_client *c, int qos)
{
    if (c->state != CONNECTED)
        return;
    if (qos >= c->qos) {
        ce_health_up(c->health);
        return;
    }
    ce_mqtt_client_give_up(c, "the broker grants QoS %d only", qos);
}

static void run(ce_task *t)
{
    ce_mqtt_client *c = CE_OWNER(t, ce_mqtt_client, task);
    client_news news;

    pthread_mutex_lock(&c->lock);
    news = c->news;
    c->news = (client_news){ .left = false };
    if (!news.failed && !news.lost && !news.refused)
        memcpy(c->news.reason, news.reason, sizeof news.reason);
    pthread_mutex_unlock(&c->lock);
    if (news.connected)
        greet(c, &news.welcome);
    if (news.granted)
        accept_grant(c, news.granted_qos);
    if (news.refused && c->state == CONNECTED)
        ce_mqtt_client_give_up(c, "%s", news.reason);
    if (news.failed || news.lost)
        lose(c, news.reason);
    if (news.left && c->state == LEAVING)
        finish_leaving(c);
}

static void look(ce_mqtt_client *c)
{
    if (MQTTAsync_isConnected(c->handle))
        ce_timer_start(c->loop, &c->timer, LOOK_MS);
    else
        lose(c, "connection lost");
}

static void on_timer(ce_timer *t)
{
    ce_mqtt_client *c = CE_OWNER(t, ce_mqtt_client, timer);

    if (c->state == PAUSING)
        connect_now(c);
    else if (c->state == CONNECTED)
        look(c);
    else if (c->state == LEAVING)
        finish_leaving(c);
}

/* --- what owners ask for --- */

void ce_mqtt_client_give_up(ce_mqtt_client *c, const char *fmt, ...)
{
    char reason[160];
    va_list args;

    va_start(args, fmt);
    vsnprintf(reason, sizeof reason, fmt, args);
    va_end(args);
    ce_health_down(c->health, "%s", reason);
    leave(c, true);
}

void ce_mqtt_client_subscribe(ce_mqtt_client *c, const char *filter, int qos)
{
    MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
    int rc;

    c->qos = qos;
    o.context = c;
    if (c->version == CE_MQTT_5) {
        o.onSuccess5 = on_granted5;
        o.onFailure5 = on_refused5;
        /* Retained messages come once, for a new subscription. */
        o.subscribeOptions.retainHandling = 1;
        o.subscribeOptions.retainAsPublished = 1;
    } else {
        o.onSuccess = on_granted3;
        o.onFailure = on_refused3;
    }
    rc = MQTTAsync_subscribe(c->handle, filter, qos, &o);
    if (rc != MQTTASYNC_SUCCESS)
        ce_mqtt_client_give_up(c, "cannot subscribe to \"%s\" (%d)", filter,
                               rc);
}

void ce_mqtt_client_leave(ce_mqtt_client *c, void (*done)(void *self))
{
    c->left = done;
    leave(c, false);
}

void ce_mqtt_client_return(ce_mqtt_client *c)
{
    c->attempts = 0;
    if (c->state == LEAVING)
        c->come_back = true;
    else if (c->state == AWAY)
        pause_then_connect(c);
}

MQTTAsync ce_mqtt_client_handle(const ce_mqtt_client *c)
{
    return c->handle;
}

int ce_mqtt_client_version(const ce_mqtt_client *c)
{
    return c->version;
}

const char *ce_mqtt_client_id(const ce_mqtt_client *c)
{
    return c->id;
}

/* --- life --- */

/* FNV-1a. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return (hash ^ 0xff) * 1099511628211u;
}

/* Letters and digits, at most 23, is what every broker must take. */
static void derive_id(ce_mqtt_client *c, const ce_endpoint *at, bool unique)
{
    static atomic_uint counter;
    uint64_t hash = 14695981039346656037u;
    char text[64] = "";

    gethostname(text, sizeof text - 1);
    hash = hash_text(hash, text);
    hash = hash_text(hash, at->name ? at->name : "");
    hash = hash_text(hash, ce_settings_label(at->settings));
    if (unique) {
        snprintf(text, sizeof text, "%ld %u", (long)getpid(),
                 atomic_fetch_add(&counter, 1));
        hash = hash_text(hash, text);
    }
    snprintf(c->id, sizeof c->id, "ce%016llx", (unsigned long long)hash);
}

static ce_status read_id(ce_mqtt_client *c, const ce_endpoint *at, bool unique,
                         ce_error *err)
{
    const char *id = ce_settings_text(at->settings, "client_id");

    derive_id(c, at, unique);
    c->random = hash_text((uint64_t)getpid() << 32, c->id) | 1;
    if (!id)
        return CE_OK;
    if (!*id || strlen(id) >= sizeof c->id)
        return ce_fail(err, CE_EINVAL,
                       "client_id: 1 to %zu characters, not \"%.80s\"",
                       sizeof c->id - 1, id);
    snprintf(c->id, sizeof c->id, "%s", id);
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
    return c->password ? CE_OK : ce_fail(err, CE_ENOMEM, "out of memory");
}

static ce_status read_uri(ce_mqtt_client *c, const ce_settings *s,
                          ce_error *err)
{
    bool tls = !strcmp(ce_settings_scheme(s), "mqtts");
    const char *host = ce_settings_host(s);
    bool six = strchr(host, ':') != NULL;

    if (!*host)
        return ce_fail(err, CE_EINVAL, "%s: no host", ce_settings_label(s));
    if (strlen(host) > 255)
        return ce_fail(err, CE_EINVAL, "%s: the host is too long",
                       ce_settings_label(s));
    snprintf(c->uri, sizeof c->uri, "%s://%s%s%s:%u", tls ? "ssl" : "tcp",
             six ? "[" : "", host, six ? "]" : "",
             ce_settings_port(s, tls ? 8883 : 1883));
    return CE_OK;
}

static ce_status read_settings(ce_mqtt_client *c, const ce_endpoint *at,
                               bool unique, ce_error *err)
{
    const ce_settings *s = at->settings;
    uint64_t expiry;
    ce_status status = read_uri(c, s, err);

    if (status == CE_OK)
        status = read_login(c, s, err);
    if (status == CE_OK)
        status = read_id(c, at, unique, err);
    if (status != CE_OK)
        return status;
    c->version = !strcmp(ce_settings_text(s, "version"), "5") ? CE_MQTT_5
                                                              : CE_MQTT_3_1_1;
    c->keep_alive = (int)(ce_settings_ms(s, "keep_alive") / 1000);
    c->ca = ce_settings_text(s, "ca");
    c->cert = ce_settings_text(s, "cert");
    c->key = ce_settings_text(s, "key");
    c->verify = ce_settings_boolean(s, "verify");
    /* A sender keeps no session: what has no answer is sent again by others. */
    c->clean = !c->owner.arrived || ce_settings_boolean(s, "clean");
    if (!c->owner.arrived)
        return CE_OK;
    expiry = ce_settings_ms(s, "session_expiry") / 1000;
    c->session_expiry = expiry < UINT32_MAX ? (uint32_t)expiry : UINT32_MAX;
    c->receive_maximum = (uint32_t)ce_settings_integer(s, "receive_maximum");
    return CE_OK;
}

static ce_status create_handle(ce_mqtt_client *c, ce_error *err)
{
    MQTTAsync_createOptions o = MQTTAsync_createOptions_initializer;
    int rc;

    o.MQTTVersion = c->version;
    o.sendWhileDisconnected = 0;
    o.maxBufferedMessages = 65535;
    rc = MQTTAsync_createWithOptions(&c->handle, c->uri, c->id,
                                     MQTTCLIENT_PERSISTENCE_NONE, NULL, &o);
    if (rc != MQTTASYNC_SUCCESS)
        return ce_fail(err, CE_EIO, "cannot make an MQTT client for %s: %s",
                       c->uri, MQTTAsync_strerror(rc));
    MQTTAsync_setCallbacks(c->handle, c, on_lost, on_arrived, NULL);
    MQTTAsync_setDisconnected(c->handle, c, on_disconnected);
    return CE_OK;
}

ce_status ce_mqtt_client_open(ce_mqtt_client **out, const ce_endpoint *at,
                              ce_health *health, const ce_mqtt_owner *owner,
                              bool id_is_unique, ce_error *err)
{
    ce_mqtt_client *c = ce_alloc_zeroed(sizeof *c);
    ce_status status;

    if (!c)
        return ce_fail(err, CE_ENOMEM, "out of memory");
    c->loop = at->loop;
    c->health = health;
    c->owner = *owner;
    c->timer.fire = on_timer;
    c->task.run = run;
    pthread_mutex_init(&c->lock, NULL);
    status = read_settings(c, at, id_is_unique, err);
    if (status == CE_OK)
        status = create_handle(c, err);
    if (status != CE_OK) {
        ce_mqtt_client_close(c);
        return status;
    }
    *out = c;
    return CE_OK;
}

void ce_mqtt_client_start(ce_mqtt_client *c)
{
    connect_now(c);
}

void ce_mqtt_client_close(ce_mqtt_client *c)
{
    if (!c)
        return;
    if (c->handle)
        MQTTAsync_destroy(&c->handle);
    ce_loop_unpost(c->loop, &c->task);
    ce_timer_stop(&c->timer);
    pthread_mutex_destroy(&c->lock);
    if (c->password)
        explicit_bzero(c->password, strlen(c->password));
    ce_free(c->password);
    ce_free(c);
}
