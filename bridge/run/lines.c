/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/run/lines.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

/* So many records of an inbox are out at once to each sink: as many as a
 * receiver's pool usually holds, enough to keep a sink with round trips of some
 * milliseconds busy. */
enum { IN_FLIGHT = 1024 };
/* The high mark of an inbox: hours of a device fleet's events while a sink is
 * away, and still a small part of a disk. */
static const uint64_t inbox_bytes = (uint64_t)1 << 30;

/* --- who gets the records --- */

static const char *address_of(const br_endpoint_plan *to)
{
    return ce_settings_label(to->settings);
}

/* How many sinks before this one have the same address and no name. */
static unsigned namesakes(const br_route_plan *p, unsigned index)
{
    unsigned n = 0;

    for (unsigned i = 0; i < index; i++)
        n += !p->to[i].name &&
             strcmp(address_of(&p->to[i]), address_of(&p->to[index])) == 0;
    return n;
}

/* Its name, else its address, with a number if another one has it too. */
static ce_status identify(br_line *line, const br_route_plan *p, unsigned index)
{
    const br_endpoint_plan *to = &p->to[index];
    unsigned same = to->name ? 0 : namesakes(p, index);
    ce_buf id = { NULL, 0, 0 };
    ce_status status =
        same ? ce_buf_printf(&id, "%s#%u", address_of(to), same + 1)
             : ce_buf_printf(&id, "%s", to->name ? to->name : address_of(to));

    if (status == CE_OK)
        status = ce_buf_byte(&id, '\0');
    line->id = id.ptr;
    br_sink_name(line->name, p, index);
    return status;
}

static ce_status identify_all(br_lines *l, const br_route_plan *p,
                              ce_inbox_sink *sinks)
{
    for (unsigned i = 0; i < l->count; i++) {
        if (identify(&l->at[i], p, i) != CE_OK)
            return CE_ENOMEM;
        sinks[i] = (ce_inbox_sink){ l->at[i].id, l->at[i].name };
    }
    return CE_OK;
}

/* --- opening --- */

static ce_status open_inbox(br_lines *l, const br_route_plan *p,
                            atomic_uint_fast64_t *added, ce_error *err)
{
    ce_inbox_sink sinks[CE_INBOX_SINKS];
    ce_inbox_config c = { .route = p->name,
                          .max_bytes = inbox_bytes,
                          .max_refused_bytes = p->max_refused_bytes,
                          .salvage = p->salvages,
                          .sync = br_route_flushes_inbox(p),
                          .added = added,
                          .sinks = sinks,
                          .sink_count = l->count };
    ce_status status = br_route_inbox_dir(p, &l->dir, err);

    if (status != CE_OK)
        return status;
    if (identify_all(l, p, sinks) != CE_OK)
        return ce_no_memory(err);
    c.dir = l->dir;
    return ce_inbox_open(&l->inbox, &c, err);
}

ce_status br_lines_open(br_lines *l, const br_route_plan *p, ce_loop *loop,
                        atomic_uint_fast64_t *added, ce_error *err)
{
    unsigned count = p->sinks <= CE_INBOX_SINKS ? p->sinks : 1;
    ce_status status;

    l->at = ce_alloc_zeroed(count * sizeof *l->at);
    if (!l->at)
        return ce_no_memory(err);
    l->count = count;
    status = open_inbox(l, p, added, err);
    for (unsigned i = 0; i < count && status == CE_OK; i++)
        if (ce_inbox_receiver(&l->at[i].receiver, l->inbox, loop, i,
                              IN_FLIGHT) != CE_OK)
            status = ce_no_memory(err);
    return status;
}

/* --- life --- */

ce_status br_lines_start(br_lines *l, ce_error *err)
{
    ce_status status = CE_OK;

    for (unsigned i = 0; i < l->count && status == CE_OK; i++) {
        br_line *line = &l->at[i];

        if (line->again)
            ce_inbox_receiver_again(line->receiver, line->again);
        status = line->receiver->ops->start(line->receiver, line->into, err);
    }
    return status;
}

void br_lines_stop(br_lines *l)
{
    for (unsigned i = 0; i < l->count; i++)
        l->at[i].receiver->ops->stop(l->at[i].receiver);
}

unsigned br_lines_in_flight(const br_lines *l)
{
    unsigned n = 0;

    for (unsigned i = 0; i < l->count; i++)
        if (l->at[i].receiver)
            n += ce_pool_out(l->at[i].receiver->pool);
    return n;
}

bool br_lines_finish(br_lines *l)
{
    bool all = true;

    for (unsigned i = 0; i < l->count; i++) {
        if (!l->finishing)
            ce_inbox_receiver_finish(l->at[i].receiver);
        all = all && l->at[i].has_ended;
    }
    l->finishing = true;
    return all && br_lines_in_flight(l) == 0;
}

void br_lines_note_end(br_lines *l, const ce_receiver *r)
{
    for (unsigned i = 0; i < l->count; i++)
        if (l->at[i].receiver == r)
            l->at[i].has_ended = true;
}

void br_lines_close_receivers(br_lines *l)
{
    for (unsigned i = 0; i < l->count; i++) {
        ce_receiver *r = l->at[i].receiver;

        if (r)
            r->ops->close(r);
        l->at[i].receiver = NULL;
    }
}

void br_lines_close(br_lines *l)
{
    ce_inbox_close(l->inbox);
    l->inbox = NULL;
}

void br_lines_free(br_lines *l)
{
    for (unsigned i = 0; i < l->count; i++)
        ce_free(l->at[i].id);
    ce_free(l->at);
    ce_free(l->dir);
}
