/* SPDX-License-Identifier: Apache-2.0 */
/* What a source and a sink of the limit program owe each other. There is one of
 * each and one loop, so neither has state to pass around; whoever meets a
 * surprise ends the program. Only for the benchmark. */
#ifndef LIMITS_RELAY_H
#define LIMITS_RELAY_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_ATTRIBUTES = 16 };

typedef struct text {
    const char *at;
    size_t len;
} text;

/* Lent to the sink while it sends; TOKEN comes back when it has arrived. */
typedef struct event {
    struct {
        text name, value;
    } attributes[MAX_ATTRIBUTES]; /* without those of the data */
    size_t count;
    text type, data; /* the content type, the body */
    void *token;
} event;

typedef struct source {
    const char *scheme;
    void (*open)(const char *uri);
    /* Gives the sink what has come, at most ROOM events; once a turn. */
    void (*pull)(size_t room);
    void (*settle)(void *token);
    /* How long the loop may sleep, in ms, -1 for ever; NULL means that. */
    int (*pause)(void);
} source;

typedef struct sink {
    const char *scheme;
    void (*open)(const char *uri);
    size_t (*room)(void);
    void (*send)(const event *e);
} sink;

extern const source http_source, kafka_source, mqtt_source, made_source,
    paced_source;
extern const sink http_sink, kafka_sink, mqtt_sink, count_sink;

/* For sources: to the sink. */
void give(const event *e);
/* For sinks: TOKEN's event has arrived. */
void settled(void *token);

/* READY is called in each turn in which FD can be read. */
void watch(int fd, void (*ready)(void *arg), void *arg);
/* An eventfd, and what it is reset with. */
int new_bell(void);
void silence(int bell);
/* Ends the program with what perror says. */
void die(const char *what);

void add_attribute(event *e, text name, text value);
/* The value of the attribute, or an empty text. */
text attribute(const event *e, const char *name);
bool text_is(text t, const char *word);
/* T without PREFIX; false when it does not begin so, in any case. */
bool without_prefix(text *t, const char *prefix);

/* What "SCHEME://HOST/PATH?..." names. */
typedef struct place {
    char host[128], path[128];
} place;

place parse_place(const char *uri);

#endif
