/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes, and settles with the broker's answers.
 *
 * A delivery waits for a ticket, travels with it, and gets its result from the
 * answer that comes back to the ticket. There are fewer tickets than the broker
 * takes, because paho stalls at that limit. When the connection is lost, all
 * that has no answer is given back in the order it came. */
#include "bindings/mqtt/publisher.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/mqtt/suspect.h"
#include "bindings/mqtt/tickets.h"

enum {
    /* A broker that pings but answers nothing for so long is given up. */
    SILENCE_MS = 30000,
    CHECK_MS = 5000,
    /* A broker hangs up on a packet when it has read the first bytes. */
    AT_ONCE_MS = 5000,
    /* MQTT 5 3.2.2.3.3: what a Receive Maximum that is not said means. */
    NO_MAXIMUM = 65535
};

struct ce_mqtt_publisher {
    ce_stage stage;
    ce_mqtt_publisher_config config;
    uint32_t maximum_packet;
    bool stopped;
    ce_mqtt_tickets *tickets; /* NULL: not connected */
    ce_mqtt_tickets *past;    /* of lost connections: paho answers late */
    ce_queue waiting;         /* deliveries, for a ticket */
    uint64_t answered_ms;
    ce_mqtt_suspect suspect;
    ce_task task; /* takes the answers */
    ce_timer check, deadline;
    void (*done)(void *arg); /* NULL: not stopping */
    void *done_arg;
    ce_mqtt_answers answers;
};

bool ce_mqtt_publisher_is_open(const ce_mqtt_publisher *p)
{
    return p->tickets != NULL;
}

bool ce_mqtt_publisher_is_idle(const ce_mqtt_publisher *p)
{
    return ce_queue_is_empty(&p->waiting) &&
           (!p->tickets || p->tickets->out == 0);
}

static void finish_if_idle(ce_mqtt_publisher *p)
{
    void (*done)(void *arg) = p->done;

    if (!done || !ce_mqtt_publisher_is_idle(p))
        return;
    p->done = NULL;
    ce_timer_stop(&p->deadline);
    done(p->done_arg);
}

/* --- sending --- */

static size_t packet_bytes(const ce_mqtt_publish *m)
{
    return m->packet_bytes + strlen(m->topic) + 2;
}

/* 0: nobody is suspected, so that it does not matter. */
static uint64_t mark_of(const ce_mqtt_publisher *p, const ce_delivery *d,
                        const char *topic)
{
    if (!ce_mqtt_suspect_is_any(&p->suspect))
        return 0;
    return ce_mqtt_suspect_mark(topic, &d->message);
}

/* Settles D and returns true if the broker would end the connection for M. */
static bool is_refused(ce_mqtt_publisher *p, ce_delivery *d,
                       const ce_mqtt_publish *m, uint64_t mark)
{
    /* MQTT 5 3.2.2.3.6. Paho does not check. */
    if (p->maximum_packet && packet_bytes(m) > p->maximum_packet) {
        ce_settle_nack(d, MQTTREASONCODE_PACKET_TOO_LARGE,
                       "larger than the broker's maximum packet size");
        return true;
    }
    if (!ce_mqtt_suspect_is_guilty(&p->suspect, mark))
        return false;
    ce_mqtt_suspect_refuse(&p->suspect, d, mark, m->topic, packet_bytes(m));
    return true;
}

/* Settles D and returns false when there is nothing to publish. */
static bool write_packet(ce_mqtt_publisher *p, ce_delivery *d,
                         ce_mqtt_publish *out)
{
    ce_error err = { CE_OK, "" };
    ce_status status = p->config.write(p->config.self, d, out, &err);

    if (status == CE_ENOMEM) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return false;
    }
    if (status == CE_ENOENT) {
        ce_settle_nack(d, 0, err.text);
        return false;
    }
    if (status != CE_OK) {
        ce_settle_malformed(d, 0, err.text);
        return false;
    }
    return true;
}

static int publish(ce_mqtt_publisher *p, ce_mqtt_ticket *t,
                   const ce_mqtt_publish *m)
{
    MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
    /* MQTT 5 3.3.1.3: an empty retained message would delete the one that is
     * kept. */
    bool retain = p->config.retain && m->payload.len > 0;

    ce_mqtt_ticket_callbacks(t, p->config.version, &o);
    o.properties = m->properties;
    return MQTTAsync_send(
        ce_mqtt_client_handle(p->config.client), m->topic, (int)m->payload.len,
        m->payload.ptr ? m->payload.ptr : "", p->config.qos, retain, &o);
}

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

