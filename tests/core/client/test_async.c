/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that do not wait: completions, timeouts, cancels, the caller's loop. */
#include "tests/core/client/peer.h"

#include <uv.h>

enum { MANY = 100 };

typedef struct heard {
    atomic_uint acks, nacks, undelivered, replies, wrong;
    char reason[CE_REASON_SIZE];
} heard;

static unsigned total(heard *h)
{
    return atomic_load(&h->acks) + atomic_load(&h->nacks) +
           atomic_load(&h->undelivered);
}

static void done(void *arg, const ce_result *r, ce_event *reply)
{
    heard *h = arg;

    if (reply)
        atomic_fetch_add(&h->replies, 1);
    ce_event_free(reply);
    memcpy(h->reason, r->reason, sizeof h->reason);
    atomic_fetch_add(ce_result_is_ack(r)    ? &h->acks
                     : ce_result_is_nack(r) ? &h->nacks
                                            : &h->undelivered,
                     1);
}

static void completions_come_once_each(void)
{
    seen s = { .same = true };
    char uri[64];
    ce_client *server = open_receiver(uri, see, &s, NULL);
    ce_client *client = open_client(uri, NULL);
    ce_event *e = fixture();
    heard h = { 0 };

    for (int i = 0; i < MANY; i++)
        REQUIRE_OK(ce_client_send_async(client, e, NULL, done, &h, NULL));
    ce_event_free(e);
    UNTIL(total(&h) == MANY);
    ce_client_close(client);
    EXPECT_EQ(atomic_load(&h.acks), MANY);
    EXPECT_EQ(atomic_load(&s.events), MANY);
    EXPECT(atomic_load(&s.same));
    ce_client_close(server);
}

/* Holds each answer until all have asked, then gives the last one first. */
typedef struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned inside, next;
} meeting;

static ce_result meet(void *arg, const ce_event *event, ce_event **reply)
{
    meeting *m = arg;
    unsigned number =
        (unsigned)strtoul(ce_event_text(event, "id").ptr, NULL, 10);

    pthread_mutex_lock(&m->lock);
    m->inside++;
    if (m->inside == MANY)
        m->next = MANY - 1;
    pthread_cond_broadcast(&m->changed);
    while (m->inside < MANY || m->next != number)
        pthread_cond_wait(&m->changed, &m->lock);
    m->next--;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    *reply = ce_event_clone(event);
    return ce_result_ack();
}

typedef struct question {
    unsigned number;
    heard *heard;
} question;

static void answered(void *arg, const ce_result *r, ce_event *reply)
{
    question *q = arg;
    char id[16];

    snprintf(id, sizeof id, "%u", q->number);
    if (!reply || !ce_slice_eq(ce_event_text(reply, "id"), ce_slice_of(id)))
        atomic_fetch_add(&q->heard->wrong, 1);
    done(q->heard, r, reply);
}

static void a_hundred_requests_are_answered_in_any_order(void)
{
    const ce_client_options many = { .handlers = MANY };
    meeting m = { .lock = PTHREAD_MUTEX_INITIALIZER,
                  .changed = PTHREAD_COND_INITIALIZER };
    question questions[MANY];
    heard h = { 0 };
    ce_client *server = open_client("http://127.0.0.1:0/", &many), *client;
    char uri[64];

    start_receiver(server, meet, &m);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/?max_in_flight=%d",
             ce_client_port(server), MANY);
    client = open_client(uri, NULL);
    for (unsigned i = 0; i < MANY; i++) {
        ce_event *e = numbered(i);

        questions[i] = (question){ i, &h };
        REQUIRE_OK(ce_client_request_async(client, e, NULL, answered,
                                           &questions[i], NULL));
        ce_event_free(e);
    }
    UNTIL(total(&h) == MANY);
    EXPECT_EQ(atomic_load(&h.replies), MANY);
    EXPECT_EQ(atomic_load(&h.wrong), 0);
    ce_client_close(client);
    ce_client_close(server);
}

static void a_call_ends_at_its_own_timeout(void)
{
    peer p;
    ce_client *client;
    ce_event *e = fixture();
    heard h = { 0 };
    const ce_call how = { .timeout_ms = 30 };

    peer_open(&p, PEER_STALLS, 200);
    client = open_client(p.uri, NULL);
    REQUIRE_OK(ce_client_send_async(client, e, &how, done, &h, NULL));
    UNTIL(total(&h) == 1);
    EXPECT_EQ(atomic_load(&h.undelivered), 1);
    EXPECT_CONTAINS(h.reason, "30 ms");
    EXPECT_EQ(ce_client_count(client).late, 0);
    peer_close(&p);
    UNTIL(ce_client_count(client).late == 1);
    EXPECT_EQ(total(&h), 1);
    ce_event_free(e);
    ce_client_close(client);
}

