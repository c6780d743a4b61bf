/* SPDX-License-Identifier: Apache-2.0 */
/* A stage between a receiver and its route. The receiver is that of any
 * transport, but for its start and its stop. */
#include "bridge/commands/letters.h"

#include <stdio.h>
#include <string.h>

#include "bridge/commands/letter_text.h"
#include "bridge/run/report.h"
#include "bridge/watch/console.h"
#include "core/cesql/filter.h"
#include "core/pipeline/letter.h"

typedef struct reader {
    ce_stage stage; /* its next is the route */
    br_letters *letters;
    ce_transport transport; /* INNER with another receiver */
    const ce_transport *inner;
    const ce_receiver_ops *inner_ops;
    ce_receiver_ops ops;
    ce_receiver *receiver;
    ce_loop *loop;
    br_quiet quiet;
    bool came;    /* something has, since the last look */
    ce_task look; /* whether it is done with what the source has given */
    bool source_ended, ended;
    void (*told)(ce_receiver *r, void *arg); /* of the end, by the receiver */
    void *told_arg;
    ce_queue held;
    unsigned held_count;
} reader;

/* Transports have no argument of their own, and a command reads one source. */
static reader one;

/* --- what stays --- */

static void leave(reader *r, ce_delivery *d)
{
    if (r->letters->holds && !r->ended) {
        ce_queue_add(&r->held, &d->link);
        r->held_count++;
    } else if (r->letters->holds) {
        ce_settle_undelivered(d, 0, 0, "left where it is");
    } else {
        ce_settle_ack(d, CE_FILTERED);
    }
}

/* Whether there is room for more, sooner or later. */
static bool waits_for_room(const reader *r)
{
    return ce_pool_is_starved(r->receiver->pool) &&
           ce_pool_out(r->receiver->pool) > r->held_count;
}

static void give_back(reader *r)
{
    ce_queue held = ce_queue_take_all(&r->held);
    ce_delivery *d;

    r->ended = true;
    while ((d = CE_QUEUE_TAKE(&held, ce_delivery, link)))
        leave(r, d);
}

static void warn(const ce_event *e, const ce_result *r)
{
    char id[BR_LETTER_FIELD];

    br_letter_field(ce_event_text(e, "id"), id, sizeof id);
    br_complain("cebridge: letter %s: %s: %s", id,
                r->verdict == CE_NACK ? "refused" : "not delivered",
                r->reason[0] ? r->reason : "no reason was given");
}

/* A letter goes only when the sink has the event. */
static void settled(ce_hook *h, ce_delivery *d, const ce_result *result)
{
    reader *r = h->self;

    if (r->source_ended)
        ce_loop_post(r->loop, &r->look);
    if (result->verdict == CE_ACK) {
        ce_settle(d, result);
        return;
    }
    r->letters->refused += result->verdict == CE_NACK && !result->exhausted;
    r->letters->undelivered += result->verdict != CE_NACK || result->exhausted;
    if (d->event)
        warn(d->event, result);
    leave(r, d);
}

/* --- what is done --- */

/* The bytes as they came, in whatever they were; the letter passes for the
 * event, which they are not. */
static ce_status original_message(const ce_event *e, ce_delivery *d,
                                  ce_message *out, ce_error *err)
{
    ce_letter_original o;
    ce_status status = ce_letter_unwrap(e, d->arena, &o, err);

    *out = (ce_message){ .mode = CE_MODE_BINARY,
                         .content_type = o.content_type,
                         .body = o.body,
                         .key = o.key };
    return status;
}

static ce_status original_event(const ce_event *e, ce_delivery *d,
                                ce_message *out, ce_error *err)
{
    ce_event event;
    ce_status status = ce_letter_event(e, d->arena, &event);

    if (status == CE_OK)
        status = ce_message_encode(&event, d->message.mode, d->message.format,
                                   d->arena, out);
    out->key = d->message.key;
    return status == CE_OK ? CE_OK : ce_fail(err, status, "cannot be restored");
}

static void replay(reader *r, const ce_event *e, ce_delivery *d)
{
    bool is_wrapped = ce_letter_is_wrapped(e);
    ce_error err = { CE_OK, "" };
    ce_message m;
    ce_status status;

    if (ce_letter_is_cut(e))
        status = ce_fail(&err, CE_EINVAL,
                         "it was cut: its record is where dlqtopic, "
                         "dlqpartition and dlqoffset say");
    else if (is_wrapped)
        status = original_message(e, d, &m, &err);
    else
        status = original_event(e, d, &m, &err);
    ce_delivery_hook(d, settled, r, 0);
    if (status != CE_OK) {
        ce_settle_nack(d, 0, err.text);
        return;
    }
    ce_delivery_set_message(d, &m);
    if (is_wrapped)
        d->event = e;
    ce_push(r->stage.next, d);
}

static void print(reader *r, const ce_event *e, ce_delivery *d)
{
    ce_status status = r->letters->verb == BR_LETTERS_LIST
                           ? br_letter_list(e, d->arena, stdout)
                           : br_letter_show(e, d->arena, stdout);

    r->letters->failed += status != CE_OK;
    leave(r, d);
}

