/* SPDX-License-Identifier: Apache-2.0 */
/* Appends events to a file or to standard output, one a line.
 *
 * Lines of one turn of the loop are written together. A delivery is confirmed
 * when the last byte of its line was taken by the system, with sync when it is
 * on the disk. Pipes get pieces that they can take without blocking, so their
 * flags stay as they are. */
#include "bindings/file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

#include "bindings/file/tear.h"
#include "bindings/file/watch.h"
#include "core/json/scan.h"

/* A delivery whose line is in the buffer, and where that line stands in all
 * that was ever put there. */
typedef struct line {
    ce_delivery *d;
    uint64_t begin, end;
} line;

typedef struct file_sender {
    ce_sender sender;
    ce_loop *loop;
    const char *path;
    const char *name;
    int fd;
    bool standard, sync;
    bool torn;    /* the file ends inside a line, if nothing waits */
    bool broken;  /* its reader has gone for good */
    bool syncing; /* FLUSH runs */
    bool stopped;
    ce_file_watch *watch; /* NULL: always ready */
    ce_file_watch *gone;  /* of the readers of a pipe, or NULL */
    ce_task turn;
    ce_timer deadline;
    uv_fs_t flush;
    ce_buf buf;
    size_t written;  /* of BUF */
    uint64_t total;  /* bytes ever put into BUF */
    uint64_t safe;   /* of these: written, with sync flushed */
    uint64_t target; /* what will be safe after the flush that runs */
    ce_buf lines;    /* of line; a queue that begins at FIRST */
    size_t first;
    void (*done)(void *arg); /* NULL: not stopping */
    void *done_arg;
} file_sender;

/* Bytes ever written. */
static uint64_t position(const file_sender *f)
{
    return f->total - (f->buf.len - f->written);
}

static line *oldest(file_sender *f)
{
    size_t count = f->lines.len / sizeof(line);

    return f->first < count ? (line *)(void *)f->lines.ptr + f->first : NULL;
}

static void finish_if_idle(file_sender *f)
{
    void (*done)(void *arg) = f->done;

    if (!done || oldest(f) || f->syncing)
        return;
    f->done = NULL;
    ce_timer_stop(&f->deadline);
    done(f->done_arg);
}

static ce_delivery *shift(file_sender *f)
{
    ce_delivery *d = oldest(f)->d;

    f->first++;
    if (!oldest(f)) {
        ce_buf_clear(&f->lines);
        f->first = 0;
    }
    return d;
}

/* --- results --- */

static void confirm(file_sender *f, uint64_t safe)
{
    f->safe = safe;
    while (oldest(f) && oldest(f)->end <= safe)
        ce_settle_ack(shift(f), CE_DELIVERED);
    finish_if_idle(f);
}

/* Nobody reads again. An owner who is told so ends, and what was not written
 * goes back to its source; else it would be tried for ever. */
static bool is_exhausted(const file_sender *f)
{
    return f->broken && !f->sender.ended;
}

/* Bytes of a line that was not written whole. */
static uint64_t begun(const file_sender *f)
{
    const line *l = (const line *)(const void *)f->lines.ptr + f->first;
    const line *end = (const line *)(const void *)(f->lines.ptr + f->lines.len);

    while (l < end && l->end <= position(f))
        l++;
    return l < end && l->begin < position(f) ? position(f) - l->begin : 0;
}

/* If it cannot be taken back, the line stays torn. */
static void take_back_begun(file_sender *f)
{
    if (f->torn && !f->watch && !f->standard &&
        ce_file_take_back(f->fd, begun(f)))
        ce_file_find_tear(f->fd, f->path, &f->torn);
}