static void a_cancel_completes_the_call(void)
{
    peer p;
    ce_client *client;
    ce_event *e = fixture();
    heard h = { 0 };
    uint64_t id = 0;
    const ce_call how = { .id = &id };

    peer_open(&p, PEER_STALLS, 200);
    client = open_client(p.uri, NULL);
    REQUIRE_OK(ce_client_send_async(client, e, &how, done, &h, NULL));
    EXPECT_CMP(id, >, 0);
    REQUIRE_OK(ce_client_cancel(client, id));
    UNTIL(total(&h) == 1);
    REQUIRE_OK(ce_client_cancel(client, id));
    REQUIRE_OK(ce_client_cancel(client, 9999));
    EXPECT_EQ(atomic_load(&h.undelivered), 1);
    EXPECT_STR(h.reason, "cancelled");
    ce_event_free(e);
    peer_close(&p);
    ce_client_close(client);
    EXPECT_EQ(total(&h), 1);
}

static void too_many_calls_are_refused(void)
{
    const ce_client_options two = { .max_calls = 2, .close_ms = 50 };
    peer p;
    ce_client *client;
    ce_event *e = fixture(), *broken = ce_event_blank();
    heard h = { 0 };
    ce_error err;

    peer_open(&p, PEER_STALLS, 200);
    client = open_client(p.uri, &two);
    EXPECT_STATUS(ce_client_send_async(client, broken, NULL, done, &h, &err),
                  CE_EINVAL);
    for (int i = 0; i < 2; i++)
        REQUIRE_OK(ce_client_send_async(client, e, NULL, done, &h, NULL));
    EXPECT_STATUS(ce_client_send_async(client, e, NULL, done, &h, &err),
                  CE_EAGAIN);
    EXPECT_EQ(total(&h), 0);
    /* The end completes what is out. */
    ce_client_close(client);
    EXPECT_EQ(atomic_load(&h.undelivered), 2);
    ce_event_free(e);
    ce_event_free(broken);
    peer_close(&p);
}

/* The first is with the peer, the second waits for its connection. */
static void what_was_given_up_has_its_place_and_is_not_sent(void)
{
    const ce_client_options two = { .max_calls = 2 };
    const ce_call how = { .timeout_ms = 30 };
    peer p;
    char uri[100];
    ce_client *client;
    ce_event *e = fixture();
    heard h = { 0 };
    ce_result r;

    peer_open(&p, PEER_STALLS, 202);
    snprintf(uri, sizeof uri, "%s?max_in_flight=1", p.uri);
    client = open_client(uri, &two);
    for (int i = 0; i < 2; i++)
        REQUIRE_OK(ce_client_send_async(client, e, &how, done, &h, NULL));
    UNTIL(total(&h) == 2);
    UNTIL(atomic_load(&p.requests) == 1);
    EXPECT_STATUS(ce_client_send_async(client, e, NULL, done, &h, NULL),
                  CE_EAGAIN);
    atomic_store(&p.deed, PEER_ANSWERS);
    UNTIL(ce_client_count(client).late == 2);
    EXPECT_OK(ce_client_send_async(client, e, NULL, done, &h, NULL));
    UNTIL(total(&h) == 3);
    r = ce_client_send(client, e);
    EXPECT_VERDICT(r, CE_ACK);
    EXPECT_EQ(atomic_load(&h.acks), 1);
    EXPECT_EQ(atomic_load(&p.requests), 3);
    ce_client_close(client);
    ce_event_free(e);
    peer_close(&p);
}

typedef struct repeat {
    heard *heard;
    ce_client *client;
    ce_event *event;
} repeat;

static void send_again(void *arg, const ce_result *r, ce_event *reply)
{
    repeat *a = arg;

    if (ce_client_send_async(a->client, a->event, NULL, done, a->heard, NULL))
        atomic_fetch_add(&a->heard->wrong, 1);
    done(a->heard, r, reply);
}

static void what_begins_during_the_close_is_undelivered(void)
{
    const ce_client_options options = { .close_ms = 50 };
    peer p;
    heard h = { 0 };
    repeat again = { .heard = &h, .event = fixture() };

    peer_open(&p, PEER_STALLS, 202);
    again.client = open_client(p.uri, &options);
    REQUIRE_OK(ce_client_send_async(again.client, again.event, NULL, send_again,
                                    &again, NULL));
    ce_client_close(again.client);
    EXPECT_EQ(atomic_load(&h.wrong), 0);
    EXPECT_EQ(atomic_load(&h.undelivered), 2);
    EXPECT_EQ(atomic_load(&h.nacks), 0);
    ce_event_free(again.event);
    peer_close(&p);
}

static atomic_uint acknowledged;

static void *send_many(void *arg)
{
    ce_client *client = arg;
    ce_event *e = make_fixture();

    for (int i = 0; i < MANY; i++) {
        ce_result r = ce_client_send(client, e);

        atomic_fetch_add(&acknowledged, ce_result_is_ack(&r));
    }
    ce_event_free(e);
    return NULL;
}

