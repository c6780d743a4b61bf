/* SPDX-License-Identifier: Apache-2.0 */
/* The application API beside limits/http_client.c, with the same output.
 *
 *     client_bench URL COUNT IN_FLIGHT
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <cloudevents/cloudevents.h>

#include "tests/bench/limits/client_event.h"

static atomic_ulong begun;
static unsigned long done, count;
static ce_client *client;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

/* A new one each time, as in an application. */
static ce_event *make_event(void)
{
    ce_event *e = ce_event_blank();
    ce_status status = e ? CE_OK : CE_ENOMEM;
    char id[24];

    snprintf(id, sizeof id, "%lu", atomic_fetch_add(&begun, 1));
    if (status == CE_OK)
        status = ce_event_set(e, "id", id, NULL);
    for (size_t i = 0; event_attributes[i][0] && status == CE_OK; i++)
        status = ce_event_set(e, event_attributes[i][0], event_attributes[i][1],
                              NULL);
    if (status == CE_OK)
        status =
            ce_event_set_data(e, CE_SLICE("application/json"),
                              (ce_slice){ event_data, EVENT_DATA_LEN }, NULL);
    if (status != CE_OK)
        die("no event");
    return e;
}

static void check(const ce_result *r)
{
    if (!ce_result_is_ack(r))
        die(ce_result_message(r));
}

static void send_one_by_one(void)
{
    for (done = 0; done < count; done++) {
        ce_event *e = make_event();
        ce_result r = ce_client_send(client, e);

        check(&r);
        ce_event_free(e);
    }
}

static void go_on(void *arg, const ce_result *r, ce_event *reply);

static void begin_one(void)
{
    ce_event *e = make_event();

    if (ce_client_send_async(client, e, NULL, go_on, NULL, NULL) != CE_OK)
        die("not sent");
    ce_event_free(e);
}

/* On the loop's thread. */
static void go_on(void *arg, const ce_result *r, ce_event *reply)
{
    (void)arg;
    (void)reply;
    check(r);
    if (atomic_load(&begun) < count)
        begin_one();
    if (++done < count)
        return;
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&finished);
    pthread_mutex_unlock(&lock);
}

static void send_together(unsigned in_flight)
{
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < in_flight; i++)
        begin_one();
    pthread_cond_wait(&finished, &lock);
    pthread_mutex_unlock(&lock);
}

int main(int argc, char **argv)
{
    double began, used;
    long before = memory_kib();
    ce_error err;

    if (argc != 4)
        die("usage: client_bench URL COUNT IN_FLIGHT");
    count = strtoul(argv[2], NULL, 10);
    if (ce_client_open(&client, argv[1], NULL, &err) != CE_OK)
        die(err.text);
    began = seconds(CLOCK_MONOTONIC);
    used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (atoi(argv[3]) == 1)
        send_one_by_one();
    else
        send_together((unsigned)atoi(argv[3]));
    printf("%f %f %ld\n", seconds(CLOCK_MONOTONIC) - began,
           seconds(CLOCK_PROCESS_CPUTIME_ID) - used, memory_kib() - before);
    ce_client_close(client);
    return 0;
}
