/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP server that answers, or fails to, exactly as a test says. */
#ifndef CE_TESTS_CORE_CLIENT_PEER_H
#define CE_TESTS_CORE_CLIENT_PEER_H

#include <pthread.h>

#include "tests/core/client/client_rig.h"

typedef enum peer_deed {
    PEER_ANSWERS,
    PEER_RESETS, /* instead of an answer */
    PEER_CLOSES, /* instead of an answer */
    PEER_STALLS, /* says nothing until it has another deed, then closes */
    PEER_CUTS    /* ends in the middle of the body */
} peer_deed;

typedef struct peer {
    int fd;
    char uri[64];
    pthread_t thread;
    atomic_bool ended;
    atomic_int deed, status;
    atomic_int failures; /* so many requests get the status, the rest 202 */
    const char *headers; /* more of them, each with its line end */
    const char *body;
    atomic_uint connections, requests;
} peer;

/* Listens on a free port, and serves one connection at a time on a thread of
 * its own. */
void peer_open(peer *p, peer_deed deed, int status);
void peer_close(peer *p);
/* A port that nobody listens on. */
void nobody_at(char uri[64]);

#endif
