/* SPDX-License-Identifier: Apache-2.0 */
/* Connections to an HTTP source that listens. The input is a script: a byte
 * below 0x80 stands for a fragment of the grammar, one above for a pause
 * between two pieces, and 0x7f for the byte behind it as it is.
 *
 * The bytes come all at once, and in pieces: as many requests are read. What
 * comes back are whole status lines. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/log.h>

#include "bindings/http/http.h"
#include "tests/fuzz/fuzz.h"

extern const ce_transport ce_transport_http;

/* --- scripts --- */

static const char *const fragments[] = {
    "POST / HTTP/1.1\r\n",
    "Host: h\r\n",
    "\r\n",
    "Content-Length: 2\r\n",
    "{}",
    "Transfer-Encoding: chunked\r\n",
    "2\r\n{}\r\n",
    "0\r\n\r\n",
    "0\r\n",
    "Content-Type: application/json\r\n",
    "Content-Type: application/cloudevents+json\r\n",
    "ce-specversion: 1.0\r\nce-id: 1\r\nce-type: t\r\nce-source: /s\r\n",
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}",
    "37\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 60\r\n",
    "POST / HTTP/1.0\r\n",
    "GET / HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "POST http://other/ HTTP/1.1\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Expect: 100-continue\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Content-Encoding: gzip\r\n",
    "2;a=b;c=\"d\"\r\n{}\r\n",
    "2 ; a\n{}\r\n",
    "Trailer: x\r\n",
    "x: y\r\n",
    " folded\r\n",
    "\n",
    "\r",
    "x: ",
    "ce-x: ",
    "%41%",
    "ffffffffffffffff\r\n",
    "Content-Length: 18446744073709551616\r\n",
    "Content-Length: +2\r\n",
    "Content-Length: 2, 2\r\n",
    "Content-Length : 2\r\n",
    "Transfer-Encoding:\vchunked\r\n",
    "Host: other\r\n",
    "POST /?a=b&c&&d=%00 HTTP/1.1\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "Upgrade: websocket\r\nConnection: Upgrade\r\n",
    "Content-Type: application/cloudevents-batch+json\r\n",
    "[]",
    "Cookie: a=b\r\n",
};
enum { CONNECT_MS = 10000 };
enum { QUIET_US = 3000, QUIET_TURNS = 20, TRIES = 6 };
enum { FRAGMENTS = sizeof fragments / sizeof *fragments, PIECES = 16 };

typedef struct script {
    char text[8192];
    size_t len;
    size_t ends[PIECES + 1]; /* of pieces */
    unsigned pieces;
} script;

static void append(script *s, const char *bytes, size_t len)
{
    if (len > sizeof s->text - s->len)
        return;
    memcpy(s->text + s->len, bytes, len);
    s->len += len;
}

static void read_script(script *s, const uint8_t *bytes, size_t size)
{
    s->len = s->pieces = 0;
    for (size_t i = 0; i < size; i++) {
        const char *fragment = fragments[bytes[i] % FRAGMENTS];

        if (bytes[i] >= 0x80) {
            if (s->pieces < PIECES)
                s->ends[s->pieces++] = s->len;
        } else if (bytes[i] != 0x7f) {
            append(s, fragment, strlen(fragment));
        } else if (++i < size) {
            append(s, (const char *)&bytes[i], 1);
        }
    }
    s->ends[s->pieces++] = s->len;
}

/* --- the source --- */

static struct {
    ce_loop *loop;
    ce_settings *settings;
    ce_endpoint at;
    ce_receiver *receiver;
    ce_stage sink;
    unsigned messages;
    uint64_t quiet_us;
} source;

static void take(ce_stage *s, ce_delivery *d)
{
    (void)s;
    source.messages++;
    if (d->message.mode == CE_MODE_NONE)
        ce_settle_malformed(d, d->defect.code, d->defect.reason);
    else
        ce_settle_ack(d, CE_DELIVERED);
}

static const ce_stage_ops sink_ops = { .name = "fuzz", .push = take };

static void open_source(void)
{
    static const char uri[] = "http://127.0.0.1:0/";

    if (source.loop)
        return;
    ce_log_to(NULL, NULL, CE_ERROR);
    source.sink.ops = &sink_ops;
    check(ce_loop_open(&source.loop, NULL, NULL) == CE_OK);
    check(ce_settings_open(&source.settings, ce_transport_http.receiver_options,
                           uri, CE_URI_STRICT, NULL) == CE_OK);
    source.at = (ce_endpoint){ .loop = source.loop,
                               .settings = source.settings,
                               .name = "fuzz" };
    check(ce_transport_http.receiver(&source.receiver, &source.at, NULL) ==
          CE_OK);
    check(source.receiver->ops->start(source.receiver, &source.sink, NULL) ==
          CE_OK);
}

