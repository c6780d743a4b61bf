/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface on a loop: connections and seldom requests, no
 * thread. */
#ifndef CE_BINDINGS_HTTP_MULTI_H
#define CE_BINDINGS_HTTP_MULTI_H

#include <curl/curl.h>

#include <cloudevents/loop.h>
#include <cloudevents/queue.h>

/* What a handle is inside for. */
typedef struct ce_http_job ce_http_job;
struct ce_http_job {
    /* Its transfer has ended with CODE; remove the handle. */
    void (*done)(ce_http_job *j, CURLcode code);
};

typedef struct ce_http_multi {
    ce_loop *loop;
    CURLM *curl;
    ce_timer clock;   /* libcurl's */
    ce_queue watches; /* of its sockets */
} ce_http_multi;

ce_status ce_http_multi_open(ce_http_multi *m, ce_loop *loop);
/* Call when no handle is inside. Accepts what was never opened. */
void ce_http_multi_close(ce_http_multi *m);
/* Begins the transfer. Do not call from within libcurl's callbacks. */
ce_status ce_http_multi_add(ce_http_multi *m, CURL *easy, ce_http_job *job);
void ce_http_multi_remove(ce_http_multi *m, CURL *easy);

/* For CURLOPT_WRITEFUNCTION: a body that is not needed. */
size_t ce_http_multi_drop(char *bytes, size_t size, size_t count, void *arg);

#endif
