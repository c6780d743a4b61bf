/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes to one topic.
 *
 * A window of our own stays below what the broker takes, because paho stalls
 * at that limit. When a connection is lost, all that has no answer is given
 * back in the order it came. */
#include "visit.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

enum { SILENCE_MS = 30000, LOOK_MS = 5000 };

typedef struct mqtt_sender mqtt_sender;

struct mqtt_sender {
    ce_sender sender;
    ce_loop *loop;
    ce_mqtt_client *client;
    const char *topic;
    ce_mqtt_dialect dialect;
    int qos;
    bool retain, stopped;
    unsigned max_in_flight;
    uint32_t maximum_packet;
    ce_mqtt_visit *visit; /* NULL: not connected */
    ce_mqtt_visit *past;
    ce_delivery *first, *last; /* wait for a ce_mqtt_ticket */
    uint64_t answered_ms;
    ce_task task;
    ce_timer look, deadline;
    void (*done)(void *arg);
    void *done_arg;
    ce_mqtt_answers answers;
};

static void say_done(mqtt_sender *s)
{
    void (*done)(void *arg) = s->done;

    if (!done || s->first || (s->visit && s->visit->out > 0))
        return;
    s->done = NULL;
    ce_timer_stop(&s->deadline);
    done(s->done_arg);
}

/* --- sending --- */

static void settle_failed_send(ce_delivery *d, int rc)
{
    char reason[80];

    if (rc == MQTTASYNC_BAD_UTF8_STRING) {
        ce_settle_nack(d, rc, "the topic is no valid UTF-8");
        return;
    }
    snprintf(reason, sizeof reason, "cannot publish (%d)", rc);
    ce_settle_undelivered(d, rc, 0, reason);
}

static int publish(mqtt_sender *s, ce_mqtt_ticket *t, const ce_mqtt_publish *p)
{
    MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
    /* An empty retained message would delete the one that is kept. */
    bool retain = s->retain && p->payload.len > 0;

    ce_mqtt_ticket_hear(t, s->dialect.version, &o);
    o.properties = p->properties;
    return MQTTAsync_send(
        ce_mqtt_client_handle(s->client), s->topic, (int)p->payload.len,
        p->payload.ptr ? p->payload.ptr : "", s->qos, retain, &o);
}

static bool is_too_large(const mqtt_sender *s, const ce_mqtt_publish *p)
{
    return s->maximum_packet &&
           p->packet_bytes + strlen(s->topic) + 2 > s->maximum_packet;
}

static void send_one(mqtt_sender *s, ce_delivery *d)
{
    ce_error err = { CE_OK, "" };
    ce_mqtt_publish p;
    ce_mqtt_ticket *t;
    int rc;
    ce_status status =
        ce_mqtt_encode(&d->message, &s->dialect, d->arena, &p, &err);

    if (status == CE_ENOMEM) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
    } else if (status != CE_OK) {
        ce_settle_malformed(d, 0, err.text);
    } else if (is_too_large(s, &p)) {
        ce_settle_nack(d, MQTTREASONCODE_PACKET_TOO_LARGE,
                       "larger than the broker's maximum packet size");
    } else {
        if (s->visit->out == 0)
            s->answered_ms = ce_loop_now_ms(s->loop);
        t = ce_mqtt_ticket_take(s->visit, d);
        rc = publish(s, t, &p);
        if (rc != MQTTASYNC_SUCCESS)
            settle_failed_send(ce_mqtt_ticket_give(t), rc);
    }
}

static ce_delivery *shift(mqtt_sender *s)
{
    ce_delivery *d = s->first;

    s->first = d->next;
    if (!s->first)
        s->last = NULL;
    d->next = NULL;
    return d;
}

static void send_waiting(mqtt_sender *s)
{
    while (s->first && s->visit && s->visit->free)
        send_one(s, shift(s));
}

