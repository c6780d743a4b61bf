/* SPDX-License-Identifier: Apache-2.0 */
/* Reads events, or texts, from a file or from standard input, one a line.
 *
 * A turn of the loop reads one block or pushes a few lines, so that even a big
 * file leaves room for others; pipes and terminals are read when they have
 * something. Each line is copied into its delivery, because lines are settled
 * in any order. */
#include "bindings/file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/file/content.h"
#include "bindings/file/document.h"
#include "bindings/file/lines.h"
#include "bindings/file/losses.h"
#include "bindings/file/tail.h"
#include "bindings/file/watch.h"
#include "core/pipeline/action.h"

enum {
    BLOCK_BYTES = 128 << 10, /* few system calls, and still a short turn */
    LINES_PER_TURN = 256,    /* then others on the loop have theirs */
    FOLLOW_MS = 200,         /* between looks for more, as "tail -f" does */
    AGAIN_MS = 1000,         /* for memory, or a disk, that lacks something */
    POOL_BYTES = 64 << 20    /* what a slow sink may hold */
};

typedef enum phase {
    STOPPED, /* or not yet started: nothing is pushed */
    READING,
    STARVED, /* a line waits for credit or memory */
    ENDED    /* nothing more comes */
} phase;

typedef struct file_receiver {
    ce_receiver receiver;
    ce_loop *loop;
    phase phase;
    ce_stage *into;
    ce_file_tail tail;
    const char *name; /* for origins and logs */
    bool standard;
    bool is_regular;      /* a file with an end, not a pipe */
    bool knows_kind;      /* lines, or one document */
    bool is_left;         /* nobody writes to it any more, as it seems */
    ce_file_watch *watch; /* NULL: always ready */
    ce_file_lines lines;
    ce_task turn, save;
    ce_timer timer;    /* turns again */
    ce_timer look;     /* for another file of the name */
    ce_repeater again; /* lines that came back undelivered */
    ce_file_losses losses;
    char too_long[96]; /* the defect */
} file_receiver;

/* A delivery of the pool, and what it was when it was pushed. */
typedef struct incoming {
    ce_delivery d;
    ce_message message;
    ce_defect defect;
    ce_arena_mark mark;
    uint64_t ticket; /* of its place */
} incoming;

/* --- lines --- */

/* Saved once a turn of the loop. */
static void note_done(file_receiver *f, const incoming *in)
{
    if (!ce_file_place_done(&f->tail.place, in->ticket))
        return;
    if (f->phase == STARVED)
        ce_loop_post(f->loop, &f->turn);
    ce_loop_post(f->loop, &f->save);
}

static void on_save(ce_task *t)
{
    ce_file_place_save(&CE_OWNER(t, file_receiver, save)->tail.place);
}

static void on_settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    file_receiver *f = h->self;
    ce_action action = ce_action_of(r, f->phase != STOPPED);

    if (action == CE_REPEAT) {
        ce_repeater_add(&f->again, d);
        return;
    }
    if (action == CE_PASS) {
        ce_file_losses_note(&f->losses, d, r);
        note_done(f, (incoming *)d);
    }
    ce_pool_give(d);
}

static void push_again(void *arg, ce_delivery *d)
{
    file_receiver *f = arg;
    incoming *in = (incoming *)d;

    ce_arena_rewind(d->arena, in->mark);
    ce_delivery_set_message(d, &in->message);
    d->defect = in->defect;
    ce_delivery_hook(d, on_settled, f, 0);
    ce_push(f->into, d);
}

/* NULL when there is no credit, or no memory. A delivery that comes home turns
 * again; where none is out, time does. */
static ce_delivery *take(file_receiver *f, ce_slice line)
{
    ce_delivery *d = ce_file_place_has_room(&f->tail.place)
                         ? ce_pool_take(f->receiver.pool)
                         : NULL;

    if (d && ce_arena_copy(d->arena, line, &d->message.body) == CE_OK) {
        ((incoming *)d)->mark = ce_arena_marked(d->arena);
        return d;
    }
    if (d)
        ce_pool_give(d);
    f->phase = STARVED;
    if (d || ce_pool_out(f->receiver.pool) == 0)
        ce_timer_start(f->loop, &f->timer, AGAIN_MS);
    return NULL;
}

