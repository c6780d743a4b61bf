/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the examples: ending with a reason, events in one line, and waiting
 * for a handler. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <cloudevents/cloudevents.h>

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline void need(ce_status status, const ce_error *err)
{
    if (status == CE_OK)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static inline void usage(const char *text)
{
    fprintf(stderr, "usage: %s\n", text);
    exit(2);
}

/* OPTIONS may be NULL. */
static inline ce_client *open_client(const char *uri,
                                     const ce_client_options *options)
{
    ce_error err = { CE_OK, "" };
    ce_client *c = NULL;

    need(ce_client_open(&c, uri, options, &err), &err);
    return c;
}

/* A client that receives at URI until it is closed. */
static inline ce_client *receive(const char *uri, ce_handler_fn *handler,
                                 void *arg)
{
    ce_error err = { CE_OK, "" };
    ce_client *c = open_client(uri, NULL);

    need(ce_client_start_receiver(c, handler, NULL, arg, &err), &err);
    return c;
}

/* An event with JSON data; the library fills in id and time. */
static inline ce_event *new_event(const char *type, const char *source,
                                  const char *json)
{
    ce_error err = { CE_ENOMEM, "out of memory" };
    ce_event *e = ce_event_new();

    need(e ? CE_OK : CE_ENOMEM, &err);
    need(ce_event_set(e, "type", type, &err), &err);
    need(ce_event_set(e, "source", source, &err), &err);
    need(ce_event_set_json(e, json, &err), &err);
    return e;
}

/* Sends and frees; ends the program unless the peer has the event. */
static inline void must_send(ce_client *c, ce_event *e)
{
    ce_result r = ce_client_send(c, e);

    ce_event_free(e);
    if (ce_result_is_ack(&r))
        return;
    fprintf(stderr, "not sent: %s\n", ce_result_message(&r));
    exit(1);
}

static inline bool is_type(const ce_event *e, const char *type)
{
    return ce_slice_eq(ce_event_text(e, "type"), ce_slice_of(type));
}

/* Waits until a handler has posted COUNT times, at most half a minute. */
static inline void wait_for(sem_t *done, unsigned count)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 30;
    for (; count > 0; count--)
        if (sem_timedwait(done, &end) != 0) {
            fprintf(stderr, "waited too long\n");
            exit(1);
        }
}

#endif
