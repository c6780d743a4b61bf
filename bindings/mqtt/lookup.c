/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct ce_mqtt_lookup {
    ce_loop *loop;
    ce_task task;
    ce_mqtt_looked_up *done;
    void *self;
    int code;
    pthread_mutex_t lock;
    bool ended;     /* under the lock: the loop, or who forgets, frees it */
    bool forgotten; /* under the lock: the thread frees it */
    char host[];
};

bool ce_mqtt_lookup_is_due(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    /* Of IPv6 the system also knows those with a scope. */
    return !strchr(host, ':') && inet_pton(AF_INET, host, address) != 1;
}

static void free_lookup(ce_mqtt_lookup *l)
{
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static int ask(const char *host)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *list;
    int code = getaddrinfo(host, NULL, &hints, &list);

    if (code == 0)
        freeaddrinfo(list);
    return code;
}

static void *run(void *arg)
{
    ce_mqtt_lookup *l = arg;
    bool forgotten;

    l->code = ask(l->host);
    pthread_mutex_lock(&l->lock);
    l->ended = true;
    forgotten = l->forgotten;
    if (!forgotten)
        ce_loop_post(l->loop, &l->task);
    pthread_mutex_unlock(&l->lock);
    if (forgotten)
        free_lookup(l);
    return NULL;
}

static void end(ce_task *t)
{
    ce_mqtt_lookup *l = CE_OWNER(t, ce_mqtt_lookup, task);
    ce_mqtt_looked_up *done = l->done;
    void *self = l->self;
    int code;

    /* The thread may still hold it. */
    pthread_mutex_lock(&l->lock);
    code = l->code;
    pthread_mutex_unlock(&l->lock);
    free_lookup(l);
    done(self, code);
}

/* Signals are for the threads that wait for them. */
static bool start_thread(ce_mqtt_lookup *l)
{
    sigset_t all, before;
    pthread_t thread;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread, NULL, run, l) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        pthread_detach(thread);
    return started;
}

ce_mqtt_lookup *ce_mqtt_lookup_start(ce_loop *loop, const char *host,
                                     ce_mqtt_looked_up *done, void *self)
{
    size_t size = strlen(host) + 1;
    /* What the thread frees may outlive all that is open, and with it the
     * allocator that the process has chosen for us. */
    ce_mqtt_lookup *l = calloc(1, sizeof *l + size);

    if (!l)
        return NULL;
    l->loop = loop;
    l->task.run = end;
    l->done = done;
    l->self = self;
    memcpy(l->host, host, size);
    pthread_mutex_init(&l->lock, NULL);
    if (start_thread(l))
        return l;
    free_lookup(l);
    return NULL;
}

void ce_mqtt_lookup_forget(ce_mqtt_lookup *l)
{
    bool ended;

    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    l->forgotten = true;
    ended = l->ended;
    pthread_mutex_unlock(&l->lock);
    if (!ended)
        return;
    ce_loop_unpost(l->loop, &l->task);
    free_lookup(l);
}
