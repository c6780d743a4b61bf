/* SPDX-License-Identifier: Apache-2.0 */
/* A request is made when it is full, or when its first event has waited long
 * enough. Without batches each event is a full request. */
#include "bindings/http/waiting.h"

#include <string.h>

/* About what an event takes in a batch. */
static size_t size_of(const ce_delivery *d)
{
    const ce_message *m = &d->message;
    size_t bytes = m->body.len + m->content_type.len;

    for (unsigned i = 0; i < m->attrs.len; i++)
        bytes += m->attrs.at[i].name.len + m->attrs.at[i].text.len;
    return bytes;
}

static void on_timer(ce_timer *t)
{
    ce_http_waiting *w = CE_OWNER(t, ce_http_waiting, timer);

    w->is_due = true;
    w->due(w);
}

void ce_http_waiting_open(ce_http_waiting *w, const ce_settings *s)
{
    w->timer.fire = on_timer;
    w->max_events = 1;
    if (strcmp(ce_settings_text(s, "mode"), "batch") != 0)
        return;
    w->max_events = (unsigned)ce_settings_integer(s, "batch_events");
    w->max_bytes = ce_settings_bytes(s, "batch_bytes");
    w->delay_ms = ce_settings_ms(s, "batch_delay");
}

static bool is_full(const ce_http_waiting *w)
{
    return w->count >= w->max_events || w->bytes >= w->max_bytes;
}

static bool is_ready(const ce_http_waiting *w)
{
    return w->count > 0 && (w->is_due || is_full(w));
}

/* Call whenever the events have changed: as long as some wait and are not ready
 * the timer runs. */
static void keep_time(ce_http_waiting *w)
{
    if (w->count == 0) {
        w->is_due = false;
        ce_timer_stop(&w->timer);
    } else if (!is_ready(w) && !w->timer.loop) {
        ce_timer_start(w->loop, &w->timer, w->delay_ms);
    }
}

void ce_http_waiting_add(ce_http_waiting *w, ce_delivery *d)
{
    if (d->alone || d->message.mode == CE_MODE_BATCH) {
        ce_queue_add(&w->alone, &d->link);
        return;
    }
    ce_queue_add(&w->events, &d->link);
    w->count++;
    w->bytes += size_of(d);
    keep_time(w);
}

void ce_http_waiting_hurry(ce_http_waiting *w)
{
    w->delay_ms = 0;
    ce_timer_stop(&w->timer);
    keep_time(w);
}

bool ce_http_waiting_has(const ce_http_waiting *w)
{
    return !ce_queue_is_empty(&w->alone) || is_ready(w);
}

bool ce_http_waiting_is_empty(const ce_http_waiting *w)
{
    return ce_queue_is_empty(&w->events) && ce_queue_is_empty(&w->alone);
}

static void move_next(ce_http_waiting *w, ce_queue *out)
{
    ce_delivery *d = CE_QUEUE_TAKE(&w->events, ce_delivery, link);

    w->count--;
    w->bytes -= size_of(d);
    ce_queue_add(out, &d->link);
}

/* Settles those at the front that are abandoned. Returns the next one, or
 * NULL. */
static ce_delivery *next_event(ce_http_waiting *w)
{
    ce_queue gone = { NULL, NULL };
    ce_delivery *d;

    while ((d = CE_QUEUE_FIRST(&w->events, ce_delivery, link)) &&
           ce_delivery_is_abandoned(d)) {
        move_next(w, &gone);
        ce_delivery_next(&gone);
    }
    return d;
}

void ce_http_waiting_drop_abandoned(ce_http_waiting *w)
{
    ce_delivery_next(&w->alone);
    next_event(w);
    keep_time(w);
}

static unsigned take_batch(ce_http_waiting *w, ce_queue *out)
{
    unsigned count = 0;
    size_t bytes = 0;
    ce_delivery *d;

    while (count < w->max_events && (d = next_event(w))) {
        bytes += size_of(d);
        if (count > 0 && bytes > w->max_bytes)
            break;
        move_next(w, out);
        count++;
    }
    keep_time(w);
    return count;
}

unsigned ce_http_waiting_take(ce_http_waiting *w, ce_queue *out)
{
    ce_delivery *d = CE_QUEUE_TAKE(&w->alone, ce_delivery, link);

    if (!d)
        return take_batch(w, out);
    d->alone = false;
    ce_queue_add(out, &d->link);
    return 1;
}

void ce_http_waiting_settle(ce_http_waiting *w, const ce_result *r)
{
    ce_queue events = ce_queue_take_all(&w->events);
    ce_queue alone = ce_queue_take_all(&w->alone);
    ce_delivery *d;

    w->count = 0;
    w->bytes = 0;
    keep_time(w);
    while ((d = CE_QUEUE_TAKE(&alone, ce_delivery, link)))
        ce_settle(d, r);
    while ((d = CE_QUEUE_TAKE(&events, ce_delivery, link)))
        ce_settle(d, r);
}
