/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of HTTP begin with: a loop in real time, a receiver whose events
 * are answered by hand, and a sender that is fed by hand. */
#include "tests/http/http_rig.h"

#include <strings.h>

/* --- time --- */

uint64_t rig_end(rig *r)
{
    uv_update_time(ce_loop_uv(r->loop));
    return ce_loop_now_ms(r->loop) + RIG_MS;
}

static void rig_on_tick(ce_timer *t)
{
    ce_timer_start(CE_OWNER(t, rig, tick)->loop, t, RIG_TICK_MS);
}

void rig_pass(rig *r, uint64_t ms)
{
    uint64_t end = rig_end(r) - RIG_MS + ms;

    while (ce_loop_now_ms(r->loop) < end)
        uv_run(ce_loop_uv(r->loop), UV_RUN_ONCE);
}

/* --- heads --- */

const char *rig_header(const char *head, const char *name)
{
    static char value[4096];
    size_t len = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r';
         line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, len) && line[2 + len] == ':') {
            const char *text = line + 3 + len + strspn(line + 3 + len, " ");

            snprintf(value, sizeof value, "%.*s", (int)strcspn(text, "\r"),
                     text);
            return value;
        }
    return NULL;
}

/* --- what arrives --- */

static void rig_take(ce_stage *s, ce_delivery *d)
{
    rig *r = CE_OWNER(s, rig, sink);
    const ce_event *e =
        d->message.mode == CE_MODE_BATCH ? NULL : ce_delivery_event(d, NULL);

    ce_event_free(r->last);
    r->last = e ? ce_event_clone(e) : NULL;
    r->last_mode = d->message.mode;
    snprintf(r->last_topic, sizeof r->last_topic, "%.*s",
             CE_ARG(d->origin.topic));
    r->arrived++;
    if (!r->hold) {
        ce_settle(d, &r->answer);
        return;
    }
    REQUIRE_CMP(r->holding, <, RIG_HELD);
    r->held[r->holding++] = d;
}

static const ce_stage_ops rig_sink = { .name = "rig", .push = rig_take };

void rig_settle(rig *r, ce_result result)
{
    ce_delivery *d = r->held[0];

    REQUIRE_CMP(r->holding, >, 0);
    r->holding--;
    memmove(r->held, r->held + 1, r->holding * sizeof *r->held);
    ce_settle(d, &result);
}

/* --- ends --- */

void rig_open(rig *r)
{
    *r = (rig){ .sink.ops = &rig_sink, .tick.fire = rig_on_tick };
    REQUIRE_OK(ce_loop_open(&r->loop, NULL, NULL));
    ce_timer_start(r->loop, &r->tick, RIG_TICK_MS);
    r->app = ce_mem_receiver(r->loop, "mem://app?max_in_flight=5000");
}

void rig_open_beside(rig *r, const rig *other)
{
    *r = (rig){ .sink.ops = &rig_sink, .loop = other->loop };
}

static ce_status rig_settings(ce_settings **out, const ce_option *table,
                              const char *uri, ce_uri_rule rule)
{
    ce_error err = { CE_OK, "" };
    ce_status status = ce_settings_open(out, table, uri, rule, &err);

    if (status != CE_OK)
        fprintf(stderr, "%s: %s\n", uri, err.text);
    return status;
}

ce_status rig_try_receiver(rig *r, const char *uri, ce_error *err)
{
    ce_status status;

    REQUIRE_OK(rig_settings(&r->receiver_settings,
                            ce_transport_http.receiver_options, uri,
                            CE_URI_STRICT));
    r->receiver_at = (ce_endpoint){ .loop = r->loop,
                                    .settings = r->receiver_settings,
                                    .name = "rig" };
    status = ce_transport_http.receiver(&r->receiver, &r->receiver_at, err);
    if (status == CE_OK) {
        REQUIRE_OK(ce_check_stage(&r->check, &r->sink, NULL));
        REQUIRE_OK(ce_split_stage(&r->split, r->check, r->loop, 100));
        status = r->receiver->ops->start(r->receiver, r->split, err);
    }
    return status;
}

