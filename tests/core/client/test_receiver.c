/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers: how many at once, what they answer, and how they are stopped. */
#include "tests/support/memory.h"
#include "tests/core/client/peer.h"

enum { SOME = 20 };

/* A handler that waits to be let go. */
typedef struct gate {
    atomic_uint inside, most, finished;
    atomic_bool open;
    ce_client *client; /* stops it from inside */
} gate;

static ce_result pass_gate(void *arg, const ce_event *event, ce_event **reply)
{
    gate *g = arg;
    unsigned inside = atomic_fetch_add(&g->inside, 1) + 1;

    (void)event;
    (void)reply;
    if (inside > atomic_load(&g->most))
        atomic_store(&g->most, inside);
    while (!atomic_load(&g->open))
        nap();
    atomic_fetch_sub(&g->inside, 1);
    atomic_fetch_add(&g->finished, 1);
    return ce_result_ack();
}

typedef struct sender {
    ce_client *client; /* the first one's, shared */
    ce_event *event;
    ce_result result;
    pthread_t thread;
} sender;

static void *send_one(void *arg)
{
    sender *s = arg;

    s->result = ce_client_send(s->client, s->event);
    return NULL;
}

static void start_senders(sender *all, size_t count, const char *uri)
{
    ce_client *client = open_client(uri, NULL);

    for (size_t i = 0; i < count; i++) {
        all[i].client = client;
        all[i].event = fixture();
        all[i].result = ce_result_make(CE_NACK, "not sent");
        REQUIRE_EQ(pthread_create(&all[i].thread, NULL, send_one, &all[i]), 0);
    }
}

static void join_senders(sender *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pthread_join(all[i].thread, NULL);
        ce_event_free(all[i].event);
    }
    ce_client_close(all[0].client);
}

static void as_many_handlers_run_at_once_as_asked(void)
{
    const ce_client_options four = { .handlers = 4 };
    gate g = { 0 };
    char uri[64];
    ce_client *server = open_receiver(uri, pass_gate, &g, &four);
    sender senders[8];

    start_senders(senders, COUNT(senders), uri);
    UNTIL(atomic_load(&g.inside) == 4);
    atomic_store(&g.open, true);
    join_senders(senders, COUNT(senders));
    for (size_t i = 0; i < COUNT(senders); i++)
        EXPECT_VERDICT(senders[i].result, CE_ACK);
    EXPECT_EQ(atomic_load(&g.most), 4);
    EXPECT_EQ(atomic_load(&g.finished), 8);
    ce_client_close(server);
}

typedef struct order {
    atomic_uint next, wrong;
} order;

static ce_result note_order(void *arg, const ce_event *event, ce_event **reply)
{
    order *o = arg;
    unsigned number =
        (unsigned)strtoul(ce_event_text(event, "id").ptr, NULL, 10);

    (void)reply;
    if (number != atomic_fetch_add(&o->next, 1))
        atomic_fetch_add(&o->wrong, 1);
    return ce_result_ack();
}

/* A batch is one message, so that only handlers could mix it up. */
static void one_handler_keeps_the_order(void)
{
    order o = { 0 };
    char uri[64];
    ce_client *server = open_receiver(uri, note_order, &o, NULL);
    ce_client *client = open_client(uri, NULL);
    ce_event *events[SOME];
    ce_result r;

    for (unsigned i = 0; i < SOME; i++)
        events[i] = numbered(i);
    r = ce_client_send_batch(client, (const ce_event *const *)events, SOME);
    EXPECT_VERDICT(r, CE_ACK);
    EXPECT_EQ(atomic_load(&o.next), SOME);
    EXPECT_EQ(atomic_load(&o.wrong), 0);
    EXPECT_EQ(ce_client_count(client).sent, 1);
    r = ce_client_send_batch(client, NULL, 0);
    EXPECT_VERDICT(r, CE_ACK);
    for (unsigned i = 0; i < SOME; i++)
        ce_event_free(events[i]);
    ce_client_close(client);
    ce_client_close(server);
}

