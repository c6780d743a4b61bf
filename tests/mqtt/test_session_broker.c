/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is lost when a receiver or the broker goes away in the middle. These
 * brokers are the test's own. */
#include "tests/mqtt/mqtt_rig.h"

static rig now;

static void close_rig(void)
{
    rig_close(&now);
}

static const char *uri(const char *scheme, const char *query)
{
    static char text[4][1024];
    static unsigned turn;
    char *out = text[turn++ % COUNT(text)];

    snprintf(out, sizeof text[0], "%s/events%s", scheme, query);
    return out;
}

static const char *at(const char *address)
{
    static char text[100];

    snprintf(text, sizeof text, "mqtt://%s", address);
    return text;
}

static void open_broker(const char *options)
{
    rig_open(&now);
    ce_test_make_folder(now.dir, sizeof now.dir);
    rig_broker(&now, "start", options);
}

static void both_up(void)
{
    RIG_UNTIL(&now, now.receiver->health.up && now.sender->health.up);
}

static void a_session_outlives_its_receiver(void)
{
    open_broker("");
    rig_start_receiver(&now, uri(at(now.address), ""));
    rig_start_sender(&now, uri(at(now.address), ""));
    both_up();
    EXPECT(rig_acked(&now, rig_send(&now, 0)));
    RIG_UNTIL(&now, now.arrived == 1);
    rig_close_receiver(&now);
    for (unsigned i = 1; i < 100; i++)
        EXPECT(rig_acked(&now, rig_send(&now, i)));
    EXPECT_EQ(now.arrived, 1);
    rig_start_receiver(&now, uri(at(now.address), ""));
    RIG_UNTIL(&now, now.distinct == 100);
}

static void a_clean_session_is_forgotten(void)
{
    open_broker("");
    rig_start_receiver(&now, uri(at(now.address), "?clean=true"));
    rig_start_sender(&now, uri(at(now.address), ""));
    both_up();
    rig_close_receiver(&now);
    EXPECT(rig_acked(&now, rig_send(&now, 1)));
    rig_start_receiver(&now, uri(at(now.address), "?clean=true"));
    both_up();
    EXPECT(rig_acked(&now, rig_send(&now, 2)));
    RIG_UNTIL(&now, now.arrived > 0);
    EXPECT(!now.seen[1] && now.seen[2]);
}

/* Whatever the source was told is not delivered is sent again. Mosquitto may
 * lose what it has acknowledged when it is killed before it has saved, so all
 * is sent again: what counts is that nothing hangs and everything arrives. */
static void a_broker_that_is_killed_loses_nothing(const char *query)
{
    enum { MANY = 200 };
    unsigned failed = 0;

    open_broker("");
    rig_start_receiver(&now, uri(at(now.address), query));
    rig_start_sender(&now, uri(at(now.address), query));
    both_up();
    for (unsigned i = 0; i < MANY; i++)
        rig_send(&now, i);
    RIG_UNTIL(&now, ce_mem_settled(now.app) >= 20);
    rig_broker(&now, "kill", "");
    RIG_UNTIL(&now, !now.sender->health.up && !now.receiver->health.up);
    RIG_UNTIL(&now, ce_mem_settled(now.app) == MANY);
    for (int i = 0; i < MANY; i++)
        failed +=
            ce_mem_outcome_of(now.app, i)->result.verdict == CE_UNDELIVERED;
    EXPECT_CMP(failed, >, 0);
    /* What comes while it is away is settled at once. */
    EXPECT(!rig_acked(&now, rig_send(&now, 0)));
    EXPECT(now.sender->health.reason[0] && now.receiver->health.reason[0]);
    rig_broker(&now, "start", "");
    both_up();
    for (unsigned i = 0; i < MANY; i++)
        EXPECT_CMP(rig_send(&now, i), >=, 0);
    RIG_UNTIL(&now, now.distinct == MANY);
    RIG_UNTIL(&now, ce_mem_settled(now.app) == 2 * MANY + 1);
    for (int i = MANY + 1; i < 2 * MANY + 1; i++)
        EXPECT_VERDICT(ce_mem_outcome_of(now.app, i)->result, CE_ACK);
}

static void a_killed_broker_loses_nothing_in_version_5(void)
{
    a_broker_that_is_killed_loses_nothing("");
}

static void a_killed_broker_loses_nothing_in_version_3(void)
{
    a_broker_that_is_killed_loses_nothing("?version=3.1.1");
}

