/* SPDX-License-Identifier: Apache-2.0 */
/* The sending end of the in-memory transport. */
#include "tests/support/mem_ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "tests/support/memory.h"

typedef struct mem_sender mem_sender;
typedef struct parcel parcel;

/* A message without an answer. */
struct parcel {
    mem_sender *from;
    ce_delivery *d;
    unsigned number;
    ce_result result; /* after the delay */
    ce_timer timer;
    struct mem_arrival *at; /* with the receiver */
    bool held;
    parcel *next, *prev;
};

typedef struct record {
    ce_mem_sent sent;
    mem_bag bag;
} record;

struct mem_sender {
    ce_sender sender;
    ce_loop *loop;
    bool meets, is_up, started, stopped;
    mem_guest guest;
    record *records;
    unsigned count, cap;
    ce_mem_answer *script;
    unsigned scripted, next_script;
    ce_mem_answer preset;
    ce_mem_decide_fn *decide;
    void *decide_arg;
    parcel *first, *last; /* in the order pushed */
    ce_timer deadline;
    void (*done)(void *arg);
    void *done_arg;
};

const ce_mem_answer ce_mem_ack = { .result = { .verdict = CE_ACK } };
const ce_mem_answer ce_mem_hold = { .hold = true };
const ce_mem_answer ce_mem_undelivered = {
    .result = { .verdict = CE_UNDELIVERED, .code = 503, .reason = "not now" }
};

/* --- records --- */

static void find_id(ce_mem_sent *sent)
{
    ce_arena *arena;
    ce_event e = { 0 };

    ce_memory_spare_begin();
    arena = e.arena = ce_arena_new();
    if (arena && ce_message_decode(&sent->message, arena, &e, NULL) == CE_OK)
        snprintf(sent->id, sizeof sent->id, "%.*s",
                 CE_ARG(ce_event_text(&e, "id")));
    ce_arena_free(arena);
    ce_memory_spare_end();
}

static record *add_record(mem_sender *s, const ce_message *m)
{
    record *r;

    if (s->count == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 64;
        s->records = realloc(s->records, s->cap * sizeof *s->records);
        if (!s->records)
            abort();
    }
    r = &s->records[s->count++];
    *r = (record){ .sent.at_ms = ce_loop_now_ms(s->loop) };
    r->sent.message = mem_bag_message(&r->bag, m);
    find_id(&r->sent);
    return r;
}

/* --- answers --- */

static void say_done(mem_sender *s)
{
    void (*done)(void *arg) = s->done;

    if (!done || s->first)
        return;
    s->done = NULL;
    ce_timer_stop(&s->deadline);
    done(s->done_arg);
}

static void answer(parcel *p, const ce_result *r)
{
    mem_sender *s = p->from;
    ce_delivery *d = p->d;

    s->records[p->number].sent.answered = true;
    ce_timer_stop(&p->timer);
    if (p->at)
        mem_forget(p->at);
    if (p->prev)
        p->prev->next = p->next;
    else
        s->first = p->next;
    if (p->next)
        p->next->prev = p->prev;
    else
        s->last = p->prev;
    free(p);
    ce_settle(d, r);
    say_done(s);
}

static void on_delay(ce_timer *t)
{
    parcel *p = CE_OWNER(t, parcel, timer);
    ce_result r = p->result;

    answer(p, &r);
}

static void heard(void *arg, const ce_result *r)
{
    parcel *p = arg;
    ce_result out = *r;

    /* Fates are the business of the other side. */
    out.fate = CE_DELIVERED;
    out.attempts = 0;
    out.exhausted = false;
    p->at = NULL;
    answer(p, &out);
}

static void hand_over(parcel *p)
{
    p->at = mem_hand_over(p->from->guest.name, &p->d->message, heard, p);
    if (p->at)
        mem_push(p->at);
}

static const ce_result away = { .verdict = CE_UNDELIVERED,
                                .reason = "nobody receives there" };

static void fail_those_waiting(mem_sender *s)
{
    for (parcel *p = s->first, *next; p; p = next) {
        next = p->next;
        if (!p->at)
            answer(p, &away);
    }
}

static void receiver_changed(mem_guest *g)
{
    mem_sender *s = CE_OWNER(g, mem_sender, guest);

    if (!s->started)
        return;
    if (!mem_is_open(g->name)) {
        ce_health_down(&s->sender.health, "%s", away.reason);
        fail_those_waiting(s);
        return;
    }
    ce_health_up(&s->sender.health);
    for (parcel *p = s->first, *next; p; p = next) {
        next = p->next;
        if (!p->at)
            hand_over(p);
    }
}

/* --- sending --- */

static ce_mem_answer next_answer(mem_sender *s, const ce_mem_sent *sent)
{
    if (s->decide)
        return s->decide(s->decide_arg, sent);
    if (s->next_script < s->scripted)
        return s->script[s->next_script++];
    return s->preset;
}

static parcel *add_parcel(mem_sender *s, ce_delivery *d)
{
    parcel *p = calloc(1, sizeof *p);

    if (!p)
        abort();
    *p = (parcel){ .from = s,
                   .d = d,
                   .number = s->count - 1,
                   .timer.fire = on_delay,
                   .prev = s->last };
    if (s->last)
        s->last->next = p;
    else
        s->first = p;
    s->last = p;
    return p;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    mem_sender *s = (mem_sender *)stage;
    ce_mem_answer a;
    record *r;
    parcel *p;

    if (!s->started || s->stopped || !s->sender.health.up) {
        ce_settle_undelivered(d, 0, 0,
                              s->stopped ? "stopped" : s->sender.health.reason);
        return;
    }
    r = add_record(s, &d->message);
    if (s->meets) {
        bool in_line = s->last && !s->last->at;

        p = add_parcel(s, d);
        if (!in_line)
            hand_over(p);
        return;
    }
    a = next_answer(s, &r->sent);
    p = add_parcel(s, d);
    p->held = a.hold;
    p->result = a.result;
    if (a.hold)
        return;
    if (a.delay_ms)
        ce_timer_start(s->loop, &p->timer, a.delay_ms);
    else
        answer(p, &a.result);
}

