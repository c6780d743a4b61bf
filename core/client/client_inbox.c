/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that were confirmed to a broker are kept until they are handled,
 * across restarts. Several processes of one kind have a directory each, and
 * the next one that starts takes over what another has left behind. */
#include "core/client/client_inbox.h"

#include <stdio.h>

#include "core/base/hash.h"
#include "core/inbox/inbox.h"
#include "core/settings/state.h"
#include "core/transport/terms.h"

enum {
    DIRECTORIES = 64, /* processes of one kind on one machine */
    IN_FLIGHT = 1024, /* records at once, as in a route */
};
/* The high mark: as that of a route. */
static const uint64_t inbox_bytes = (uint64_t)1 << 30;

static ce_status open_in(ce_client_inbox *y, const char *dir, bool sync,
                         ce_error *err)
{
    ce_inbox_config c = {
        .dir = dir, .route = "client", .max_bytes = inbox_bytes, .sync = sync
    };
    ce_status status = ce_inbox_open(&y->inbox, &c, err);

    if (status != CE_OK)
        return status;
    snprintf(y->name, sizeof y->name, "client-%016llx",
             (unsigned long long)ce_hash(CE_HASH_START, ce_slice_of(dir)));
    return CE_OK;
}

static ce_status open_below(ce_client_inbox *y, const ce_buf *base, bool sync,
                            ce_error *err)
{
    ce_status status = CE_EAGAIN;

    for (int i = 1; i <= DIRECTORIES && status == CE_EAGAIN; i++) {
        ce_buf dir = { NULL, 0, 0 };

        if (ce_buf_printf(&dir, i == 1 ? "%.*s" : "%.*s-%d",
                          CE_ARG(ce_buf_slice(base)), i) == CE_OK)
            status = open_in(y, dir.ptr, sync, err);
        else
            status = ce_no_memory(err);
        ce_buf_free(&dir);
    }
    return status;
}

static ce_status open_state(ce_client_inbox *y, const ce_transport *t,
                            const ce_settings *s, bool sync, ce_error *err)
{
    char name[CE_STATE_NAME];
    ce_buf base = { NULL, 0, 0 };
    ce_status status = ce_state_append_base(&base, "cloudevents", err);

    ce_state_name(name, "client", s, t->identity);
    if (status == CE_OK && ce_buf_printf(&base, "/%s", name) != CE_OK)
        status = ce_no_memory(err);
    if (status == CE_OK)
        status = open_below(y, &base, sync, err);
    ce_buf_free(&base);
    return status;
}

/* Without an inbox nothing is left for a session to go on with. But a name
 * says that the user comes back for it. */
static ce_status leave_no_session(const ce_transport *t, ce_settings *s,
                                  ce_error *err)
{
    if (ce_identity_is_given(t, s))
        return CE_OK;
    return ce_leave_nothing(t, s, err);
}

ce_status ce_client_inbox_open(ce_client_inbox *y, const ce_transport *t,
                               ce_settings *s, const char *dir, ce_loop *l,
                               ce_error *err)
{
    ce_custody custody = ce_custody_of(t, s);
    bool sync = custody == CE_CUSTODY_FLUSHED;
    ce_status status;

    *y = (ce_client_inbox){ .inbox = NULL };
    if (!t->needs_inbox)
        return CE_OK;
    if (custody == CE_CUSTODY_NONE)
        return leave_no_session(t, s, err);
    status = dir ? open_in(y, dir, sync, err) : open_state(y, t, s, sync, err);
    if (status != CE_OK)
        return status;
    if (ce_inbox_receiver(&y->replay, y->inbox, l, 0, IN_FLIGHT) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

void ce_client_inbox_close(ce_client_inbox *y)
{
    if (y->replay)
        y->replay->ops->close(y->replay);
    if (y->inbox)
        ce_inbox_close(y->inbox);
    *y = (ce_client_inbox){ .inbox = NULL };
}
