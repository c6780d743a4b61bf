/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest transport that is one: a source on once://NAME gives one event
 * with that subject, and a sink writes a line with each event's subject. */
#include <cloudevents/cloudevents.h>
#include <cloudevents/transport.h>

#include <stdio.h>

/* --- the source --- */

typedef struct source {
    ce_receiver receiver; /* first, so that a pointer to it is one to both */
    const ce_endpoint *at;
    ce_stage *into;
    ce_task task;
} source;

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    (void)r;
    ce_pool_give(d);
}

static ce_status fill(const source *s, ce_delivery *d)
{
    const ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("com.example.once"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/once"), CE_STRING },
        { CE_SLICE("subject"),
          ce_slice_of(ce_settings_authority(s->at->settings)), CE_STRING },
    };
    ce_status status = CE_OK;

    d->message.mode = CE_MODE_BINARY;
    for (int i = 0; i < 5 && status == CE_OK; i++)
        status = ce_attrs_add(&d->message.attrs, d->arena, attrs[i]);
    return status;
}

static void give(ce_task *t)
{
    source *s = CE_OWNER(t, source, task);
    ce_delivery *d = ce_pool_take(s->receiver.pool);

    if (d && fill(s, d) == CE_OK) {
        ce_delivery_hook(d, settled, s, 0);
        ce_push(s->into, d);
    } else if (d) {
        ce_pool_give(d);
    }
    if (s->receiver.ended)
        s->receiver.ended(&s->receiver, s->receiver.ended_arg);
}

static ce_status start_source(ce_receiver *r, ce_stage *into, ce_error *err)
{
    source *s = (source *)r;

    (void)err;
    s->into = into;
    s->task.run = give;
    ce_health_up(&r->health);
    ce_loop_post(s->at->loop, &s->task);
    return CE_OK;
}

static void stop_source(ce_receiver *r)
{
    ce_loop_unpost(((source *)r)->at->loop, &((source *)r)->task);
}

static void close_source(ce_receiver *r)
{
    stop_source(r);
    ce_pool_close(r->pool);
    ce_free(r);
}

static ce_status open_source(ce_receiver **out, const ce_endpoint *at,
                             ce_error *err)
{
    static const ce_receiver_ops ops = { start_source, stop_source,
                                         close_source };
    source *s = ce_alloc_zeroed(sizeof *s);

    if (!s || ce_pool_open(&s->receiver.pool, 1, sizeof(ce_delivery),
                           1 << 20) != CE_OK) {
        ce_free(s);
        return ce_fail(err, CE_ENOMEM, "out of memory");
    }
    s->receiver.ops = &ops;
    s->at = at;
    ce_health_init(&s->receiver.health, at->loop,
                   ce_settings_label(at->settings));
    *out = &s->receiver;
    return CE_OK;
}

/* --- the sink --- */

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_error err;
    const ce_event *e = ce_delivery_event(d, &err);

    (void)stage;
    if (!e) {
        ce_settle_malformed(d, 0, err.text);
        return;
    }
    printf("once: %.*s\n", CE_ARG(ce_event_text(e, "subject")));
    ce_settle_ack(d, CE_DELIVERED);
}

static ce_status start_sink(ce_sender *s, ce_error *err)
{
    (void)err;
    ce_health_up(&s->health);
    return CE_OK;
}

static void stop_sink(ce_sender *s, unsigned timeout_ms,
                      void (*done)(void *arg), void *arg)
{
    (void)s;
    (void)timeout_ms;
    done(arg); /* it holds nothing */
}

static void close_sink(ce_stage *stage)
{
    ce_free(stage);
}

static ce_status open_sink(ce_sender **out, const ce_endpoint *at,
                           ce_error *err)
{
    static const ce_stage_ops stage_ops = { "once", push, NULL, close_sink };
    static const ce_sender_ops ops = { .start = start_sink, .stop = stop_sink };
    ce_sender *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return ce_fail(err, CE_ENOMEM, "out of memory");
    s->stage.ops = &stage_ops;
    s->ops = &ops;
    ce_health_init(&s->health, at->loop, ce_settings_label(at->settings));
    *out = s;
    return CE_OK;
}

/* --- what the program asks it, and the constant --- */

static ce_promise promise(ce_role role, const ce_settings *s)
{
    if (role == CE_ROLE_RECEIVER)
        return (ce_promise){ .level = CE_UNLESS_KEPT,
                             .text = "an event is given once" };
    if (ce_settings_boolean(s, "careless"))
        return (ce_promise){ .level = CE_AT_MOST_ONCE,
                             .text = "the sink is careless" };
    return (ce_promise){ .level = CE_AT_LEAST_ONCE };
}

static const char *alone(ce_role role, const ce_settings *s)
{
    (void)s;
    return role == CE_ROLE_RECEIVER ? "sources would each give the event"
                                    : NULL;
}

static const char *const schemes[] = { "once", NULL };
static const ce_option receiver_options[] = { CE_OPTION_END };
static const ce_option sender_options[] = {
    { "careless", CE_OPT_BOOLEAN, "false", NULL, 0, 0, "promise nothing" },
    CE_OPTION_END,
};

extern const ce_transport ce_transport_once;
const ce_transport ce_transport_once = {
    .abi = CE_TRANSPORT_ABI,
    .name = "once",
    .schemes = schemes,
    .help = "once://NAME: an event whose subject is NAME, or a line of each",
    .receiver_options = receiver_options,
    .sender_options = sender_options,
    .receiver = open_source,
    .sender = open_sink,
    .promise = promise,
    .alone = alone,
};
