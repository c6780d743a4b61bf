/* SPDX-License-Identifier: Apache-2.0 */
/* Reads events from a file or from standard input, one a line.
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

enum {
    BLOCK_BYTES = 128 << 10,
    LINES_PER_TURN = 256,
    FOLLOW_MS = 200,
    AGAIN_MS = 1000,
    GIVEN_UP_LINES = 20, /* so many are named */
    POOL_BYTES = 64 << 20
};

typedef struct file_receiver {
    ce_receiver receiver;
    ce_loop *loop;
    ce_stage *into; /* NULL: stopped */
    const char *path;
    const char *name; /* for origins and logs */
    size_t max_bytes;
    int fd;
    bool follow, standard;
    ce_file_watch *watch; /* NULL: always ready */
    ce_task turn;
    ce_timer timer;
    ce_buf buf;
    size_t pos, scanned; /* the line begins at POS, has no end before SCANNED */
    int64_t line;        /* lines that were taken */
    bool skipping;       /* the rest of a line that was too long */
    bool at_end, starved, ended;
    uint64_t given_up; /* lines that nobody will try again */
    char defect[96];
} file_receiver;

/* --- lines --- */

static void on_settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    file_receiver *f = h->self;
    const char *reason = r->reason[0] ? r->reason : "no reason given";

    if (r->verdict == CE_NACK)
        ce_log(CE_WARN, "%s:%" PRId64 ": refused: %s", f->name,
               d->origin.offset, reason);
    else if (r->exhausted && f->given_up++ < GIVEN_UP_LINES)
        ce_log(CE_WARN, "%s:%" PRId64 ": not delivered: %s", f->name,
               d->origin.offset, reason);
    ce_pool_give(d);
}

/* NULL when there is no credit, or no memory: then the timer tries again. */
static ce_delivery *take(file_receiver *f, ce_slice line)
{
    ce_delivery *d = ce_pool_take(f->receiver.pool);

    if (!d) {
        f->starved = true;
        if (ce_pool_out(f->receiver.pool) == 0)
            ce_timer_start(f->loop, &f->timer, AGAIN_MS);
        return NULL;
    }
    if (ce_arena_copy(d->arena, line, &d->message.body) != CE_OK) {
        ce_pool_give(d);
        f->starved = true;
        ce_timer_start(f->loop, &f->timer, AGAIN_MS);
        return NULL;
    }
    ce_pool_charge(f->receiver.pool, d, line.len);
    d->origin.topic = ce_slice_of(f->name);
    d->origin.offset = f->line + 1;
    ce_delivery_hook(d, on_settled, f, 0);
    return d;
}

/* Whether the line is dealt with. An empty one only counts. */
static bool push_line(file_receiver *f, ce_slice line)
{
    ce_delivery *d;

    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (!ce_slice_trim(line).len) {
        f->line++;
        return true;
    }
    d = take(f, line);
    if (!d)
        return false;
    f->line++;
    d->message.mode = CE_MODE_STRUCTURED;
    d->message.format = &ce_format_json;
    d->message.content_type = ce_slice_of(ce_format_json.media_type);
    ce_push(f->into, d);
    return true;
}

/* Nobody keeps so many bytes; only the place can be reported. */
static bool push_too_long(file_receiver *f)
{
    ce_delivery *d = take(f, (ce_slice){ NULL, 0 });

    if (!d)
        return false;
    d->defect.reason = f->defect;
    d->defect.code = 413;
    ce_push(f->into, d);
    return true;
}

static ce_slice unread(const file_receiver *f)
{
    return (ce_slice){ f->buf.ptr + f->pos, f->buf.len - f->pos };
}

static void drop(file_receiver *f, size_t bytes)
{
    f->pos += bytes;
    f->scanned = f->pos;
}

/* Deals with a line of LEN bytes and its END bytes of line break. */
static bool finish_line(file_receiver *f, size_t len, size_t end)
{
    ce_slice line = { f->buf.ptr + f->pos, len };

    if (f->skipping) {
        f->skipping = false;
        f->line++;
    } else if (len > f->max_bytes + 1 || /* one may be a CR */
               (len > f->max_bytes && line.ptr[len - 1] != '\r')) {
        if (!push_too_long(f))
            return false;
        f->line++;
    } else if (!push_line(f, line)) {
        return false;
    }
    drop(f, len + end);
    return true;
}