/* Gives back every line that was not written whole. */
static void give_back(file_sender *f, int code, const char *reason)
{
    ce_result r = { .verdict = CE_UNDELIVERED,
                    .code = code,
                    .exhausted = is_exhausted(f) };
    size_t count = f->lines.len / sizeof(line) - f->first;

    ce_result_explain(&r, "%s", reason);
    take_back_begun(f);
    f->total = position(f);
    ce_buf_clear(&f->buf);
    f->written = 0;
    /* Results may push again: only those that are here now fail. */
    while (count-- > 0)
        ce_settle(shift(f), &r);
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

static void fail(file_sender *f, int code)
{
    char reason[160];

    /* Before the results, so that an owner does not take them for a loss. */
    if (code == EPIPE)
        note_broken(f);
    /* An end of that kind is no news: "head" has seen enough. */
    if (!f->broken || is_exhausted(f))
        ce_health_down(&f->sender.health, "cannot write: %s", strerror(code));
    snprintf(reason, sizeof reason, "cannot write to %s: %s", f->name,
             strerror(code));
    give_back(f, code, reason);
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
        confirm(f, f->target);
    begin_flush(f);
    finish_if_idle(f);
}

/* One flush confirms everything that was written before it began. */
static void begin_flush(file_sender *f)
{
    if (f->syncing || position(f) <= f->safe)
        return;
    f->target = position(f);
    f->flush.data = f;
    f->syncing = true;
    if (uv_fs_fdatasync(ce_loop_uv(f->loop), &f->flush, f->fd, on_flushed)) {
        f->syncing = false;
        fail(f, ENOMEM);
    }
}

/* Moves little at a time, yet keeps the buffer from growing for ever when it
 * is never quite empty. */
static void forget_written(file_sender *f)
{
    size_t left = f->buf.len - f->written;

    if (f->written < left)
        return;
    memmove(f->buf.ptr, f->buf.ptr + f->written, left);
    f->buf.len = left;
    f->written = 0;
}

static void on_written(file_sender *f)
{
    ce_health_up(&f->sender.health);
    forget_written(f);
    if (f->sync)
        begin_flush(f);
    else
        confirm(f, position(f));
}

/* --- writing --- */

/* A pipe that is ready takes PIPE_BUF bytes at once without blocking (POSIX
 * write); of more it may make the whole loop wait. */
static ssize_t write_some(file_sender *f)
{
    size_t left = f->buf.len - f->written;
    ssize_t n;

    if (f->watch && left > PIPE_BUF)
        left = PIPE_BUF;
    do
        n = write(f->fd, f->buf.ptr + f->written, left);
    while (n < 0 && errno == EINTR);
    return n;
}

static void write_out(file_sender *f)
{
    ssize_t n;

    if (f->written == f->buf.len)
        return;
    n = write_some(f);
    if (n < 0 && errno != EAGAIN) {
        fail(f, errno);
        return;
    }
    if (n > 0) {
        f->written += (size_t)n;
        f->torn = f->buf.ptr[f->written - 1] != '\n';
        on_written(f);
    }
    if (f->written == f->buf.len)
        return;
    if (f->watch)
        ce_file_watch_arm(f->watch);
    else
        ce_loop_post(f->loop, &f->turn);
}

static void on_ready(void *arg)
{
    write_out(arg);
}

static void run_turn(ce_task *t)
{
    file_sender *f = CE_OWNER(t, file_sender, turn);

    if (f->watch)
        ce_file_watch_arm(f->watch);
    else
        write_out(f);
}

/* --- lines --- */

/* A torn line is ended first, so that only what was cut off is lost. */
static ce_status put_line(file_sender *f, ce_delivery *d, ce_slice json)
{
    size_t before = f->buf.len;
    line l = { .d = d, .begin = f->total };
    ce_status status = CE_OK;

    if (f->torn && f->written == before)
        status = ce_buf_byte(&f->buf, '\n');
    if (status != CE_OK)
        return status;
    status = ce_json_compact(json, &f->buf);
    if (status == CE_OK)
        status = ce_buf_byte(&f->buf, '\n');
    if (status != CE_OK)
        return status;
    l.end = f->total + (f->buf.len - before);
    status = ce_buf_append(&f->lines, (ce_slice){ (char *)&l, sizeof l });
    if (status == CE_OK)
        f->total = l.end;
    return status;
}

static ce_status add_line(file_sender *f, ce_delivery *d, ce_error *err)
{
    size_t before = f->buf.len;
    const ce_message *m;
    ce_message tmp;
    ce_status status = ce_message_as(&d->message, CE_MODE_STRUCTURED,
                                     &ce_format_json, d->arena, &tmp, &m, err);

    if (status != CE_OK)
        return status;
    status = put_line(f, d, m->body);
    if (status != CE_OK)
        f->buf.len = before;
    return status;
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

    if (f->fd < 0 || f->stopped || f->broken) {
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

/* Else it would be seen with the next event only, and there may be none. */
static void on_gone(void *arg)
{
    file_sender *f = arg;

    if (f->broken)
        return;
    ce_file_watch_disarm(f->watch);
    fail(f, EPIPE);
}

static ce_status watch_readers(file_sender *f, ce_error *err)
{
    if (ce_file_watch_open(&f->gone, f->loop, f->fd, CE_FILE_GONE, on_gone,
                           f) != CE_OK)
        return ce_fail(err, CE_EIO, "cannot wait for %s", f->name);
    ce_file_watch_arm(f->gone);
    return CE_OK;
}

static ce_status watch_file(file_sender *f, ce_error *err)
{
    ce_status status = ce_file_watch_open(&f->watch, f->loop, f->fd,
                                          CE_FILE_WRITABLE, on_ready, f);

    /* There is no disk below it. */
    f->sync = false;
    /* Such as /dev/null, which is always ready. */
    if (status == CE_OK || status == CE_ENOTSUP)
        return CE_OK;
    return ce_fail(err, status, "cannot wait for %s", f->name);
}

static ce_status open_file(file_sender *f, ce_error *err)
{
    struct stat st;
    int code;

    if (f->standard)
        f->fd = dup(STDOUT_FILENO);
    else
        f->fd = open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (f->fd < 0 || fstat(f->fd, &st))
        return ce_fail(err, CE_EIO, "cannot open %s: %s", f->name,
                       strerror(errno));
    if (!S_ISREG(st.st_mode)) {
        ce_status status = watch_file(f, err);

        if (status != CE_OK || !S_ISFIFO(st.st_mode))
            return status;
        return watch_readers(f, err);
    }
    /* Others may write to standard output as well: it is taken as it is. */
    code = f->standard ? 0 : ce_file_find_tear(f->fd, f->path, &f->torn);
    return code ? ce_fail(err, CE_EIO, "cannot read %s: %s", f->name,
                          strerror(code))
                : CE_OK;
}

static ce_status start(ce_sender *sender, ce_error *err)
{
    ce_status status = open_file((file_sender *)sender, err);

    if (status == CE_OK)
        ce_health_up(&sender->health);
    return status;
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
    f->done = done;
    f->done_arg = arg;
    if (oldest(f))
        ce_timer_start(f->loop, &f->deadline, timeout_ms);
    finish_if_idle(f);
}

static void close_sender(ce_stage *stage)
{
    file_sender *f = (file_sender *)stage;

    ce_loop_unpost(f->loop, &f->turn);
    ce_timer_stop(&f->deadline);
    ce_file_watch_close(f->watch);
    ce_file_watch_close(f->gone);
    if (f->fd >= 0)
        close(f->fd);
    ce_buf_free(&f->buf);
    ce_buf_free(&f->lines);
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
    f->fd = -1;
    f->turn.run = run_turn;
    f->deadline.fire = on_deadline;
    f->standard = ce_file_is_standard(s);
    f->path = ce_settings_path(s);
    f->name = f->standard ? "stdout" : f->path;
    f->sync = ce_settings_boolean(s, "sync");
    ce_health_init(&f->sender.health, at->loop, ce_settings_label(s));
    *out = &f->sender;
    return CE_OK;
}
