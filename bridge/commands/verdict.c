/* SPDX-License-Identifier: Apache-2.0 */
/* Failures of cJSON for want of memory end in the last call. */
#include "bridge/commands/verdict.h"

#include <cloudevents/alloc.h>

#include "bridge/run/clashes.h"
#include "bridge/watch/json_tree.h"

static cJSON *add_object(cJSON *list)
{
    cJSON *made = cJSON_CreateObject();

    cJSON_AddItemToArray(list, made);
    return made;
}

static void add_text(cJSON *to, const char *name, const char *ptr, size_t len)
{
    char *text = ce_strndup(ptr, len);

    if (text)
        cJSON_AddStringToObject(to, name, text);
    ce_free(text);
}

static void add_part(cJSON *to, const char *name, const br_faults *f,
                     br_fault_part part)
{
    if (part.len)
        add_text(to, name, f->text.ptr + part.begin, part.len);
}

static void add_fault(cJSON *list, const br_faults *f, const br_fault_place *p)
{
    cJSON *made = add_object(list);

    if (f->file)
        cJSON_AddStringToObject(made, "file", f->file);
    if (p->line)
        cJSON_AddNumberToObject(made, "line", p->line);
    add_part(made, "message", f, p->message);
    add_part(made, "excerpt", f, p->excerpt);
    if (p->column)
        cJSON_AddNumberToObject(made, "column", p->column);
    add_part(made, "remedy", f, p->remedy);
}

static const char *level_of(const br_route_plan *r)
{
    return br_route_promise(r).level == CE_AT_LEAST_ONCE ? "at least once"
                                                         : "at most once";
}

static void add_route(cJSON *list, const br_plan *plan, const br_route_plan *r)
{
    cJSON *made = add_object(list), *others = NULL;
    char text[BR_PROMISE_TEXT];

    br_route_promise_text(text, r);
    cJSON_AddStringToObject(made, "name", r->name);
    cJSON_AddStringToObject(made, "guarantee", level_of(r));
    cJSON_AddStringToObject(made, "promise", text);
    for (unsigned i = 0; i < plan->count; i++) {
        const br_route_plan *other = &plan->routes[i];

        if (other == r || !br_route_shares_listener(r, other))
            continue;
        if (!others)
            others = cJSON_AddArrayToObject(made, "shares_port_with");
        cJSON_AddItemToArray(others, cJSON_CreateString(other->name));
    }
}

typedef struct routes {
    const br_plan *plan;
    cJSON *list;
} routes;

static void add_share(const routes *all, const br_route_plan *r,
                      const br_claim *c)
{
    cJSON *made = cJSON_GetArrayItem(all->list, (int)(r - all->plan->routes));

    if (!cJSON_HasObjectItem(made, "shares_events_of"))
        add_text(made, "shares_events_of", c->text.ptr, c->text.len);
}

static void add_pair(void *arg, const br_claim *earlier, const br_claim *later)
{
    add_share(arg, earlier->route, later);
    add_share(arg, later->route, later);
}

static ce_status add_routes(cJSON *list, const br_plan *plan)
{
    routes all = { plan, list };

    for (unsigned i = 0; i < plan->count; i++)
        add_route(list, plan, &plan->routes[i]);
    return br_clashes_of_parts(plan, add_pair, &all);
}

static void add_answer(cJSON *list, const br_answer *a)
{
    cJSON *made;

    if (a->status == CE_ENOTSUP)
        return;
    made = add_object(list);
    cJSON_AddStringToObject(made, "route", a->route->name);
    cJSON_AddStringToObject(made, "part", a->part);
    cJSON_AddStringToObject(made, "endpoint",
                            ce_settings_label(a->at->settings));
    if (a->at->line)
        cJSON_AddNumberToObject(made, "line", a->at->line);
    cJSON_AddBoolToObject(made, "ok", a->status == CE_OK);
    if (a->status != CE_OK)
        cJSON_AddStringToObject(made, "message", a->why.text);
}

static cJSON *make(const br_plan *plan, const br_faults *faults,
                   const br_inquiry *inquiry)
{
    cJSON *made = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(made, "faults");

    for (unsigned i = 0; i < faults->place_count; i++)
        add_fault(list, faults, &faults->places[i]);
    /* The promise of a plan with faults could be wrong. */
    list = cJSON_AddArrayToObject(made, "routes");
    if (!faults->count && add_routes(list, plan) != CE_OK) {
        cJSON_Delete(made);
        return NULL;
    }
    if (!inquiry)
        return made;
    list = cJSON_AddArrayToObject(made, "endpoints");
    for (unsigned i = 0; i < inquiry->count; i++)
        add_answer(list, &inquiry->answers[i]);
    return made;
}

ce_status br_verdict_show(const br_plan *plan, const br_faults *faults,
                          const br_inquiry *inquiry)
{
    return br_json_tree_show(make(plan, faults, inquiry), false, stdout);
}