static void prepare(file_receiver *f, ce_delivery *d)
{
    d->origin.topic = ce_slice_of(f->name);
    d->origin.offset = f->lines.number + 1;
    ((incoming *)d)->message = d->message;
    ((incoming *)d)->defect = d->defect;
    ce_pool_charge(f->receiver.pool, d, d->message.body.len);
    ce_delivery_hook(d, on_settled, f, 0);
}

/* False: the line waits. Of a long line only the place is reported. */
static bool push_line(file_receiver *f, ce_file_line kind, ce_slice line)
{
    bool is_long = kind == CE_FILE_LONG_LINE;
    ce_delivery *d = take(f, is_long ? (ce_slice){ NULL, 0 } : line);

    if (!d)
        return false;
    if (is_long) {
        d->defect.reason = f->too_long;
        d->defect.code = 413;
    } else if (f->tail.is_text) {
        ce_file_set_text(d);
    } else {
        ce_file_set_json(d, CE_MODE_STRUCTURED);
    }
    prepare(f, d);
    ((incoming *)d)->ticket = ce_file_tail_take(&f->tail, &f->lines);
    ce_push(f->into, d);
    return true;
}

/* Once the kind is known. Of a document nothing is left for lines. */
static void push_document(file_receiver *f, ce_mode mode)
{
    ce_delivery *d = take(f, ce_slice_trim(ce_file_lines_rest(&f->lines)));

    if (!d)
        return;
    ce_file_set_json(d, mode);
    prepare(f, d);
    f->knows_kind = true;
    ce_file_lines_take_rest(&f->lines);
    ((incoming *)d)->ticket = ce_file_tail_taken(&f->tail, &f->lines);
    ce_push(f->into, d);
}

/* Whether lines may be taken; else more bytes are wanted, or a delivery. */
static bool find_kind(file_receiver *f, bool is_end)
{
    switch (ce_file_kind_of(ce_file_lines_rest(&f->lines), is_end,
                            f->lines.max_bytes)) {
    case CE_FILE_UNKNOWN:
        return false;
    case CE_FILE_EVENT:
        push_document(f, CE_MODE_STRUCTURED);
        break;
    case CE_FILE_BATCH:
        push_document(f, CE_MODE_BATCH);
        break;
    case CE_FILE_STREAM:
        ce_log_of(CE_WARN, f->name,
                  "not one event a line; \"cebridge convert\" makes lines "
                  "of events on several lines, \"convert --from batch\" of "
                  "batches");
        f->knows_kind = true;
        break;
    case CE_FILE_LINES:
        f->knows_kind = true;
        break;
    }
    return f->knows_kind;
}

/* Pushes whole lines, and with IS_END the last one. Returns whether more bytes
 * are wanted. A push may stop the receiver. */
static bool push_lines(file_receiver *f, bool is_end)
{
    ce_slice line;

    if (!f->knows_kind && !find_kind(f, is_end))
        return f->phase == READING;
    for (unsigned n = 0; f->phase == READING && n < LINES_PER_TURN; n++) {
        ce_file_line kind =
            ce_file_tail_line(&f->tail, &f->lines, is_end, &line);

        if (kind == CE_FILE_NO_LINE)
            return true;
        if (!push_line(f, kind, line))
            return false;
    }
    if (f->phase == READING)
        ce_loop_post(f->loop, &f->turn);
    return false;
}

/* --- the end --- */

/* Of one file. */
static void end(file_receiver *f)
{
    if (!push_lines(f, true))
        return;
    if (ce_file_tail_next(&f->tail)) {
        ce_file_lines_restart(&f->lines);
        f->is_left = false;
        ce_loop_post(f->loop, &f->turn);
        return;
    }
    if (!ce_file_tail_is_over(&f->tail, &f->lines) &&
        ce_slice_trim(ce_file_lines_rest(&f->lines)).len)
        ce_log_of(CE_INFO, f->name,
                  "the last line has no line break yet, and is left");
    f->phase = ENDED;
    if (f->receiver.ended)
        f->receiver.ended(&f->receiver, f->receiver.ended_arg);
}

