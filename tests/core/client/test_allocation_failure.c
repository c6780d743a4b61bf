/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of a client and a server fails in turn: the result is an
 * error, and nothing leaks. Both share one loop, so that there is one order. */
#include "tests/core/client/client_rig.h"

#include <uv.h>

#include "tests/support/memory.h"

enum { ATTEMPTS = 400, TURNS = 1000 };

typedef struct scene {
    uv_loop_t loop;
    const char *uri, *form; /* of the receiver; of the sender, with its port */
    unsigned timeout_ms;
    unsigned completions;
    bool delivered;
} scene;

static ce_result echo(void *arg, const ce_event *event, ce_event **reply)
{
    (void)arg;
    *reply = ce_event_clone(event);
    return *reply ? ce_result_ack()
                  : ce_result_make(CE_UNDELIVERED, "out of memory");
}

static void done(void *arg, const ce_result *r, ce_event *reply)
{
    scene *s = arg;

    s->completions++;
    s->delivered = ce_result_is_ack(r) && reply;
    if (!s->delivered)
        EXPECT(!ce_result_is_nack(r));
    ce_event_free(reply);
}

static void run(scene *s)
{
    unsigned before = s->completions;

    for (int i = 0; i < TURNS && s->completions == before; i++)
        uv_run(&s->loop, UV_RUN_ONCE);
    EXPECT_EQ(s->completions, before + 1);
}

static void ask(scene *s, ce_client *client)
{
    ce_error err = { CE_OK, "" };
    ce_event *e;

    ce_memory_spare_begin();
    e = fixture();
    ce_memory_spare_end();
    if (ce_client_request_async(client, e, NULL, done, s, &err) == CE_OK)
        run(s);
    else
        EXPECT_STATUS(err.status, CE_ENOMEM);
    ce_event_free(e);
}

static void play(scene *s)
{
    const ce_client_options options = { .loop = &s->loop,
                                        .dedup = 10,
                                        .timeout_ms = s->timeout_ms,
                                        .close_ms = 200 };
    ce_client *client = NULL, *server = NULL;
    ce_error err = { CE_OK, "" };
    char uri[64];

    s->delivered = false;
    if (ce_client_open(&server, s->uri, &options, &err) == CE_OK &&
        ce_client_start_receiver(server, echo, NULL, NULL, &err) == CE_OK) {
        snprintf(uri, sizeof uri, s->form, ce_client_port(server));
        if (ce_client_open(&client, uri, &options, &err) == CE_OK)
            ask(s, client);
    }
    EXPECT(err.status == CE_OK || err.status == CE_ENOMEM);
    ce_memory_heal();
    ce_client_close(client);
    ce_client_close(server);
    uv_run(&s->loop, UV_RUN_DEFAULT);
}

static void torture(const char *uri, const char *form)
{
    /* Where a library does not say that it has no memory, time ends it. */
    scene s = { .uri = uri, .form = form, .timeout_ms = 200 };
    long at = 0;

    REQUIRE_EQ(uv_loop_init(&s.loop), 0);
    ce_memory_watch();
    for (; at < ATTEMPTS; at++) {
        long calls = ce_memory_calls();

        ce_memory_fail_at(at);
        play(&s);
        EXPECT_EQ(ce_memory_live(), 0);
        if (ce_memory_calls() - calls <= at)
            break;
    }
    EXPECT_CMP(at, >, 10);
    EXPECT_CMP(at, <, ATTEMPTS);
    s.timeout_ms = 30000;
    play(&s);
    EXPECT(s.delivered);
    ce_memory_unwatch();
    EXPECT_EQ(uv_loop_close(&s.loop), 0);
}

static void a_request_in_memory(void)
{
    torture("mem://torture", "mem://torture?mode=keep%.0u");
}

static void a_request_over_http(void)
{
    torture("http://127.0.0.1:0/", "http://127.0.0.1:%u/");
}

TESTS("allocation_failure", TEST(a_request_in_memory),
      TEST(a_request_over_http))
