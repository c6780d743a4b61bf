/* SPDX-License-Identifier: Apache-2.0 */
/* Plans are kept as long as one of their routes runs: workers borrow them. */
#include "bridge/run/reload.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

/* A plan that was read by a reload. */
typedef struct edition {
    br_plan plan;
    struct edition *next;
} edition;

struct br_reload {
    br_reload_config config;
    br_team *team;
    edition *editions; /* the newest first */
    bool is_busy, is_stopped;
    bool is_due; /* another one, when this one is done */
    bool succeeded;
    bool is_in_part; /* a route of the newest plan is missing */
    int64_t at_s;    /* of the last one that succeeded */
    br_summary past;
    ce_buf said; /* while it is applied */
};

/* --- what changes --- */

static const br_route_plan *find_route(const br_plan *p, const char *name)
{
    for (unsigned i = 0; i < p->count; i++)
        if (strcmp(p->routes[i].name, name) == 0)
            return &p->routes[i];
    return NULL;
}

static const br_crew *find_crew(const br_team *t, const char *name)
{
    for (unsigned i = 0; i < t->count; i++)
        if (strcmp(t->crews[i]->plan->name, name) == 0)
            return t->crews[i];
    return NULL;
}

/* A route that could not start gets another chance; one whose source has come
 * to its end would repeat all of it. */
static bool stays(const br_crew *c, const br_route_plan *now)
{
    if (!now || now->mark != c->plan->mark)
        return false;
    for (unsigned i = 0; i < c->count; i++) {
        const br_worker_end *end = br_worker_result(c->workers[i]);

        if (end && end->failed)
            return false;
    }
    return true;
}

void br_reload_say(ce_buf *said, const char *name, const char *what)
{
    const char *comma = said->len ? ", " : "";

    if (ce_buf_printf(said, "%s%s %s", comma, name, what) != CE_OK)
        ce_log(CE_ERROR, "out of memory");
}

/* Routes at one address live on the same threads: they restart together. */
static void disturb(const br_team *t, const br_route_plan *changed)
{
    for (unsigned i = 0; i < t->count; i++) {
        br_crew *c = t->crews[i];

        if (c->is_leaving || !br_route_shares_listener(c->plan, changed))
            continue;
        c->is_leaving = true;
        c->disturber = changed->name;
    }
}

static void choose_leaving(const br_team *t, const br_plan *now)
{
    for (unsigned i = 0; i < t->count; i++) {
        br_crew *c = t->crews[i];

        c->is_leaving = !stays(c, find_route(now, c->plan->name));
        c->disturber = NULL;
    }
    for (unsigned i = 0; i < t->count; i++)
        if (t->crews[i]->is_leaving && !t->crews[i]->disturber)
            disturb(t, t->crews[i]->plan);
    for (unsigned i = 0; i < now->count; i++) {
        const br_crew *c = find_crew(t, now->routes[i].name);

        if (!c || (c->is_leaving && !c->disturber))
            disturb(t, &now->routes[i]);
    }
}

static void say_crew(br_reload *r, const br_crew *c, const br_plan *now)
{
    const char *name = c->plan->name;
    char what[200] = "kept";

    if (c->disturber)
        snprintf(what, sizeof what, "restarted (shares its port with %s)",
                 c->disturber);
    else if (c->is_leaving)
        snprintf(what, sizeof what, "%s",
                 find_route(now, name) ? "restarted" : "removed");
    br_reload_say(&r->said, name, what);
}

static void judge_all(br_reload *r, const br_plan *now)
{
    br_team *t = r->team;

    choose_leaving(t, now);
    for (unsigned i = 0; i < t->count; i++) {
        say_crew(r, t->crews[i], now);
        if (t->crews[i]->is_leaving)
            br_crew_stop(t->crews[i]);
    }
    for (unsigned i = 0; i < now->count; i++)
        if (!find_crew(t, now->routes[i].name))
            br_reload_say(&r->said, now->routes[i].name, "added");
}

/* --- plans --- */

static bool is_used(const br_team *t, const br_plan *p)
{
    for (unsigned i = 0; i < t->count; i++) {
        const br_route_plan *plan = t->crews[i]->plan;

        if (plan >= p->routes && plan < p->routes + p->count)
            return true;
    }
    return false;
}