/* At the end of a file that may grow. The last writer may have written before
 * it left: the file is read once more, and has ended when that brings
 * nothing. */
static void follow(file_receiver *f)
{
    bool was_left = f->is_left;

    ce_file_tail_look(&f->tail);
    f->is_left = ce_file_tail_is_left(&f->tail, ce_loop_now_ms(f->loop));
    if (f->is_left && was_left)
        end(f);
    else
        ce_timer_start(f->loop, &f->timer, FOLLOW_MS);
}

/* A sink that is away keeps lines from being read, but not files from being
 * rotated. */
static void on_look(ce_timer *t)
{
    file_receiver *f = CE_OWNER(t, file_receiver, look);

    ce_file_tail_look(&f->tail);
    ce_timer_start(f->loop, &f->look, FOLLOW_MS);
}

/* --- reading --- */

static void fail(file_receiver *f, int code)
{
    ce_health_down(&f->receiver.health, "cannot read: %s", strerror(code));
    ce_timer_start(f->loop, &f->timer, AGAIN_MS);
}

static void on_block(file_receiver *f, size_t got)
{
    ce_health_up(&f->receiver.health);
    if (got == 0) {
        if (f->tail.follows)
            follow(f);
        else
            end(f);
        return;
    }
    ce_file_lines_grow(&f->lines, got);
    f->is_left = false;
    ce_loop_post(f->loop, &f->turn);
}

static void read_block(file_receiver *f)
{
    char *room;
    ssize_t got;

    if (f->tail.follows)
        ce_file_tail_find_rewritten(&f->tail, &f->lines);
    if (ce_file_tail_is_over(&f->tail, &f->lines)) {
        on_block(f, 0);
        return;
    }
    room = ce_file_lines_room(&f->lines, BLOCK_BYTES);
    if (!room) {
        fail(f, ENOMEM);
        return;
    }
    do
        got = ce_file_tail_read(&f->tail, room, BLOCK_BYTES);
    while (got < 0 && errno == EINTR);
    if (got >= 0)
        on_block(f, (size_t)got);
    else if (errno == EAGAIN && f->watch)
        ce_file_watch_arm(f->watch);
    else
        fail(f, errno);
}

static void on_ready(void *arg)
{
    file_receiver *f = arg;

    if (f->phase == READING)
        read_block(f);
}

static void run_turn(ce_task *t)
{
    file_receiver *f = CE_OWNER(t, file_receiver, turn);

    if (f->phase == STARVED)
        f->phase = READING;
    if (!push_lines(f, false))
        return;
    if (f->watch)
        ce_file_watch_arm(f->watch);
    else
        read_block(f);
}

static void on_timer(ce_timer *t)
{
    run_turn(&CE_OWNER(t, file_receiver, timer)->turn);
}

static void on_refilled(void *arg)
{
    file_receiver *f = arg;

    if (f->phase == STARVED)
        ce_loop_post(f->loop, &f->turn);
}

/* --- life --- */

/* Without a watch it is always ready, as is /dev/null: CE_ENOTSUP. */
static ce_status watch_file(file_receiver *f, ce_error *err)
{
    ce_status status = ce_file_watch_open(&f->watch, f->loop, f->tail.fd,
                                          CE_FILE_READABLE, on_ready, f);

    f->tail.follows = false;
    if (status == CE_OK || status == CE_ENOTSUP)
        return CE_OK;
    return ce_fail(err, status, "cannot wait for %s", f->name);
}

static ce_status start(ce_receiver *receiver, ce_stage *into, ce_error *err)
{
    file_receiver *f = (file_receiver *)receiver;
    ce_status status =
        ce_file_tail_open(&f->tail, f->standard, &f->is_regular, err);

    if (status != CE_OK)
        return status;
    status = f->is_regular ? ce_file_tail_resume(&f->tail, &f->lines, err)
                           : watch_file(f, err);
    if (status != CE_OK)
        return status;
    f->knows_kind = f->knows_kind || f->lines.number > 0;
    f->phase = READING;
    f->into = into;
    ce_health_up(&receiver->health);
    ce_loop_post(f->loop, &f->turn);
    if (f->tail.follows)
        ce_timer_start(f->loop, &f->look, FOLLOW_MS);
    return CE_OK;
}

