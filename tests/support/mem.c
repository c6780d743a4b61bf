/* SPDX-License-Identifier: Apache-2.0 */
/* The in-memory transport's constant, and memory that sanitizers can watch. */
#include "tests/support/mem.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/ce_test.h"
#include "tests/support/mem_ends.h"

static void *keep(mem_bag *b, void *block)
{
    if (b->len == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 8;
        b->at = realloc(b->at, b->cap * sizeof *b->at);
        if (!b->at)
            abort();
    }
    if (!block)
        abort();
    return b->at[b->len++] = block;
}

ce_slice mem_bag_slice(mem_bag *b, ce_slice s)
{
    char *copy;

    if (!s.ptr)
        return s;
    copy = keep(b, malloc(s.len));
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    return (ce_slice){ copy, s.len };
}

static ce_attrs bag_attrs(mem_bag *b, const ce_attrs *attrs)
{
    ce_attrs copy = { NULL, attrs->len, attrs->len };

    if (!attrs->len)
        return copy;
    copy.at = keep(b, malloc(attrs->len * sizeof *copy.at));
    for (unsigned i = 0; i < attrs->len; i++)
        copy.at[i] =
            (ce_attr){ mem_bag_slice(b, attrs->at[i].name),
                       mem_bag_slice(b, attrs->at[i].text), attrs->at[i].type };
    return copy;
}

ce_message mem_bag_message(mem_bag *b, const ce_message *m)
{
    return (ce_message){
        .mode = m->mode,
        .format = m->format,
        .content_type = mem_bag_slice(b, m->content_type),
        .body = mem_bag_slice(b, m->body),
        .key = mem_bag_slice(b, m->key),
        .attrs = bag_attrs(b, &m->attrs),
    };
}

ce_origin mem_bag_origin(mem_bag *b, const ce_origin *o)
{
    return (ce_origin){
        .topic = mem_bag_slice(b, o->topic),
        .partition = o->partition,
        .offset = o->offset,
        .metadata = bag_attrs(b, &o->metadata),
    };
}

void mem_bag_free(mem_bag *b)
{
    for (unsigned i = 0; i < b->len; i++)
        free(b->at[i]);
    free(b->at);
    *b = (mem_bag){ 0 };
}

/* --- opening by URI --- */

/* Settings must outlive their endpoint. */
typedef struct opened {
    const void *end;
    ce_settings *settings;
    ce_endpoint at;
    struct opened *next;
} opened;

static opened *all;

static opened *prepare(ce_loop *l, const ce_option *table, const char *uri)
{
    opened *o = calloc(1, sizeof *o);
    ce_error err = { CE_OK, "" };
    ce_status status;

    REQUIRE(o != NULL);
    status = ce_settings_open(&o->settings, table, uri, CE_URI_STRICT, &err);
    if (status != CE_OK)
        fprintf(stderr, "%s: %s\n", uri, err.text);
    REQUIRE_OK(status);
    o->at = (ce_endpoint){ .loop = l, .settings = o->settings, .name = "test" };
    o->next = all;
    all = o;
    return o;
}

static void forget(const void *end)
{
    for (opened **at = &all; *at; at = &(*at)->next)
        if ((*at)->end == end) {
            opened *o = *at;

            *at = o->next;
            ce_settings_close(o->settings);
            free(o);
            return;
        }
}

ce_receiver *ce_mem_receiver(ce_loop *l, const char *uri)
{
    opened *o = prepare(l, ce_transport_scripted.receiver_options, uri);
    ce_receiver *r;

    REQUIRE_OK(mem_receiver_open(&r, &o->at, NULL));
    o->end = r;
    return r;
}

ce_sender *ce_mem_sender(ce_loop *l, const char *uri)
{
    opened *o = prepare(l, ce_transport_scripted.sender_options, uri);
    ce_sender *s;

    REQUIRE_OK(mem_sender_open(&s, &o->at, NULL));
    o->end = s;
    return s;
}

void ce_mem_close_receiver(ce_receiver *r)
{
    if (!r)
        return;
    r->ops->close(r);
    forget(r);
}

void ce_mem_close_sender(ce_sender *s)
{
    if (!s)
        return;
    s->stage.ops->close(&s->stage);
    forget(s);
}

static const char *const schemes[] = { "mem", NULL };

static const ce_option receiver_options[] = {
    { "ordered", CE_OPT_BOOLEAN, "true", NULL, 0, 0, "keys keep their order" },
    { "interactive", CE_OPT_BOOLEAN, "false", NULL, 0, 0, "callers wait" },
    CE_OPTION_MAX_IN_FLIGHT("1000"),
    CE_OPTION_END,
};

static const ce_option sender_options[] = {
    { "keeps_order", CE_OPT_BOOLEAN, "true", NULL, 0, 0, "keeps the order" },
    { "meet", CE_OPT_BOOLEAN, "false", NULL, 0, 0, "hands to a receiver" },
    { "up", CE_OPT_BOOLEAN, "true", NULL, 0, 0, "is up when started" },
    CE_OPTION_END,
};

const ce_transport ce_transport_scripted = {
    .abi = CE_TRANSPORT_ABI,
    .name = "scripted",
    .schemes = schemes,
    .help = "mem://NAME",
    .receiver_options = receiver_options,
    .sender_options = sender_options,
    .sender_rule = CE_URI_STRICT,
    .receiver = mem_receiver_open,
    .responder = mem_receiver_open,
    .sender = mem_sender_open,
    .requester = mem_sender_open,
};