static void free_edition(edition *e)
{
    br_plan_free(&e->plan);
    ce_free(e);
}

/* The newest stays: a restart may still need it. */
static void forget_unused(br_reload *r)
{
    edition **at = r->editions ? &r->editions->next : &r->editions;

    while (*at) {
        edition *e = *at;

        if (is_used(r->team, &e->plan) ||
            r->config.holds(r->config.arg, &e->plan)) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        free_edition(e);
    }
}

/* --- applying --- */

static bool have_left(const br_team *t)
{
    for (unsigned i = 0; i < t->count; i++)
        if (t->crews[i]->is_leaving && !br_crew_is_closed(t->crews[i]))
            return false;
    return true;
}

static bool has_inbox(const br_route_plan *r, const char *dir)
{
    char *own = NULL;
    bool has = br_route_has_inbox(r) &&
               br_route_inbox_dir(r, &own, NULL) == CE_OK &&
               strcmp(own, dir) == 0;

    ce_free(own);
    return has;
}

/* Nobody delivers what a route has left in its inbox, unless another one has
 * that now. */
static void warn_of_kept(const br_route *gone, const br_plan *now)
{
    const char *dir = gone->lines.dir;

    if (!dir || br_route_kept(gone) == 0)
        return;
    for (unsigned i = 0; i < now->count; i++)
        if (has_inbox(&now->routes[i], dir))
            return;
    ce_log(CE_WARN,
           "inbox %s holds %" PRIu64 " events, and no route here has it; "
           "\"inbox: %s\" gives it to one, which delivers them",
           dir, br_route_kept(gone), dir);
}

static void warn_of_all_kept(const br_crew *c, const br_plan *now)
{
    for (unsigned i = 0; i < c->count; i++)
        warn_of_kept(br_worker_route(c->workers[i]), now);
}

static void remove_left(br_reload *r)
{
    br_team *t = r->team;

    for (unsigned i = t->count; i-- > 0;) {
        if (!t->crews[i]->is_leaving || br_crew_is_stuck(t->crews[i]))
            continue;
        br_summary_add(&r->past, t->crews[i]);
        r->past.failed = false; /* it was corrected */
        warn_of_all_kept(t->crews[i], &r->editions->plan);
        br_team_remove(t, i);
    }
}

/* Returns whether it is there. */
static bool add_route(br_reload *r, const br_route_plan *p)
{
    ce_error err = { CE_OK, "" };

    if (find_crew(r->team, p->name) || br_team_add(r->team, p, &err) == CE_OK)
        return true;
    r->succeeded = false;
    ce_log_with(CE_ERROR,
                &(ce_log_fields){ .route = p->name, .error = err.text },
                "does not start: %s", err.text);
    return false;
}

static void finish(br_reload *r)
{
    const br_plan *now = &r->editions->plan;
    bool all = true;

    r->is_busy = false;
    remove_left(r);
    for (unsigned i = 0; i < now->count && !r->is_stopped; i++)
        all = add_route(r, &now->routes[i]) && all;
    r->is_in_part = !all;
    br_team_start_added(r->team);
    forget_unused(r);
    if (all)
        ce_log(CE_INFO, "reloaded: %.*s", (int)r->said.len, r->said.ptr);
    else
        ce_log(CE_ERROR, "reloaded in part, for not all that was to start did");
}

static void begin_if_due(br_reload *r)
{
    ce_buf said = { 0 };

    if (!r->is_due || r->is_stopped)
        return;
    r->is_due = false;
    br_reload_begin(r, &said);
    ce_buf_free(&said);
}

void br_reload_step(br_reload *r)
{
    if (!r->is_busy || !have_left(r->team))
        return;
    finish(r);
    begin_if_due(r);
}

/* --- the beginning --- */

/* Each fault, without the lines below it that mark its place: a log has no
 * place for them. */
static void log_faults(ce_slice text)
{
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) : text.len;

        if (*text.ptr != ' ')
            ce_log(CE_ERROR, "not reloaded: %.*s", (int)len, text.ptr);
        text = ce_slice_skip(text, end ? len + 1 : len);
    }
}

