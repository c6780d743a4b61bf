/* SPDX-License-Identifier: Apache-2.0 */
/* Appends events to a file or to standard output, one a line.
 *
 * Lines of one turn of the loop are written together. A delivery is confirmed
 * when the last byte of its line was taken by the system, with sync when it is
 * on the disk. Pipes get pieces that they can take without blocking, so their
 * flags stay as they are. */
#include "bindings/file/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

#include "bindings/file/queue.h"
#include "bindings/file/target.h"
#include "bindings/file/watch.h"
#include "core/base/printable.h"

/* Another writer has its turn soon over; one that has not is shown. */
enum { AGAIN_MS = 2, WAITS_SHOWN = 500, READER_MS = 200 };

typedef struct file_sender {
    ce_sender sender;
    ce_loop *loop;
    ce_file_target target;
    const char *name;
    bool is_terminal;
    bool writing; /* the target is ours until all is written */
    bool broken;  /* its reader has gone for good */
    bool syncing; /* FLUSH runs */
    bool started, stopped;
    ce_file_watch *watch; /* NULL: always ready */
    ce_file_watch *gone;  /* of the readers of a pipe, or NULL */
    unsigned watched;     /* what was opened for the how many-th time */
    ce_timer reader;      /* to look for one */
    ce_task turn;
    ce_timer again; /* when another writer may have done */
    unsigned waited;
    ce_timer deadline;
    uv_fs_t flush;
    ce_file_queue queue;
    uint64_t safe;           /* bytes ever written, with sync flushed */
    uint64_t goal;           /* what will be safe after the flush that runs */
    void (*done)(void *arg); /* NULL: not stopping */
    void *done_arg;
} file_sender;

static void finish_if_idle(file_sender *f)
{
    void (*done)(void *arg) = f->done;

    if (!done || ce_file_queue_oldest(&f->queue) || f->syncing)
        return;
    f->done = NULL;
    ce_timer_stop(&f->deadline);
    done(f->done_arg);
}

/* --- results --- */

static void confirm(file_sender *f, uint64_t safe)
{
    const ce_file_line_out *l;

    f->safe = safe;
    while ((l = ce_file_queue_oldest(&f->queue)) && l->end <= safe)
        ce_settle_ack(ce_file_queue_shift(&f->queue), CE_DELIVERED);
    finish_if_idle(f);
}

/* Nobody reads again. An owner who is told so ends, and what was not written
 * goes back to its source; else it would be tried for ever. */
static bool is_exhausted(const file_sender *f)
{
    return f->broken && !f->sender.ended;
}

static void let_go(file_sender *f)
{
    ce_timer_stop(&f->again);
    ce_file_target_end(&f->target);
    f->writing = false;
    f->waited = 0;
}

/* Gives back every line that was not written whole. */
static void give_back(file_sender *f, int code, const char *reason)
{
    ce_result r = { .verdict = CE_UNDELIVERED,
                    .code = code,
                    .exhausted = is_exhausted(f) };
    size_t count;

    ce_result_explain(&r, "%s", reason);
    ce_file_target_take_back(&f->target, ce_file_queue_begun(&f->queue));
    let_go(f);
    count = ce_file_queue_drop_unwritten(&f->queue);
    /* Results may push again: only those that are here now fail. */
    while (count-- > 0)
        ce_settle(ce_file_queue_shift(&f->queue), &r);
    finish_if_idle(f);
}

/* The readers of a pipe do not come back. */
static void note_broken(file_sender *f)
{
    ce_sender *s = &f->sender;

    if (f->broken)
        return;
    f->broken = true;
    if (s->ended)
        s->ended(s, s->ended_arg);
}

/* --- pipes --- */

static void unwatch(file_sender *f)
{
    ce_file_watch_close(f->watch);
    ce_file_watch_close(f->gone);
    f->watch = f->gone = NULL;
}

/* The next reader of a pipe that has a name reads on. */
static void wait_for_reader(file_sender *f)
{
    unwatch(f);
    ce_file_target_close(&f->target);
    if (!f->stopped)
        ce_timer_start(f->loop, &f->reader, READER_MS);
}

static void fail(file_sender *f, int code)
{
    bool is_away = ce_file_target_is_away(&f->target, code);
    const char *text = is_away ? "nobody reads" : strerror(code);
    char reason[160];

    /* Before the results, so that an owner does not take them for a loss. */
    if (is_away)
        wait_for_reader(f);
    else if (code == EPIPE)
        note_broken(f);
    /* An end of that kind is no news: "head" has seen enough. */
    if (!f->broken || is_exhausted(f))
        ce_health_down(&f->sender.health, "cannot write: %s", text);
    snprintf(reason, sizeof reason, "cannot write to %s: %s", f->name, text);
    give_back(f, code, reason);
}

/* Else it would be seen with the next event only, and there may be none. */
static void on_gone(void *arg)
{
    file_sender *f = arg;

    if (f->broken)
        return;
    if (f->watch)
        ce_file_watch_disarm(f->watch);
    fail(f, EPIPE);
}

