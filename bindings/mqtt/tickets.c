/* SPDX-License-Identifier: Apache-2.0 */
/* Paho's answers for publications, and the tickets that they find. */
#include "bindings/mqtt/tickets.h"

#include <cloudevents/alloc.h>

/* --- paho's threads --- */

/* Paho may report a failed write twice. */
static void answer(ce_mqtt_ticket *t, int code, int reason)
{
    ce_mqtt_answers *a = t->of->answers;
    bool was_empty;

    pthread_mutex_lock(&a->lock);
    was_empty = !a->first;
    if (!t->is_done) {
        t->is_done = true;
        t->code = code;
        t->reason = reason;
        t->next_done = NULL;
        if (was_empty)
            a->first = t;
        else
            a->last->next_done = t;
        a->last = t;
    }
    pthread_mutex_unlock(&a->lock);
    if (was_empty)
        ce_loop_post(a->loop, a->task);
}

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

static void on_failed5(void *context, MQTTAsync_failureData5 *d)
{
    int reason = d && (int)d->reasonCode >= 0x80 ? (int)d->reasonCode : 0;
    int code = d && d->code ? d->code : MQTTASYNC_FAILURE;

    answer(context, reason ? 0 : code, reason);
}

static void on_failed3(void *context, MQTTAsync_failureData *d)
{
    answer(context, d && d->code ? d->code : MQTTASYNC_FAILURE, 0);
}

/* --- tickets --- */

ce_mqtt_tickets *ce_mqtt_tickets_new(ce_mqtt_answers *a, unsigned window)
{
    ce_mqtt_tickets *v =
        ce_alloc_zeroed(sizeof *v + window * sizeof *v->tickets);

    if (!v)
        return NULL;
    v->answers = a;
    for (unsigned i = window; i-- > 0;) {
        v->tickets[i].of = v;
        v->tickets[i].next = v->free;
        v->free = &v->tickets[i];
    }
    return v;
}

ce_mqtt_ticket *ce_mqtt_ticket_take(ce_mqtt_tickets *v, ce_delivery *d)
{
    ce_mqtt_ticket *t = v->free;

    v->free = t->next;
    t->d = d;
    t->waiting = true;
    t->next = NULL;
    t->prev = v->last;
    if (v->last)
        v->last->next = t;
    else
        v->first = t;
    v->last = t;
    v->out++;
    return t;
}

ce_delivery *ce_mqtt_ticket_give(ce_mqtt_ticket *t)
{
    ce_mqtt_tickets *v = t->of;
    ce_delivery *d = t->d;

    if (t->prev)
        t->prev->next = t->next;
    else
        v->first = t->next;
    if (t->next)
        t->next->prev = t->prev;
    else
        v->last = t->prev;
    t->d = NULL;
    t->waiting = false;
    t->next = v->free;
    v->free = t;
    v->out--;
    return d;
}

void ce_mqtt_ticket_hear(ce_mqtt_ticket *t, int version,
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
    t = a->first;
    if (t) {
        a->first = t->next_done;
        t->is_done = false;
        *code = t->code;
        *reason = t->reason;
    }
    pthread_mutex_unlock(&a->lock);
    return t;
}

void ce_mqtt_tickets_forget(ce_mqtt_tickets **past)
{
    while (*past) {
        ce_mqtt_tickets *v = *past;

        if (v->out > 0) {
            past = &v->next;
            continue;
        }
        *past = v->next;
        ce_free(v);
    }
}