static void many_threads_share_a_client(void)
{
    enum { THREADS = 8 };
    seen s = { .same = true };
    char uri[64];
    ce_client *server = open_receiver(uri, see, &s, NULL);
    ce_client *client = open_client(uri, NULL);
    pthread_t threads[THREADS];
    ce_event *e = fixture();
    heard h = { 0 };

    atomic_store(&acknowledged, 0);
    for (int i = 0; i < THREADS; i++)
        REQUIRE_EQ(pthread_create(&threads[i], NULL, send_many, client), 0);
    /* The loop changes hands while they wait. */
    for (int i = 0; i < MANY; i++)
        REQUIRE_OK(ce_client_send_async(client, e, NULL, done, &h, NULL));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    UNTIL(total(&h) == MANY);
    EXPECT_EQ(atomic_load(&s.events), (THREADS + 1) * MANY);
    EXPECT_EQ(atomic_load(&acknowledged), THREADS * MANY);
    EXPECT_EQ(ce_client_count(client).acked, (THREADS + 1) * MANY);
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

static void threads_that_wait_pass_the_loop_on(void)
{
    enum { THREADS = 4 };
    seen s = { .same = true };
    char uri[64];
    ce_client *server = open_receiver(uri, see, &s, NULL);
    ce_client *client = open_client(uri, NULL);
    pthread_t threads[THREADS];

    atomic_store(&acknowledged, 0);
    for (int i = 0; i < THREADS; i++)
        REQUIRE_EQ(pthread_create(&threads[i], NULL, send_many, client), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    EXPECT_EQ(atomic_load(&s.events), THREADS * MANY);
    EXPECT_EQ(atomic_load(&acknowledged), THREADS * MANY);
    ce_client_close(client);
    ce_client_close(server);
}

/* --- the caller's loop --- */

static unsigned threads_now(void)
{
    char text[4096], *at;
    FILE *f = fopen("/proc/self/status", "re");
    size_t len;

    REQUIRE(f != NULL);
    len = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[len] = '\0';
    at = strstr(text, "Threads:");
    return at ? (unsigned)strtoul(at + 8, NULL, 10) : 0;
}

static void a_client_on_the_callers_loop_needs_no_thread(void)
{
    uv_loop_t loop;
    seen s = { .same = true, .replies = true };
    heard h = { 0 };
    ce_client_options options = { .loop = &loop };
    ce_client *server, *client;
    ce_event *e = fixture();
    char uri[64];
    unsigned before = threads_now();
    ce_result r;

    REQUIRE_EQ(uv_loop_init(&loop), 0);
    server = open_client("http://127.0.0.1:0/", &options);
    start_receiver(server, see, &s);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/", ce_client_port(server));
    client = open_client(uri, &options);
    r = ce_client_send(client, e);
    EXPECT_VERDICT(r, CE_NACK);
    EXPECT_CONTAINS(r.reason, "own thread");
    for (int i = 0; i < 10; i++)
        REQUIRE_OK(ce_client_request_async(client, e, NULL, done, &h, NULL));
    for (int i = 0; i < 10000 && total(&h) < 10; i++)
        uv_run(&loop, UV_RUN_ONCE);
    EXPECT_EQ(atomic_load(&h.replies), 10);
    EXPECT_EQ(atomic_load(&s.events), 10);
    EXPECT_EQ(threads_now(), before);
    ce_client_close(client);
    ce_client_close(server);
    /* Until the last handle is closed. */
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop), 0);
    ce_event_free(e);
}

static void a_client_that_waits_has_no_thread(void)
{
    peer p;
    ce_client *client;
    ce_event *e = fixture();
    heard h = { 0 };
    unsigned before;
    ce_result r;

    peer_open(&p, PEER_ANSWERS, 202);
    before = threads_now();
    client = open_client(p.uri, NULL);
    r = ce_client_send(client, e);
    EXPECT_VERDICT(r, CE_ACK);
    EXPECT_EQ(threads_now(), before);
    REQUIRE_OK(ce_client_send_async(client, e, NULL, done, &h, NULL));
    UNTIL(total(&h) == 1);
    EXPECT_EQ(threads_now(), before + 1);
    ce_client_close(client);
    peer_close(&p);
    ce_event_free(e);
}

TESTS("async", TEST(completions_come_once_each),
      TEST(a_hundred_requests_are_answered_in_any_order),
      TEST(a_call_ends_at_its_own_timeout), TEST(a_cancel_completes_the_call),
      TEST(too_many_calls_are_refused),
      TEST(what_begins_during_the_close_is_undelivered),
      TEST(what_was_given_up_has_its_place_and_is_not_sent),
      TEST(many_threads_share_a_client),
      TEST(threads_that_wait_pass_the_loop_on),
      TEST(a_client_on_the_callers_loop_needs_no_thread),
      TEST(a_client_that_waits_has_no_thread))
