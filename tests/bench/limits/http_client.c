/* SPDX-License-Identifier: Apache-2.0 */
/* What sending events over HTTP costs at least: bare libcurl with one easy
 * handle, or with one multi handle and IN_FLIGHT transfers. Prints seconds, CPU
 * seconds and the KiB that it has added, for COUNT events. Only for the
 * benchmark.
 *
 *     http_client URL COUNT IN_FLIGHT
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "tests/bench/limits/client_event.h"

typedef struct slot {
    CURL *easy;
    struct curl_slist *headers;
} slot;

static unsigned long begun, done, count;

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static size_t ignore(char *data, size_t size, size_t n, void *arg)
{
    (void)data;
    (void)arg;
    return size * n;
}

/* Each event has an id of its own, so that its headers are made anew. */
static void prepare(slot *s)
{
    char line[256];

    curl_slist_free_all(s->headers);
    s->headers = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; event_attributes[i][0]; i++) {
        snprintf(line, sizeof line, "ce-%s: %s", event_attributes[i][0],
                 event_attributes[i][1]);
        s->headers = curl_slist_append(s->headers, line);
    }
    snprintf(line, sizeof line, "ce-id: %lu", begun++);
    s->headers = curl_slist_append(s->headers, line);
    s->headers =
        curl_slist_append(s->headers, "Content-Type: application/json");
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
    curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, event_data);
    curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE, (long)EVENT_DATA_LEN);
}

static void check(CURL *easy, CURLcode code)
{
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code || status != 202)
        die("an event was not taken");
    done++;
}

static void send_one_by_one(slot *s)
{
    while (done < count) {
        prepare(s);
        check(s->easy, curl_easy_perform(s->easy));
    }
}

static void send_together(slot *slots, unsigned in_flight)
{
    CURLM *multi = curl_multi_init();
    CURLMsg *m;
    int running, left;

    for (unsigned i = 0; i < in_flight && begun < count; i++) {
        prepare(&slots[i]);
        curl_multi_add_handle(multi, slots[i].easy);
    }
    while (done < count) {
        curl_multi_perform(multi, &running);
        while ((m = curl_multi_info_read(multi, &left))) {
            CURL *easy = m->easy_handle;
            slot *s;

            curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&s);
            check(easy, m->data.result);
            curl_multi_remove_handle(multi, easy);
            if (begun == count)
                continue;
            prepare(s);
            curl_multi_add_handle(multi, easy);
        }
        if (done < count)
            curl_multi_poll(multi, NULL, 0, 100, NULL);
    }
}

int main(int argc, char **argv)
{
    unsigned in_flight;
    double began, used;
    long before = memory_kib();
    slot *slots;

    if (argc != 4)
        die("usage: http_client URL COUNT IN_FLIGHT");
    count = strtoul(argv[2], NULL, 10);
    in_flight = (unsigned)atoi(argv[3]);
    slots = calloc(in_flight, sizeof *slots);
    for (unsigned i = 0; i < in_flight; i++) {
        CURL *easy = slots[i].easy = curl_easy_init();

        curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, &slots[i]);
    }
    began = seconds(CLOCK_MONOTONIC);
    used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (in_flight == 1)
        send_one_by_one(slots);
    else
        send_together(slots, in_flight);
    printf("%f %f %ld\n", seconds(CLOCK_MONOTONIC) - began,
           seconds(CLOCK_PROCESS_CPUTIME_ID) - used, memory_kib() - before);
    return 0;
}