/* Nothing follows a publication that has to be alone. */
static bool may_send(const ce_mqtt_publisher *p)
{
    const ce_mqtt_tickets *all = p->tickets;

    return all && all->free && (!all->first || !all->first->is_alone);
}

static void send_now(ce_mqtt_publisher *p, ce_delivery *d,
                     const ce_mqtt_publish *m, bool is_alone)
{
    ce_mqtt_ticket *t = ce_mqtt_ticket_take(p->tickets, d);
    int rc;

    t->topic = m->topic;
    t->bytes = packet_bytes(m);
    t->is_alone = is_alone;
    rc = publish(p, t, m);
    /* Paho calls nothing back for what it did not take. */
    if (rc != MQTTASYNC_SUCCESS)
        settle_failed_send(ce_mqtt_ticket_give(t), rc);
}

/* Whether the next one may follow. D comes from the front of those that wait,
 * and may have to go back. */
static bool send_one(ce_mqtt_publisher *p, ce_delivery *d)
{
    ce_mqtt_publish m;
    bool is_alone;
    uint64_t mark;

    if (!write_packet(p, d, &m))
        return true;
    mark = mark_of(p, d, m.topic);
    if (is_refused(p, d, &m, mark))
        return true;
    is_alone = ce_mqtt_suspect_goes_alone(&p->suspect, mark);
    if (is_alone && p->tickets->out > 0) {
        ce_queue_put_back(&p->waiting, &d->link);
        return false;
    }
    /* The broker's silence begins with the first that it has to answer. */
    if (p->tickets->out == 0)
        p->answered_ms = ce_loop_now_ms(p->config.loop);
    send_now(p, d, &m, is_alone);
    return true;
}

/* Settling may end the connection, so everything is looked at each time. */
static void send_waiting(ce_mqtt_publisher *p)
{
    bool goes_on = true;

    while (goes_on && ce_delivery_next(&p->waiting) && may_send(p))
        goes_on = send_one(p, CE_QUEUE_TAKE(&p->waiting, ce_delivery, link));
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_mqtt_publisher *p = (ce_mqtt_publisher *)stage;
    bool is_first = ce_queue_is_empty(&p->waiting);

    if (p->stopped) {
        ce_settle_undelivered(d, 0, 0, "stopped");
        return;
    }
    if (!p->tickets) {
        ce_settle_undelivered(d, 0, 0, p->config.health->reason);
        return;
    }
    ce_queue_add(&p->waiting, &d->link);
    if (is_first)
        send_waiting(p);
}

/* --- answers --- */

static void note_lost(ce_mqtt_publisher *p, const ce_mqtt_ticket *t)
{
    uint64_t mark = 0;

    if (t->d && ce_mqtt_suspect_has_room(&p->suspect))
        mark = ce_mqtt_suspect_mark(t->topic, &t->d->message);
    ce_mqtt_suspect_lost(&p->suspect, mark, t->bytes);
}

/* An answer of the broker's, or paho's word that none will come: then the
 * connection ends. */
static void note_answer(ce_mqtt_publisher *p, const ce_mqtt_ticket *t, int code)
{
    if (code) {
        note_lost(p, t);
        return;
    }
    ce_mqtt_suspect_answered(&p->suspect, t->d ? mark_of(p, t->d, t->topic) : 0,
                             t->bytes);
    p->answered_ms = ce_loop_now_ms(p->config.loop);
}

static void take_answer(ce_mqtt_publisher *p, ce_mqtt_ticket *t, int code,
                        int reason)
{
    ce_delivery *d;

    if (!t->waiting)
        return;
    /* Its delivery was given back when the connection was lost. */
    if (t->of->is_past) {
        t->waiting = false;
        t->of->out--;
        return;
    }
    note_answer(p, t, code);
    d = ce_mqtt_ticket_give(t);
    if (d)
        ce_mqtt_answer_settle(d, code, reason);
}

static void take_answers(ce_mqtt_publisher *p)
{
    int code, reason;
    ce_mqtt_ticket *t;

    while ((t = ce_mqtt_answers_next(&p->answers, &code, &reason)))
        take_answer(p, t, code, reason);
}

static void on_answers(ce_task *task)
{
    ce_mqtt_publisher *p = CE_OWNER(task, ce_mqtt_publisher, task);

    take_answers(p);
    send_waiting(p);
    finish_if_idle(p);
}

void ce_mqtt_publisher_forget(ce_mqtt_publisher *p, ce_delivery *d)
{
    ce_mqtt_ticket *t = p->tickets ? p->tickets->first : NULL;

    while (t && t->d != d)
        t = t->next;
    if (t)
        t->d = NULL; /* the ticket comes back with its answer */
    else
        ce_queue_remove(&p->waiting, &d->link);
}

