/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the file binding begin with: a folder, a loop in real time, and
 * both ends. */
#ifndef CE_TESTS_FILE_FILE_RIG_H
#define CE_TESTS_FILE_FILE_RIG_H

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "bindings/file/file.h"
#include "tests/support/ce_test.h"
#include "tests/support/mem.h"

enum { RIG_MS = 20000, RIG_TICK_MS = 5 };

typedef struct rig {
    ce_loop *loop;
    ce_timer tick;
    char dir[200], path[220];
    ce_settings *settings;
    ce_endpoint at;
    ce_receiver *receiver, *app;
    ce_sender *sender, *sink;
    bool ended, done;
} rig;

static inline void rig_on_tick(ce_timer *t)
{
    ce_timer_start(CE_OWNER(t, rig, tick)->loop, t, RIG_TICK_MS);
}

static inline uint64_t rig_end(rig *r)
{
    uv_update_time(ce_loop_uv(r->loop));
    return ce_loop_now_ms(r->loop) + RIG_MS;
}

/* Runs the loop until CONDITION holds; else the test ends. */
#define RIG_UNTIL(r, condition)                                                \
    do {                                                                       \
        uint64_t end_ = rig_end(r);                                            \
        while (!(condition) && ce_loop_now_ms((r)->loop) < end_)               \
            uv_run(ce_loop_uv((r)->loop), UV_RUN_ONCE);                        \
        REQUIRE(condition);                                                    \
    } while (0)

static inline void rig_open(rig *r)
{
    *r = (rig){ .tick.fire = rig_on_tick };
    ce_test_make_folder(r->dir, sizeof r->dir);
    snprintf(r->path, sizeof r->path, "%s/events", r->dir);
    REQUIRE(ce_loop_open(&r->loop, NULL, NULL) == CE_OK);
    ce_timer_start(r->loop, &r->tick, RIG_TICK_MS);
    r->app = ce_mem_receiver(r->loop, "mem://app?max_in_flight=5000");
    r->sink = ce_mem_sender(r->loop, "mem://sink");
    REQUIRE(r->sink->ops->start(r->sink, NULL) == CE_OK);
}

static inline void rig_settings(rig *r, const ce_option *table,
                                const char *query)
{
    char uri[400];

    if (query[0] == '-')
        snprintf(uri, sizeof uri, "%s", query);
    else
        snprintf(uri, sizeof uri, "file:%s%s", r->path, query);
    REQUIRE(ce_settings_open(&r->settings, table, uri, CE_URI_STRICT, NULL) ==
            CE_OK);
    r->at = (ce_endpoint){ .loop = r->loop,
                           .settings = r->settings,
                           .name = "rig" };
}

static inline void rig_on_ended(ce_receiver *receiver, void *flag)
{
    (void)receiver;
    *(bool *)flag = true;
}

static inline void rig_on_done(void *flag)
{
    *(bool *)flag = true;
}

/* QUERY begins with "?", or is the whole URI "-". */
static inline ce_status rig_start_receiver(rig *r, const char *query)
{
    rig_settings(r, ce_transport_file.receiver_options, query);
    REQUIRE(ce_file_receiver_open(&r->receiver, &r->at, NULL) == CE_OK);
    r->receiver->ended = rig_on_ended;
    r->receiver->ended_arg = &r->ended;
    return r->receiver->ops->start(r->receiver, &r->sink->stage, NULL);
}

static inline ce_status rig_start_sender(rig *r, const char *query)
{
    rig_settings(r, ce_transport_file.sender_options, query);
    REQUIRE(ce_file_sender_open(&r->sender, &r->at, NULL) == CE_OK);
    REQUIRE(r->app->ops->start(r->app, &r->sender->stage, NULL) == CE_OK);
    return r->sender->ops->start(r->sender, NULL);
}

static inline void rig_close_ends(rig *r)
{
    if (r->receiver) {
        r->receiver->ops->stop(r->receiver);
        r->receiver->ops->close(r->receiver);
    }
    if (r->sender) {
        r->done = false;
        r->sender->ops->stop(r->sender, 5000, rig_on_done, &r->done);
        RIG_UNTIL(r, r->done);
        r->app->ops->stop(r->app);
        r->sender->stage.ops->close(&r->sender->stage);
    }
    r->receiver = NULL;
    r->sender = NULL;
    ce_settings_close(r->settings);
    r->settings = NULL;
}

static inline void rig_close(rig *r)
{
    rig_close_ends(r);
    ce_mem_close_receiver(r->app);
    ce_mem_close_sender(r->sink);
    ce_timer_stop(&r->tick);
    ce_loop_close(r->loop);
    ce_test_remove(r->dir);
}

/* --- files --- */

static inline void rig_write(const char *path, int flags, const char *text,
                             size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0644);

    REQUIRE(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    close(fd);
}

static inline void rig_append(rig *r, const char *text)
{
    rig_write(r->path, O_APPEND, text, strlen(text));
}

/* The whole file, until the next call. */
static inline const char *rig_content(rig *r)
{
    static char text[1 << 16];
    int fd = open(r->path, O_RDONLY);
    ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    if (fd >= 0)
        close(fd);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

#define RIG_EVENT(id)                                                          \
    "{\"specversion\":\"1.0\",\"id\":\"" id                                    \
    "\",\"source\":\"/s\",\"type\":\"t\"}"

#endif
