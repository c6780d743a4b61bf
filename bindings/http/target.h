/* SPDX-License-Identifier: Apache-2.0 */
/* Where a sender's requests go, and what is in all of them. */
#ifndef CE_BINDINGS_HTTP_TARGET_H
#define CE_BINDINGS_HTTP_TARGET_H

#include <curl/curl.h>

#include <cloudevents/settings.h>

#include "bindings/http/gzip.h"
#include "bindings/http/path.h"

/* What all transfers of a sender have in common. */
typedef struct ce_http_target {
    const ce_settings *settings;
    char *token, *user, *password;
    char *site;  /* scheme, host and port, as a URL */
    ce_buf head; /* of every request, from behind the method to the headers that
                    are always the same */
    ce_target *path; /* that comes before it, or NULL: it is in HEAD */
    bool wants_reply;
    bool batches;   /* several events in a request */
    bool is_plain;  /* nothing encrypts, neither it nor a proxy */
    bool traces;    /* requests show the traces of their events */
    bool no_expect; /* it has refused "Expect" (417) */
    size_t max_reply_bytes;
    uint64_t timeout_ms; /* of each request */
    bool gzip;           /* bodies of at least GZIP_MIN bytes are packed */
    size_t gzip_min;
    ce_http_gzip packer;
    char *webhook_origin;  /* NULL: no webhook */
    uint64_t webhook_rate; /* 0: none is asked for */
} ce_http_target;

/* Reads what S says; S has to live as long. Close T also when this fails. */
ce_status ce_http_target_open(ce_http_target *t, const ce_settings *s,
                              bool wants_reply, ce_error *err);
void ce_http_target_close(ce_http_target *t);
/* Refuses settings that contradict each other, and headers that a sink sets
 * itself. */
ce_status ce_http_target_check(const ce_settings *s, bool wants_reply,
                               ce_error *err);
/* Prepares EASY to connect there. */
ce_status ce_http_target_apply(const ce_http_target *t, CURL *easy);

#endif
