/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints that get into each other's way at a broker, or at a file. */
#include "tests/bridge/config/plan_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/run/clashes.h"

#define ONE(from, more) "routes:\n  r: { from: '" from "', " more " }\n"
#define TWO(one, other)                                                        \
    "routes:\n  r: { " one ", to: file:x }\n  s: { " other ", to: file:y }\n"

typedef struct row {
    const char *name, *text, *said; /* NULL: it is a plan */
} row;

static void expect(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *said = rows[i].said;

        plan_text(rows[i].text);
        EXPECT_EQ_ROW(rows[i].name, faults.count, said != NULL);
        if (said)
            EXPECT_ROW(rows[i].name, ce_slice_starts(ce_buf_slice(&faults.text),
                                                     ce_slice_of(said)));
    }
    forget();
}

#define CIRCLE "bridge.yaml:2: route \"r\" sends to its own source"
#define LETTERS                                                                \
    "bridge.yaml:2: route \"r\" sends dead letters to its own source"
#define TO_WEB "to: 'http://h/', dead_letter: "

static void no_route_feeds_itself(void)
{
    static const row rows[] = {
        { "a Kafka topic", ONE("kafka://h/t", "to: 'kafka://h/t'"), CIRCLE },
        { "another one", ONE("kafka://h/t", "to: 'kafka://h/u'"), NULL },
        { "of another cluster", ONE("kafka://h/t", "to: 'kafka://i/t'"), NULL },
        { "a pattern", ONE("kafka://h/^t.*", "to: 'kafka://h/t-u'"), CIRCLE },
        { "another one", ONE("kafka://h/^t.*", "to: 'kafka://h/u'"), NULL },
        { "topics by event",
          ONE("kafka://h/^t.*", "to: 'kafka://h/t-{type}?topics=t-*'"), NULL },
        { "a filter of topics", ONE("mqtt://h/a/#", "to: 'mqtt://h/a/b'"),
          CIRCLE },
        { "another one", ONE("mqtt://h/a/+", "to: 'mqtt://h/a/b/c'"), NULL },
        { "one of several",
          ONE("mqtt://h/a?topics=b,c/%2B", "to: 'mqtt://h/c/d'"), CIRCLE },
        { "a shared subscription",
          ONE("mqtt://h/$share/g/a", "to: 'mqtt://h/a'"), CIRCLE },
        { "what may have a filter against it",
          ONE("mqtt://h/a/#", "to: 'mqtt://h/a/b', filter: \"type = 't'\""),
          NULL },
        { "what comes once",
          ONE("mqtt://h/a/#", "to: 'mqtt://h/a/b', dedup: 9"), NULL },
        { "what no filter helps against",
          ONE("mqtt://h/a", "to: 'mqtt://h/a', filter: \"type = 't'\""),
          CIRCLE },
        { "the second sink", ONE("mqtt://h/a", "to: ['file:x', 'mqtt://h/a']"),
          CIRCLE },
        { "a file", ONE("file:x", "to: 'file:x'"), CIRCLE },
        { "two streams", ONE("file:-", "to: 'file:-'"), NULL },
        { "dead letters of a topic", ONE("kafka://h/t", TO_WEB "'kafka://h/t'"),
          LETTERS },
        { "dead letters below a filter",
          ONE("mqtt://h/a/#", TO_WEB "'mqtt://h/a/dead'"), LETTERS },
        { "dead letters beside it",
          ONE("mqtt://h/a/#", TO_WEB "'mqtt://h/dead/a'"), NULL },
        { "dead letters that pass the filter again",
          ONE("mqtt://h/a/#",
              TO_WEB "'mqtt://h/a/dead', filter: \"type = 't'\""),
          LETTERS },
        { "dead letters of a file", ONE("file:x", TO_WEB "'file:x'"), LETTERS },
    };

    expect(rows, COUNT(rows));
}

