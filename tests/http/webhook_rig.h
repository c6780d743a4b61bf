/* SPDX-License-Identifier: Apache-2.0 */
/* A sink that sends webhooks to a scripted target. */
#ifndef CE_TESTS_HTTP_WEBHOOK_RIG_H
#define CE_TESTS_HTTP_WEBHOOK_RIG_H

#include "tests/http/raw_client.h"
#include "tests/http/raw_server.h"

#define CONSENT(fields)                                                        \
    "HTTP/1.1 200 OK\r\nAllow: POST\r\n" fields "Content-Length: 0\r\n\r\n"
#define CONSENT_TO(origin)                                                     \
    CONSENT("WebHook-Allowed-Origin: " origin "\r\nWebHook-Allowed-Rate: "     \
            "*\r\n")

static rig now;
static server target;

static inline void start_pair(const char *query, bool direct)
{
    char uri[400];

    rig_open(&now);
    now.direct = direct;
    server_open(&target, &now);
    target.consent = CONSENT_TO("us.example");
    snprintf(uri, sizeof uri,
             "http://127.0.0.1:%u/hook?x=1&webhook=true&"
             "webhook_origin=us.example%s",
             target.port, query);
    rig_start_sender(&now, uri);
}

static inline void try_pair(const char *query)
{
    start_pair(query, false);
}

static inline void open_pair(const char *query)
{
    try_pair(query);
    RIG_UNTIL(&now, now.sender->health.up);
}

static inline void close_pair(void)
{
    rig_close_sender(&now, 1000);
    server_close(&target);
    rig_close(&now);
    ce_log_to(NULL, NULL, CE_ERROR);
}

static inline const ce_mem_outcome *send_one(void)
{
    return rig_outcome(&now, rig_send(&now, "1"));
}

#endif
