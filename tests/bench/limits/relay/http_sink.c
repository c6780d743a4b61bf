/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over connections that libcurl makes and nothing else: requests are
 * written and answers read here. It trusts its peer to answer with a head
 * alone. */
#include "relay.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

enum { CONNECTIONS = 64, REQUEST_BYTES = 65536, ANSWER_BYTES = 1024 };

typedef struct connection {
    CURL *easy;
    void *token;
    size_t len;
    char answer[ANSWER_BYTES + 1];
} connection;

static connection connections[CONNECTIONS], *idle[CONNECTIONS];
static size_t idle_count;
static place there;

static void settle(connection *c)
{
    if (strncmp(c->answer, "HTTP/1.1 2", 10) != 0)
        die("an event was not taken");
    c->len = 0;
    idle[idle_count++] = c;
    settled(c->token);
}

static void receive(void *arg)
{
    connection *c = arg;
    size_t n = 0;
    CURLcode code =
        curl_easy_recv(c->easy, c->answer + c->len, ANSWER_BYTES - c->len, &n);

    if (code == CURLE_AGAIN)
        return;
    if (code || n == 0)
        die("the peer has left");
    c->len += n;
    c->answer[c->len] = '\0';
    if (strstr(c->answer, "\r\n\r\n"))
        settle(c);
}

static void open_connection(connection *c, const char *uri)
{
    curl_socket_t fd;

    c->easy = curl_easy_init();
    curl_easy_setopt(c->easy, CURLOPT_URL, uri);
    curl_easy_setopt(c->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
    if (curl_easy_perform(c->easy))
        die("connect");
    curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &fd);
    idle[idle_count++] = c;
    watch(fd, receive, c);
}

static void open_sink(const char *uri)
{
    there = parse_place(uri);
    for (size_t i = 0; i < CONNECTIONS; i++)
        open_connection(&connections[i], uri);
}

static size_t room(void)
{
    return idle_count;
}

static char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

static char *put_header(char *at, const char *prefix, text name, text value)
{
    at = put(at, prefix, strlen(prefix));
    at = put(at, name.at, name.len);
    at = put(at, ": ", 2);
    at = put(at, value.at, value.len);
    return put(at, "\r\n", 2);
}

static size_t write_request(char *request, const event *e)
{
    char *at = request + sprintf(request,
                                 "POST /%s HTTP/1.1\r\nHost: %s\r\n"
                                 "Content-Length: %zu\r\n",
                                 there.path, there.host, e->data.len);

    for (size_t i = 0; i < e->count; i++)
        at = put_header(at, "ce-", e->attributes[i].name,
                        e->attributes[i].value);
    at = put_header(at, "", (text){ "Content-Type", 12 }, e->type);
    at = put(at, "\r\n", 2);
    at = put(at, e->data.at, e->data.len);
    return (size_t)(at - request);
}

static void post(const event *e)
{
    static char request[REQUEST_BYTES];
    connection *c = idle[--idle_count];
    size_t len = write_request(request, e), sent = 0;

    c->token = e->token;
    if (curl_easy_send(c->easy, request, len, &sent) || sent < len)
        die("send");
}

const sink http_sink = { "http", open_sink, room, post };
