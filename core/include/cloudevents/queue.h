/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of objects that carry their own link: first in, first out. Nothing
 * is allocated, so that adding never fails.
 *
 *     struct job {
 *         ce_link link;
 *         ...
 *     };
 *     ce_queue waiting = { NULL, NULL };
 *     struct job *j;
 *
 *     ce_queue_add(&waiting, &j->link);
 *     while ((j = CE_QUEUE_TAKE(&waiting, struct job, link)))
 *         work(j);
 *
 * A zeroed queue is empty. An object may be in one queue per link. Take an
 * object out before its memory goes. A queue has no lock: guard one that
 * several threads use. Deliveries have a link for the stage or sender that
 * holds them (delivery.h). */
#ifndef CLOUDEVENTS_QUEUE_H
#define CLOUDEVENTS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include <cloudevents/api.h>

CE_BEGIN_DECLS

typedef struct ce_link ce_link;
struct ce_link {
    ce_link *next;
};

typedef struct ce_queue {
    ce_link *first, *last;
} ce_queue;

static inline bool ce_queue_is_empty(const ce_queue *q)
{
    return !q->first;
}

/* Adds at the end. */
static inline void ce_queue_add(ce_queue *q, ce_link *l)
{
    l->next = NULL;
    if (q->last)
        q->last->next = l;
    else
        q->first = l;
    q->last = l;
}

/* Adds at the front: what could not be done yet stays the next one. */
static inline void ce_queue_put_back(ce_queue *q, ce_link *l)
{
    l->next = q->first;
    q->first = l;
    if (!q->last)
        q->last = l;
}

/* Adds L behind BEFORE, which is in the queue; NULL: at the front. */
static inline void ce_queue_insert(ce_queue *q, ce_link *before, ce_link *l)
{
    if (!before) {
        ce_queue_put_back(q, l);
        return;
    }
    l->next = before->next;
    before->next = l;
    if (q->last == before)
        q->last = l;
}

/* Takes L out from wherever it is, and says whether it was there. The queue is
 * walked: this is for the rare ways out, such as a timeout. */
static inline bool ce_queue_remove(ce_queue *q, ce_link *l)
{
    ce_link *before = NULL, *at = q->first;

    while (at && at != l) {
        before = at;
        at = at->next;
    }
    if (!at)
        return false;
    if (before)
        before->next = l->next;
    else
        q->first = l->next;
    if (q->last == l)
        q->last = before;
    return true;
}

/* Empties Q and returns what was in it: for a walk during which things are
 * added to Q again, or once its lock is no longer held. */
static inline ce_queue ce_queue_take_all(ce_queue *q)
{
    ce_queue all = *q;

    q->first = q->last = NULL;
    return all;
}

/* Call through CE_QUEUE_TAKE. */
static inline void *ce_queue_take_owner(ce_queue *q, size_t offset)
{
    ce_link *l = q->first;

    if (!l)
        return NULL;
    q->first = l->next;
    if (!q->first)
        q->last = NULL;
    l->next = NULL;
    return (char *)l - offset;
}

/* Call through CE_QUEUE_FIRST and CE_QUEUE_NEXT. */
static inline void *ce_link_owner(const ce_link *l, size_t offset)
{
    return l ? (char *)(size_t)(const void *)l - offset : NULL;
}

/* Takes the first one out: the object of TYPE whose MEMBER is its link, or
 * NULL when the queue is empty. */
#define CE_QUEUE_TAKE(q, type, member)                                         \
    ((type *)ce_queue_take_owner((q), offsetof(type, member)))

/* Looks at the first one, or at the one behind X, without taking it; NULL when
 * there is none. For a walk:
 *     for (job *j = CE_QUEUE_FIRST(&q, job, link); j;
 *          j = CE_QUEUE_NEXT(j, job, link)) */
#define CE_QUEUE_FIRST(q, type, member)                                        \
    ((type *)ce_link_owner((q)->first, offsetof(type, member)))
#define CE_QUEUE_NEXT(x, type, member)                                         \
    ((type *)ce_link_owner((x)->member.next, offsetof(type, member)))

CE_END_DECLS

#endif
