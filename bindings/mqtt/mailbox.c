/* SPDX-License-Identifier: Apache-2.0 */
/* A queue under a lock. The loop wakes up once for all that has come since. */
#include "bindings/mqtt/mailbox.h"

#include <pthread.h>
#include <string.h>

#include <cloudevents/alloc.h>

struct ce_mqtt_mailbox {
    ce_loop *loop;
    ce_task *task;
    ce_buf record; /* of the thread that puts */
    pthread_mutex_t lock;
    ce_queue letters; /* under the lock, as is all that follows */
    size_t count, bytes;
};

ce_status ce_mqtt_mailbox_open(ce_mqtt_mailbox **out, ce_loop *loop,
                               ce_task *task)
{
    ce_mqtt_mailbox *b = ce_alloc_zeroed(sizeof *b);

    if (!b)
        return CE_ENOMEM;
    b->loop = loop;
    b->task = task;
    pthread_mutex_init(&b->lock, NULL);
    *out = b;
    return CE_OK;
}

/* Copies S to *TO, and moves *TO behind it. */
static ce_slice add(char **to, ce_slice s)
{
    ce_slice copy = { s.ptr ? *to : NULL, s.len };

    if (s.len)
        memcpy(*to, s.ptr, s.len);
    *to += s.len;
    return copy;
}

static ce_mqtt_letter *make_letter(ce_mqtt_mailbox *b, const ce_message *m,
                                   const ce_origin *o, const char *defect,
                                   const ce_mqtt_reply_to *reply_to)
{
    static const ce_mqtt_reply_to no_reply;
    const ce_mqtt_reply_to *r = reply_to ? reply_to : &no_reply;
    ce_mqtt_letter *l;
    char *rest;

    ce_buf_clear(&b->record);
    if (ce_record_write(m, o, defect, &b->record) != CE_OK)
        return NULL;
    l = ce_alloc(sizeof *l + b->record.len + r->topic.len + r->correlation.len);
    if (!l)
        return NULL;
    /* One allocation: the texts lie behind the letter. */
    rest = (char *)(l + 1);
    l->record = add(&rest, ce_buf_slice(&b->record));
    l->reply_to.topic = add(&rest, r->topic);
    l->reply_to.correlation = add(&rest, r->correlation);
    return l;
}

ce_status ce_mqtt_mailbox_put(ce_mqtt_mailbox *b, const ce_message *m,
                              const ce_origin *o, const char *defect,
                              const ce_mqtt_reply_to *reply_to)
{
    ce_mqtt_letter *l = make_letter(b, m, o, defect, reply_to);

    if (!l)
        return CE_ENOMEM;
    pthread_mutex_lock(&b->lock);
    ce_queue_add(&b->letters, &l->link);
    b->count++;
    b->bytes += l->record.len;
    pthread_mutex_unlock(&b->lock);
    /* Not with the lock held: the loop has a lock of its own. */
    ce_loop_post(b->loop, b->task);
    return CE_OK;
}

void ce_mqtt_mailbox_size(ce_mqtt_mailbox *b, size_t *count, size_t *bytes)
{
    pthread_mutex_lock(&b->lock);
    *count = b->count;
    *bytes = b->bytes;
    pthread_mutex_unlock(&b->lock);
}

const ce_mqtt_letter *ce_mqtt_mailbox_first(ce_mqtt_mailbox *b)
{
    const ce_mqtt_letter *first;

    pthread_mutex_lock(&b->lock);
    /* Only the calling thread drops it, so it stays when the lock is gone. */
    first = CE_QUEUE_FIRST(&b->letters, ce_mqtt_letter, link);
    pthread_mutex_unlock(&b->lock);
    return first;
}

void ce_mqtt_mailbox_drop(ce_mqtt_mailbox *b)
{
    ce_mqtt_letter *l;

    pthread_mutex_lock(&b->lock);
    l = CE_QUEUE_TAKE(&b->letters, ce_mqtt_letter, link);
    b->count--;
    b->bytes -= l->record.len;
    pthread_mutex_unlock(&b->lock);
    ce_free(l);
}

void ce_mqtt_mailbox_close(ce_mqtt_mailbox *b)
{
    if (!b)
        return;
    while (ce_mqtt_mailbox_first(b))
        ce_mqtt_mailbox_drop(b);
    pthread_mutex_destroy(&b->lock);
    ce_buf_free(&b->record);
    ce_free(b);
}
