/* SPDX-License-Identifier: Apache-2.0 */
/* Failures of cJSON for want of memory end in the last call. */
#include "bridge/commands/scores.h"

#include <inttypes.h>
#include <stdio.h>

#include "bridge/watch/json_tree.h"

static const struct {
    const char *name;
    unsigned per_mille;
} percentiles[] = {
    { "p50", 500 },   { "p90", 900 },  { "p99", 990 },
    { "p99.9", 999 }, { "max", 1000 },
};
enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

static double seconds_until(const br_trial *t, uint64_t ns)
{
    return ns > t->begun_ns ? (double)(ns - t->begun_ns) / 1e9 : 0;
}

static double rate_of(uint64_t count, double seconds)
{
    return seconds > 0 ? (double)count / seconds : 0;
}

static double seconds_of(const br_trial *t)
{
    return seconds_until(t, atomic_load(&t->last_ns));
}

static double confirmed_rate(const br_trial *t)
{
    return rate_of(atomic_load(&t->confirmed), seconds_of(t));
}

static double arrived_rate(const br_trial *t)
{
    return rate_of(t->arrived, seconds_until(t, t->arrived_ns));
}

static double ms_at(const br_histogram *h, unsigned index)
{
    return (double)br_histogram_at(h, percentiles[index].per_mille) / 1e6;
}

/* --- for people --- */

static void show_count(const char *name, uint64_t count)
{
    printf("%-12s%12" PRIu64 "\n", name, count);
}

static void show_counts(const br_trial *t)
{
    show_count("events", t->sent);
    show_count("confirmed", atomic_load(&t->confirmed));
    show_count("refused", t->refused);
    show_count("undelivered", t->undelivered);
    if (!t->config.receives)
        return;
    show_count("arrived", t->arrived);
    show_count("lost", br_trial_lost(t));
    show_count("duplicates", t->duplicates);
    show_count("foreign", t->foreign);
}

static void show_times(const char *name, const br_histogram *h)
{
    printf("%-12s", name);
    for (unsigned i = 0; i < PERCENTILES; i++)
        printf("%12.3f", ms_at(h, i));
    puts("");
}

void br_scores_show(const br_trial *t)
{
    show_counts(t);
    printf("%-12s%12.3f\n", "seconds", seconds_of(t));
    printf("%-12s%12.1f\n", "events/s", confirmed_rate(t));
    if (t->config.receives)
        printf("%-12s%12.1f\n", "arrived/s", arrived_rate(t));
    printf("\n%-12s", "ms");
    for (unsigned i = 0; i < PERCENTILES; i++)
        printf("%12s", percentiles[i].name);
    puts("");
    show_times("confirmed", &t->confirmation);
    if (t->config.receives)
        show_times("arrived", &t->arrival);
}

/* --- for programs --- */

/* As many digits as were measured. */
static void add_number(cJSON *to, const char *name, double value)
{
    char text[40];

    snprintf(text, sizeof text, "%.6f", value);
    cJSON_AddRawToObject(to, name, text);
}

static void add_count(cJSON *to, const char *name, uint64_t count)
{
    cJSON_AddNumberToObject(to, name, (double)count);
}

static void add_times(cJSON *to, const char *name, const br_histogram *h)
{
    cJSON *times = cJSON_AddObjectToObject(to, name);

    for (unsigned i = 0; i < PERCENTILES; i++)
        add_number(times, percentiles[i].name, ms_at(h, i));
}

static void add_arrivals(cJSON *to, const br_trial *t)
{
    add_count(to, "arrived", t->arrived);
    add_count(to, "lost", br_trial_lost(t));
    add_count(to, "duplicates", t->duplicates);
    add_count(to, "foreign", t->foreign);
    add_number(to, "arrived_per_second", arrived_rate(t));
    add_times(to, "arrived_ms", &t->arrival);
}

static cJSON *make(const br_trial *t)
{
    cJSON *made = cJSON_CreateObject();

    cJSON_AddStringToObject(made, "source", t->source);
    cJSON_AddBoolToObject(made, "complete", br_trial_is_whole(t));
    add_count(made, "events", t->sent);
    add_count(made, "confirmed", atomic_load(&t->confirmed));
    add_count(made, "refused", t->refused);
    add_count(made, "undelivered", t->undelivered);
    add_number(made, "seconds", seconds_of(t));
    add_number(made, "events_per_second", confirmed_rate(t));
    add_times(made, "confirmed_ms", &t->confirmation);
    if (t->config.receives)
        add_arrivals(made, t);
    return made;
}

ce_status br_scores_show_json(const br_trial *t)
{
    return br_json_tree_show(make(t), true, stdout);
}
