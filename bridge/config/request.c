/* SPDX-License-Identifier: Apache-2.0 */
/* Routes that ask for replies: what has to fit together. */
#include "bridge/config/request.h"

#include "core/transport/terms.h"

/* By default there is none for requests, also where the option's preset is
 * another. */
static bool wants_inbox(const br_route_plan *r)
{
    return r->inbox ||
           ce_custody_is_asked_for(r->from.transport, r->from.settings);
}

static void check_ends(const br_route_plan *r, const br_node *at,
                       br_faults *faults)
{
    if (!r->from.transport->responder)
        br_fault(faults, at, "request: %s cannot carry replies back",
                 r->from.transport->name);
    if (r->sinks > 1)
        br_fault(faults, at,
                 "request: a reply comes from one sink, and \"to\" has %u",
                 r->sinks);
    else if (!r->to[0].transport->requester)
        br_fault(faults, at, "request: %s cannot be asked for replies",
                 r->to[0].transport->name);
}

static void check_stages(const br_route_plan *r, const br_node *at,
                         br_faults *faults)
{
    if (wants_inbox(r))
        br_fault(faults, at,
                 "request: an inbox confirms at once, and nobody waits for a "
                 "reply then");
    if (r->dedup)
        br_fault(faults, at,
                 "request: \"dedup\" would leave a repeated request without "
                 "its reply");
}

/* A request takes as long as its caller waits for it, unless the sink's own
 * "timeout" says otherwise. These two rows mean the same in all tables. */
static void adopt_deadline(br_route_plan *r, const br_node *at,
                           br_faults *faults)
{
    const br_endpoint_plan *from = &r->from, *to = &r->to[0];
    ce_error err;

    if (!ce_option_find(from->transport->receiver_options, "deadline") ||
        !ce_settings_ms(from->settings, "deadline") ||
        !ce_option_find(to->transport->sender_options, "timeout") ||
        ce_settings_has(to->settings, "timeout"))
        return;
    if (ce_settings_set(to->settings, "timeout",
                        ce_settings_text(from->settings, "deadline"),
                        &err) != CE_OK)
        br_fault(faults, at,
                 "request: the source's \"deadline\" is no \"timeout\" for "
                 "the sink: %s",
                 err.text);
}

void br_config_request(br_route_plan *r, const br_node *at, br_faults *faults)
{
    unsigned before = faults->count;

    check_ends(r, at, faults);
    check_stages(r, at, faults);
    if (faults->count == before)
        adopt_deadline(r, at, faults);
}