static void push(ce_stage *stage, ce_delivery *d)
{
    mqtt_sender *s = (mqtt_sender *)stage;

    if (s->stopped || !s->visit) {
        ce_settle_undelivered(d, 0, 0,
                              s->stopped ? "stopped" : s->sender.health.reason);
        return;
    }
    if (!s->first && s->visit->free) {
        send_one(s, d);
        return;
    }
    d->next = NULL;
    if (s->last)
        s->last->next = d;
    else
        s->first = d;
    s->last = d;
}

/* --- answers --- */

/* What the broker may think better of. */
static bool is_passing(int reason)
{
    switch (reason) {
    case MQTTREASONCODE_SERVER_UNAVAILABLE:
    case MQTTREASONCODE_SERVER_BUSY:
    case MQTTREASONCODE_SERVER_SHUTTING_DOWN:
    case MQTTREASONCODE_RECEIVE_MAXIMUM_EXCEEDED:
    case MQTTREASONCODE_MESSAGE_RATE_TOO_HIGH:
    case MQTTREASONCODE_QUOTA_EXCEEDED:
    case MQTTREASONCODE_CONNECTION_RATE_EXCEEDED:
    case MQTTREASONCODE_PACKET_IDENTIFIER_IN_USE:
        return true;
    default:
        return false;
    }
}

static void settle_answer(ce_delivery *d, int code, int reason)
{
    const char *text =
        reason ? MQTTReasonCode_toString((enum MQTTReasonCodes)reason)
               : "connection lost";

    if (!code && !reason)
        ce_settle_ack(d, CE_DELIVERED);
    else if (!reason || is_passing(reason))
        ce_settle_undelivered(d, reason ? reason : code, 0, text);
    else
        ce_settle_nack(d, reason, text ? text : "refused by the broker");
}

static void take_answer(ce_mqtt_ticket *t, int code, int reason)
{
    if (!t->waiting)
        return;
    if (!t->of->is_past) {
        settle_answer(ce_mqtt_ticket_give(t), code, reason);
        return;
    }
    t->waiting = false;
    t->of->out--;
}

static void take_answers(mqtt_sender *s)
{
    int code, reason;
    ce_mqtt_ticket *t;

    while ((t = ce_mqtt_answers_next(&s->answers, &code, &reason))) {
        s->answered_ms = ce_loop_now_ms(s->loop);
        take_answer(t, code, reason);
    }
}

static void run(ce_task *task)
{
    mqtt_sender *s = CE_OWNER(task, mqtt_sender, task);

    take_answers(s);
    send_waiting(s);
    say_done(s);
}

/* --- the connection --- */

static void connected(void *self, const ce_mqtt_welcome *w)
{
    mqtt_sender *s = self;
    unsigned window = w->receive_maximum;

    if (w->maximum_qos < (unsigned)s->qos ||
        (s->retain && !w->retain_available)) {
        ce_mqtt_client_give_up(s->client, "the broker does not take %s",
                               s->retain && !w->retain_available
                                   ? "retained messages"
                                   : "this QoS");
        return;
    }
    /* Paho stalls for a second when the last place is taken. */
    if (window > 1 && window < 65535)
        window--;
    if (window > s->max_in_flight)
        window = s->max_in_flight;
    s->visit = ce_mqtt_visit_new(&s->answers, window ? window : 1);
    if (!s->visit) {
        ce_mqtt_client_give_up(s->client, "out of memory");
        return;
    }
    s->maximum_packet = w->maximum_packet;
    ce_timer_start(s->loop, &s->look, LOOK_MS);
    ce_health_up(&s->sender.health);
}

static void give_back(mqtt_sender *s, ce_mqtt_visit *v, const char *reason)
{
    ce_delivery *waiting = s->first;

    s->first = s->last = NULL;
    for (ce_mqtt_ticket *t = v ? v->first : NULL, *next; t; t = next) {
        ce_delivery *d = t->d;

        next = t->next;
        t->d = NULL;
        ce_settle_undelivered(d, 0, 0, reason);
    }
    while (waiting) {
        ce_delivery *d = waiting;

        waiting = d->next;
        d->next = NULL;
        ce_settle_undelivered(d, 0, 0, reason);
    }
}

