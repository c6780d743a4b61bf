/* SPDX-License-Identifier: Apache-2.0 */
/* One event, or one batch, on its way out.
 *
 * Two hold a call: its maker, until it has its answer, and the chain, until it
 * has settled the delivery. A timeout or a cancel answers the call while the
 * chain still works with its bytes; a result that comes later is counted. The
 * call has its place among max_calls until then, so that these bytes have a
 * limit too. */
#include "core/client/client.h"

#include <string.h>
#include <uv.h>

#include <cloudevents/alloc.h>

#include "core/message/envelope.h"

/* So many calls are kept for the next ones: a few hundred KiB, and more than
 * are usually out at once. */
enum { UNUSED_MAX = 256 };

struct call {
    ce_delivery d;
    ce_client *client;
    ce_uplink *uplink;
    ce_task begin;
    ce_timer deadline;
    uint64_t number;
    unsigned timeout_ms;
    atomic_uint holders;
    bool answered;
    unsigned attempts; /* of a policy */
    bool in_flight;    /* the last of them has no result yet */
    ce_waiter waiter;
    ce_result result; /* until it is answered: of the last attempt */
    ce_event *reply;
    ce_done_fn *done; /* NULL: a thread waits */
    void *arg;
    void **spans; /* of the middleware, one per event */
    size_t count;
    uint64_t began_ns;
    ce_link link;         /* among the unused */
    call *before, *after; /* among those that are out */
};

/* --- memory --- */

static call *reuse(ce_client *c)
{
    call *k;

    pthread_mutex_lock(&c->lock);
    k = CE_QUEUE_TAKE(&c->unused, call, link);
    if (k)
        c->unused_count--;
    pthread_mutex_unlock(&c->lock);
    return k;
}

static void free_call(call *k)
{
    if (k)
        ce_arena_free(k->d.arena);
    ce_free(k);
}

static call *new_call(ce_client *c)
{
    call *k = reuse(c);
    ce_arena *arena = k ? k->d.arena : ce_arena_new();

    if (!k)
        k = ce_alloc(sizeof *k);
    if (!k || !arena) {
        ce_arena_free(arena);
        ce_free(k);
        return NULL;
    }
    memset(k, 0, sizeof *k);
    k->d.arena = arena;
    k->d.origin.partition = -1;
    k->d.origin.offset = -1;
    k->client = c;
    atomic_init(&k->holders, 1);
    return k;
}