static bool refuse(br_reload *r, ce_buf *out, const ce_buf *why)
{
    ce_slice text = ce_buf_slice(why);

    if (text.len && text.ptr[text.len - 1] == '\n')
        text.len--;
    r->succeeded = false;
    log_faults(text);
    if (ce_buf_printf(out, "not reloaded: %.*s\n", CE_ARG(text)) != CE_OK)
        ce_log(CE_ERROR, "out of memory");
    return false;
}

/* What cannot be adopted is a fault like one of the text. */
static bool adopt(br_reload *r, const br_plan *now, ce_buf *why)
{
    ce_error err;

    ce_buf_clear(&r->said);
    if (r->config.adopt(r->config.arg, now, &r->said, &err) == CE_OK)
        return true;
    if (ce_buf_append(why, ce_slice_of(err.text)) != CE_OK)
        ce_log(CE_ERROR, "out of memory");
    return false;
}

static edition *read_edition(br_reload *r, ce_buf *why)
{
    const br_plan *first = r->config.plan;
    edition *e = ce_alloc_zeroed(sizeof *e);

    if (e && first->reload(first->reload_arg, &e->plan, why) &&
        adopt(r, &e->plan, why))
        return e;
    if (e)
        free_edition(e);
    return NULL;
}

static bool apply(br_reload *r, edition *e, ce_buf *out)
{
    e->next = r->editions;
    r->editions = e;
    r->is_busy = r->succeeded = true;
    r->at_s = (int64_t)time(NULL);
    judge_all(r, &e->plan);
    if (ce_buf_printf(out, "reloaded: %.*s\n", (int)r->said.len, r->said.ptr) !=
        CE_OK)
        ce_log(CE_ERROR, "out of memory");
    br_reload_step(r);
    return true;
}

bool br_reload_begin(br_reload *r, ce_buf *out)
{
    ce_buf why = { 0 };
    edition *e = NULL;
    bool done;

    if (!r->is_busy)
        e = read_edition(r, &why);
    else if (ce_buf_append(&why, CE_SLICE("another reload goes on")) != CE_OK)
        ce_log(CE_ERROR, "out of memory");
    done = e ? apply(r, e, out) : refuse(r, out, &why);
    ce_buf_free(&why);
    return done;
}

void br_reload_again(br_reload *r)
{
    r->is_due = true;
    ce_log(CE_INFO, "reloads again when this reload is done");
}

bool br_reload_is_busy(const br_reload *r)
{
    return r->is_busy;
}

bool br_reload_is_in_part(const br_reload *r)
{
    return r->is_in_part;
}

void br_reload_stop(br_reload *r)
{
    r->is_stopped = true;
}

/* --- for people --- */

br_summary br_reload_past(const br_reload *r)
{
    return r->past;
}

ce_status br_reload_metrics(const br_reload *r, ce_buf *out)
{
    return ce_buf_printf(
        out,
        "# HELP cebridge_config_reload_success Whether the last reload of the "
        "configuration succeeded.\n"
        "# TYPE cebridge_config_reload_success gauge\n"
        "cebridge_config_reload_success %d\n"
        "# HELP cebridge_config_reload_timestamp_seconds When the "
        "configuration was last loaded.\n"
        "# TYPE cebridge_config_reload_timestamp_seconds gauge\n"
        "cebridge_config_reload_timestamp_seconds %" PRId64 "\n",
        r->succeeded, r->at_s);
}

/* --- life --- */

ce_status br_reload_open(br_reload **out, const br_reload_config *c,
                         ce_error *err)
{
    br_reload *r = ce_alloc_zeroed(sizeof *r);

    if (!r)
        return ce_no_memory(err);
    r->config = *c;
    r->team = c->team;
    r->succeeded = true;
    r->at_s = (int64_t)time(NULL);
    *out = r;
    return CE_OK;
}

void br_reload_close(br_reload *r)
{
    if (!r)
        return;
    while (r->editions) {
        edition *e = r->editions;

        r->editions = e->next;
        free_edition(e);
    }
    ce_buf_free(&r->said);
    ce_free(r);
}