/* --- what tests ask and say --- */

void ce_mem_script(ce_sender *sender, ce_mem_answer a)
{
    mem_sender *s = (mem_sender *)sender;

    s->script = realloc(s->script, (s->scripted + 1) * sizeof *s->script);
    if (!s->script)
        abort();
    s->script[s->scripted++] = a;
}

void ce_mem_always(ce_sender *sender, ce_mem_answer a)
{
    ((mem_sender *)sender)->preset = a;
}

void ce_mem_decide(ce_sender *sender, ce_mem_decide_fn *fn, void *arg)
{
    mem_sender *s = (mem_sender *)sender;

    s->decide = fn;
    s->decide_arg = arg;
}

unsigned ce_mem_count(const ce_sender *sender)
{
    return ((const mem_sender *)sender)->count;
}

const ce_mem_sent *ce_mem_sent_at(const ce_sender *sender, unsigned number)
{
    static const ce_mem_sent none;
    const mem_sender *s = (const mem_sender *)sender;

    return number < s->count ? &s->records[number].sent : &none;
}

const char *ce_mem_sent_attribute(const ce_sender *sender, unsigned number,
                                  const char *name)
{
    static char text[1024];
    const ce_mem_sent *sent = ce_mem_sent_at(sender, number);
    ce_arena *arena;
    ce_event e = { 0 };
    ce_slice found = { NULL, 0 };

    ce_memory_spare_begin();
    arena = e.arena = ce_arena_new();
    if (arena && ce_message_decode(&sent->message, arena, &e, NULL) == CE_OK)
        found = ce_event_text(&e, name);
    if (found.ptr)
        snprintf(text, sizeof text, "%.*s", CE_ARG(found));
    ce_arena_free(arena);
    ce_memory_spare_end();
    return found.ptr ? text : NULL;
}

const char *ce_mem_ids(const ce_sender *sender)
{
    static char text[4096];
    const mem_sender *s = (const mem_sender *)sender;
    size_t len = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < s->count && len < sizeof text - 80; i++)
        len += (size_t)sprintf(text + len, "%s%s", i ? " " : "",
                               s->records[i].sent.id);
    return text;
}

unsigned ce_mem_unanswered(const ce_sender *sender)
{
    unsigned n = 0;

    for (parcel *p = ((const mem_sender *)sender)->first; p; p = p->next)
        n++;
    return n;
}

void ce_mem_release(ce_sender *sender, unsigned number, ce_result r)
{
    parcel *p = ((mem_sender *)sender)->first;

    while (p && p->number != number)
        p = p->next;
    if (p)
        answer(p, &r);
}

void ce_mem_release_all(ce_sender *sender, ce_result r)
{
    mem_sender *s = (mem_sender *)sender;
    unsigned end = s->count;

    for (unsigned i = 0; i < end; i++)
        ce_mem_release(sender, i, r);
}

/* --- life --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    mem_sender *s = (mem_sender *)sender;

    (void)err;
    s->started = true;
    if (s->meets)
        receiver_changed(&s->guest);
    else if (s->is_up)
        ce_health_up(&sender->health);
    return CE_OK;
}

static const ce_result too_late = { .verdict = CE_UNDELIVERED,
                                    .reason = "no answer in time" };

static void on_deadline(ce_timer *t)
{
    mem_sender *s = CE_OWNER(t, mem_sender, deadline);

    while (s->first)
        answer(s->first, &too_late);
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    mem_sender *s = (mem_sender *)sender;

    s->stopped = true;
    s->done = done;
    s->done_arg = arg;
    if (s->meets)
        fail_those_waiting(s);
    if (s->first)
        ce_timer_start(s->loop, &s->deadline, timeout_ms);
    else
        say_done(s);
}

static void close_sender(ce_stage *stage)
{
    mem_sender *s = (mem_sender *)stage;

    ce_timer_stop(&s->deadline);
    if (s->meets)
        mem_leave(&s->guest);
    for (unsigned i = 0; i < s->count; i++)
        mem_bag_free(&s->records[i].bag);
    free(s->records);
    free(s->script);
    ce_free(s);
}

static const ce_stage_ops stage_ops = {
    .name = "mem",
    .push = push,
    .close = close_sender,
};
static const ce_sender_ops ops = { .start = start, .stop = stop };

ce_status mem_sender_open(ce_sender **out, const ce_endpoint *at, ce_error *err)
{
    mem_sender *s = ce_alloc_zeroed(sizeof *s);
    const ce_settings *settings = at->settings;

    if (!s)
        return ce_no_memory(err);
    s->sender.stage.ops = &stage_ops;
    s->sender.ops = &ops;
    s->sender.keeps_order = ce_settings_boolean(settings, "keeps_order");
    s->loop = at->loop;
    s->is_up = ce_settings_boolean(settings, "up");
    s->meets = ce_settings_boolean(settings, "meet");
    s->preset = ce_mem_ack;
    s->deadline.fire = on_deadline;
    s->guest.changed = receiver_changed;
    snprintf(s->guest.name, sizeof s->guest.name, "%s",
             ce_settings_authority(settings));
    if (s->meets)
        mem_join(&s->guest);
    ce_health_init(&s->sender.health, at->loop, ce_settings_label(settings));
    *out = &s->sender;
    return CE_OK;
}