/* Without a line break yet: a line that is too long already is reported and
 * forgotten piece by piece. */
static bool shorten(file_receiver *f)
{
    size_t len = unread(f).len;

    if (!f->skipping && len <= f->max_bytes + 1)
        return true;
    if (!f->skipping && !push_too_long(f))
        return false;
    f->skipping = true;
    drop(f, len);
    return true;
}

/* Pushes whole lines. Returns whether more bytes are wanted. */
static bool push_lines(file_receiver *f)
{
    for (unsigned n = 0; f->into && n < LINES_PER_TURN; n++) {
        const char *from = f->buf.ptr + f->scanned;
        size_t left = f->buf.len - f->scanned;
        const char *end = left ? memchr(from, '\n', left) : NULL;

        if (!end) {
            f->scanned = f->buf.len;
            return shorten(f);
        }
        f->scanned = (size_t)(end - f->buf.ptr);
        if (!finish_line(f, f->scanned - f->pos, 1))
            return false;
    }
    if (f->into)
        ce_loop_post(f->loop, &f->turn);
    return false;
}

/* --- the end --- */

/* The last line may lack its line break. */
static bool finish_last_line(file_receiver *f)
{
    size_t len = unread(f).len;

    return (len == 0 && !f->skipping) || finish_line(f, len, 0);
}

static void end(file_receiver *f)
{
    if (!finish_last_line(f) || f->ended || !f->into)
        return;
    f->ended = true;
    if (f->receiver.ended)
        f->receiver.ended(&f->receiver, f->receiver.ended_arg);
}

static void begin_again(file_receiver *f)
{
    ce_buf_clear(&f->buf);
    f->pos = f->scanned = 0;
    f->line = 0;
    f->skipping = f->at_end = false;
    ce_loop_post(f->loop, &f->turn);
}

static bool was_replaced(const file_receiver *f, const struct stat *now)
{
    struct stat there;

    return !stat(f->path, &there) &&
           (there.st_ino != now->st_ino || there.st_dev != now->st_dev);
}

/* The old file may have grown until it was moved away, so this is called only
 * when a read at its end found nothing after the new one was there. */
static void switch_file(file_receiver *f)
{
    int fd;

    if (!finish_last_line(f) || !f->into)
        return;
    fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        ce_timer_start(f->loop, &f->timer, FOLLOW_MS);
        return;
    }
    close(f->fd);
    f->fd = fd;
    begin_again(f);
}

static bool is_truncated(const file_receiver *f, const struct stat *now)
{
    return now->st_size < lseek(f->fd, 0, SEEK_CUR);
}

static void follow(file_receiver *f)
{
    bool was_at_end = f->at_end;
    struct stat now;

    if (fstat(f->fd, &now)) {
        end(f);
        return;
    }
    if (is_truncated(f, &now)) {
        lseek(f->fd, 0, SEEK_SET);
        begin_again(f);
        return;
    }
    f->at_end = was_replaced(f, &now);
    if (f->at_end && was_at_end)
        switch_file(f);
    else
        ce_timer_start(f->loop, &f->timer, FOLLOW_MS);
}

/* --- reading --- */

static void make_room(file_receiver *f)
{
    size_t left = f->buf.len - f->pos;

    if (f->pos == 0)
        return;
    memmove(f->buf.ptr, f->buf.ptr + f->pos, left);
    f->buf.len = left;
    f->scanned -= f->pos;
    f->pos = 0;
}

static void fail(file_receiver *f, int code)
{
    ce_health_down(&f->receiver.health, "cannot read: %s", strerror(code));
    ce_timer_start(f->loop, &f->timer, AGAIN_MS);
}

static void on_block(file_receiver *f, ssize_t got)
{
    if (got == 0) {
        if (f->follow)
            follow(f);
        else
            end(f);
        return;
    }
    f->buf.len += (size_t)got;
    f->at_end = false;
    ce_health_up(&f->receiver.health);
    ce_loop_post(f->loop, &f->turn);
}

