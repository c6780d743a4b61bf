/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts are looked up where nobody has to wait. The names of this test are its
 * own: what paho and we ask the system comes here. */
#include "bindings/mqtt/lookup.h"
#include "tests/mqtt/fake_broker.h"

#include <netdb.h>
#include <semaphore.h>

static rig now;
static fake_broker net;
static sem_t may_end, ends; /* lookups of "slow.test" */

static const unsigned char connack[] = { 0x20, 3, 0, 0, 0 };

static void wait_slowly(void)
{
    while (sem_wait(&may_end) != 0)
        ;
    sem_post(&ends);
}

#pragma GCC visibility push(default)

int getaddrinfo(const char *name, const char *service,
                const struct addrinfo *hints, struct addrinfo **list)
{
    static struct sockaddr_in to;
    static struct addrinfo one;

    (void)service;
    if (strcmp(name, "slow.test") == 0)
        wait_slowly();
    if (strcmp(name, "away.test") == 0)
        return EAI_AGAIN;
    /* Paho asks for addresses, too. */
    if (strcmp(name, "found.test") != 0 && strcmp(name, "127.0.0.1") != 0)
        return EAI_NONAME;
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    one = (struct addrinfo){ .ai_family = AF_INET,
                             .ai_socktype = hints ? hints->ai_socktype : 0,
                             .ai_addrlen = sizeof to,
                             .ai_addr = (struct sockaddr *)&to };
    *list = &one;
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    (void)list;
}

#pragma GCC visibility pop

static void on_packet(fake_peer *from, int first, const unsigned char *body)
{
    (void)body;
    if (first >> 4 == FAKE_CONNECT)
        fake_send(from, connack, sizeof connack);
}

static const char *uri(const char *host)
{
    static char text[100];

    snprintf(text, sizeof text, "mqtt://%s:%u/t", host, net.port);
    return text;
}

static void open_fake(void)
{
    sem_init(&may_end, 0, 0);
    sem_init(&ends, 0, 0);
    rig_open(&now);
    fake_open(&net, &now, on_packet);
}

static void close_fake(void)
{
    rig_close_sender(&now);
    rig_close_receiver(&now);
    fake_close(&net);
    rig_close(&now);
}

static void only_names_are_looked_up(void)
{
    EXPECT(ce_mqtt_lookup_is_due("localhost"));
    EXPECT(ce_mqtt_lookup_is_due("broker.example.com"));
    EXPECT(ce_mqtt_lookup_is_due("1.2.3.4.example.com"));
    EXPECT(!ce_mqtt_lookup_is_due("127.0.0.1"));
    EXPECT(!ce_mqtt_lookup_is_due("::1"));
    EXPECT(!ce_mqtt_lookup_is_due("fe80::1%eth0"));
}

static void a_name_that_is_found_is_connected_to(void)
{
    open_fake();
    rig_start_sender(&now, uri("found.test"));
    RIG_UNTIL(&now, now.sender->health.up);
    close_fake();
}

static void a_name_that_is_not_found_is_said(void)
{
    static const struct {
        const char *host, *said;
    } rows[] = {
        { "nobody.test", "unknown host; is its name right?" },
        { "away.test", "unknown host, as no name server answers" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        open_fake();
        rig_start_sender(&now, uri(rows[i].host));
        RIG_UNTIL(&now, !strcmp(now.sender->health.reason, rows[i].said));
        close_fake();
    }
}

/* The receiver's name takes as long as it likes, and the sender connects. */
static void who_waits_for_a_name_holds_nobody_up(void)
{
    open_fake();
    rig_start_receiver(&now, uri("slow.test"));
    rig_start_sender(&now, uri("127.0.0.1"));
    RIG_UNTIL(&now, now.sender->health.up);
    EXPECT_STR(now.receiver->health.reason, "not connected yet");
    sem_post(&may_end);
    RIG_UNTIL(&now, strstr(now.receiver->health.reason, "unknown host"));
    close_fake();
}

static void an_end_does_not_wait_for_a_name(void)
{
    open_fake();
    rig_start_sender(&now, uri("slow.test"));
    close_fake();
    sem_post(&may_end);
}

/* It has ended, or just ends, and the loop has not come to it. */
static void an_answer_may_come_too_late(void)
{
    open_fake();
    rig_start_sender(&now, uri("slow.test"));
    sem_post(&may_end);
    while (sem_wait(&ends) != 0)
        ;
    close_fake();
}

TESTS("mqtt lookup", TEST(only_names_are_looked_up),
      TEST(a_name_that_is_found_is_connected_to),
      TEST(a_name_that_is_not_found_is_said),
      TEST(who_waits_for_a_name_holds_nobody_up),
      TEST(an_end_does_not_wait_for_a_name), TEST(an_answer_may_come_too_late))