static void release(call *k)
{
    ce_client *c = k->client;

    if (atomic_fetch_sub(&k->holders, 1) > 1)
        return;
    ce_arena_reset(k->d.arena);
    pthread_mutex_lock(&c->lock);
    if (c->unused_count < UNUSED_MAX) {
        ce_queue_put_back(&c->unused, &k->link);
        c->unused_count++;
        k = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    free_call(k);
}

void ce_calls_free(ce_client *c)
{
    call *k;

    while ((k = reuse(c)))
        free_call(k);
}

/* --- middleware --- */

static ce_status pass_before(call *k, ce_event *events, ce_error *err)
{
    const ce_middleware *m = k->client->options.middleware;
    ce_status status;

    if (!m)
        return CE_OK;
    k->began_ns = uv_hrtime();
    if (!m->before)
        return CE_OK;
    for (size_t i = 0; i < k->count; i++)
        k->spans[i] = m->before(m->arg, CE_SENDING, &events[i]);
    /* It may have changed them: check again what is sent. */
    for (size_t i = 0; i < k->count; i++) {
        status = ce_event_check(&events[i], err);
        if (status != CE_OK)
            return status;
    }
    return CE_OK;
}

static void pass_after(call *k)
{
    const ce_middleware *m = k->client->options.middleware;

    if (!m || !m->after)
        return;
    for (size_t i = 0; i < k->count; i++)
        m->after(m->arg, CE_SENDING, k->spans[i], &k->result,
                 uv_hrtime() - k->began_ns);
}

/* --- making --- */

static ce_status encode_one(call *k, ce_event *e, ce_error *err)
{
    const ce_content *c = &k->client->content;
    ce_status status =
        ce_message_encode(e, c->mode, c->format, k->d.arena, &k->d.message);

    k->d.event = e;
    if (status == CE_ENOTSUP)
        return ce_envelope_check(e, c->format, err);
    return status;
}

/* Each event is checked before, since encode_batch could not name the one that
 * the format cannot carry. */
static ce_status write_batch(call *k, const ce_event *events,
                             const ce_format *f, ce_buf *body, ce_error *err)
{
    ce_arena *arena = k->d.arena;
    const ce_event **list = ce_arena_alloc(arena, k->count * sizeof *list);
    ce_status status;

    if (!list)
        return CE_ENOMEM;
    for (size_t i = 0; i < k->count; i++) {
        list[i] = &events[i];
        status = ce_envelope_check(&events[i], f, err);
        if (status != CE_OK)
            return status;
    }
    status = f->encode_batch(list, k->count, body);
    if (status != CE_OK)
        return status;
    return ce_arena_copy(arena, ce_buf_slice(body), &k->d.message.body);
}

/* A format without batches leaves them to JSON. */
static ce_status encode_batch(call *k, const ce_event *events, ce_error *err)
{
    const ce_format *f = k->client->content.format;
    ce_buf body = { NULL, 0, 0 };
    ce_status status;

    if (!f || !f->encode_batch)
        f = &ce_format_json;
    k->d.message = (ce_message){ .mode = CE_MODE_BATCH, .format = f };
    k->d.message.content_type = ce_slice_of(f->batch_media_type);
    status = write_batch(k, events, f, &body, err);
    ce_buf_free(&body);
    return status;
}

static ce_status copy_events(call *k, const ce_event *const *events,
                             size_t count, bool is_batch, ce_error *err)
{
    ce_arena *arena = k->d.arena;
    ce_event *own = ce_arena_alloc(arena, count * sizeof *own);
    ce_status status;

    k->spans = ce_arena_alloc(arena, count * sizeof *k->spans);
    if (!own || !k->spans)
        return ce_no_memory(err);
    memset(k->spans, 0, count * sizeof *k->spans);
    k->count = count;
    for (size_t i = 0; i < count; i++) {
        status = ce_event_check(events[i], err);
        if (status != CE_OK)
            return status;
        if (ce_event_copy(events[i], arena, &own[i]) != CE_OK)
            return ce_no_memory(err);
    }
    status = pass_before(k, own, err);
    if (status != CE_OK)
        return status;
    status = is_batch ? encode_batch(k, own, err) : encode_one(k, own, err);
    return status == CE_ENOMEM ? ce_no_memory(err) : status;
}

static ce_status admit(ce_client *c, ce_error *err)
{
    bool full;

    pthread_mutex_lock(&c->lock);
    full = c->out >= c->options.max_calls;
    c->out += !full;
    pthread_mutex_unlock(&c->lock);
    if (full)
        return ce_fail(err, CE_EAGAIN, "%u calls are out already",
                       c->options.max_calls);
    return CE_OK;
}

static void leave(ce_client *c)
{
    pthread_mutex_lock(&c->lock);
    c->out--;
    pthread_mutex_unlock(&c->lock);
}

static void begin(ce_task *t)
{
    ce_call_begin(CE_OWNER(t, call, begin));
}

static void on_deadline(ce_timer *t);

static call *prepare(ce_client *c, const ce_call_wanted *how)
{
    call *k = new_call(c);

    if (!k)
        return NULL;
    k->uplink = how->reply ? &c->requests : &c->sends;
    k->timeout_ms = how->timeout_ms ? how->timeout_ms : c->options.timeout_ms;
    k->done = how->done;
    k->arg = how->arg;
    k->begin.run = begin;
    k->deadline.fire = on_deadline;
    k->number = atomic_fetch_add(&c->numbers, 1) + 1;
    if (!how->done)
        ce_waiter_init(&k->waiter);
    return k;
}

/* What middleware has begun it also ends. */
static void drop(call *k, const ce_error *err)
{
    if (k->began_ns) {
        k->result = ce_result_make(CE_NACK, "not sent: %s",
                                   err ? err->text : "out of memory");
        pass_after(k);
    }
    release(k);
}

ce_status ce_call_make(call **out, ce_client *c, const ce_event *const *events,
                       size_t count, const ce_call_wanted *how, ce_error *err)
{
    ce_status status = how->done ? admit(c, err) : CE_OK;
    call *k;

    if (status != CE_OK)
        return status;
    k = prepare(c, how);
    if (k)
        status = copy_events(k, events, count, how->batch, err);
    else
        status = ce_no_memory(err);
    if (status == CE_OK) {
        *out = k;
        return CE_OK;
    }
    if (how->done)
        leave(c);
    if (k)
        drop(k, err);
    return status;
}

uint64_t ce_call_number(const call *k)
{
    return k->number;
}

/* --- answers --- */

static void count(ce_client *c, const ce_result *r)
{
    atomic_uint_fast64_t *counter = &c->undelivered;

    if (ce_result_is_ack(r))
        counter = &c->acked;
    else if (ce_result_is_nack(r))
        counter = &c->refused;
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void link_out(call *k)
{
    ce_client *c = k->client;

    k->after = c->calls;
    if (c->calls)
        c->calls->before = k;
    c->calls = k;
}

static void unlink_out(call *k)
{
    if (k->before)
        k->before->after = k->after;
    else
        k->client->calls = k->after;
    if (k->after)
        k->after->before = k->before;
}

static void read_reply(call *k, const ce_message *m)
{
    ce_error err = { CE_OK, "" };
    ce_arena *arena = ce_arena_new();
    ce_event e;
    ce_status status =
        arena ? ce_message_decode(m, arena, &e, &err) : CE_ENOMEM;

    if (status == CE_OK && !(k->reply = ce_event_clone(&e)))
        status = CE_ENOMEM;
    ce_arena_free(arena);
    /* The verdict stays: the event has arrived, also when its reply cannot be
     * read. Sending it again would only make a second one. */
    if (status == CE_ENOMEM)
        ce_result_explain(&k->result, "out of memory for the reply");
    else if (status != CE_OK)
        ce_result_explain(&k->result, "the reply is no event: %s", err.text);
}

/* The user's hold goes: to the one who waits, or into the completion. */
static void answer(call *k, const ce_result *r)
{
    ce_client *c = k->client;

    ce_timer_stop(&k->deadline);
    unlink_out(k);
    k->answered = true;
    k->result = *r;
    k->result.reply = NULL;
    if (!k->result.attempts)
        k->result.attempts = 1;
    if (r->reply && k->uplink->config.replies)
        read_reply(k, r->reply);
    count(c, &k->result);
    if (!k->done) {
        ce_driver_finish(&c->driver, &k->waiter);
        return;
    }
    pass_after(k);
    k->done(k->arg, &k->result, k->reply);
    release(k);
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    call *k = h->self;

    (void)d;
    if (k->done)
        leave(k->client);
    if (k->answered)
        atomic_fetch_add_explicit(&k->client->late, 1, memory_order_relaxed);
    else
        answer(k, r);
    release(k);
}

/* WAITING is the reason if nothing was sent yet; NULL: that there is no
 * connection. */
static void give_up(call *k, const char *waiting, ce_result r)
{
    if (ce_uplink_give_up(k->uplink, &k->d, waiting))
        return;
    k->d.abandoned = true;
    r.attempts = k->attempts;
    answer(k, &r);
}

/* In a pause between attempts the last answer is the result, as when a budget
 * ends. */
static ce_result too_late(const call *k)
{
    ce_result r = k->result;

    if (k->attempts == 0 || k->in_flight)
        return ce_result_make(CE_UNDELIVERED, "no answer within %u ms",
                              k->timeout_ms);
    r.exhausted = ce_result_is_undelivered(&r);
    return r;
}

static void on_deadline(ce_timer *t)
{
    call *k = CE_OWNER(t, call, deadline);

    give_up(k, NULL, too_late(k));
}

void ce_calls_cancel(ce_client *c, uint64_t number)
{
    for (call *k = c->calls; k; k = k->after)
        if (k->number == number) {
            give_up(k, "cancelled",
                    ce_result_make(CE_UNDELIVERED, "cancelled"));
            return;
        }
}

/* --- the way --- */

void ce_call_tries(ce_delivery *d)
{
    call *k = CE_OWNER(d, call, d);

    k->attempts++;
    k->in_flight = true;
}

/* The one who waits may read the result of a call that is answered. */
void ce_call_tried(ce_delivery *d, const ce_result *r)
{
    call *k = CE_OWNER(d, call, d);

    k->in_flight = false;
    if (k->answered)
        return;
    k->result = *r;
    k->result.reply = NULL;
}

void ce_call_begin(call *k)
{
    ce_client *c = k->client;

    atomic_fetch_add_explicit(&c->sent, 1, memory_order_relaxed);
    link_out(k);
    atomic_fetch_add(&k->holders, 1);
    ce_timer_start(c->driver.loop, &k->deadline, k->timeout_ms);
    ce_delivery_hook(&k->d, settled, k, 0);
    ce_uplink_push(k->uplink, &k->d);
}

void ce_call_post(call *k)
{
    ce_loop_post(k->client->driver.loop, &k->begin);
}

ce_result ce_call_wait(call *k, bool drives, ce_event **reply)
{
    ce_result r;

    ce_driver_wait(&k->client->driver, &k->waiter, drives);
    r = k->result;
    pass_after(k);
    if (reply)
        *reply = k->reply;
    else
        ce_event_free(k->reply);
    release(k);
    return r;
}
