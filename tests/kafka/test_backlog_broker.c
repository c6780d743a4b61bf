/* SPDX-License-Identifier: Apache-2.0 */
/* A backlog far larger than the memory that may be used for it. */
#include "bindings/kafka/receiver.h"
#include "tests/support/kafka_rig.h"

#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
enum { IS_SANITIZED = true };
#else
enum { IS_SANITIZED = false };
#endif

enum { RECORDS = 100000, LEN = 1000, RSS_MAX_KB = 40 << 10 };

static long rss_kb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long total = 0, resident = 0;

    REQUIRE(file != NULL);
    REQUIRE_EQ(fscanf(file, "%ld %ld", &total, &resident), 2);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) >> 10);
}

static long most_kb;

static void watch_memory(kafka_source *s, const ce_delivery *d)
{
    (void)d;
    if (s->arrived % 500 == 0 && rss_kb() > most_kb)
        most_kb = rss_kb();
}

/* The producer's memory must not count: it runs in a process of its own. */
static void fill(const char *broker, const char *topic)
{
    char line[400];

    snprintf(line, sizeof line,
             "head -c %d /dev/zero | tr '\\0' x | fold -w %d | "
             "kcat -P -b %s -t %s",
             RECORDS * LEN, LEN, broker, topic);
    REQUIRE_EQ(system(line), 0);
}

static void a_large_backlog_passes_in_little_memory(void)
{
    const char *broker = ce_test_broker("CE_TEST_KAFKA");
    const char *topic = ce_test_unique("backlog");
    kafka_source s = { .acknowledges = true, .seen = watch_memory };
    ce_loop *loop;

    fill(broker, topic);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    kafka_source_open_on(&s, loop, broker, topic);
    EXPECT(kafka_source_wait(&s, RECORDS));
    EXPECT_EQ(s.arrived, RECORDS);
    if (getenv("CE_TEST_VERBOSE") || most_kb >= RSS_MAX_KB)
        fprintf(stderr, "%ld KiB were resident\n", most_kb);
    /* A sanitizer keeps what was freed. */
    EXPECT(IS_SANITIZED || most_kb < RSS_MAX_KB);
    kafka_source_close(&s);
    ce_loop_close(loop);
}

/* --- what one record holds --- */

enum { MEGABYTE = 1 << 20, LARGE = 900000, MANY = 30000, PUT = 30 };

static bool lacks_credit(void *arg)
{
    const kafka_source *s = arg;

    return ((ce_kafka_receiver *)s->receiver)->credit.held || s->arrived == PUT;
}

/* Reads records with COUNT headers of LEN bytes until there is no credit;
 * returns how many bytes of headers there are then. */
static size_t read_until_full(unsigned count, size_t len)
{
    const char *broker = ce_test_broker("CE_TEST_KAFKA");
    const char *topic = ce_test_unique("headers");
    const char **fields = calloc(2 * count + 1, sizeof *fields);
    char *value = calloc(1, len + 1);
    kafka_source s = { .acknowledges = false };
    ce_loop *loop;

    REQUIRE(fields != NULL && value != NULL);
    memset(value, 'x', len);
    for (unsigned i = 0; i < 2 * count; i++)
        fields[i] = i % 2 ? value : "h";
    for (unsigned i = 0; i < PUT; i++)
        kafka_put(broker, topic, (ce_slice){ NULL, 0 }, CE_SLICE("x"), fields);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    kafka_source_open_on(&s, loop, broker, topic);
    EXPECT(kafka_until(loop, lacks_credit, &s));
    kafka_source_close(&s);
    ce_loop_close(loop);
    free(fields);
    free(value);
    return s.arrived * (size_t)count * (len + 1);
}

/* Those without a byte cost, too. */
static void headers_cost_credit(void)
{
    EXPECT_CMP(read_until_full(1, LARGE), <=, 9 * MEGABYTE);
    EXPECT_CMP(read_until_full(MANY, 0), <=, MEGABYTE);
}

static void note_defect(kafka_source *s, const ce_delivery *d)
{
    *(ce_defect *)s->seen_arg = d->defect;
}

/* librdkafka reads no more than that. */
static void a_record_of_very_many_headers_is_malformed(void)
{
    enum { COUNT_MAX = 100000 };
    const char *broker = ce_test_broker("CE_TEST_KAFKA");
    const char *topic = ce_test_unique("headers");
    const char **fields = calloc(2 * COUNT_MAX + 3, sizeof *fields);
    ce_defect defect = { .reason = NULL };
    kafka_source s = { .seen = note_defect, .seen_arg = &defect };
    ce_loop *loop;

    REQUIRE(fields != NULL);
    for (unsigned i = 0; i < 2 * COUNT_MAX + 2; i++)
        fields[i] = i % 2 ? "" : "h";
    kafka_put(broker, topic, (ce_slice){ NULL, 0 }, CE_SLICE("x"), fields);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    kafka_source_open_on(&s, loop, broker, topic);
    REQUIRE(kafka_source_wait(&s, 1));
    REQUIRE(defect.reason != NULL);
    EXPECT_CONTAINS(defect.reason, "more than 100,000");
    EXPECT(!defect.plain);
    kafka_source_close(&s);
    ce_loop_close(loop);
    free(fields);
}

TESTS("kafka/backlog", TEST(a_large_backlog_passes_in_little_memory),
      TEST(headers_cost_credit),
      TEST(a_record_of_very_many_headers_is_malformed))
