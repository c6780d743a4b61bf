/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/salvage.h"

#include <inttypes.h>

#include <cloudevents/log.h>

#include "core/inbox/aside.h"
#include "core/inbox/damage.h"
#include "core/inbox/state.h"

typedef struct salvage {
    ce_inbox *inbox;
    bool refused;
} salvage;

/* Each in a commit of its own: there is no hurry. */
static ce_status keep(void *arg, uint64_t number, ce_slice record)
{
    const salvage *s = arg;

    return ce_inbox_keep(s->inbox, s->refused, number, record);
}

static ce_status end(const ce_inbox *i, ce_error *err)
{
    int rc = mdb_env_sync(i->env, 1);

    return rc ? ce_inbox_fail(i, err, "cannot flush", rc)
              : ce_aside_end(i->dir, err);
}

ce_status ce_inbox_salvage(ce_inbox *i, const char *file, ce_error *err)
{
    salvage waiting = { i, false }, refused = { i, true };
    ce_status status = CE_OK;

    if (file)
        status = ce_damage_read(file, "records", keep, &waiting);
    if (file && status == CE_OK)
        status = ce_damage_read(file, "refused", keep, &refused);
    if (status != CE_OK)
        return ce_fail(err, status, "inbox %s: cannot keep what is readable",
                       ce_inbox_dir(i));
    status = file ? end(i, err) : CE_OK;
    if (status != CE_OK)
        return status;
    ce_log(CE_WARN,
           "inbox %s was damaged: %" PRIu64 " events and %" PRIu64
           " refused ones were readable%s%s",
           ce_inbox_dir(i), ce_inbox_count(i), ce_inbox_refused(i),
           file ? "; the damaged file is " : "", file ? file : "");
    return CE_OK;
}
