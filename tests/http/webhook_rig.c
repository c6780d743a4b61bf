/* SPDX-License-Identifier: Apache-2.0 */
/* A sink that sends webhooks to a scripted target. */
#include "tests/http/webhook_rig.h"

rig now;

server target;

void start_pair(const char *query, bool direct)
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

void try_pair(const char *query)
{
    start_pair(query, false);
}

void open_pair(const char *query)
{
    try_pair(query);
    RIG_UNTIL(&now, now.sender->health.up);
}

void close_pair(void)
{
    rig_close_sender(&now, 1000);
    server_close(&target);
    rig_close(&now);
    ce_log_to(NULL, NULL, CE_ERROR);
}

const ce_mem_outcome *send_one(void)
{
    return rig_outcome(&now, rig_send(&now, "1"));
}
