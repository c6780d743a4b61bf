/* SPDX-License-Identifier: Apache-2.0 */
/* The checklist over Kafka. */
#include "tests/core/client/checklist.h"
#include "tests/support/kafka_rig.h"

static place new_place(void)
{
    const char *broker = ce_test_broker("CE_TEST_KAFKA");
    const char *topic = ce_test_unique("client");
    place p;

    kafka_make_topic(broker, topic, 1);
    snprintf(p.send, sizeof p.send, "kafka://%s/%s", broker, topic);
    snprintf(p.receive, sizeof p.receive, "%s?group=%s", p.send, topic);
    return p;
}

static void a_hundred_sends_arrive(void)
{
    place p = new_place();

    check_sends(&p);
}

static void a_hundred_requests_have_equal_replies(void)
{
    place p = new_place();

    check_requests(&p, MANY / 2);
}

static void a_refusal_comes_back_without_a_reply(void)
{
    place p = new_place();

    check_refusals(&p);
}

static void each_of_many_clients_is_heard(void)
{
    place p = new_place();

    check_many_clients(&p, 10);
}

TESTS("client over Kafka", TEST(a_hundred_sends_arrive),
      TEST(a_hundred_requests_have_equal_replies),
      TEST(a_refusal_comes_back_without_a_reply),
      TEST(each_of_many_clients_is_heard))
