/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface on a loop: many transfers, no thread. */
#ifndef CE_BINDINGS_HTTP_MULTI_H
#define CE_BINDINGS_HTTP_MULTI_H

#include <curl/curl.h>

#include <cloudevents/loop.h>
#include <cloudevents/queue.h>

/* Set DONE, TURNED and ARG before it opens. */
typedef struct ce_http_multi {
    ce_loop *loop;
    CURLM *curl;
    ce_timer clock;   /* libcurl's */
    ce_queue watches; /* of its sockets */
    /* Called when a transfer has ended; remove its handle. */
    void (*done)(void *arg, CURL *easy, CURLcode code);
    /* Called after those that ended in one turn of the loop: the place to add
     * others. May be NULL. */
    void (*turned)(void *arg);
    void *arg;
} ce_http_multi;

ce_status ce_http_multi_open(ce_http_multi *m, ce_loop *loop);
/* Call when no handle is inside. Accepts what was never opened. */
void ce_http_multi_close(ce_http_multi *m);
/* Begins the transfer. Do not call from within libcurl's callbacks. */
ce_status ce_http_multi_add(ce_http_multi *m, CURL *easy);
void ce_http_multi_remove(ce_http_multi *m, CURL *easy);

/* For CURLOPT_WRITEFUNCTION: a body that is not needed. */
size_t ce_http_multi_drop(char *bytes, size_t size, size_t count, void *arg);

#endif
