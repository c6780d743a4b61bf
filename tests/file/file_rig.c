/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/file/file_rig.h"

/* A loop without work would sleep past the end of a wait. */
static void on_tick(ce_timer *t)
{
    ce_timer_start(CE_OWNER(t, rig, tick)->loop, t, RIG_TICK_MS);
}

uint64_t rig_end(rig *r)
{
    uv_update_time(ce_loop_uv(r->loop));
    return ce_loop_now_ms(r->loop) + RIG_MS;
}

void rig_open(rig *r)
{
    *r = (rig){ .tick.fire = on_tick };
    ce_test_make_folder(r->dir, sizeof r->dir);
    snprintf(r->path, sizeof r->path, "%s/events", r->dir);
    REQUIRE_OK(ce_loop_open(&r->loop, NULL, NULL));
    ce_timer_start(r->loop, &r->tick, RIG_TICK_MS);
    r->app = ce_mem_receiver(r->loop, "mem://app?max_in_flight=5000");
    r->sink = ce_mem_sender(r->loop, "mem://sink");
    REQUIRE_OK(r->sink->ops->start(r->sink, NULL));
}

void rig_settings(rig *r, const ce_option *table, const char *query)
{
    char uri[400];

    if (query[0] == '-')
        snprintf(uri, sizeof uri, "%s", query);
    else
        snprintf(uri, sizeof uri, "file:%s%s", r->path, query);
    REQUIRE_OK(ce_settings_open(&r->settings, table, uri, CE_URI_STRICT, NULL));
    r->at = (ce_endpoint){ .loop = r->loop,
                           .settings = r->settings,
                           .name = "rig" };
}

void rig_on_ended(ce_receiver *receiver, void *flag)
{
    (void)receiver;
    *(bool *)flag = true;
}

void rig_on_done(void *flag)
{
    *(bool *)flag = true;
}

ce_status rig_start_receiver(rig *r, const char *query)
{
    rig_settings(r, ce_transport_file.receiver_options, query);
    REQUIRE_OK(ce_file_receiver_open(&r->receiver, &r->at, NULL));
    r->receiver->ended = rig_on_ended;
    r->receiver->ended_arg = &r->ended;
    return r->receiver->ops->start(r->receiver, &r->sink->stage, NULL);
}

ce_status rig_start_sender(rig *r, const char *query)
{
    rig_settings(r, ce_transport_file.sender_options, query);
    REQUIRE_OK(ce_file_sender_open(&r->sender, &r->at, NULL));
    REQUIRE_OK(r->app->ops->start(r->app, &r->sender->stage, NULL));
    return r->sender->ops->start(r->sender, NULL);
}

void rig_close_ends(rig *r)
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

void rig_close(rig *r)
{
    rig_close_ends(r);
    ce_mem_close_receiver(r->app);
    ce_mem_close_sender(r->sink);
    ce_timer_stop(&r->tick);
    ce_loop_close(r->loop);
    ce_test_remove(r->dir);
}

void rig_write(const char *path, int flags, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0644);

    REQUIRE_CMP(fd, >=, 0);
    REQUIRE_EQ(write(fd, text, len), (ssize_t)len);
    close(fd);
}

void rig_append(rig *r, const char *text)
{
    rig_write(r->path, O_APPEND, text, strlen(text));
}

const char *rig_content(rig *r)
{
    static char text[1 << 16];
    int fd = open(r->path, O_RDONLY);
    ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    if (fd >= 0)
        close(fd);
    text[len > 0 ? len : 0] = '\0';
    return text;
}