static void read_block(file_receiver *f)
{
    ssize_t got;

    make_room(f);
    if (ce_buf_reserve(&f->buf, BLOCK_BYTES) != CE_OK) {
        fail(f, ENOMEM);
        return;
    }
    do
        got = read(f->fd, f->buf.ptr + f->buf.len, BLOCK_BYTES);
    while (got < 0 && errno == EINTR);
    if (got >= 0)
        on_block(f, got);
    else if (errno == EAGAIN && f->watch)
        ce_file_watch_arm(f->watch);
    else
        fail(f, errno);
}

static void on_ready(void *arg)
{
    file_receiver *f = arg;

    if (f->into)
        read_block(f);
}

static void run_turn(ce_task *t)
{
    file_receiver *f = CE_OWNER(t, file_receiver, turn);

    f->starved = false;
    if (!f->into || f->ended || !push_lines(f) || !f->into)
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

    if (f->starved && f->into)
        ce_loop_post(f->loop, &f->turn);
}

/* --- life --- */

static ce_status open_file(file_receiver *f, ce_error *err)
{
    struct stat st;

    f->fd = f->standard ? dup(STDIN_FILENO)
                        : open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (f->fd < 0 || fstat(f->fd, &st))
        return ce_fail(err, CE_EIO, "cannot open %s: %s", f->name,
                       strerror(errno));
    if (S_ISDIR(st.st_mode))
        return ce_fail(err, CE_EIO, "cannot read %s: it is a folder", f->name);
    if (S_ISREG(st.st_mode))
        return CE_OK;
    f->follow = false;
    return CE_ENOTSUP;
}

static ce_status start(ce_receiver *receiver, ce_stage *into, ce_error *err)
{
    file_receiver *f = (file_receiver *)receiver;
    ce_status status = open_file(f, err);

    if (status == CE_ENOTSUP)
        status =
            ce_file_watch_open(&f->watch, f->loop, f->fd, false, on_ready, f);
    else if (status != CE_OK)
        return status;
    /* Such as /dev/null, which is always ready. */
    if (status != CE_OK && status != CE_ENOTSUP)
        return ce_fail(err, status, "cannot wait for %s", f->name);
    f->into = into;
    ce_health_up(&receiver->health);
    ce_loop_post(f->loop, &f->turn);
    return CE_OK;
}

static void stop(ce_receiver *receiver)
{
    file_receiver *f = (file_receiver *)receiver;

    f->into = NULL;
    ce_loop_unpost(f->loop, &f->turn);
    ce_timer_stop(&f->timer);
    if (f->watch)
        ce_file_watch_disarm(f->watch);
}

static void close_receiver(ce_receiver *receiver)
{
    file_receiver *f = (file_receiver *)receiver;

    stop(receiver);
    if (f->given_up > GIVEN_UP_LINES)
        ce_log(CE_WARN, "%s: %" PRIu64 " more lines were not delivered",
               f->name, f->given_up - GIVEN_UP_LINES);
    ce_file_watch_close(f->watch);
    if (f->fd >= 0)
        close(f->fd);
    ce_pool_close(receiver->pool);
    ce_buf_free(&f->buf);
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
    f->path = ce_settings_path(s);
    f->name = f->standard ? "stdin" : f->path;
    f->follow = ce_settings_boolean(s, "follow");
    f->max_bytes = (size_t)ce_settings_bytes(s, "max_event_bytes");
    snprintf(f->defect, sizeof f->defect,
             "line: longer than max_event_bytes (%zu)", f->max_bytes);
}

ce_status ce_file_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                ce_error *err)
{
    file_receiver *f = ce_alloc_zeroed(sizeof *f);
    const ce_settings *s = at->settings;

    if (!f || ce_pool_open(&f->receiver.pool,
                           (unsigned)ce_settings_integer(s, "max_in_flight"),
                           sizeof(ce_delivery), POOL_BYTES) != CE_OK) {
        ce_free(f);
        return ce_no_memory(err);
    }
    f->receiver.ops = &ops;
    f->receiver.ordered = true;
    f->loop = at->loop;
    f->fd = -1;
    f->turn.run = run_turn;
    f->timer.fire = on_timer;
    read_settings(f, s);
    ce_health_init(&f->receiver.health, at->loop, ce_settings_label(s));
    ce_pool_on_refilled(f->receiver.pool, on_refilled, f);
    *out = &f->receiver;
    return CE_OK;
}
