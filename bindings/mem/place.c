/* SPDX-License-Identifier: Apache-2.0 */
/* One table and one lock for the process, as ports are for a machine. With the
 * lock held only lists change and tasks are posted. */
#include "bindings/mem/place.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ce_mem_host *hosts;
static ce_mem_guest *guests;

static ce_mem_host *find(const char *name)
{
    ce_mem_host *h = hosts;

    while (h && strcmp(h->name, name) != 0)
        h = h->next;
    return h;
}

static void tell_guests(const char *name)
{
    for (ce_mem_guest *g = guests; g; g = g->next)
        if (strcmp(g->name, name) == 0)
            ce_loop_post(g->loop, g->changed);
}

/* Call it with the lock held: the sender may be leaving. */
static void hand_back(ce_mem_parcel *p)
{
    ce_mem_guest *to = p->from;

    if (!to) {
        ce_mem_parcel_free(p);
        return;
    }
    ce_queue_add(&to->answers, &p->link);
    ce_loop_post(to->loop, to->answered);
}

/* --- receivers --- */

ce_status ce_mem_host_join(ce_mem_host *h, ce_error *err)
{
    bool is_taken;

    pthread_mutex_lock(&lock);
    is_taken = find(h->name) != NULL;
    if (!is_taken) {
        h->next = hosts;
        hosts = h;
        tell_guests(h->name);
    }
    pthread_mutex_unlock(&lock);
    if (!is_taken)
        return CE_OK;
    return ce_fail(err, CE_EINVAL,
                   "mem://%s: another receiver has this name already", h->name);
}

void ce_mem_host_leave(ce_mem_host *h)
{
    ce_mem_parcel *p;

    pthread_mutex_lock(&lock);
    for (ce_mem_host **at = &hosts; *at; at = &(*at)->next)
        if (*at == h) {
            *at = h->next;
            tell_guests(h->name);
            break;
        }
    while ((p = CE_QUEUE_TAKE(&h->parcels, ce_mem_parcel, link))) {
        p->result = ce_result_make(CE_UNDELIVERED, "the receiver has stopped");
        hand_back(p);
    }
    pthread_mutex_unlock(&lock);
}

ce_mem_parcel *ce_mem_host_take(ce_mem_host *h)
{
    ce_mem_parcel *p;

    pthread_mutex_lock(&lock);
    p = CE_QUEUE_TAKE(&h->parcels, ce_mem_parcel, link);
    pthread_mutex_unlock(&lock);
    return p;
}

void ce_mem_answer(ce_mem_parcel *p)
{
    pthread_mutex_lock(&lock);
    hand_back(p);
    pthread_mutex_unlock(&lock);
}

/* --- senders --- */

void ce_mem_guest_join(ce_mem_guest *g)
{
    pthread_mutex_lock(&lock);
    g->next = guests;
    guests = g;
    pthread_mutex_unlock(&lock);
}

void ce_mem_guest_leave(ce_mem_guest *g, ce_mem_parcel *out)
{
    pthread_mutex_lock(&lock);
    for (ce_mem_guest **at = &guests; *at; at = &(*at)->next)
        if (*at == g) {
            *at = g->next;
            break;
        }
    for (; out; out = out->after)
        out->from = NULL;
    pthread_mutex_unlock(&lock);
}

bool ce_mem_is_open(const char *name)
{
    bool is_open;

    pthread_mutex_lock(&lock);
    is_open = find(name) != NULL;
    pthread_mutex_unlock(&lock);
    return is_open;
}

bool ce_mem_send(ce_mem_guest *g, ce_mem_parcel *p)
{
    ce_mem_host *to;

    pthread_mutex_lock(&lock);
    to = find(g->name);
    if (to) {
        p->from = g;
        ce_queue_add(&to->parcels, &p->link);
        ce_loop_post(to->loop, to->arrived);
    }
    pthread_mutex_unlock(&lock);
    return to != NULL;
}

ce_mem_parcel *ce_mem_guest_take(ce_mem_guest *g)
{
    ce_mem_parcel *p;

    pthread_mutex_lock(&lock);
    p = CE_QUEUE_TAKE(&g->answers, ce_mem_parcel, link);
    pthread_mutex_unlock(&lock);
    return p;
}
