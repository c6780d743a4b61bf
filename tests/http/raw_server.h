/* SPDX-License-Identifier: Apache-2.0 */
/* A server that answers each request with the bytes that a test wants, while
 * the rig's loop runs. */
#ifndef CE_TESTS_HTTP_RAW_SERVER_H
#define CE_TESTS_HTTP_RAW_SERVER_H

#include "tests/http/http_rig.h"

enum { SERVER_PEERS = 256, SERVER_TICK_MS = 1 };

/* What becomes of the connection behind an answer. */
typedef enum server_after {
    SERVER_KEEP,
    SERVER_CLOSE,
    SERVER_RESET
} server_after;

typedef struct server_peer {
    int fd;       /* -1: closed */
    bool waiting; /* a whole request is here */
    bool headed;  /* what comes now is its body */
    char in[1 << 14];
    size_t len;
} server_peer;

typedef struct server {
    rig *r;
    ce_timer tick;
    int fd;
    unsigned port;
    const char *answer;  /* NULL: none yet */
    size_t answer_len;   /* 0: up to the NUL */
    const char *refused; /* what a request holds that gets 422, or NULL */
    const char *consent; /* the answer to OPTIONS; NULL: as to others */
    server_after after;
    bool heads_only; /* a request ends with its head; bodies count as extra */
    size_t extra;
    server_peer peers[SERVER_PEERS];
    unsigned connections, requests, answered, asked; /* ASKED: OPTIONS */
    char last[1 << 14];                              /* the newest request */
    size_t last_len;
} server;

#define ANSWER_202 "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

/* The value of a header of the newest request, or NULL. */
const char *server_header(const server *s, const char *name);
/* Answers 202 until told otherwise. */
void server_open(server *s, rig *r);
/* Refuses connections from now on, and ends those that are there. */
void server_go_away(server *s);
/* On the same port. */
void server_come_back(server *s);
void server_close(server *s);
/* Requests that have no answer. */
unsigned server_waiting(const server *s);
/* The body of the newest request. */
const char *server_last_body(const server *s);

#endif