static void the_answers_of_handlers_reach_the_sender(void)
{
    static const struct {
        const char *name;
        ce_verdict verdict;
        int code, status;
    } rows[] = {
        { "ack", CE_ACK, 0, 202 },
        { "nack", CE_NACK, 0, 422 },
        { "not found", CE_NACK, 404, 404 },
        { "undelivered", CE_UNDELIVERED, 0, 503 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        seen s = { .same = true,
                   .answer = { .verdict = rows[i].verdict,
                               .code = rows[i].code,
                               .retry_after_ms = 3000,
                               .reason = "because" } };
        char uri[64];
        ce_client *server = open_receiver(uri, see, &s, NULL);
        ce_client *client = open_client(uri, NULL);
        ce_event *e = fixture();
        ce_result r = ce_client_send(client, e);

        EXPECT_VERDICT_ROW(rows[i].name, r, rows[i].verdict);
        EXPECT_EQ_ROW(rows[i].name, ce_result_http_status(&r), rows[i].status);
        if (r.verdict != CE_ACK)
            EXPECT_CONTAINS_ROW(rows[i].name, r.reason, "because");
        if (r.verdict == CE_UNDELIVERED)
            EXPECT_EQ_ROW(rows[i].name, r.retry_after_ms, 3000);
        EXPECT_EQ(atomic_load(&s.events), 1);
        ce_event_free(e);
        ce_client_close(client);
        ce_client_close(server);
    }
}

static ce_result reply_badly(void *arg, const ce_event *event, ce_event **reply)
{
    (void)arg;
    (void)event;
    *reply = ce_event_blank();
    return ce_result_ack();
}

static void a_reply_that_breaks_a_rule_is_refused(void)
{
    char uri[64];
    ce_client *server = open_receiver(uri, reply_badly, NULL, NULL);
    ce_client *client = open_client(uri, NULL);
    ce_event *e = fixture(), *reply = e;
    ce_result r = ce_client_request(client, e, &reply);

    EXPECT_VERDICT(r, CE_NACK);
    EXPECT_EQ(reply, NULL);
    EXPECT_CONTAINS(r.reason, "reply");
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

static void a_duplicate_is_handled_once(void)
{
    const ce_client_options options = { .dedup = 100 };
    seen s = { .same = true };
    char uri[64];
    ce_client *server = open_client("http://127.0.0.1:0/", &options), *client;
    ce_event *e = fixture();

    start_receiver(server, see, &s);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/", ce_client_port(server));
    client = open_client(uri, NULL);
    for (int i = 0; i < 3; i++) {
        ce_result r = ce_client_send(client, e);

        EXPECT_VERDICT(r, CE_ACK);
    }
    EXPECT_EQ(atomic_load(&s.events), 1);
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

/* --- middleware --- */

typedef struct trace {
    atomic_uint before[2], after[2], acks, parents;
    atomic_bool spans;
} trace;

static void *note_before(void *arg, ce_direction way, ce_event *event)
{
    trace *t = arg;
    static const char parent[] =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    atomic_fetch_add(&t->before[way], 1);
    if (way == CE_SENDING &&
        ce_event_set(event, "traceparent", parent, NULL) != CE_OK)
        return NULL;
    if (ce_slice_eq(ce_event_text(event, "traceparent"), ce_slice_of(parent)))
        atomic_fetch_add(&t->parents, 1);
    return t;
}

static void note_after(void *arg, ce_direction way, void *span,
                       const ce_result *r, uint64_t ns)
{
    trace *t = arg;

    atomic_fetch_add(&t->after[way], 1);
    if (span != t || ns == 0)
        atomic_store(&t->spans, false);
    if (ce_result_is_ack(r))
        atomic_fetch_add(&t->acks, 1);
}

static void middleware_stands_around_every_event(void)
{
    trace t = { .spans = true };
    const ce_middleware m = { note_before, note_after, &t };
    const ce_client_options options = { .middleware = &m };
    gate g = { .open = true };
    char uri[64];
    ce_client *server = open_receiver(uri, pass_gate, &g, &options);
    ce_client *client = open_client(uri, &options);
    ce_event *e = fixture();
    ce_result r = ce_client_send(client, e);

    EXPECT_VERDICT(r, CE_ACK);
    EXPECT(!ce_event_get(e, "traceparent"));
    ce_client_close(client);
    ce_client_close(server);
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(atomic_load(&t.before[i]), 1);
        EXPECT_EQ(atomic_load(&t.after[i]), 1);
    }
    EXPECT_EQ(atomic_load(&t.acks), 2);
    EXPECT_EQ(atomic_load(&t.parents), 2);
    EXPECT(atomic_load(&t.spans));
    ce_event_free(e);
}

/* --- a receiver that loses its peer --- */

typedef struct flaky {
    ce_receiver receiver;
    ce_loop *loop;
    ce_timer timer;
} flaky;

static void lose_peer(ce_timer *t)
{
    ce_health_down(&CE_OWNER(t, flaky, timer)->receiver.health, "peer lost");
}

static ce_status start_flaky(ce_receiver *r, ce_stage *into, ce_error *err)
{
    flaky *f = (flaky *)r;

    (void)into;
    (void)err;
    ce_health_up(&r->health);
    f->timer.fire = lose_peer;
    ce_timer_start(f->loop, &f->timer, 5);
    return CE_OK;
}

static void stop_flaky(ce_receiver *r)
{
    ce_timer_stop(&((flaky *)r)->timer);
}

static void close_flaky(ce_receiver *r)
{
    ce_free(r);
}

static ce_status open_flaky(ce_receiver **out, const ce_endpoint *at,
                            ce_error *err)
{
    static const ce_receiver_ops ops = { start_flaky, stop_flaky, close_flaky };
    flaky *f = ce_alloc_zeroed(sizeof *f);

    if (!f)
        return ce_no_memory(err);
    f->receiver.ops = &ops;
    f->loop = at->loop;
    ce_health_init(&f->receiver.health, at->loop, "flaky");
    *out = &f->receiver;
    return CE_OK;
}

typedef struct failure {
    atomic_uint count;
    char text[64];
    ce_client *client;
} failure;

static void note_failure(void *arg, const ce_error *why)
{
    failure *f = arg;

    snprintf(f->text, sizeof f->text, "%.60s", why->text);
    /* From here it only begins the end. */
    ce_client_stop_receiver(f->client, 1000);
    atomic_fetch_add(&f->count, 1);
}

static void a_lost_peer_is_reported(void)
{
    static const char *const schemes[] = { "flaky", NULL };
    static const ce_option none[] = { CE_OPTION_END };
    static const ce_transport transport = { .abi = CE_TRANSPORT_ABI,
                                            .name = "flaky",
                                            .schemes = schemes,
                                            .receiver_options = none,
                                            .sender_options = none,
                                            .receiver = open_flaky };
    failure f = { .count = 0 };
    ce_error err;

    REQUIRE_OK(ce_transport_register(&transport, &err));
    f.client = open_client("flaky://x", NULL);
    REQUIRE_OK(
        ce_client_start_receiver(f.client, ignore, note_failure, &f, &err));
    UNTIL(atomic_load(&f.count) == 1);
    EXPECT_STR(f.text, "peer lost");
    ce_client_stop_receiver(f.client, 1000);
    ce_client_close(f.client);
}

/* --- the end --- */

static void a_stop_waits_for_handlers(void)
{
    gate g = { 0 };
    char uri[64];
    ce_client *server = open_receiver(uri, pass_gate, &g, NULL);
    sender s;

    start_senders(&s, 1, uri);
    UNTIL(atomic_load(&g.inside) == 1);
    atomic_store(&g.open, true);
    ce_client_stop_receiver(server, 20000);
    EXPECT_EQ(atomic_load(&g.finished), 1);
    join_senders(&s, 1);
    EXPECT_VERDICT(s.result, CE_ACK);
    ce_client_close(server);
}

static void a_stop_gives_up_at_its_deadline(void)
{
    gate g = { 0 };
    char uri[64];
    ce_client *server;
    sender senders[3];

    ce_memory_watch();
    server = open_receiver(uri, pass_gate, &g, NULL);
    start_senders(senders, COUNT(senders), uri);
    UNTIL(atomic_load(&g.inside) == 1);
    ce_client_stop_receiver(server, 30);
    join_senders(senders, COUNT(senders));
    for (size_t i = 0; i < COUNT(senders); i++)
        EXPECT_VERDICT(senders[i].result, CE_UNDELIVERED);
    EXPECT_EQ(atomic_load(&g.finished), 0);
    ce_client_close(server);
    /* It is not listened to any more, but may run to its end. */
    atomic_store(&g.open, true);
    UNTIL(atomic_load(&g.finished) == 1);
    UNTIL(ce_memory_live() == 0);
    ce_memory_unwatch();
}

static ce_result stop_from_inside(void *arg, const ce_event *event,
                                  ce_event **reply)
{
    gate *g = arg;

    (void)event;
    (void)reply;
    ce_client_stop_receiver(g->client, 20000);
    ce_client_stop_receiver(g->client, 20000);
    atomic_fetch_add(&g->finished, 1);
    return ce_result_ack();
}

static void a_handler_may_stop_its_receiver(void)
{
    gate g = { 0 };
    ce_client *server = open_client("http://127.0.0.1:0/", NULL);
    sender s;
    char uri[64];

    g.client = server;
    for (int i = 0; i < 3; i++) {
        start_receiver(server, stop_from_inside, &g);
        snprintf(uri, sizeof uri, "http://127.0.0.1:%u/",
                 ce_client_port(server));
        start_senders(&s, 1, uri);
        join_senders(&s, 1);
        EXPECT_VERDICT(s.result, CE_ACK);
        ce_client_stop_receiver(server, 20000);
        EXPECT_EQ(ce_client_port(server), 0);
    }
    EXPECT_EQ(atomic_load(&g.finished), 3);
    ce_client_close(server);
}

static void starts_and_stops_may_follow_at_once(void)
{
    gate g = { .open = true };

    for (int i = 0; i < 20; i++) {
        ce_client *server = open_client("http://127.0.0.1:0/", NULL);

        start_receiver(server, pass_gate, &g);
        if (i % 2)
            ce_client_stop_receiver(server, 1000);
        if (i % 4 == 3)
            ce_client_stop_receiver(server, 1000);
        ce_client_close(server);
    }
}

static void *stop_it(void *arg)
{
    ce_client_stop_receiver(arg, 1000);
    return NULL;
}

static void two_threads_may_stop_at_once(void)
{
    gate g = { .open = true };
    ce_client *server = open_client("http://127.0.0.1:0/", NULL);

    for (int i = 0; i < 20; i++) {
        pthread_t threads[2];

        start_receiver(server, pass_gate, &g);
        for (int k = 0; k < 2; k++)
            REQUIRE_EQ(pthread_create(&threads[k], NULL, stop_it, server), 0);
        for (int k = 0; k < 2; k++)
            pthread_join(threads[k], NULL);
        EXPECT_EQ(ce_client_port(server), 0);
    }
    ce_client_close(server);
}

/* Kafka's threads are beyond the thread sanitizer: tests/kafka. */
static void a_broker_that_is_away_fails_the_start(void)
{
    char uri[64];

    nobody_at(uri);
    memcpy(uri, "mqtt", 4);
    strcat(uri, "t?inbox=off");
    expect_away(uri);
}

TESTS("receiver", TEST(as_many_handlers_run_at_once_as_asked),
      TEST(one_handler_keeps_the_order),
      TEST(the_answers_of_handlers_reach_the_sender),
      TEST(a_reply_that_breaks_a_rule_is_refused),
      TEST(a_duplicate_is_handled_once),
      TEST(middleware_stands_around_every_event), TEST(a_lost_peer_is_reported),
      TEST(a_stop_waits_for_handlers), TEST(a_stop_gives_up_at_its_deadline),
      TEST(a_handler_may_stop_its_receiver),
      TEST(starts_and_stops_may_follow_at_once),
      TEST(two_threads_may_stop_at_once),
      TEST(a_broker_that_is_away_fails_the_start))
