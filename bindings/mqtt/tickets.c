/* SPDX-License-Identifier: Apache-2.0 */
/* Paho's answers for publications, and the tickets that they find. */
#include "bindings/mqtt/tickets.h"

#include <cloudevents/alloc.h>

/* --- paho's threads --- */

/* Paho may report a failed write twice; the first report counts. CODE is paho's
 * and REASON the broker's; both 0 is success. */
static void answer(ce_mqtt_ticket *t, int code, int reason)
{
    ce_mqtt_answers *a = t->of->answers;
    bool was_empty;

    pthread_mutex_lock(&a->lock);
    was_empty = ce_queue_is_empty(&a->tickets);
    if (!t->is_answered) {
        t->is_answered = true;
        t->code = code;
        t->reason = reason;
        ce_queue_add(&a->tickets, &t->answer);
    }
    pthread_mutex_unlock(&a->lock);
    if (was_empty)
        ce_loop_post(a->loop, a->task);
}

/* Success never tells the reason code of PUBACK: 0x10, "no matching
 * subscribers", looks like all others. */
static void on_sent5(void *context, MQTTAsync_successData5 *d)
{
    (void)d;
    answer(context, 0, 0);
}

static void on_sent3(void *context, MQTTAsync_successData *d)
{
    (void)d;
    answer(context, 0, 0);
}

/* Reason codes of 0x80 and above are the broker's refusals (MQTT 5 3.4.2.1);
 * without one it has not answered, and only paho's code says why. */
static void on_failed5(void *context, MQTTAsync_failureData5 *d)
{
    if (d && (int)d->reasonCode >= 0x80)
        answer(context, 0, (int)d->reasonCode);
    else
        answer(context, d && d->code ? d->code : MQTTASYNC_FAILURE, 0);
}

static void on_failed3(void *context, MQTTAsync_failureData *d)
{
    answer(context, d && d->code ? d->code : MQTTASYNC_FAILURE, 0);
}

/* --- answers --- */

/* The reason codes (MQTT 5 2.4) after which the same PUBLISH may succeed. */
static bool is_temporary(int reason)
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

void ce_mqtt_answer_settle(ce_delivery *d, int code, int reason)
{
    const char *text;

    if (!reason && !code) {
        ce_settle_ack(d, CE_DELIVERED);
        return;
    }
    if (!reason) {
        ce_settle_undelivered(d, code, 0, "connection lost");
        return;
    }
    text = MQTTReasonCode_toString((enum MQTTReasonCodes)reason);
    if (is_temporary(reason))
        ce_settle_undelivered(d, reason, 0, text);
    else
        ce_settle_nack(d, reason, text ? text : "refused by the broker");
}

/* --- tickets --- */

ce_mqtt_tickets *ce_mqtt_tickets_new(ce_mqtt_answers *a, unsigned window)
{
    ce_mqtt_tickets *all =
        ce_alloc_zeroed(sizeof *all + window * sizeof *all->tickets);

    if (!all)
        return NULL;
    all->answers = a;
    for (unsigned i = window; i-- > 0;) {
        all->tickets[i].of = all;
        all->tickets[i].next = all->free;
        all->free = &all->tickets[i];
    }
    return all;
}

ce_mqtt_ticket *ce_mqtt_ticket_take(ce_mqtt_tickets *all, ce_delivery *d)
{
    ce_mqtt_ticket *t = all->free;

    all->free = t->next;
    t->d = d;
    t->waiting = true;
    t->next = NULL;
    t->prev = all->last;
    if (all->last)
        all->last->next = t;
    else
        all->first = t;
    all->last = t;
    all->out++;
    return t;
}

ce_delivery *ce_mqtt_ticket_give(ce_mqtt_ticket *t)
{
    ce_mqtt_tickets *all = t->of;
    ce_delivery *d = t->d;

    if (t->prev)
        t->prev->next = t->next;
    else
        all->first = t->next;
    if (t->next)
        t->next->prev = t->prev;
    else
        all->last = t->prev;
    t->d = NULL;
    t->waiting = false;
    t->next = all->free;
    all->free = t;
    all->out--;
    return d;
}

void ce_mqtt_ticket_callbacks(ce_mqtt_ticket *t, int version,
                              MQTTAsync_responseOptions *o)
{
    o->context = t;
    if (version == CE_MQTT_5) {
        o->onSuccess5 = on_sent5;
        o->onFailure5 = on_failed5;
    } else {
        o->onSuccess = on_sent3;
        o->onFailure = on_failed3;
    }
}

ce_mqtt_ticket *ce_mqtt_answers_next(ce_mqtt_answers *a, int *code, int *reason)
{
    ce_mqtt_ticket *t;

    pthread_mutex_lock(&a->lock);
    t = CE_QUEUE_TAKE(&a->tickets, ce_mqtt_ticket, answer);
    if (t) {
        t->is_answered = false;
        *code = t->code;
        *reason = t->reason;
    }
    pthread_mutex_unlock(&a->lock);
    return t;
}

void ce_mqtt_tickets_forget(ce_mqtt_tickets **past)
{
    while (*past) {
        ce_mqtt_tickets *all = *past;

        if (all->out > 0) {
            past = &all->next;
            continue;
        }
        *past = all->next;
        ce_free(all);
    }
}
