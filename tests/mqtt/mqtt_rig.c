/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mqtt/mqtt_rig.h"

/* --- brokers --- */

void rig_broker(rig *r, const char *command, const char *options)
{
    char arguments[1024];

    snprintf(arguments, sizeof arguments, "%s %s %s", command, r->dir, options);
    REQUIRE_EQ(ce_broker_script("mosquitto.sh", arguments), 0);
    ce_broker_read(r->dir, "mosquitto.address", r->address, sizeof r->address);
    ce_broker_read(r->dir, "mosquitto.tls", r->tls, sizeof r->tls);
    ce_broker_read(r->dir, "mosquitto.websocket", r->websocket,
                   sizeof r->websocket);
}

static void stop_broker(rig *r)
{
    char arguments[1024];

    snprintf(arguments, sizeof arguments, "stop %s", r->dir);
    EXPECT_EQ(ce_broker_script("mosquitto.sh", arguments), 0);
}

/* --- time --- */

/* A loop without work would sleep past the end of a wait. */
static void on_tick(ce_timer *t)
{
    ce_timer_start(CE_OWNER(t, rig, tick)->loop, t, RIG_TICK_MS);
}

uint64_t rig_end(rig *r)
{
    uv_update_time(ce_loop_uv(r->loop));
    return ce_loop_now_ms(r->loop) + RIG_MS;
}

void rig_pass(rig *r, uint64_t ms)
{
    uint64_t end = rig_end(r) - RIG_MS + ms;

    while (ce_loop_now_ms(r->loop) < end)
        uv_run(ce_loop_uv(r->loop), UV_RUN_ONCE);
}

/* --- what arrives --- */

/* Keeps the last event; ids that are numbers tell which have come. */
static void take(ce_stage *s, ce_delivery *d)
{
    rig *r = CE_OWNER(s, rig, sink);
    const ce_event *e = ce_delivery_event(d, NULL);
    ce_slice id = e ? ce_event_text(e, "id") : (ce_slice){ NULL, 0 };
    int number = -1;

    ce_event_free(r->last);
    r->last = e ? ce_event_clone(e) : NULL;
    r->last_mode = d->message.mode;
    r->last_plain = d->defect.plain;
    r->last_bytes = d->message.body.len;
    r->arrived++;
    if (id.ptr && sscanf(id.ptr, "%d", &number) == 1 && number >= 0 &&
        number < RIG_EVENTS && !r->seen[number]) {
        r->seen[number] = true;
        r->distinct++;
    }
    ce_settle_ack(d, CE_DELIVERED);
}

static const ce_stage_ops sink = { .name = "rig", .push = take };

/* --- both ends --- */

void rig_open(rig *r)
{
    *r = (rig){ .sink.ops = &sink, .tick.fire = on_tick };
    REQUIRE_OK(ce_loop_open(&r->loop, NULL, NULL));
    ce_timer_start(r->loop, &r->tick, RIG_TICK_MS);
    r->app = ce_mem_receiver(r->loop, "mem://app?max_in_flight=5000");
}

ce_endpoint rig_endpoint(rig *r, ce_settings **s, const ce_option *table,
                         const char *uri)
{
    ce_error err = { CE_OK, "" };

    if (ce_settings_open(s, table, uri, CE_URI_STRICT, &err) != CE_OK)
        fprintf(stderr, "%s: %s\n", uri, err.text);
    REQUIRE(*s != NULL);
    return (ce_endpoint){
        .loop = r->loop, .settings = *s, .name = "rig", .inbox = r->inbox
    };
}

void rig_start_sender(rig *r, const char *uri)
{
    static ce_endpoint at;

    at = rig_endpoint(r, &r->sender_settings, ce_transport_mqtt.sender_options,
                      uri);
    REQUIRE_OK(ce_mqtt_sender_open(&r->sender, &at, NULL));
    REQUIRE_OK(r->sender->ops->start(r->sender, NULL));
    REQUIRE_OK(r->app->ops->start(r->app, &r->sender->stage, NULL));
}

void rig_start_receiver(rig *r, const char *uri)
{
    static ce_endpoint at;
    ce_error err = { CE_OK, "" };

    at = rig_endpoint(r, &r->receiver_settings,
                      ce_transport_mqtt.receiver_options, uri);
    if (ce_mqtt_receiver_open(&r->receiver, &at, &err) != CE_OK)
        fprintf(stderr, "%s: %s\n", uri, err.text);
    REQUIRE(r->receiver != NULL);
    REQUIRE_OK(r->receiver->ops->start(r->receiver, &r->sink, NULL));
}

void rig_on_done(void *flag)
{
    *(bool *)flag = true;
}

void rig_close_sender(rig *r)
{
    if (!r->sender)
        return;
    r->sender_done = false;
    r->sender->ops->stop(r->sender, 5000, rig_on_done, &r->sender_done);
    RIG_WAIT(r, r->sender_done);
    EXPECT(r->sender_done);
    r->app->ops->stop(r->app);
    r->sender->stage.ops->close(&r->sender->stage);
    ce_settings_close(r->sender_settings);
    r->sender = NULL;
}

void rig_close_receiver(rig *r)
{
    if (!r->receiver)
        return;
    r->receiver->ops->stop(r->receiver);
    r->receiver->ops->close(r->receiver);
    ce_settings_close(r->receiver_settings);
    r->receiver = NULL;
}

void rig_open_inbox(rig *r, uint64_t max_bytes)
{
    char path[300];
    ce_inbox_config c = { .dir = path, .route = "rig", .max_bytes = max_bytes };

    if (!r->dir[0])
        ce_test_make_folder(r->dir, sizeof r->dir);
    snprintf(path, sizeof path, "%s/inbox", r->dir);
    REQUIRE_OK(ce_inbox_open(&r->inbox, &c, NULL));
}

void rig_start_replay(rig *r)
{
    REQUIRE_OK(ce_inbox_receiver(&r->replay, r->inbox, r->loop, 0, 100));
    REQUIRE_OK(r->replay->ops->start(r->replay, &r->sink, NULL));
}

void rig_close(rig *r)
{
    if (!r->loop)
        return;
    rig_close_receiver(r);
    rig_close_sender(r);
    if (r->replay) {
        r->replay->ops->stop(r->replay);
        r->replay->ops->close(r->replay);
    }
    ce_inbox_close(r->inbox);
    ce_mem_close_receiver(r->app);
    ce_timer_stop(&r->tick);
    ce_loop_close(r->loop);
    ce_event_free(r->last);
    if (r->address[0])
        stop_broker(r);
    if (r->dir[0])
        ce_test_remove(r->dir);
    r->loop = NULL;
}

/* --- sending --- */

int rig_send(rig *r, unsigned id)
{
    char text[16];

    snprintf(text, sizeof text, "%u", id);
    return ce_mem_arrive_event(r->app, text, NULL);
}

bool rig_acked(rig *r, int number)
{
    const ce_mem_outcome *o = ce_mem_outcome_of(r->app, number);

    RIG_UNTIL(r, o->settlements > 0);
    return o->result.verdict == CE_ACK;
}
