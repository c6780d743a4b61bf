/* SPDX-License-Identifier: Apache-2.0 */
/* A complete transport of your own: a receiver on "tick://NAME?every=1s" gets
 * an event at each interval, and a sender prints a line per event. Once it is
 * registered it is like all others: the client below handles three ticks and
 * sends them on.
 */
#include "example.h"

/* --- the receiver --- */

typedef struct tick_receiver {
    ce_receiver receiver; /* first: a pointer to it points to both */
    ce_loop *loop;
    const ce_settings *settings;
    ce_stage *into;
    ce_timer timer;
    unsigned number;
} tick_receiver;

/* A source that keeps its events would remove an event here, or bring it again
 * after UNDELIVERED. A tick is gone. */
static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    (void)r;
    ce_pool_give(d);
}

/* A delivery points into its arena, which lives until it is settled. */
static ce_status fill(tick_receiver *s, ce_delivery *d)
{
    const char *name = ce_settings_authority(s->settings);
    const ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("com.example.tick"), CE_STRING },
        { CE_SLICE("source"), ce_slice_of(name), CE_STRING },
        { CE_SLICE("id"), ce_arena_printf(d->arena, "%u", ++s->number),
          CE_STRING },
    };
    ce_status status = attrs[3].text.ptr ? CE_OK : CE_ENOMEM;

    d->message.mode = CE_MODE_BINARY;
    for (int i = 0; i < 4 && status == CE_OK; i++)
        status = ce_attrs_add(&d->message.attrs, d->arena, attrs[i]);
    return status;
}

/* The pool is the credit: without a free delivery the source waits. */
static void tick(ce_timer *t)
{
    tick_receiver *s = CE_OWNER(t, tick_receiver, timer);
    ce_delivery *d = ce_pool_take(s->receiver.pool);

    ce_timer_start(s->loop, t, ce_settings_ms(s->settings, "every"));
    if (d && fill(s, d) == CE_OK) {
        ce_delivery_hook(d, settled, s, 0);
        ce_push(s->into, d); /* hands it over */
    } else if (d) {
        ce_pool_give(d);
    }
}

static ce_status start_receiver(ce_receiver *r, ce_stage *into, ce_error *err)
{
    tick_receiver *s = (tick_receiver *)r;

    (void)err;
    s->into = into;
    s->timer.fire = tick;
    ce_timer_start(s->loop, &s->timer, 0);
    ce_health_up(&r->health);
    return CE_OK;
}

static void stop_receiver(ce_receiver *r)
{
    ce_timer_stop(&((tick_receiver *)r)->timer);
}

static void close_receiver(ce_receiver *r)
{
    ce_pool_close(r->pool);
    ce_free(r);
}

static ce_status open_receiver(ce_receiver **out, const ce_endpoint *at,
                               ce_error *err)
{
    static const ce_receiver_ops ops = { start_receiver, stop_receiver,
                                         close_receiver };
    tick_receiver *s = ce_alloc_zeroed(sizeof *s);

    if (!s || ce_pool_open(&s->receiver.pool, 16, sizeof(ce_delivery),
                           1 << 20) != CE_OK) {
        ce_free(s);
        return ce_fail(err, CE_ENOMEM, "out of memory");
    }
    s->receiver.ops = &ops;
    s->loop = at->loop;
    s->settings = at->settings;
    ce_health_init(&s->receiver.health, at->loop,
                   ce_settings_label(at->settings));
    *out = &s->receiver;
    return CE_OK;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_error err;
    const ce_event *e = ce_delivery_event(d, &err);

    (void)stage;
    if (!e) {
        ce_settle_malformed(d, 0, err.text);
        return;
    }
    printf("%.*s\n", CE_ARG(ce_event_text(e, "id")));
    ce_settle_ack(d, CE_DELIVERED);
}

static ce_status start_sender(ce_sender *s, ce_error *err)
{
    (void)err;
    ce_health_up(&s->health);
    return CE_OK;
}

static void stop_sender(ce_sender *s, unsigned timeout_ms,
                        void (*done)(void *arg), void *arg)
{
    (void)s;
    (void)timeout_ms;
    done(arg); /* it never holds an event */
}

static void close_sender(ce_stage *stage)
{
    ce_free(stage);
}

static ce_status open_sender(ce_sender **out, const ce_endpoint *at,
                             ce_error *err)
{
    static const ce_stage_ops stage_ops = { "tick", push, NULL, close_sender };
    static const ce_sender_ops ops = { .start = start_sender,
                                       .stop = stop_sender };
    ce_sender *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return ce_fail(err, CE_ENOMEM, "out of memory");
    s->stage.ops = &stage_ops;
    s->ops = &ops;
    ce_health_init(&s->health, at->loop, ce_settings_label(at->settings));
    *out = s;
    return CE_OK;
}

/* --- the constant that joins them, and a program that uses it --- */

/* What becomes of an event in a crash. */
static ce_promise promise(ce_role role, const ce_settings *settings)
{
    (void)settings;
    if (role == CE_ROLE_RECEIVER)
        return (ce_promise){ .level = CE_UNLESS_KEPT,
                             .text = "a tick does not come again" };
    return (ce_promise){ .level = CE_AT_LEAST_ONCE };
}

static const char *const schemes[] = { "tick", NULL };
static const ce_option options[] = {
    { "every", CE_OPT_TIME, "1s", NULL, 1, 86400000, "time between two ticks" },
    CE_OPTION_END,
};
static const ce_transport ticks = {
    .abi = CE_TRANSPORT_ABI,
    .name = "tick",
    .schemes = schemes,
    .help = "tick://NAME: a source of time",
    .receiver_options = options,
    .sender_options = options,
    .receiver = open_receiver,
    .sender = open_sender,
    .promise = promise,
};

static sem_t handled;

static ce_result send_on(void *arg, const ce_event *event, ce_event **reply)
{
    ce_result result = ce_client_send(arg, event);

    (void)reply;
    sem_post(&handled);
    return result;
}

int main(void)
{
    static const char uri[] = "tick://clock?every=10ms";
    ce_error err;
    ce_client *in, *out;

    need(ce_transport_register(&ticks, &err), &err);
    sem_init(&handled, 0, 0);
    out = open_client(uri, NULL);
    in = receive(uri, send_on, out);
    wait_for(&handled, 3);
    ce_client_close(in);
    ce_client_close(out);
    return 0;
}