static void no_route_feeds_itself_by_another_name(void)
{
    static const row rows[] = {
        { "a file", ONE("file:x", "to: 'file:./x'"), CIRCLE },
        { "that no filter helps against",
          ONE("file:x", "to: 'file:./x', filter: \"type = 't'\""), CIRCLE },
        { "in a folder that is not there",
          ONE("file:none/x", "to: 'file:./none/x'"), CIRCLE },
        { "in another one", ONE("file:a/x", "to: 'file:b/x'"), NULL },
        { "a broker's usual port", ONE("kafka://h/t", "to: 'kafka://h:9092/t'"),
          CIRCLE },
        { "another port", ONE("kafka://h/t", "to: 'kafka://h:9093/t'"), NULL },
        { "one of its hosts", ONE("kafka://h,i/t", "to: 'kafka://h/t'"),
          CIRCLE },
        { "MQTT's usual port", ONE("mqtt://h/a", "to: 'mqtt://h:1883/a'"),
          CIRCLE },
        { "that with TLS", ONE("mqtts://h/a", "to: 'mqtts://h:8883/a'"),
          CIRCLE },
        { "a host in capitals", ONE("mqtt://h/a", "to: 'mqtt://H/a'"), CIRCLE },
        { "an address of HTTP",
          ONE("http://127.0.0.1:8080/a", "to: 'http://127.0.0.1:8080/a'"),
          CIRCLE },
        { "by its name",
          ONE("http://127.0.0.1:8080/a", "to: 'http://localhost:8080/a'"),
          CIRCLE },
        { "one of all", ONE("http://0.0.0.0/a", "to: 'http://localhost:80/a'"),
          CIRCLE },
        { "all of IPv6", ONE("http://[::]:8080/a", "to: 'http://[::1]:8080/a'"),
          CIRCLE },
        { "another path", ONE("http://0.0.0.0/a", "to: 'http://localhost/b'"),
          NULL },
        { "another port",
          ONE("http://0.0.0.0:8080/a", "to: 'http://localhost/a'"), NULL },
        { "another machine", ONE("http://0.0.0.0/a", "to: 'http://h/a'"),
          NULL },
        { "any port", ONE("http://127.0.0.1:0/a", "to: 'http://127.0.0.1:0/a'"),
          NULL },
        { "behind a proxy",
          ONE("http://127.0.0.1:8080/a",
              "to: 'http://127.0.0.1:8080/a?proxy=http://p:1'"),
          NULL },
    };

    expect(rows, COUNT(rows));
}

static void a_peer_knows_one_endpoint_by_a_name(void)
{
    static const row rows[] = {
        { "a client id of two sources",
          TWO("from: 'mqtt://h/a?client_id=x'",
              "from: 'mqtt://h/b?client_id=x'"),
          "bridge.yaml:3: route \"r\" has the same client id \"x\" at h" },
        { "of two brokers",
          TWO("from: 'mqtt://h/a?client_id=x'",
              "from: 'mqtt://i/b?client_id=x'"),
          NULL },
        { "two ids",
          TWO("from: 'mqtt://h/a?client_id=x'",
              "from: 'mqtt://h/b?client_id=y'"),
          NULL },
        { "of source and sink",
          ONE("mqtt://h/a?client_id=x", "to: 'mqtt://h/b?client_id=x'"),
          "bridge.yaml:2: route \"r\" has the same client id \"x\" at h" },
        { "of two sinks",
          ONE("file:x",
              "to: ['mqtt://h/a?client_id=x', 'mqtt://h/b?client_id=x']"),
          "bridge.yaml:2: route \"r\" has the same client id \"x\" at h" },
        { "of dead letters",
          ONE("mqtt://h/a?client_id=x", TO_WEB "'mqtt://h/b?client_id=x'"),
          "bridge.yaml:2: route \"r\" has the same client id \"x\" at h" },
        { "a static member of one group",
          TWO("from: 'kafka://h/a?rdkafka.group.instance.id=x'",
              "from: 'kafka://h/b?rdkafka.group.instance.id=x'"),
          "bridge.yaml:3: route \"r\" has the same group.instance.id \"x\" in "
          "group \"cebridge\" at h" },
        { "of two groups",
          TWO("from: 'kafka://h/a?rdkafka.group.instance.id=x&group=g'",
              "from: 'kafka://h/b?rdkafka.group.instance.id=x'"),
          NULL },
        { "a file of positions",
          TWO("from: 'file:a?position=p'", "from: 'file:b?position=p'"),
          "bridge.yaml:3: route \"r\" has the same position \"p\"" },
        { "standard input", TWO("from: '-'", "from: 'file:-'"),
          "bridge.yaml:3: route \"r\" has the same standard input" },
        { "as the system calls it", TWO("from: '-'", "from: 'file:/dev/stdin'"),
          "bridge.yaml:3: route \"r\" has the same standard input" },
        { "standard output, too", ONE("-", "to: ['-', 'file:-']"), NULL },
        { "one file", TWO("from: file:a", "from: file:a"), NULL },
    };

    expect(rows, COUNT(rows));
}

