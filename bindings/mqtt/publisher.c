/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes, and settles with the broker's answers.
 *
 * A window of our own stays below what the broker takes, because paho stalls
 * at that limit. When a connection is lost, all that has no answer is given
 * back in the order it came. */
#include "bindings/mqtt/publisher.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/mqtt/tickets.h"

enum { SILENCE_MS = 30000, LOOK_MS = 5000 };

struct ce_mqtt_publisher {
    ce_stage stage;
    ce_mqtt_publisher_config config;
    uint32_t maximum_packet;
    bool stopped;
    ce_mqtt_tickets *tickets; /* NULL: not connected */
    ce_mqtt_tickets *past;
    ce_delivery *first, *last; /* wait for a ticket */
    uint64_t answered_ms;
    ce_task task;
    ce_timer look, deadline;
    void (*done)(void *arg);
    void *done_arg;
    ce_mqtt_answers answers;
};

bool ce_mqtt_publisher_is_open(const ce_mqtt_publisher *p)
{
    return p->tickets != NULL;
}

bool ce_mqtt_publisher_is_idle(const ce_mqtt_publisher *p)
{
    return !p->first && (!p->tickets || p->tickets->out == 0);
}

static void say_done(ce_mqtt_publisher *p)
{
    void (*done)(void *arg) = p->done;

    if (!done || !ce_mqtt_publisher_is_idle(p))
        return;
    p->done = NULL;
    ce_timer_stop(&p->deadline);
    done(p->done_arg);
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

static int publish(ce_mqtt_publisher *p, ce_mqtt_ticket *t,
                   const ce_mqtt_publish *m)
{
    MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
    /* An empty retained message would delete the one that is kept. */
    bool retain = p->config.retain && m->payload.len > 0;

    ce_mqtt_ticket_hear(t, p->config.version, &o);
    o.properties = m->properties;
    return MQTTAsync_send(
        ce_mqtt_client_handle(p->config.client), m->topic, (int)m->payload.len,
        m->payload.ptr ? m->payload.ptr : "", p->config.qos, retain, &o);
}

static bool is_too_large(const ce_mqtt_publisher *p, const ce_mqtt_publish *m)
{
    return p->maximum_packet &&
           m->packet_bytes + strlen(m->topic) + 2 > p->maximum_packet;
}

static void send_one(ce_mqtt_publisher *p, ce_delivery *d)
{
    ce_error err = { CE_OK, "" };
    ce_mqtt_publish m;
    ce_mqtt_ticket *t;
    int rc;
    ce_status status = p->config.write(p->config.self, d, &m, &err);

    if (status == CE_ENOMEM) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
    } else if (status != CE_OK) {
        ce_settle_malformed(d, 0, err.text);
    } else if (is_too_large(p, &m)) {
        ce_settle_nack(d, MQTTREASONCODE_PACKET_TOO_LARGE,
                       "larger than the broker's maximum packet size");
    } else {
        if (p->tickets->out == 0)
            p->answered_ms = ce_loop_now_ms(p->config.loop);
        t = ce_mqtt_ticket_take(p->tickets, d);
        rc = publish(p, t, &m);
        if (rc != MQTTASYNC_SUCCESS)
            settle_failed_send(ce_mqtt_ticket_give(t), rc);
    }
}

static ce_delivery *shift(ce_mqtt_publisher *p)
{
    ce_delivery *d = p->first;

    p->first = d->next;
    if (!p->first)
        p->last = NULL;
    d->next = NULL;
    return d;
}

static void send_waiting(ce_mqtt_publisher *p)
{
    while (p->first && p->tickets && p->tickets->free)
        send_one(p, shift(p));
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_mqtt_publisher *p = (ce_mqtt_publisher *)stage;

    if (p->stopped || !p->tickets) {
        ce_settle_undelivered(
            d, 0, 0, p->stopped ? "stopped" : p->config.health->reason);
        return;
    }
    if (!p->first && p->tickets->free) {
        send_one(p, d);
        return;
    }
    d->next = NULL;
    if (p->last)
        p->last->next = d;
    else
        p->first = d;
    p->last = d;
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
    ce_delivery *d;

    if (!t->waiting)
        return;
    if (t->of->is_past) {
        t->waiting = false;
        t->of->out--;
        return;
    }
    d = ce_mqtt_ticket_give(t);
    if (d)
        settle_answer(d, code, reason);
}

static void take_answers(ce_mqtt_publisher *p)
{
    int code, reason;
    ce_mqtt_ticket *t;

    while ((t = ce_mqtt_answers_next(&p->answers, &code, &reason))) {
        p->answered_ms = ce_loop_now_ms(p->config.loop);
        take_answer(t, code, reason);
    }
}

static void run(ce_task *task)
{
    ce_mqtt_publisher *p = CE_OWNER(task, ce_mqtt_publisher, task);

    take_answers(p);
    send_waiting(p);
    say_done(p);
}

