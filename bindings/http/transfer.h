/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request at a time over a kept easy handle of libcurl. */
#ifndef CE_HTTP_TRANSFER_H
#define CE_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "http.h"

/* What all transfers of a sender have in common. */
typedef struct ce_http_target {
    const ce_settings *settings;
    char *token, *user, *password;
    char *bearer;             /* the whole header, or NULL */
    struct curl_slist *fixed; /* header.* */
    bool wants_reply;
    size_t max_reply_bytes;
} ce_http_target;

ce_status ce_http_target_open(ce_http_target *t, const ce_settings *s,
                              bool wants_reply, ce_error *err);
void ce_http_target_close(ce_http_target *t);
/* Sets what does not change on a new handle. */
ce_status ce_http_target_apply(const ce_http_target *t, CURL *easy);

typedef struct ce_http_transfer ce_http_transfer;
struct ce_http_transfer {
    const ce_http_target *target;
    CURL *easy;
    ce_delivery *d;  /* NULL: free */
    ce_arena *arena; /* of this request */
    struct curl_slist *last, *headers;
    ce_http_reader reader; /* of the response */
    ce_buf body;           /* of the response */
    char error[CURL_ERROR_SIZE];
    ce_http_transfer *next;
};

ce_status ce_http_transfer_open(ce_http_transfer *t,
                                const ce_http_target *target);
void ce_http_transfer_close(ce_http_transfer *t);
/* Prepares the handle for D. CE_EINVAL: D cannot be written as a request. */
ce_status ce_http_transfer_begin(ce_http_transfer *t, ce_delivery *d);
/* What CODE and the response mean. Lives until the next begin. */
ce_result ce_http_transfer_result(ce_http_transfer *t, CURLcode code,
                                  ce_message *reply);
/* Whether CODE says that there was no connection at all. */
bool ce_http_is_connect_failure(CURLcode code);

#endif