static void write_out(file_sender *f);

static void on_ready(void *arg)
{
    write_out(arg);
}

static ce_status watch_pipe(file_sender *f)
{
    struct stat st;
    ce_status status = ce_file_watch_open(&f->watch, f->loop, f->target.fd,
                                          CE_FILE_WRITABLE, on_ready, f);

    /* Such as /dev/null, which is always ready. */
    if (status == CE_ENOTSUP)
        return CE_OK;
    if (status == CE_OK && !fstat(f->target.fd, &st) && S_ISFIFO(st.st_mode))
        status = ce_file_watch_open(&f->gone, f->loop, f->target.fd,
                                    CE_FILE_GONE, on_gone, f);
    if (f->gone)
        ce_file_watch_arm(f->gone);
    return status;
}

/* Once it was opened. */
static ce_status watch(file_sender *f)
{
    if (f->watched == f->target.opened)
        return CE_OK;
    f->watched = f->target.opened;
    unwatch(f);
    return f->target.is_regular ? CE_OK : watch_pipe(f);
}

static void on_reader(ce_timer *t)
{
    file_sender *f = CE_OWNER(t, file_sender, reader);

    if (f->target.fd < 0 && !ce_file_target_open(&f->target))
        ce_timer_start(f->loop, t, READER_MS);
    else if (watch(f) == CE_OK)
        ce_health_up(&f->sender.health);
    else
        wait_for_reader(f);
}

/* --- the disk --- */

static void begin_flush(file_sender *f);

static void on_flushed(uv_fs_t *req)
{
    file_sender *f = req->data;
    int rc = (int)req->result;

    uv_fs_req_cleanup(req);
    f->syncing = false;
    if (rc < 0)
        fail(f, -rc);
    else
        confirm(f, f->goal);
    begin_flush(f);
    /* Lines may wait for another file. */
    if (!f->syncing && ce_file_queue_left(&f->queue).len)
        ce_loop_post(f->loop, &f->turn);
    finish_if_idle(f);
}

/* One flush confirms everything that was written before it began. */
static void begin_flush(file_sender *f)
{
    if (f->syncing || ce_file_queue_position(&f->queue) <= f->safe)
        return;
    f->goal = ce_file_queue_position(&f->queue);
    f->flush.data = f;
    f->syncing = true;
    if (uv_fs_fdatasync(ce_loop_uv(f->loop), &f->flush, f->target.fd,
                        on_flushed)) {
        f->syncing = false;
        fail(f, ENOMEM);
    }
}

static void on_written(file_sender *f)
{
    if (ce_file_target_is_deleted(&f->target)) {
        fail(f, ENOENT);
        return;
    }
    ce_health_up(&f->sender.health);
    /* There is no disk below a pipe. */
    if (f->target.sync && f->target.is_regular)
        begin_flush(f);
    else
        confirm(f, ce_file_queue_position(&f->queue));
}

/* --- writing --- */

/* Another sink of this process is no news: it waits for the same reader. */
static void wait_for_others(file_sender *f)
{
    if (++f->waited == WAITS_SHOWN && !f->watch)
        ce_health_down(&f->sender.health, "another process has locked %s",
                       f->name);
    ce_timer_start(f->loop, &f->again, AGAIN_MS);
}

/* What was written to one file is flushed before another is opened. */
static bool begin_writing(file_sender *f)
{
    if (f->writing)
        return true;
    if (f->syncing && ce_file_target_is_moved(&f->target))
        return false;
    f->writing = ce_file_target_begin(&f->target);
    if (!f->writing && errno == EWOULDBLOCK)
        wait_for_others(f);
    else if (!f->writing)
        fail(f, errno);
    else if (watch(f) != CE_OK)
        fail(f, ENOMEM);
    return f->writing;
}

/* A reader may be slow: others have their turn before it is ready again. */
static void go_on(file_sender *f)
{
    bool is_done = !ce_file_queue_left(&f->queue).len;

    if (is_done || (f->watch && !f->target.torn))
        let_go(f);
    if (is_done)
        return;
    if (f->watch)
        ce_file_watch_arm(f->watch);
    else
        ce_loop_post(f->loop, &f->turn);
}

static void write_out(file_sender *f)
{
    ssize_t n;

    if (!ce_file_queue_left(&f->queue).len || !begin_writing(f))
        return;
    n = ce_file_target_write(&f->target, ce_file_queue_left(&f->queue));
    if (n < 0 && errno != EAGAIN) {
        fail(f, errno);
        return;
    }
    if (n > 0) {
        f->target.torn = !ce_file_queue_take(&f->queue, (size_t)n);
        on_written(f);
    }
    go_on(f);
}

static void take_turn(file_sender *f)
{
    if (f->watch)
        ce_file_watch_arm(f->watch);
    else
        write_out(f);
}

