/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a client: options and URIs at the beginning, and an end that
 * takes its parts down one after the other. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

#include "core/client/client.h"

/* --- opening --- */

static unsigned either(unsigned value, unsigned preset)
{
    return value ? value : preset;
}

static void set_options(ce_client *c, const ce_client_options *options)
{
    ce_client_options *o = &c->options;

    if (options)
        *o = *options;
    /* The numbers are part of the contract: client.h names them. */
    o->timeout_ms = either(o->timeout_ms, 30000);
    o->connect_ms = either(o->connect_ms, 5000);
    o->start_ms = either(o->start_ms, 10000);
    o->close_ms = either(o->close_ms, 5000);
    o->max_calls = either(o->max_calls, 1024);
    if (!o->loop)
        o->handlers = either(o->handlers, 1);
    if (!o->retry)
        return;
    c->retry = *o->retry;
    c->retry.base_ms = either(c->retry.base_ms, 100);
    c->retry.cap_ms = either(c->retry.cap_ms, 10000);
}

static ce_status copy(char **out, const char *text, ce_error *err)
{
    if (text && !(*out = ce_strndup(text, strlen(text))))
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status copy_texts(ce_client *c, const char *uri, ce_error *err)
{
    const ce_client_options *o = &c->options;
    ce_status status =
        copy(&c->receive_uri, o->receive_uri ? o->receive_uri : uri, err);

    if (status != CE_OK)
        return status;
    return copy(&c->inbox_dir, o->inbox_dir, err);
}

/* A client without a name gets one that no other process has at this time: a
 * broker ends the session of the first of two clients with one id (MQTT 5
 * 3.1.4). */
static ce_status set_name(ce_client *c, ce_error *err)
{
    const char *name = c->options.name;

    if (!name) {
        snprintf(c->own_name, sizeof c->own_name, "client-%d-%llx",
                 (int)getpid(), (unsigned long long)uv_hrtime());
        return CE_OK;
    }
    if (strlen(name) >= sizeof c->own_name)
        return ce_fail(err, CE_EINVAL, "the name \"%s\" is too long", name);
    snprintf(c->own_name, sizeof c->own_name, "%s", name);
    c->is_named = true;
    return CE_OK;
}

static ce_status check_receiver(const char *uri, ce_error *err)
{
    const ce_transport *t = ce_transport_find(uri);
    ce_settings *s = NULL;
    ce_status status;

    if (!t)
        return ce_fail(err, CE_EINVAL, "%s: no transport is known for it", uri);
    status = ce_settings_open(&s, t->receiver_options, uri, CE_URI_STRICT, err);
    ce_settings_close(s);
    return status;
}

/* The transport waits as long as a call does, unless the URI says otherwise. A
 * call that is longer or shorter than its option can be ends by itself. */
static ce_status adopt_timeout(ce_client *c, ce_error *err)
{
    const ce_option *o =
        ce_option_find(c->transport->sender_options, "timeout");
    int64_t ms = c->options.timeout_ms;
    char text[32];

    if (!o || o->type != CE_OPT_TIME || ce_settings_has(c->settings, o->name))
        return CE_OK;
    if (ms < o->min)
        ms = o->min;
    if (o->max && ms > o->max)
        ms = o->max;
    snprintf(text, sizeof text, "%lldms", (long long)ms);
    return ce_settings_set(c->settings, o->name, text, err);
}

static ce_status adopt_uri(ce_client *c, const ce_transport *t, ce_error *err)
{
    ce_status status = ce_content_of(t, c->settings, &c->content, err);

    c->transport = t;
    return status == CE_OK ? adopt_timeout(c, err) : status;
}

/* A URI that only a receiver understands is no mistake: the client may be
 * there to receive. */
static ce_status read_uri(ce_client *c, const char *uri, ce_error *err)
{
    const ce_transport *t = ce_transport_find(uri);
    ce_status status;

    if (!t)
        return ce_fail(err, CE_EINVAL, "%s: no transport is known for it", uri);
    status = ce_settings_open(&c->settings, t->sender_options, uri,
                              t->sender_rule, &c->why_not);
    if (status == CE_OK)
        return adopt_uri(c, t, err);
    if (status != CE_ENOMEM && check_receiver(uri, NULL) == CE_OK)
        return CE_OK;
    return ce_fail(err, status, "%s", c->why_not.text);
}

static ce_status read_uris(ce_client *c, const char *uri, ce_error *err)
{
    ce_status status = CE_OK;

    ce_fail(&c->why_not, CE_EINVAL, "the client has no URI to send to");
    if (!c->options.receive_uri && !uri)
        return ce_fail(err, CE_EINVAL, "a client needs a URI");
    if (c->options.receive_uri)
        status = check_receiver(c->receive_uri, err);
    if (status != CE_OK || !uri)
        return status;
    return read_uri(c, uri, err);
}

static void set_endpoint(ce_client *c)
{
    if (!c->transport)
        return;
    c->at = (ce_endpoint){ .loop = c->driver.loop,
                           .settings = c->settings,
                           .name = c->own_name,
                           .direct = true };
    /* An event that was built is in no mode yet. */
    if (c->content.mode == CE_MODE_NONE)
        c->content.mode = CE_MODE_BINARY;
}

static void init_uplinks(ce_client *c)
{
    ce_uplink_config config = { .transport = c->transport,
                                .at = &c->at,
                                .retry = c->options.retry ? &c->retry : NULL,
                                .connect_ms = c->options.connect_ms };

    ce_uplink_init(&c->sends, &config);
    config.replies = true;
    ce_uplink_init(&c->requests, &config);
}

static void free_client(ce_client *c)
{
    if (c->freed)
        c->freed(c->freed_arg);
    ce_calls_free(c);
    pthread_mutex_destroy(&c->lock);
    ce_settings_close(c->settings);
    ce_free(c->receive_uri);
    ce_free(c->inbox_dir);
    ce_free(c);
}

static ce_status prepare(ce_client *c, const char *uri, ce_error *err)
{
    ce_status status = copy_texts(c, uri, err);

    if (status != CE_OK)
        return status;
    status = set_name(c, err);
    if (status != CE_OK)
        return status;
    status = read_uris(c, uri, err);
    if (status != CE_OK)
        return status;
    return ce_driver_open(&c->driver, c->options.loop, err);
}

ce_status ce_client_open(ce_client **out, const char *uri,
                         const ce_client_options *options, ce_error *err)
{
    ce_client *c = ce_alloc_zeroed(sizeof *c);
    ce_status status;

    *out = NULL;
    if (!c)
        return ce_no_memory(err);
    pthread_mutex_init(&c->lock, NULL);
    set_options(c, options);
    status = prepare(c, uri, err);
    if (status != CE_OK) {
        free_client(c);
        return status;
    }
    set_endpoint(c);
    init_uplinks(c);
    ce_intake_init(&c->intake, c);
    *out = c;
    return CE_OK;
}

/* --- the end: the receiver, then the senders, then the loop --- */

static void end(ce_task *t)
{
    ce_client *c = CE_OWNER(t, ce_client, end);

    ce_uplink_close(&c->sends);
    ce_uplink_close(&c->requests);
    ce_loop_unpost(c->driver.loop, &c->intake.step);
    ce_loop_unpost(c->driver.loop, &c->intake.stop);
    if (!c->driver.foreign) {
        ce_driver_finish(&c->driver, &c->closed);
        return;
    }
    ce_driver_close(&c->driver);
    free_client(c);
}

static void uplink_stopped(void *arg)
{
    ce_client *c = arg;

    if (--c->stopping == 0)
        ce_loop_post(c->driver.loop, &c->end);
}

static void stop_uplinks(ce_intake_request *q)
{
    ce_client *c = q->client;
    /* What was given up is not worth waiting for. */
    unsigned ms = c->calls ? c->options.close_ms : 0;

    c->stopping = 2;
    ce_uplink_stop(&c->sends, ms, uplink_stopped, c);
    ce_uplink_stop(&c->requests, ms, uplink_stopped, c);
}

void ce_client_close(ce_client *c)
{
    bool drives;

    if (!c)
        return;
    c->end.run = end;
    c->last = (ce_intake_request){ .task.run = ce_intake_run,
                                   .client = c,
                                   .begin = ce_intake_stop,
                                   .timeout_ms = c->options.close_ms,
                                   .finished = stop_uplinks };
    if (c->driver.foreign) {
        ce_loop_post(c->driver.loop, &c->last.task);
        return;
    }
    ce_waiter_init(&c->closed);
    drives = ce_driver_take(&c->driver);
    ce_loop_post(c->driver.loop, &c->last.task);
    ce_driver_wait(&c->driver, &c->closed, drives);
    ce_driver_close(&c->driver);
    free_client(c);
}