/* Nobody holds what was taken out of a pipe. A file that is standard input goes
 * on, for whoever reads it next, behind what was pushed. */
static void leave(file_receiver *f)
{
    off_t ahead = (off_t)ce_file_lines_rest(&f->lines).len;
    uint64_t left;

    if (f->is_regular &&
        (!f->standard || lseek(f->tail.fd, -ahead, SEEK_CUR) >= 0))
        return;
    /* Not known to be lines: one document, or the beginning of one. */
    left = f->knows_kind ? ce_file_lines_take_all(&f->lines)
                         : ce_slice_trim(ce_file_lines_rest(&f->lines)).len > 0;
    if (left)
        ce_log_of(CE_WARN, f->name,
                  "%" PRIu64 " lines that were read already are not delivered",
                  left);
    ce_receiver_lost(&f->receiver, left);
}

static void stop(ce_receiver *receiver)
{
    file_receiver *f = (file_receiver *)receiver;

    if (f->phase != STOPPED)
        leave(f);
    f->phase = STOPPED;
    ce_loop_unpost(f->loop, &f->turn);
    ce_timer_stop(&f->timer);
    ce_timer_stop(&f->look);
    if (f->watch)
        ce_file_watch_disarm(f->watch);
    /* Once more, so that what is left is told by all who count. */
    ce_repeater_flush(&f->again);
}

static void close_receiver(ce_receiver *receiver)
{
    file_receiver *f = (file_receiver *)receiver;

    stop(receiver);
    ce_file_losses_end(&f->losses);
    ce_loop_unpost(f->loop, &f->save);
    ce_file_watch_close(f->watch);
    ce_file_tail_close(&f->tail);
    ce_pool_close(receiver->pool);
    ce_file_lines_free(&f->lines);
    ce_free(f);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

static void read_settings(file_receiver *f, const ce_settings *s)
{
    f->standard = ce_file_is_standard(s);
    f->tail.path = ce_settings_path(s);
    f->tail.kept_in = ce_settings_text(s, "position");
    f->name = f->losses.name = f->standard ? "stdin" : f->tail.path;
    f->tail.follows = ce_settings_boolean(s, "follow");
    f->tail.rotate_wait_ms = ce_settings_ms(s, "rotate_wait");
    f->tail.is_text = !strcmp(ce_settings_text(s, "lines"), "text");
    f->knows_kind = f->tail.follows || f->tail.is_text;
    f->lines.max_bytes = (size_t)ce_settings_bytes(s, "max_event_bytes");
    snprintf(f->too_long, sizeof f->too_long,
             "line: longer than max_event_bytes (%zu)", f->lines.max_bytes);
}

ce_status ce_file_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                ce_error *err)
{
    file_receiver *f = ce_alloc_zeroed(sizeof *f);
    const ce_settings *s = at->settings;

    if (!f || ce_pool_open(&f->receiver.pool,
                           (unsigned)ce_settings_integer(s, "max_in_flight"),
                           sizeof(incoming), POOL_BYTES) != CE_OK) {
        ce_free(f);
        return ce_no_memory(err);
    }
    f->receiver.ops = &ops;
    f->receiver.ordered = true;
    f->loop = at->loop;
    f->tail.fd = -1;
    f->turn.run = run_turn;
    f->save.run = on_save;
    f->timer.fire = on_timer;
    f->look.fire = on_look;
    ce_repeater_init(&f->again, at->loop, push_again, f);
    read_settings(f, s);
    ce_health_init(&f->receiver.health, at->loop, ce_settings_label(s));
    ce_pool_on_refilled(f->receiver.pool, on_refilled, f);
    *out = &f->receiver;
    return CE_OK;
}
