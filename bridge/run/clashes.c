/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/run/clashes.h"

#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "core/settings/places.h"

/* --- the list --- */

/* Sorted by their texts: equal ones are neighbours. */
typedef struct claims {
    br_claim *items;
    unsigned len;
} claims;

/* Adds what a route claims. */
typedef ce_status add_fn(claims *c, const br_route_plan *r);

static br_claim *next(claims *c, const br_route_plan *r,
                      const br_endpoint_plan *at)
{
    br_claim *made = &c->items[c->len++];

    made->route = r;
    made->at = at;
    made->index = c->len;
    return made;
}

static int compare_texts(const ce_buf *a, const ce_buf *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = len > 0 ? memcmp(a->ptr, b->ptr, len) : 0;

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare(const void *a, const void *b)
{
    const br_claim *x = a, *y = b;
    int order = compare_texts(&x->text, &y->text);

    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static unsigned most_of(const br_plan *p)
{
    unsigned most = 0;

    /* A source, its sinks, and dead letters. */
    for (unsigned i = 0; i < p->count; i++)
        most += 2 + p->routes[i].sinks;
    return most;
}

static void find(const claims *c, br_clash_fn *found, void *arg)
{
    for (unsigned i = 1; i < c->len; i++)
        if (c->items[i].text.len > 0 &&
            compare_texts(&c->items[i - 1].text, &c->items[i].text) == 0)
            found(arg, &c->items[i - 1], &c->items[i]);
}

static ce_status find_all(const br_plan *p, add_fn *add_route,
                          br_clash_fn *found, void *arg)
{
    claims all = { ce_alloc_zeroed((most_of(p) + 1) * sizeof(br_claim)), 0 };
    ce_status status = all.items ? CE_OK : CE_ENOMEM;

    for (unsigned i = 0; status == CE_OK && i < p->count; i++)
        status = add_route(&all, &p->routes[i]);
    if (status == CE_OK) {
        qsort(all.items, all.len, sizeof *all.items, compare);
        find(&all, found, arg);
    }
    for (unsigned i = 0; i < all.len; i++)
        ce_buf_free(&all.items[i].text);
    ce_free(all.items);
    return status;
}

/* --- names --- */

typedef ce_status tell_fn(ce_role role, const ce_settings *s, ce_buf *out);

static ce_status add_peer(ce_buf *text, const ce_settings *s)
{
    const char *authority = ce_settings_authority(s);

    if (!text->len || !*authority)
        return CE_OK;
    return ce_buf_printf(text, " at %s", authority);
}

static ce_status add(claims *c, const br_route_plan *r,
                     const br_endpoint_plan *at, ce_role role, tell_fn *tell)
{
    br_claim *claim;
    ce_status status;

    if (!tell)
        return CE_OK;
    claim = next(c, r, at);
    status = tell(role, at->settings, &claim->text);
    return status == CE_OK ? add_peer(&claim->text, at->settings) : status;
}

static ce_role role_of_source(const br_route_plan *r)
{
    return r->requests ? CE_ROLE_RESPONDER : CE_ROLE_RECEIVER;
}

static ce_status add_sink_name(claims *c, const br_route_plan *r,
                               const br_endpoint_plan *at)
{
    if (!at->transport)
        return CE_OK;
    return add(c, r, at, CE_ROLE_SENDER, at->transport->name_of);
}

static ce_status add_names(claims *c, const br_route_plan *r)
{
    ce_status status =
        add(c, r, &r->from, role_of_source(r), r->from.transport->name_of);

    for (unsigned i = 0; status == CE_OK && i < r->sinks; i++)
        status = add_sink_name(c, r, &r->to[i]);
    return status == CE_OK ? add_sink_name(c, r, &r->dead_letter) : status;
}

ce_status br_clashes_of_names(const br_plan *p, br_clash_fn *found, void *arg)
{
    return find_all(p, add_names, found, arg);
}

/* --- parts --- */

static ce_status add_part(claims *c, const br_route_plan *r)
{
    return add(c, r, &r->from, role_of_source(r), r->from.transport->part_of);
}

ce_status br_clashes_of_parts(const br_plan *p, br_clash_fn *found, void *arg)
{
    return find_all(p, add_part, found, arg);
}

static void warn(void *arg, const br_claim *earlier, const br_claim *later)
{
    (void)arg;
    ce_log(CE_WARN,
           "routes %s and %s share %.*s: each event comes to one of them only",
           earlier->route->name, later->route->name, (int)later->text.len,
           later->text.ptr);
}

void br_warn_of_parts(const br_plan *p)
{
    if (br_clashes_of_parts(p, warn, NULL) != CE_OK)
        ce_log(CE_ERROR, "out of memory");
}

/* --- inboxes --- */

static ce_status add_inbox(claims *c, const br_route_plan *r)
{
    char *dir = NULL, real[PATH_MAX];

    if (!br_route_has_inbox(r) || br_route_inbox_dir(r, &dir, NULL) != CE_OK)
        return CE_OK;
    ce_real_path(dir, real);
    ce_free(dir);
    return ce_buf_append(&next(c, r, &r->from)->text, ce_slice_of(real));
}

ce_status br_clashes_of_inboxes(const br_plan *p, br_clash_fn *found, void *arg)
{
    return find_all(p, add_inbox, found, arg);
}