static void on_again(ce_timer *t)
{
    take_turn(CE_OWNER(t, file_sender, again));
}

static void run_turn(ce_task *t)
{
    take_turn(CE_OWNER(t, file_sender, turn));
}

/* --- lines --- */

/* A terminal obeys what a text says. */
static ce_status add_shown(file_sender *f, ce_delivery *d, ce_slice json)
{
    ce_buf shown = { NULL, 0, 0 };
    ce_status status = ce_printable_json(json, &shown);

    if (status == CE_OK)
        status = ce_file_queue_add(&f->queue, d, ce_buf_slice(&shown));
    ce_buf_free(&shown);
    return status;
}

/* A plain message that comes here is what a command has made of an event. */
static ce_status add_line(file_sender *f, ce_delivery *d, ce_error *err)
{
    const ce_message *m;
    ce_message tmp;
    ce_status status;

    if (d->message.mode == CE_MODE_NONE && d->defect.plain)
        return ce_file_queue_add_text(&f->queue, d, d->message.body);
    status = ce_message_as(&d->message, CE_MODE_STRUCTURED, &ce_format_json,
                           d->arena, &tmp, &m, err);
    if (status != CE_OK)
        return status;
    if (f->is_terminal)
        return add_shown(f, d, m->body);
    return ce_file_queue_add(&f->queue, d, m->body);
}

static void refuse(const file_sender *f, ce_delivery *d)
{
    ce_result r = ce_result_make(CE_UNDELIVERED, "%s",
                                 f->broken ? "nobody reads" : "stopped");

    r.exhausted = is_exhausted(f);
    ce_settle(d, &r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    file_sender *f = (file_sender *)stage;
    ce_error err = { CE_OK, "" };
    ce_status status;

    if (!f->started || f->stopped || f->broken) {
        refuse(f, d);
        return;
    }
    status = add_line(f, d, &err);
    if (status == CE_OK)
        ce_loop_post(f->loop, &f->turn);
    else if (status == CE_ENOMEM)
        ce_settle_undelivered(d, 0, 0, "out of memory");
    else
        ce_settle_malformed(d, 0, err.text);
}

/* --- life --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    file_sender *f = (file_sender *)sender;

    if (!ce_file_target_open(&f->target)) {
        if (!ce_file_target_is_away(&f->target, errno))
            return ce_fail(err, CE_EIO, "cannot open %s: %s", f->name,
                           strerror(errno));
        f->started = true;
        fail(f, ENXIO);
        return CE_OK;
    }
    if (watch(f) != CE_OK)
        return ce_fail(err, CE_EIO, "cannot wait for %s", f->name);
    f->is_terminal = isatty(f->target.fd);
    f->started = true;
    ce_health_up(&sender->health);
    return CE_OK;
}

static void on_deadline(ce_timer *t)
{
    file_sender *f = CE_OWNER(t, file_sender, deadline);

    if (f->watch)
        ce_file_watch_disarm(f->watch);
    give_back(f, 0, "not written in time");
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    file_sender *f = (file_sender *)sender;

    f->stopped = true;
    ce_timer_stop(&f->reader);
    f->done = done;
    f->done_arg = arg;
    if (ce_file_queue_oldest(&f->queue))
        ce_timer_start(f->loop, &f->deadline, timeout_ms);
    finish_if_idle(f);
}

static void close_sender(ce_stage *stage)
{
    file_sender *f = (file_sender *)stage;

    ce_loop_unpost(f->loop, &f->turn);
    ce_timer_stop(&f->deadline);
    ce_timer_stop(&f->reader);
    unwatch(f);
    ce_timer_stop(&f->again);
    ce_file_target_close(&f->target);
    ce_file_queue_free(&f->queue);
    ce_free(f);
}

static const ce_stage_ops stage_ops = {
    .name = "file",
    .push = push,
    .close = close_sender,
};
static const ce_sender_ops ops = { .start = start, .stop = stop };

ce_status ce_file_sender_open(ce_sender **out, const ce_endpoint *at,
                              ce_error *err)
{
    file_sender *f = ce_alloc_zeroed(sizeof *f);
    const ce_settings *s = at->settings;

    if (!f)
        return ce_no_memory(err);
    f->sender.stage.ops = &stage_ops;
    f->sender.ops = &ops;
    f->sender.keeps_order = true;
    f->loop = at->loop;
    f->turn.run = run_turn;
    f->again.fire = on_again;
    f->reader.fire = on_reader;
    f->deadline.fire = on_deadline;
    f->target = (ce_file_target){
        .path = ce_file_is_standard(s) ? NULL : ce_settings_path(s),
        .mode = (mode_t)strtol(ce_settings_text(s, "file_mode"), NULL, 8),
        .sync = ce_settings_boolean(s, "sync"),
        .fd = -1,
    };
    f->name = f->target.path ? f->target.path : "stdout";
    ce_health_init(&f->sender.health, at->loop, ce_settings_label(s));
    *out = &f->sender;
    return CE_OK;
}
