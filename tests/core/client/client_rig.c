/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the application API begin with: the fixture, handlers, and a
 * server and a client on a port of the system's choice. */
#include "tests/core/client/client_rig.h"

#include <time.h>

ce_event *make_fixture(void)
{
    static const char *const attributes[][2] = {
        { "id", "id-01" },         { "type", "type 01" },
        { "source", "source/01" }, { "subject", "subject 01" },
        { "name01", "1" },         { "name02", "value02" },
    };
    ce_event *e = ce_event_blank();
    ce_status status = e ? CE_OK : CE_ENOMEM;

    for (size_t i = 0; i < COUNT(attributes) && status == CE_OK; i++)
        status = ce_event_set(e, attributes[i][0], attributes[i][1], NULL);
    if (status == CE_OK)
        status = ce_event_set_data(e, CE_SLICE("application/json"),
                                   CE_SLICE(FIXTURE_DATA), NULL);
    if (status == CE_OK)
        return e;
    ce_event_free(e);
    return NULL;
}

ce_event *fixture(void)
{
    ce_event *e = make_fixture();

    REQUIRE(e != NULL);
    return e;
}

ce_event *numbered(unsigned number)
{
    ce_event *e = fixture();
    char id[32];

    snprintf(id, sizeof id, "%u", number);
    REQUIRE_OK(ce_event_set(e, "id", id, NULL));
    return e;
}

ce_result see(void *arg, const ce_event *event, ce_event **reply)
{
    seen *s = arg;
    ce_event *expected = make_fixture();

    if (!expected || !ce_event_equal(event, expected))
        atomic_store(&s->same, false);
    ce_event_free(expected);
    if (s->replies)
        *reply = ce_event_clone(event);
    atomic_fetch_add(&s->events, 1);
    return s->answer;
}

void nap(void)
{
    nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

ce_client *open_client(const char *uri, const ce_client_options *options)
{
    ce_client *c = NULL;
    ce_error err = { CE_OK, "" };
    ce_status status = ce_client_open(&c, uri, options, &err);

    if (status != CE_OK)
        fprintf(stderr, "%s: %s\n", uri, err.text);
    REQUIRE_OK(status);
    return c;
}

void start_receiver(ce_client *c, ce_handler_fn *fn, void *arg)
{
    ce_error err = { CE_OK, "" };
    ce_status status = ce_client_start_receiver(c, fn, NULL, arg, &err);

    if (status != CE_OK)
        fprintf(stderr, "start: %s\n", err.text);
    REQUIRE_OK(status);
}

ce_client *open_receiver(char uri[64], ce_handler_fn *fn, void *arg,
                         const ce_client_options *options)
{
    ce_client *c = open_client("http://127.0.0.1:0/", options);

    start_receiver(c, fn, arg);
    snprintf(uri, 64, "http://127.0.0.1:%u/", ce_client_port(c));
    return c;
}

ce_result ignore(void *arg, const ce_event *event, ce_event **reply)
{
    (void)arg;
    (void)event;
    (void)reply;
    return ce_result_ack();
}

void expect_away(const char *uri)
{
    const ce_client_options options = { .start_ms = 100, .close_ms = 100 };
    ce_client *c = open_client(uri, &options);
    ce_error err = { CE_OK, "" };

    EXPECT_STATUS_ROW(uri,
                      ce_client_start_receiver(c, ignore, NULL, NULL, &err),
                      CE_ETIMEDOUT);
    EXPECT_ROW(uri, strchr(err.text, ' ') != NULL);
    ce_client_stop_receiver(c, 100);
    ce_client_close(c);
}
