/* SPDX-License-Identifier: Apache-2.0 */
/* A client that only receives, and the table of who handles what. */
#include <cloudevents/server.h>

#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/cesql.h>
#include <cloudevents/transport.h>

#include "core/client/client.h"

typedef struct entry {
    char *type; /* exact, or a prefix; NULL: the filter decides */
    bool is_prefix;
    ce_filter *filter;
    ce_handler_fn *handler;
    void *arg;
} entry;

struct ce_server {
    ce_client *client;
    entry *entries; /* constant from the first start on */
    unsigned count, cap;
    bool started;
    ce_failure_fn *failed;
    void *arg;
};

/* --- who handles what --- */

static bool takes(const entry *n, const ce_event *e)
{
    ce_slice type = ce_event_text(e, "type");

    if (n->filter)
        return ce_filter_match(n->filter, e, e->arena);
    if (n->is_prefix)
        return ce_slice_starts(type, ce_slice_of(n->type));
    return ce_slice_eq(type, ce_slice_of(n->type));
}

static ce_result dispatch(void *arg, const ce_event *e, ce_event **reply)
{
    const ce_server *s = arg;

    for (unsigned i = 0; i < s->count; i++)
        if (takes(&s->entries[i], e))
            return s->entries[i].handler(s->entries[i].arg, e, reply);
    /* The event cannot be handled at another time either, so it is refused. */
    return ce_result_http(400, "nobody handles the type \"%.*s\"",
                          CE_ARG(ce_event_text(e, "type")));
}

static void report(void *arg, const ce_error *why)
{
    const ce_server *s = arg;

    if (s->failed)
        s->failed(s->arg, why);
}

static ce_status add(ce_server *s, const entry *n, ce_error *err)
{
    if (s->count == s->cap) {
        unsigned cap = s->cap ? s->cap * 2 : 8; /* few servers need more */
        entry *grown = ce_realloc(s->entries, cap * sizeof *grown);

        if (!grown)
            return ce_no_memory(err);
        s->entries = grown;
        s->cap = cap;
    }
    s->entries[s->count++] = *n;
    return CE_OK;
}

static ce_status check_not_started(const ce_server *s, ce_error *err)
{
    if (s->started)
        return ce_fail(err, CE_EINVAL, "handlers are added before the start");
    return CE_OK;
}

ce_status ce_server_on(ce_server *s, const char *type, ce_handler_fn *handler,
                       void *arg, ce_error *err)
{
    size_t len = strlen(type);
    bool is_prefix = len > 0 && type[len - 1] == '*';
    entry n = { .is_prefix = is_prefix, .handler = handler, .arg = arg };
    ce_status status = check_not_started(s, err);

    if (status != CE_OK)
        return status;
    if (len == 0)
        return ce_fail(err, CE_EINVAL, "a handler needs a type");
    n.type = ce_strndup(type, len - is_prefix);
    if (!n.type)
        return ce_no_memory(err);
    status = add(s, &n, err);
    if (status != CE_OK)
        ce_free(n.type);
    return status;
}

ce_status ce_server_on_filter(ce_server *s, const char *filter,
                              ce_handler_fn *handler, void *arg, ce_error *err)
{
    entry n = { .handler = handler, .arg = arg };
    ce_status status = check_not_started(s, err);

    if (status != CE_OK)
        return status;
    status = ce_filter_sql(&n.filter, ce_slice_of(filter), err);
    if (status != CE_OK)
        return status;
    status = add(s, &n, err);
    if (status != CE_OK)
        ce_filter_free(n.filter);
    return status;
}

/* --- life --- */

/* ":8080" and "host:8080" are HTTP. */
static ce_status append_uri(ce_buf *out, const char *address)
{
    const char *before = "";

    if (address[0] == ':')
        before = "http://0.0.0.0";
    else if (!strstr(address, "://") && !ce_transport_find(address))
        before = "http://";
    return ce_buf_printf(out, "%s%s", before, address);
}

ce_status ce_server_open(ce_server **out, const char *address,
                         const ce_client_options *options, ce_error *err)
{
    ce_client_options o = { .loop = NULL };
    ce_server *s = ce_alloc_zeroed(sizeof *s);
    ce_buf uri = { NULL, 0, 0 };
    ce_status status;

    *out = NULL;
    if (!s || append_uri(&uri, address) != CE_OK) {
        ce_free(s);
        return ce_no_memory(err);
    }
    if (options)
        o = *options;
    o.receive_uri = uri.ptr;
    status = ce_client_open(&s->client, NULL, &o, err);
    ce_buf_free(&uri);
    if (status != CE_OK) {
        ce_free(s);
        return status;
    }
    *out = s;
    return CE_OK;
}

/* The client calls it when no handler can run any more: on a loop of the
 * caller's that is after ce_server_close has returned. */
static void free_server(void *arg)
{
    ce_server *s = arg;

    for (unsigned i = 0; i < s->count; i++) {
        ce_free(s->entries[i].type);
        ce_filter_free(s->entries[i].filter);
    }
    ce_free(s->entries);
    ce_free(s);
}

void ce_server_close(ce_server *s)
{
    if (!s)
        return;
    s->client->freed = free_server;
    s->client->freed_arg = s;
    ce_client_close(s->client);
}

ce_status ce_server_start(ce_server *s, ce_failure_fn *failed, void *arg,
                          ce_error *err)
{
    if (!s->count)
        return ce_fail(err, CE_EINVAL, "the server has no handlers");
    s->started = true;
    s->failed = failed;
    s->arg = arg;
    return ce_client_start_receiver(s->client, dispatch, report, s, err);
}

void ce_server_stop(ce_server *s, unsigned timeout_ms)
{
    ce_client_stop_receiver(s->client, timeout_ms);
}

unsigned ce_server_port(const ce_server *s)
{
    return ce_client_port(s->client);
}

ce_client_counts ce_server_count(const ce_server *s)
{
    return ce_client_count(s->client);
}