/* --- the connection --- */

static const char *missing_from(const ce_mqtt_connack *a,
                                const ce_mqtt_publisher_config *c)
{
    if (c->retain && !a->retain_available)
        return "retained messages";
    if (a->maximum_qos < (unsigned)c->qos)
        return "this QoS";
    if (a->receive_maximum == 0)
        return "any message (its Receive Maximum is 0)";
    return NULL;
}

/* One less than the broker takes: paho waits for up to a second when the last
 * place is taken. */
static unsigned window_of(const ce_mqtt_connack *a, unsigned max_in_flight)
{
    unsigned window = a->receive_maximum;

    if (window > 1 && window < NO_MAXIMUM)
        window--;
    if (window > max_in_flight)
        window = max_in_flight;
    return window ? window : 1;
}

bool ce_mqtt_publisher_begin(ce_mqtt_publisher *p, const ce_mqtt_connack *a)
{
    const ce_mqtt_publisher_config *c = &p->config;
    const char *missing = missing_from(a, c);

    if (missing) {
        ce_mqtt_client_give_up(c->client, "the broker does not take %s",
                               missing);
        return false;
    }
    p->tickets =
        ce_mqtt_tickets_new(&p->answers, window_of(a, c->max_in_flight));
    if (!p->tickets) {
        ce_mqtt_client_give_up(c->client, "out of memory");
        return false;
    }
    p->maximum_packet = a->maximum_packet;
    if (a->was_away)
        ce_mqtt_suspect_acquit_all(&p->suspect);
    ce_timer_start(c->loop, &p->check, CHECK_MS);
    return true;
}

/* In the order that they were pushed. There is no connection by now, so that no
 * delivery pushed meanwhile comes to wait here. */
static void give_back(ce_mqtt_publisher *p, ce_mqtt_tickets *sent,
                      const char *reason)
{
    ce_delivery *d;

    for (ce_mqtt_ticket *t = sent->first, *next; t; t = next) {
        d = t->d;
        next = t->next;
        t->d = NULL;
        if (d)
            ce_settle_undelivered(d, 0, 0, reason);
    }
    while ((d = CE_QUEUE_TAKE(&p->waiting, ce_delivery, link)))
        ce_settle_undelivered(d, 0, 0, reason);
}

/* After the answers: what is left was in flight. */
static void judge(ce_mqtt_publisher *p, const ce_mqtt_tickets *sent)
{
    uint64_t silence = ce_loop_now_ms(p->config.loop) - p->answered_ms;
    bool at_once =
        silence < AT_ONCE_MS && !ce_mqtt_client_was_told_why(p->config.client);

    for (const ce_mqtt_ticket *t = sent->first; t; t = t->next)
        note_lost(p, t);
    if (ce_mqtt_suspect_judge(&p->suspect, at_once))
        ce_mqtt_client_hurry(p->config.client);
}

/* Answers that are here already still count. The tickets stay until paho has
 * answered for each: it holds pointers to them. */
void ce_mqtt_publisher_end(ce_mqtt_publisher *p, const char *reason)
{
    ce_mqtt_tickets *sent = p->tickets;

    if (!sent)
        return;
    take_answers(p);
    judge(p, sent);
    p->tickets = NULL;
    ce_timer_stop(&p->check);
    ce_mqtt_tickets_forget(&p->past);
    sent->is_past = true;
    sent->next = p->past;
    p->past = sent;
    give_back(p, sent, reason);
    finish_if_idle(p);
}

/* A broker that is connected and does not answer is as good as away. */
static void on_check(ce_timer *t)
{
    ce_mqtt_publisher *p = CE_OWNER(t, ce_mqtt_publisher, check);

    if (p->tickets->out > 0 &&
        ce_loop_now_ms(p->config.loop) - p->answered_ms > SILENCE_MS)
        ce_mqtt_client_give_up(p->config.client, "the broker does not answer");
    else
        ce_timer_start(p->config.loop, t, CHECK_MS);
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
    finish_if_idle(p);
}

void ce_mqtt_publisher_close(ce_mqtt_publisher *p)
{
    if (!p)
        return;
    ce_loop_unpost(p->config.loop, &p->task);
    ce_timer_stop(&p->check);
    ce_timer_stop(&p->deadline);
    while (p->past) {
        ce_mqtt_tickets *sent = p->past;

        p->past = sent->next;
        ce_free(sent);
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
    p->task.run = on_answers;
    p->check.fire = on_check;
    p->deadline.fire = on_deadline;
    pthread_mutex_init(&p->answers.lock, NULL);
    p->answers.loop = c->loop;
    p->answers.task = &p->task;
    *out = p;
    return CE_OK;
}
