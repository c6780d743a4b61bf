/* SPDX-License-Identifier: Apache-2.0 */
/* A source and a sink that follow a script. */
#include "tests/bridge/run/stub.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "bridge/config/plan.h"
#include "bridge/config/yaml.h"
#include "tests/support/ce_test.h"

stub_script stub;

static atomic_uint sinks_started, sinks_before_source;

unsigned stub_sinks_before_source(void)
{
    return atomic_load(&sinks_before_source);
}

/* --- the source --- */

typedef struct source {
    ce_receiver receiver;
    ce_loop *loop;
    ce_stage *into;
    ce_task task;
} source;

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    (void)r;
    ce_pool_give(d);
}

static void give_one(source *s, unsigned number)
{
    ce_delivery *d = ce_pool_take(s->receiver.pool);
    const ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("id"), ce_arena_printf(d->arena, "%u", number), CE_STRING },
    };

    d->message.mode = CE_MODE_BINARY;
    for (size_t i = 0; i < COUNT(attrs); i++)
        if (ce_attrs_add(&d->message.attrs, d->arena, attrs[i]) != CE_OK)
            abort();
    ce_delivery_hook(d, settled, s, 0);
    ce_push(s->into, d);
}

static void give_all(ce_task *t)
{
    source *s = CE_OWNER(t, source, task);

    for (unsigned i = 1; i <= stub.events; i++)
        give_one(s, i);
    if (stub.fails)
        ce_health_down(&s->receiver.health, "the stub's peer has none");
    if (!stub.stays && s->receiver.ended)
        s->receiver.ended(&s->receiver, s->receiver.ended_arg);
}

static ce_status start_source(ce_receiver *r, ce_stage *into, ce_error *err)
{
    source *s = (source *)r;

    (void)err;
    atomic_store(&sinks_before_source, atomic_load(&sinks_started));
    s->into = into;
    ce_health_up(&r->health);
    ce_loop_post(s->loop, &s->task);
    return CE_OK;
}

static void stop_source(ce_receiver *r)
{
    ce_loop_unpost(((source *)r)->loop, &((source *)r)->task);
}

static void close_source(ce_receiver *r)
{
    while (stub.never_closes)
        pause();
    stop_source(r);
    ce_pool_close(r->pool);
    ce_free(r);
}

static ce_status open_source(ce_receiver **out, const ce_endpoint *at,
                             ce_error *err)
{
    static const ce_receiver_ops ops = { start_source, stop_source,
                                         close_source };
    source *s;

    if (stub.opens != CE_OK)
        return ce_fail(err, stub.opens, "the stub does not open");
    s = ce_alloc_zeroed(sizeof *s);
    if (!s || ce_pool_open(&s->receiver.pool, STUB_EVENTS, sizeof(ce_delivery),
                           1 << 20) != CE_OK)
        abort();
    s->receiver.ops = &ops;
    s->loop = at->loop;
    s->task.run = give_all;
    ce_health_init(&s->receiver.health, at->loop, "stub");
    *out = &s->receiver;
    return CE_OK;
}

/* --- the sink --- */

typedef struct sink {
    ce_sender sender;
    ce_delivery *held[STUB_EVENTS];
    unsigned held_count, count;
} sink;

static void push(ce_stage *stage, ce_delivery *d)
{
    sink *s = (sink *)stage;
    ce_result r = { .verdict = stub.verdict, .reason = "as the script says" };

    if (stub.falls_at && s->count + 1 == stub.falls_at)
        ce_health_down(&s->sender.health, "away");
    if (stub.gone_at && s->count + 1 >= stub.gone_at) {
        r.verdict = CE_UNDELIVERED;
        if (++s->count == stub.gone_at)
            s->sender.ended(&s->sender, s->sender.ended_arg);
        ce_settle(d, &r);
        return;
    }
    if (++s->count > stub.events - stub.held)
        s->held[s->held_count++] = d;
    else
        ce_settle(d, &r);
    if (stub.sent)
        stub.sent(s->count);
}

static ce_status start_sink(ce_sender *s, ce_error *err)
{
    if (stub.starts_sink != CE_OK)
        return ce_fail(err, stub.starts_sink, "the stub does not start");
    atomic_fetch_add(&sinks_started, 1);
    ce_health_up(&s->health);
    return CE_OK;
}

static void stop_sink(ce_sender *sender, unsigned timeout_ms,
                      void (*done)(void *arg), void *arg)
{
    sink *s = (sink *)sender;

    (void)timeout_ms;
    for (unsigned i = 0; i < s->held_count; i++) {
        if (i < stub.settled_late)
            ce_settle_ack(s->held[i], CE_DELIVERED);
        else
            ce_settle_undelivered(s->held[i], 0, 0, "stopped");
    }
    s->held_count = 0;
    done(arg);
}

static void close_sink(ce_stage *stage)
{
    ce_free(stage);
}

static ce_status open_sink(ce_sender **out, const ce_endpoint *at,
                           ce_error *err)
{
    static const ce_stage_ops stage_ops = { "stub", push, NULL, close_sink };
    static const ce_sender_ops ops = { .start = start_sink, .stop = stop_sink };
    sink *s = ce_alloc_zeroed(sizeof *s);

    (void)err;
    if (!s)
        abort();
    s->sender.stage.ops = &stage_ops;
    s->sender.ops = &ops;
    ce_health_init(&s->sender.health, at->loop, "stub");
    *out = &s->sender;
    return CE_OK;
}

/* --- the constant --- */

static ce_promise promise(ce_role role, const ce_settings *s)
{
    (void)s;
    if (role == CE_ROLE_RECEIVER)
        return (ce_promise){ .level = stub.level };
    return (ce_promise){ .level = CE_AT_LEAST_ONCE };
}

static const char *const schemes[] = { "stub", NULL };
static const ce_option no_options[] = { CE_OPTION_END };
static const ce_transport transport = {
    .abi = CE_TRANSPORT_ABI,
    .name = "stub",
    .schemes = schemes,
    .receiver_options = no_options,
    .sender_options = no_options,
    .receiver = open_source,
    .sender = open_sink,
    .promise = promise,
};

void stub_plan(br_plan *out, const char *yaml)
{
    br_faults faults = { .file = "stub.yaml" };
    br_node *tree;

    if (!ce_transport_find("stub://s"))
        REQUIRE_OK(ce_transport_register(&transport, NULL));
    atomic_store(&sinks_started, 0);
    *out = (br_plan){ 0 };
    tree = br_config_parse(ce_slice_of(yaml), &faults);
    if (tree)
        br_config_plan(out, tree, &faults);
    br_node_free(tree);
    EXPECT(!br_faults_show(&faults));
    REQUIRE_EQ(faults.count, 0);
    br_faults_free(&faults);
}

/* No address space has room for the larger stack. */
void stub_allow_threads(bool allowed)
{
    static size_t usual;
    pthread_attr_t a;

    pthread_getattr_default_np(&a);
    if (!usual)
        pthread_attr_getstacksize(&a, &usual);
    REQUIRE_EQ(pthread_attr_setstacksize(&a, allowed ? usual : (size_t)1 << 47),
               0);
    REQUIRE_EQ(pthread_setattr_default_np(&a), 0);
    pthread_attr_destroy(&a);
}
