/* SPDX-License-Identifier: Apache-2.0 */
/* What a route costs at least: the client libraries and nothing else. One
 * thread of ours, one epoll, no checks, no retries, no store. Only for the
 * benchmark.
 *
 *     limit SOURCE SINK     of http://, kafka:// and mqtt:// URIs
 *
 * As a SOURCE "made:COUNT[:PREFIX]" makes events, the names of their attributes
 * with PREFIX, and "paced:COUNT:RATE" so many a second; as a SINK "count:FILE"
 * counts them in the first 8 bytes of FILE.
 */
#include "relay.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct watcher {
    void (*ready)(void *arg);
    void *arg;
} watcher;

static const source *const sources[] = { &http_source,  &kafka_source,
                                         &mqtt_source,  &made_source,
                                         &paced_source, NULL };
static const sink *const sinks[] = { &http_sink, &kafka_sink, &mqtt_sink,
                                     &count_sink, NULL };
static const source *from;
static const sink *to;
static int poller;

void die(const char *what)
{
    perror(what);
    exit(1);
}

void give(const event *e)
{
    to->send(e);
}

void settled(void *token)
{
    from->settle(token);
}

void watch(int fd, void (*ready)(void *arg), void *arg)
{
    watcher *w = malloc(sizeof *w);
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = w };

    if (!w)
        die("malloc");
    *w = (watcher){ ready, arg };
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e))
        die("epoll_ctl");
}

int new_bell(void)
{
    int bell = eventfd(0, EFD_NONBLOCK);

    if (bell < 0)
        die("eventfd");
    return bell;
}

void silence(int bell)
{
    uint64_t count;

    if (read(bell, &count, sizeof count) < 0 && errno != EAGAIN)
        die("eventfd");
}

void add_attribute(event *e, text name, text value)
{
    if (e->count == MAX_ATTRIBUTES)
        die("too many attributes");
    e->attributes[e->count].name = name;
    e->attributes[e->count++].value = value;
}

text attribute(const event *e, const char *name)
{
    for (size_t i = 0; i < e->count; i++)
        if (text_is(e->attributes[i].name, name))
            return e->attributes[i].value;
    return (text){ "", 0 };
}

bool text_is(text t, const char *word)
{
    return t.len == strlen(word) && !strncasecmp(t.at, word, t.len);
}

bool without_prefix(text *t, const char *prefix)
{
    size_t len = strlen(prefix);

    if (t->len <= len || strncasecmp(t->at, prefix, len) != 0)
        return false;
    *t = (text){ t->at + len, t->len - len };
    return true;
}

place parse_place(const char *uri)
{
    place p = { "", "" };

    if (sscanf(uri, "%*[a-z]://%127[^/]/%127[^?]", p.host, p.path) < 1)
        die(uri);
    return p;
}

static bool has_scheme(const char *uri, const char *scheme)
{
    size_t len = strlen(scheme);

    return !strncmp(uri, scheme, len) && uri[len] == ':';
}

static void choose(const char *source_uri, const char *sink_uri)
{
    for (size_t i = 0; sources[i]; i++)
        if (has_scheme(source_uri, sources[i]->scheme))
            from = sources[i];
    for (size_t i = 0; sinks[i]; i++)
        if (has_scheme(sink_uri, sinks[i]->scheme))
            to = sinks[i];
    if (!from || !to) {
        fprintf(stderr, "unknown: %s or %s\n", source_uri, sink_uri);
        exit(2);
    }
}

static void turn(void)
{
    struct epoll_event events[128];
    int n = epoll_wait(poller, events, 128, from->pause ? from->pause() : -1);

    for (int i = 0; i < n; i++) {
        const watcher *w = events[i].data.ptr;

        w->ready(w->arg);
    }
    from->pull(to->room());
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: limit SOURCE SINK\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    poller = epoll_create1(0);
    choose(argv[1], argv[2]);
    to->open(argv[2]);
    from->open(argv[1]);
    for (;;)
        turn();
}
