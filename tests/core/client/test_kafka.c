/* SPDX-License-Identifier: Apache-2.0 */
/* A client of a broker that is away. */
#include "tests/core/client/peer.h"

static void a_receiver_does_not_start(void)
{
    char away[64], uri[80];

    nobody_at(away);
    snprintf(uri, sizeof uri, "kafka%st", strchr(away, ':'));
    expect_away(uri);
}

static void a_send_waits_for_a_connection_and_gives_up(void)
{
    const ce_client_options options = { .connect_ms = 100, .close_ms = 100 };
    char away[64], uri[80];
    ce_event *e = fixture();
    ce_client *c;
    ce_result r;

    nobody_at(away);
    snprintf(uri, sizeof uri, "kafka%st", strchr(away, ':'));
    c = open_client(uri, &options);
    r = ce_client_send(c, e);
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT(*ce_result_message(&r));
    ce_event_free(e);
    ce_client_close(c);
}

TESTS("kafka client", TEST(a_receiver_does_not_start),
      TEST(a_send_waits_for_a_connection_and_gives_up))