/* --- connections --- */

typedef struct answer {
    char text[65536];
    size_t len;
} answer;

/* The fuzzer's timer may interrupt it; it then goes on by itself. */
static bool connects(int fd, const struct sockaddr_in *to)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };

    if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0)
        return true;
    return errno == EINTR && poll(&ready, 1, CONNECT_MS) == 1 &&
           (ready.revents & POLLERR) == 0;
}

/* From one of many addresses: a port that was used rests for a minute. */
static int open_connection(void)
{
    static unsigned number;
    struct sockaddr_in to = { .sin_family = AF_INET }, from = to;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    check(fd >= 0);
    number++;
    from.sin_addr.s_addr = htonl(0x7f000001 + (number & 0xffff));
    to.sin_addr.s_addr = htonl(0x7f000001);
    to.sin_port = htons((unsigned short)source.receiver->port);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    check(bind(fd, (struct sockaddr *)&from, sizeof from) == 0);
    check(connects(fd, &to));
    return fd;
}

/* False: the server has ended the connection. */
static bool hear(int fd, answer *a)
{
    ssize_t n =
        recv(fd, a->text + a->len, sizeof a->text - 1 - a->len, MSG_DONTWAIT);

    if (n > 0)
        a->len += (size_t)n;
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static void run_some(int fd, answer *a)
{
    for (int i = 0; i < 6; i++) {
        uv_run(ce_loop_uv(source.loop), UV_RUN_NOWAIT);
        if (!hear(fd, a))
            return;
    }
}

static uint64_t now_us(void)
{
    return uv_hrtime() / 1000;
}

/* Until nothing has come for a while: the peer is the kernel, and what comes
 * later than at once waits for a timer of the loop, of milliseconds. A while
 * has some turns, too: others may have the processor. */
static void run_until_quiet(int fd, answer *a)
{
    uint64_t end = now_us() + source.quiet_us;

    for (int turns = 0; turns < QUIET_TURNS || now_us() < end; turns++) {
        size_t before = a->len;

        uv_run(ce_loop_uv(source.loop), UV_RUN_NOWAIT);
        if (!hear(fd, a))
            return;
        if (a->len > before) {
            end = now_us() + source.quiet_us;
            turns = 0;
        }
    }
}

/* A status line stands at the beginning, or behind the text before it: bodies
 * of ours hold none. */
static void check_statuses(answer *a)
{
    a->text[a->len] = '\0';
    for (char *at = a->text; (at = strstr(at, "HTTP/1.1 ")); at += 9) {
        int status = atoi(at + 9);

        check(status >= 100 && status < 600);
    }
}

/* Returns how many requests the source has taken. */
static unsigned send_script(const script *s, bool in_pieces)
{
    static answer a;
    int fd = open_connection();
    size_t sent = 0;

    a.len = 0;
    source.messages = 0;
    for (unsigned i = in_pieces ? 0 : s->pieces - 1; i < s->pieces; i++) {
        size_t len = s->ends[i] - sent;

        if (len > 0 && send(fd, s->text + sent, len, MSG_NOSIGNAL) < 0)
            break;
        sent = s->ends[i];
        if (in_pieces)
            run_some(fd, &a);
    }
    run_until_quiet(fd, &a);
    shutdown(fd, SHUT_WR);
    run_until_quiet(fd, &a);
    close(fd);
    uv_run(ce_loop_uv(source.loop), UV_RUN_NOWAIT);
    check_statuses(&a);
    return source.messages;
}

/* A sender that expects "100 Continue" has to wait for it. If the next request
 * is there before it is sent, libmicrohttpd 0.9.75 may end the connection. */
static bool is_hasty(const script *s)
{
    return memmem(s->text, s->len, "Expect:", 7) != NULL;
}

/* A busy machine may bring bytes after the time that is quiet here, and a
 * client that has ended its side gets no more answers: what differs has to
 * differ each time, however long that is. */
static bool reads_the_same(const script *s)
{
    for (int tries = 0; tries < TRIES; tries++) {
        source.quiet_us = (uint64_t)QUIET_US << 2 * tries;
        if (send_script(s, false) == send_script(s, true) || is_hasty(s))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static script s;

    open_source();
    read_script(&s, bytes, size);
    check(reads_the_same(&s));
    return 0;
}
