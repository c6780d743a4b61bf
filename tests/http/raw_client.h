/* SPDX-License-Identifier: Apache-2.0 */
/* A client that sends the bytes that a test wants, and reads answers one by
 * one, while the rig's loop runs. */
#ifndef CE_TESTS_HTTP_RAW_CLIENT_H
#define CE_TESTS_HTTP_RAW_CLIENT_H

#include "tests/http/http_rig.h"

typedef struct client {
    rig *r;
    int fd;
    char in[1 << 16];
    size_t len;
    bool ended; /* by the server */
    int status; /* of the newest answer */
    char head[1 << 13], body[1 << 13];
} client;

#define POST_HEAD "POST / HTTP/1.1\r\nHost: h\r\n"
#define EVENT_FIELDS                                                           \
    "Host: h\r\nce-specversion: 1.0\r\nce-id: 1\r\nce-type: t\r\n"             \
    "ce-source: /s\r\n"
#define EVENT_HEAD "POST / HTTP/1.1\r\n" EVENT_FIELDS
#define EVENT EVENT_HEAD "Content-Length: 0\r\n\r\n"

void client_open_at(client *c, rig *r, unsigned port);
void client_open(client *c, rig *r);
/* From this address of the loopback network. */
void client_open_from(client *c, rig *r, const char *host);
void client_open_from_to(client *c, rig *r, const char *host, unsigned port);
void client_close(client *c);
/* As far as the server takes it; returns how far. */
size_t client_send_bytes(client *c, const char *bytes, size_t len);
void client_send(client *c, const char *text);
/* False: nothing came. Sets ENDED when nothing more will. */
bool client_read(client *c);
/* The value of a header of the newest answer, or NULL. */
const char *client_header(const client *c, const char *name);
/* Waits for the next answer; 0: the connection ended without. */
int client_answer(client *c);
/* Waits for the server to end the connection. */
bool client_ends(client *c);
/* The status of the answer to a request. */
int client_ask(client *c, const char *request);
/* The same on a connection of its own. */
int client_ask_once(client *c, rig *r, const char *request);
/* Whether TEXT stands in the body of the newest answer. */
bool client_says(const client *c, const char *text);

#endif