/* Answers that are here already still count. */
static void end_visit(mqtt_sender *s, const char *reason)
{
    ce_mqtt_visit *v = s->visit;

    if (!v)
        return;
    take_answers(s);
    s->visit = NULL;
    ce_timer_stop(&s->look);
    ce_mqtt_visit_forget(&s->past);
    v->is_past = true;
    v->next = s->past;
    s->past = v;
    give_back(s, v, reason);
    say_done(s);
}

static void lost(void *self)
{
    mqtt_sender *s = self;

    end_visit(s, s->sender.health.reason);
}

/* A broker that is connected and does not answer is as good as away. */
static void on_look(ce_timer *t)
{
    mqtt_sender *s = CE_OWNER(t, mqtt_sender, look);

    if (s->visit->out > 0 &&
        ce_loop_now_ms(s->loop) - s->answered_ms > SILENCE_MS)
        ce_mqtt_client_give_up(s->client, "the broker does not answer");
    else
        ce_timer_start(s->loop, t, LOOK_MS);
}

/* --- life --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    (void)err;
    ce_mqtt_client_start(((mqtt_sender *)sender)->client);
    return CE_OK;
}

static void on_deadline(ce_timer *t)
{
    end_visit(CE_OWNER(t, mqtt_sender, deadline), "no answer in time");
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    mqtt_sender *s = (mqtt_sender *)sender;

    s->stopped = true;
    s->done = done;
    s->done_arg = arg;
    if (s->first || (s->visit && s->visit->out > 0))
        ce_timer_start(s->loop, &s->deadline, timeout_ms);
    say_done(s);
}

static void close_sender(ce_stage *stage)
{
    mqtt_sender *s = (mqtt_sender *)stage;

    ce_mqtt_client_close(s->client);
    ce_loop_unpost(s->loop, &s->task);
    ce_timer_stop(&s->look);
    ce_timer_stop(&s->deadline);
    while (s->past) {
        ce_mqtt_visit *v = s->past;

        s->past = v->next;
        ce_free(v);
    }
    ce_free(s->visit);
    pthread_mutex_destroy(&s->answers.lock);
    ce_free(s);
}

static const ce_stage_ops stage_ops = {
    .name = "mqtt",
    .push = push,
    .close = close_sender,
};
static const ce_sender_ops ops = { .start = start, .stop = stop };

ce_status ce_mqtt_sender_open(ce_sender **out, const ce_endpoint *at,
                              ce_error *err)
{
    mqtt_sender *s = ce_alloc_zeroed(sizeof *s);
    const ce_settings *settings = at->settings;
    ce_status status;

    if (!s)
        return ce_fail(err, CE_ENOMEM, "out of memory");
    s->sender.stage.ops = &stage_ops;
    s->sender.ops = &ops;
    s->sender.keeps_order = true;
    s->loop = at->loop;
    s->topic = ce_settings_path(settings);
    s->dialect = ce_mqtt_dialect_of(settings);
    s->qos = (int)ce_settings_integer(settings, "qos");
    s->retain = ce_settings_boolean(settings, "retain");
    s->max_in_flight = (unsigned)ce_settings_integer(settings, "max_in_flight");
    s->task.run = run;
    s->look.fire = on_look;
    s->deadline.fire = on_deadline;
    pthread_mutex_init(&s->answers.lock, NULL);
    s->answers.loop = at->loop;
    s->answers.task = &s->task;
    ce_health_init(&s->sender.health, at->loop, ce_settings_label(settings));
    status = ce_mqtt_check_topic(s->topic, ce_settings_label(settings), err);
    if (status == CE_OK)
        status = ce_mqtt_client_open(
            &s->client, at, &s->sender.health,
            &(ce_mqtt_owner){ s, connected, lost, NULL }, true, err);
    if (status != CE_OK) {
        close_sender(&s->sender.stage);
        return status;
    }
    *out = &s->sender;
    return CE_OK;
}
