/* SPDX-License-Identifier: Apache-2.0 */
/* T1 to T4 of the checklist for transports with a broker: the same client, the
 * same fixture, counted at the receiver. */
#include "tests/core/client/checklist.h"

ce_client *receive_at(const place *p, seen *s)
{
    const ce_client_options options = { .start_ms = 30000 };
    ce_client *c = open_client(p->receive, &options);

    start_receiver(c, see, s);
    return c;
}

void check_sends(const place *p)
{
    seen s = { .same = true };
    ce_client *server = receive_at(p, &s), *client = open_client(p->send, NULL);
    ce_event *e = fixture();

    for (int i = 0; i < MANY; i++) {
        ce_result r = ce_client_send(client, e);

        EXPECT_VERDICT(r, CE_ACK);
    }
    UNTIL(atomic_load(&s.events) >= MANY);
    ce_client_close(client);
    ce_client_close(server);
    EXPECT_EQ(atomic_load(&s.events), MANY);
    EXPECT(atomic_load(&s.same));
    ce_event_free(e);
}

static void note_reply(void *arg, const ce_result *r, ce_event *reply)
{
    replies *n = arg;
    bool fine =
        ce_result_is_ack(r) && reply && ce_event_equal(reply, n->expected);

    if (!fine)
        fprintf(stderr, "%d: %s\n", r->verdict, r->reason);
    ce_event_free(reply);
    atomic_fetch_add(fine ? &n->equal : &n->other, 1);
}

void check_requests(const place *p, unsigned one_by_one)
{
    seen s = { .same = true, .replies = true };
    ce_client *server = receive_at(p, &s), *client = open_client(p->send, NULL);
    ce_event *e = fixture();
    replies n = { .expected = e };

    for (unsigned i = 0; i < one_by_one; i++) {
        ce_event *reply = NULL;
        ce_result r = ce_client_request(client, e, &reply);

        note_reply(&n, &r, reply);
    }
    for (unsigned i = one_by_one; i < MANY; i++)
        REQUIRE_OK(
            ce_client_request_async(client, e, NULL, note_reply, &n, NULL));
    UNTIL(atomic_load(&n.equal) + atomic_load(&n.other) == MANY);
    EXPECT_EQ(atomic_load(&n.equal), MANY);
    EXPECT_EQ(atomic_load(&s.events), MANY);
    EXPECT(atomic_load(&s.same));
    ce_client_close(client);
    ce_client_close(server);
    ce_event_free(e);
}

void check_refusals(const place *p)
{
    seen s = { .same = true, .answer = ce_result_http(400, "unknown query") };
    ce_client *server = receive_at(p, &s), *client = open_client(p->send, NULL);
    ce_event *e = fixture(), *reply = e;
    ce_result r = ce_client_request(client, e, &reply);

    EXPECT_VERDICT(r, CE_NACK);
    EXPECT_EQ(reply, NULL);
    EXPECT_EQ(ce_result_http_status(&r), 400);
    EXPECT_CONTAINS(r.reason, "unknown query");
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

void check_many_clients(const place *p, unsigned clients)
{
    seen s = { .same = true };
    ce_client *server = receive_at(p, &s);
    ce_event *e = fixture();

    for (unsigned i = 0; i < clients; i++) {
        ce_client *client = open_client(p->send, NULL);
        ce_result r = ce_client_send(client, e);

        EXPECT_VERDICT(r, CE_ACK);
        ce_client_close(client);
    }
    UNTIL(atomic_load(&s.events) >= clients);
    ce_client_stop_receiver(server, 20000);
    ce_client_stop_receiver(server, 20000);
    EXPECT_EQ(atomic_load(&s.events), clients);
    EXPECT(atomic_load(&s.same));
    ce_event_free(e);
    ce_client_close(server);
}
