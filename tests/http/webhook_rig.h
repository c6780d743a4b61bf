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

extern rig now;
extern server target;

/* Open a target that consents and a sender to it, with QUERY behind its URI
 * ("&a=b" or ""). */
void start_pair(const char *query, bool direct);
void try_pair(const char *query);
/* Waits for the consent. */
void open_pair(const char *query);
void close_pair(void);
/* The result of one event. */
const ce_mem_outcome *send_one(void);

#endif