static void act(reader *r, const ce_event *e, ce_delivery *d)
{
    r->letters->found++;
    switch (r->letters->verb) {
    case BR_LETTERS_LIST:
    case BR_LETTERS_SHOW:
        print(r, e, d);
        break;
    case BR_LETTERS_REPLAY:
        replay(r, e, d);
        break;
    case BR_LETTERS_DROP:
        ce_settle_ack(d, CE_DELIVERED);
        break;
    }
}

static bool is_wanted(const reader *r, const ce_event *e, ce_arena *arena)
{
    const br_letters *l = r->letters;
    bool passes = true;

    if (!ce_event_get(e, "dlqoutcome") && l->verb != BR_LETTERS_DROP)
        return false;
    if (l->id && !ce_slice_eq(ce_event_text(e, "id"), ce_slice_of(l->id)))
        return false;
    /* An event that was not decided is left alone. */
    return !l->filter ||
           (ce_filter_decide(l->filter, e, arena, &passes) == CE_OK && passes);
}

/* One that a crash has torn, or that is longer than max_event_bytes, say: it
 * would be missed in silence. */
static void warn_unreadable(reader *r, ce_delivery *d, const ce_error *err)
{
    char origin[300];

    br_report_origin(&d->origin, origin, sizeof origin);
    br_complain("cebridge: %s: no letter: %s", origin,
                d->defect.reason ? d->defect.reason : err->text);
    r->letters->unreadable++;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    reader *r = (reader *)stage;
    ce_error err = { CE_OK, "" };
    const ce_event *e = ce_delivery_event(d, &err);

    r->came = true;
    if (!e && r->letters->verb != BR_LETTERS_DROP)
        warn_unreadable(r, d, &err);
    if (e && is_wanted(r, e, d->arena))
        act(r, e, d);
    else if (!e && r->letters->verb == BR_LETTERS_DROP && !r->letters->id &&
             !r->letters->filter)
        ce_settle_ack(d, CE_DELIVERED);
    else
        leave(r, d);
}

/* --- the receiver --- */

static void finish(reader *r)
{
    br_quiet_end(&r->quiet);
    r->inner_ops->stop(r->receiver);
    give_back(r);
    r->told(r->receiver, r->told_arg);
}

/* What stays out until the end does not come home before. */
static void on_look(ce_task *t)
{
    reader *r = CE_OWNER(t, reader, look);

    if (!r->ended && ce_pool_out(r->receiver->pool) == r->held_count)
        finish(r);
}

static void on_source_ended(ce_receiver *receiver, void *arg)
{
    reader *r = arg;

    if (!r->letters->holds) {
        r->told(receiver, r->told_arg);
        return;
    }
    r->source_ended = true;
    br_quiet_end(&r->quiet);
    ce_loop_post(r->loop, &r->look);
}

/* A subscription has no end, and a group may have given us nothing. */
static br_quiet_state look_at_source(br_quiet *q)
{
    reader *r = CE_OWNER(q, reader, quiet);
    bool is_busy = r->came || waits_for_room(r);

    r->came = false;
    if (!r->receiver->health.up)
        return BR_QUIET_AWAY;
    return is_busy ? BR_QUIET_BUSY : BR_QUIET_SILENT;
}

/* A group ends by itself, unless what is held takes all, or its share. */
static void on_quiet(br_quiet *q)
{
    reader *r = CE_OWNER(q, reader, quiet);

    r->letters->is_cut_short =
        ce_pool_is_starved(r->receiver->pool) || r->held_count > 0;
    finish(r);
}

static ce_status start(ce_receiver *receiver, ce_stage *into, ce_error *err)
{
    one.stage.next = into;
    one.told = receiver->ended;
    one.told_arg = receiver->ended_arg;
    receiver->ended = on_source_ended;
    receiver->ended_arg = &one;
    br_quiet_begin(&one.quiet, one.loop, &one.letters->patience);
    return one.inner_ops->start(receiver, &one.stage, err);
}

static void stop(ce_receiver *receiver)
{
    br_quiet_end(&one.quiet);
    ce_loop_unpost(one.loop, &one.look);
    one.inner_ops->stop(receiver);
    give_back(&one);
}

static ce_status open_receiver(ce_receiver **out, const ce_endpoint *at,
                               ce_error *err)
{
    ce_status status = one.inner->receiver(out, at, err);

    if (status != CE_OK)
        return status;
    one.receiver = *out;
    one.loop = at->loop;
    one.inner_ops = (*out)->ops;
    one.ops = *(*out)->ops;
    one.ops.start = start;
    one.ops.stop = stop;
    (*out)->ops = &one.ops;
    return CE_OK;
}

static const ce_stage_ops stage_ops = { .name = "letters", .push = push };

void br_letters_read(br_endpoint_plan *from, br_letters *l)
{
    one = (reader){ .stage.ops = &stage_ops,
                    .letters = l,
                    .transport = *from->transport,
                    .inner = from->transport,
                    .quiet = { .look = look_at_source, .over = on_quiet },
                    .look.run = on_look };
    one.transport.receiver = open_receiver;
    from->transport = &one.transport;
}