void rig_start_receiver(rig *r, const char *uri)
{
    ce_error err = { CE_OK, "" };

    if (rig_try_receiver(r, uri, &err) != CE_OK)
        fprintf(stderr, "%s: %s\n", uri, err.text);
    REQUIRE(r->receiver);
    REQUIRE(r->receiver->health.up);
}

unsigned rig_port(const rig *r)
{
    return r->receiver->port;
}

void rig_close_receiver(rig *r)
{
    if (r->receiver) {
        r->receiver->ops->stop(r->receiver);
        while (r->holding > 0)
            rig_settle(r, (ce_result){ .verdict = CE_UNDELIVERED });
        r->receiver->ops->close(r->receiver);
    }
    if (r->check) {
        r->split->ops->close(r->split);
        r->check->ops->close(r->check);
    }
    ce_settings_close(r->receiver_settings);
    ce_event_free(r->last);
    r->last = NULL;
    r->receiver = NULL;
    r->check = NULL;
    r->receiver_settings = NULL;
}

void rig_open_sender(rig *r, const char *uri, bool wants_reply)
{
    ce_error err = { CE_OK, "" };
    ce_sender_open_fn *open =
        wants_reply ? ce_transport_http.requester : ce_transport_http.sender;

    REQUIRE_OK(rig_settings(&r->sender_settings,
                            ce_transport_http.sender_options, uri,
                            ce_transport_http.sender_rule));
    r->sender_at = (ce_endpoint){ .loop = r->loop,
                                  .settings = r->sender_settings,
                                  .name = "rig",
                                  .direct = r->direct };
    if (open(&r->sender, &r->sender_at, &err) != CE_OK)
        fprintf(stderr, "%s: %s\n", uri, err.text);
    REQUIRE(r->sender != NULL);
    REQUIRE_OK(r->sender->ops->start(r->sender, NULL));
}

void rig_start_sender(rig *r, const char *uri)
{
    rig_open_sender(r, uri, false);
    REQUIRE_OK(r->app->ops->start(r->app, &r->sender->stage, NULL));
}

void rig_on_done(void *flag)
{
    *(bool *)flag = true;
}

void rig_close_sender(rig *r, unsigned timeout_ms)
{
    if (!r->sender)
        return;
    r->sender_done = false;
    r->sender->ops->stop(r->sender, timeout_ms, rig_on_done, &r->sender_done);
    RIG_UNTIL(r, r->sender_done);
    r->app->ops->stop(r->app);
    r->sender->stage.ops->close(&r->sender->stage);
    ce_settings_close(r->sender_settings);
    r->sender = NULL;
}

void rig_close(rig *r)
{
    rig_close_sender(r, 5000);
    rig_close_receiver(r);
    ce_mem_close_receiver(r->app);
    ce_timer_stop(&r->tick);
    ce_loop_close(r->loop);
    ce_event_free(r->last);
}

/* --- sending --- */

int rig_send(rig *r, const char *id)
{
    int number = ce_mem_arrive_event(r->app, id, NULL);

    REQUIRE_CMP(number, >=, 0);
    return number;
}

int rig_send_bytes(rig *r, const char *type, ce_slice body)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = ce_slice_of(type),
                     .body = body,
                     .attrs = { attrs, COUNT(attrs), COUNT(attrs) } };
    int number = ce_mem_arrive_message(r->app, &m);

    REQUIRE_CMP(number, >=, 0);
    return number;
}

int rig_send_data(rig *r, const char *type, const char *body)
{
    return rig_send_bytes(r, type, ce_slice_of(body));
}

const ce_mem_outcome *rig_outcome(rig *r, int number)
{
    const ce_mem_outcome *o = ce_mem_outcome_of(r->app, number);

    RIG_UNTIL(r, o->settlements > 0);
    return o;
}