static void a_full_inbox_leaves_the_rest_with_the_broker(void)
{
    enum { LEFT = 100 };
    unsigned sent = 0;

    open_broker("--fast");
    rig_open_inbox(&now, 256 << 10);
    rig_start_receiver(&now, uri(at(now.address), ""));
    rig_start_sender(&now, uri(at(now.address), ""));
    both_up();
    while (now.receiver->health.up && sent < RIG_EVENTS / 2)
        REQUIRE(rig_acked(&now, rig_send(&now, sent++)));
    RIG_UNTIL(&now, !now.receiver->health.up);
    EXPECT_CONTAINS(now.receiver->health.reason, "full");
    /* Until it has left, some still come. */
    while (sent < RIG_EVENTS && ce_inbox_count(now.inbox) + LEFT > sent)
        REQUIRE(rig_acked(&now, rig_send(&now, sent++)));
    EXPECT_CMP(ce_inbox_count(now.inbox) + LEFT, <=, sent);
    rig_start_replay(&now);
    RIG_UNTIL(&now, now.distinct == sent);
    RIG_UNTIL(&now, now.receiver->health.up);
}

static void the_inbox_keeps_what_arrived(void)
{
    open_broker("");
    rig_open_inbox(&now, 1 << 24);
    rig_start_receiver(&now, uri(at(now.address), ""));
    rig_start_sender(&now, uri(at(now.address), ""));
    both_up();
    EXPECT(rig_acked(&now, rig_send(&now, 3)));
    RIG_UNTIL(&now, ce_inbox_count(now.inbox) == 1);
    rig_close_receiver(&now);
    rig_start_replay(&now);
    RIG_UNTIL(&now, now.seen[3] && ce_inbox_count(now.inbox) == 0);
    EXPECT_EQ(now.last_mode, CE_MODE_BINARY);
}

/* Receives from TOPIC under one client id until it is up. */
static void receive_from(const char *topic, const char *query)
{
    char text[300];

    rig_close_receiver(&now);
    snprintf(text, sizeof text, "%s/%s?client_id=kept&%s", at(now.address),
             topic, query);
    rig_start_receiver(&now, text);
    RIG_UNTIL(&now, now.receiver->health.up);
}

/* Publishes to TOPIC, and waits until the broker has it. */
static void publish_to(const char *topic, const char *query, unsigned id)
{
    char text[300];

    rig_close_sender(&now);
    snprintf(text, sizeof text, "%s/%s?%s", at(now.address), topic, query);
    rig_start_sender(&now, text);
    RIG_UNTIL(&now, now.sender->health.up);
    REQUIRE(rig_acked(&now, rig_send(&now, id)));
}

/* The broker sends in the order of its confirmations: when what comes last is
 * there, nothing before it is on its way. */
static void an_old_filter_brings_nothing(const char *query)
{
    open_broker("--fast");
    rig_open_inbox(&now, 1 << 24);
    rig_start_replay(&now);
    receive_from("old/+", query);
    receive_from("old/x", query);
    receive_from("new", query);
    publish_to("old/x", query, 1);
    publish_to("old/y", query, 2);
    publish_to("new", query, 3);
    RIG_UNTIL(&now, now.seen[3]);
    EXPECT(!now.seen[1] && !now.seen[2]);
    /* And back: what was ended is subscribed to again. */
    receive_from("old/+", query);
    publish_to("new", query, 4);
    publish_to("old/x", query, 5);
    RIG_UNTIL(&now, now.seen[5]);
    EXPECT(!now.seen[4]);
}

static void an_old_filter_brings_nothing_in_version_5(void)
{
    an_old_filter_brings_nothing("version=5");
}

static void an_old_filter_brings_nothing_in_version_3(void)
{
    an_old_filter_brings_nothing("version=3.1.1");
}

/* Each of several filters is subscribed to, and ended when it is not wanted
 * any more. */
static void several_filters_are_one_source(const char *version)
{
    char query[100];

    open_broker("--fast");
    rig_open_inbox(&now, 1 << 24);
    rig_start_replay(&now);
    snprintf(query, sizeof query, "%s&topics=b/+,c", version);
    receive_from("a", query);
    publish_to("a", version, 1);
    publish_to("b/x", version, 2);
    publish_to("c", version, 3);
    RIG_UNTIL(&now, now.seen[1] && now.seen[2] && now.seen[3]);
    snprintf(query, sizeof query, "%s&topics=c", version);
    receive_from("d", query);
    publish_to("a", version, 4);
    publish_to("b/x", version, 5);
    publish_to("c", version, 6);
    publish_to("d", version, 7);
    RIG_UNTIL(&now, now.seen[6] && now.seen[7]);
    EXPECT(!now.seen[4] && !now.seen[5]);
}

static void several_filters_are_one_source_in_version_5(void)
{
    several_filters_are_one_source("version=5");
}

static void several_filters_are_one_source_in_version_3(void)
{
    several_filters_are_one_source("version=3.1.1");
}

/* --- getting in --- */

static void a_refused_login_is_health(const char *version)
{
    char query[100];

    open_broker("--password");
    snprintf(query, sizeof query, "?user=alice&password=wrong&%s", version);
    rig_start_sender(&now, uri(at(now.address), query));
    rig_start_receiver(&now, uri(at(now.address), query));
    RIG_UNTIL(&now, strstr(now.sender->health.reason, "uthor") ||
                        strstr(now.sender->health.reason, "password"));
    RIG_UNTIL(&now, strstr(now.receiver->health.reason, "uthor") ||
                        strstr(now.receiver->health.reason, "password"));
    EXPECT(!now.sender->health.up && !now.receiver->health.up);
    EXPECT(!rig_acked(&now, rig_send(&now, 1)));
    rig_close_receiver(&now);
    rig_close_sender(&now);
    snprintf(query, sizeof query, "?user=alice&password=alice-secret&%s",
             version);
    rig_start_sender(&now, uri(at(now.address), query));
    rig_start_receiver(&now, uri(at(now.address), query));
    both_up();
}