static void forget_waiting(ce_mqtt_publisher *p, const ce_delivery *d)
{
    ce_delivery *before = NULL, *at = p->first;

    while (at && at != d) {
        before = at;
        at = at->next;
    }
    if (!at)
        return;
    if (before)
        before->next = at->next;
    else
        p->first = at->next;
    if (p->last == at)
        p->last = before;
}

void ce_mqtt_publisher_forget(ce_mqtt_publisher *p, const ce_delivery *d)
{
    ce_mqtt_ticket *t = p->tickets ? p->tickets->first : NULL;

    while (t && t->d != d)
        t = t->next;
    if (t)
        t->d = NULL;
    else
        forget_waiting(p, d);
}

/* --- the connection --- */

bool ce_mqtt_publisher_begin(ce_mqtt_publisher *p, const ce_mqtt_welcome *w)
{
    const ce_mqtt_publisher_config *c = &p->config;
    unsigned window = w->receive_maximum;

    if (w->maximum_qos < (unsigned)c->qos ||
        (c->retain && !w->retain_available)) {
        ce_mqtt_client_give_up(c->client, "the broker does not take %s",
                               c->retain && !w->retain_available
                                   ? "retained messages"
                                   : "this QoS");
        return false;
    }
    /* Paho stalls for a second when the last place is taken. */
    if (window > 1 && window < 65535)
        window--;
    if (window > c->max_in_flight)
        window = c->max_in_flight;
    p->tickets = ce_mqtt_tickets_new(&p->answers, window ? window : 1);
    if (!p->tickets) {
        ce_mqtt_client_give_up(c->client, "out of memory");
        return false;
    }
    p->maximum_packet = w->maximum_packet;
    ce_timer_start(c->loop, &p->look, LOOK_MS);
    return true;
}

static void give_back(ce_mqtt_publisher *p, ce_mqtt_tickets *v,
                      const char *reason)
{
    ce_delivery *waiting = p->first;

    p->first = p->last = NULL;
    for (ce_mqtt_ticket *t = v->first, *next; t; t = next) {
        ce_delivery *d = t->d;

        next = t->next;
        t->d = NULL;
        if (d)
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
void ce_mqtt_publisher_end(ce_mqtt_publisher *p, const char *reason)
{
    ce_mqtt_tickets *v = p->tickets;

    if (!v)
        return;
    take_answers(p);
    p->tickets = NULL;
    ce_timer_stop(&p->look);
    ce_mqtt_tickets_forget(&p->past);
    v->is_past = true;
    v->next = p->past;
    p->past = v;
    give_back(p, v, reason);
    say_done(p);
}

/* A broker that is connected and does not answer is as good as away. */
static void on_look(ce_timer *t)
{
    ce_mqtt_publisher *p = CE_OWNER(t, ce_mqtt_publisher, look);

    if (p->tickets->out > 0 &&
        ce_loop_now_ms(p->config.loop) - p->answered_ms > SILENCE_MS)
        ce_mqtt_client_give_up(p->config.client, "the broker does not answer");
    else
        ce_timer_start(p->config.loop, t, LOOK_MS);
}

/* --- life --- */

static void on_deadline(ce_timer *t)
{
    ce_mqtt_publisher_end(CE_OWNER(t, ce_mqtt_publisher, deadline),
                          "no answer in time");
}

void ce_mqtt_publisher_stop(ce_mqtt_publisher *p, unsigned timeout_ms,
                            void (*done)(void *arg), void *arg)
{
    p->stopped = true;
    p->done = done;
    p->done_arg = arg;
    if (!ce_mqtt_publisher_is_idle(p))
        ce_timer_start(p->config.loop, &p->deadline, timeout_ms);
    say_done(p);
}

void ce_mqtt_publisher_close(ce_mqtt_publisher *p)
{
    if (!p)
        return;
    ce_loop_unpost(p->config.loop, &p->task);
    ce_timer_stop(&p->look);
    ce_timer_stop(&p->deadline);
    while (p->past) {
        ce_mqtt_tickets *v = p->past;

        p->past = v->next;
        ce_free(v);
    }
    ce_free(p->tickets);
    pthread_mutex_destroy(&p->answers.lock);
    ce_free(p);
}

static const ce_stage_ops ops = { .name = "mqtt", .push = push };

ce_stage *ce_mqtt_publisher_stage(ce_mqtt_publisher *p)
{
    return &p->stage;
}

ce_status ce_mqtt_publisher_open(ce_mqtt_publisher **out,
                                 const ce_mqtt_publisher_config *c)
{
    ce_mqtt_publisher *p = ce_alloc_zeroed(sizeof *p);

    if (!p)
        return CE_ENOMEM;
    p->stage.ops = &ops;
    p->config = *c;
    p->task.run = run;
    p->look.fire = on_look;
    p->deadline.fire = on_deadline;
    pthread_mutex_init(&p->answers.lock, NULL);
    p->answers.loop = c->loop;
    p->answers.task = &p->task;
    *out = p;
    return CE_OK;
}