static void an_inbox_has_one_route(void)
{
    static const row rows[] = {
        { "another one",
          TWO("from: 'http://h:1/', inbox: x", "from: 'http://h:2/', inbox: y"),
          NULL },
        { "written in another way",
          TWO("from: 'http://h:1/', inbox: x",
              "from: 'http://h:2/', inbox: ./x/"),
          "bridge.yaml:3: route \"r\" has the same inbox" },
    };

    expect(rows, COUNT(rows));
}

static void a_pipe_has_one_reader(void)
{
    char dir[] = "/tmp/conflictsXXXXXX", pipe[64], text[256];

    REQUIRE(mkdtemp(dir));
    snprintf(pipe, sizeof pipe, "%s/pipe", dir);
    REQUIRE(mkfifo(pipe, 0600) == 0);
    snprintf(text, sizeof text,
             TWO("from: 'file:%s'", "from: 'file:%s/./pipe'"), pipe, dir);
    plan_text(text);
    EXPECT_EQ(faults.count, 1);
    EXPECT(strstr(faults.text.ptr, "route \"r\" has the same pipe \"/"));
    forget();
    unlink(pipe);
    rmdir(dir);
}

#define ALL "from: 'kafka://h/t'"
#define SOME ALL ", filter: \"type = 't'\""

static void what_one_filter_drops_another_route_misses(void)
{
    static const row rows[] = {
        { "a filter there", TWO(SOME, ALL),
          "bridge.yaml:3: route \"r\" shares group \"cebridge\" of topic \"t\" "
          "at "
          "h: each event comes to one of the two only" },
        { "a filter here", TWO(ALL, SOME),
          "bridge.yaml:3: route \"r\" shares group \"cebridge\" of topic" },
        { "no filter", TWO(ALL, ALL), NULL },
        { "two groups",
          TWO(SOME, "from: 'kafka://h/t?group=g', filter: \"type = 'u'\""),
          NULL },
        { "two topics", TWO(SOME, "from: 'kafka://h/u'"), NULL },
        { "no group", TWO(SOME, "from: 'kafka://h/t?clean=true'"), NULL },
        { "a shared subscription",
          TWO("from: 'mqtt://h/$share/g/a', filter: \"type = 't'\"",
              "from: 'mqtt://h/$share/g/a'"),
          "bridge.yaml:3: route \"r\" shares subscription \"$share/g/a\" at "
          "h" },
        { "subscriptions",
          TWO("from: 'mqtt://h/a', filter: \"type = 't'\"",
              "from: 'mqtt://h/a'"),
          NULL },
    };

    expect(rows, COUNT(rows));
}

static void count(void *arg, const br_claim *earlier, const br_claim *later)
{
    EXPECT_CMP(earlier->index, <, later->index);
    ++*(unsigned *)arg;
}

static void each_pair_that_shares_is_found_once(void)
{
    unsigned pairs = 0;

    plan_text("routes:\n  r: { " ALL ", to: file:x }\n  s: { " ALL
              ", to: file:y }\n  t: { " ALL ", to: file:z }\n");
    EXPECT_EQ(faults.count, 0);
    EXPECT_OK(br_clashes_of_parts(&plan, count, &pairs));
    EXPECT_EQ(pairs, 2);
    forget();
}

TESTS_CLOSED_BY(forget, "config conflicts", TEST(no_route_feeds_itself),
                TEST(no_route_feeds_itself_by_another_name),
                TEST(a_peer_knows_one_endpoint_by_a_name),
                TEST(an_inbox_has_one_route), TEST(a_pipe_has_one_reader),
                TEST(what_one_filter_drops_another_route_misses),
                TEST(each_pair_that_shares_is_found_once))