static void a_refused_login_is_health_in_version_5(void)
{
    a_refused_login_is_health("version=5");
}

static void a_refused_login_is_health_in_version_3(void)
{
    a_refused_login_is_health("version=3.1.1");
}

static void open_tls_broker(char *certificates, size_t size)
{
    char options[300];

    rig_open(&now);
    ce_test_make_folder(now.dir, sizeof now.dir);
    snprintf(certificates, size, "%s/certificates", now.dir);
    REQUIRE_EQ(ce_broker_script("certificates.sh", certificates), 0);
    snprintf(options, sizeof options, "--tls %s", certificates);
    rig_broker(&now, "start", options);
}

static const char *tls_uri(const char *host)
{
    static char text[100];

    snprintf(text, sizeof text, "mqtts://%s:%s", host,
             strchr(now.tls, ':') + 1);
    return text;
}

static void events_travel_over_tls(void)
{
    char certificates[260], query[600];

    open_tls_broker(certificates, sizeof certificates);
    snprintf(query, sizeof query, "?ca=%s/ca.pem", certificates);
    rig_start_sender(&now, uri(tls_uri("localhost"), query));
    rig_start_receiver(&now, uri(tls_uri("127.0.0.1"), query));
    both_up();
    EXPECT(rig_acked(&now, rig_send(&now, 1)));
    RIG_UNTIL(&now, now.arrived == 1);
}

static void events_travel_over_websockets(void)
{
    static const char *const versions[] = { "5", "3.1.1" };
    char query[100];

    open_broker("--websockets");
    for (unsigned i = 0; i < COUNT(versions); i++) {
        snprintf(query, sizeof query, "?websocket=/mqtt&version=%s",
                 versions[i]);
        rig_start_sender(&now, uri(at(now.websocket), query));
        rig_start_receiver(&now, uri(at(now.websocket), query));
        both_up();
        EXPECT(rig_acked(&now, rig_send(&now, i)));
        RIG_UNTIL(&now, now.seen[i]);
        rig_close_sender(&now);
        rig_close_receiver(&now);
    }
}

static void an_unknown_certificate_is_refused(void)
{
    char certificates[260];

    open_tls_broker(certificates, sizeof certificates);
    rig_start_sender(&now, uri(tls_uri("localhost"), ""));
    RIG_UNTIL(&now, !strncmp(now.sender->health.reason, "TLS", 3));
    EXPECT(!now.sender->health.up);
    rig_close_sender(&now);
    rig_start_sender(&now, uri(tls_uri("localhost"), "?verify=false"));
    RIG_UNTIL(&now, now.sender->health.up);
}

static void tls_on_the_wrong_side_is_said(void)
{
    char certificates[260], plain[100];

    open_tls_broker(certificates, sizeof certificates);
    snprintf(plain, sizeof plain, "mqtt://%s", now.tls);
    rig_start_sender(&now, uri(plain, ""));
    RIG_UNTIL(&now,
              strstr(now.sender->health.reason, "may want TLS (mqtts://)"));
    rig_close_sender(&now);
    snprintf(plain, sizeof plain, "mqtts://%s", now.address);
    rig_start_sender(&now, uri(plain, ""));
    RIG_UNTIL(&now, strstr(now.sender->health.reason, "no TLS"));
    EXPECT_CONTAINS(now.sender->health.reason, "mqtt://");
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        TEST(a_session_outlives_its_receiver),
        TEST(a_clean_session_is_forgotten),
        TEST(a_killed_broker_loses_nothing_in_version_5),
        TEST(a_killed_broker_loses_nothing_in_version_3),
        TEST(a_full_inbox_leaves_the_rest_with_the_broker),
        TEST(the_inbox_keeps_what_arrived),
        TEST(an_old_filter_brings_nothing_in_version_5),
        TEST(an_old_filter_brings_nothing_in_version_3),
        TEST(several_filters_are_one_source_in_version_5),
        TEST(several_filters_are_one_source_in_version_3),
        TEST(events_travel_over_websockets),
        TEST(a_refused_login_is_health_in_version_5),
        TEST(a_refused_login_is_health_in_version_3),
        TEST(events_travel_over_tls),
        TEST(an_unknown_certificate_is_refused),
        TEST(tls_on_the_wrong_side_is_said),
        CU_TEST_INFO_NULL,
    };

    ce_test_broker("CE_TEST_MQTT");
    ce_test_after(close_rig);
    return ce_test_main("mqtt session", tests);
}
