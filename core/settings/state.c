/* SPDX-License-Identifier: Apache-2.0 */
/* Paths and names of state; nothing is made here. */
#include "core/settings/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"

static const char *variable(const char *name)
{
    const char *text = getenv(name);

    return text && text[0] ? text : NULL;
}

ce_status ce_state_append_base(ce_buf *out, const char *program, ce_error *err)
{
    const char *dir = variable("STATE_DIRECTORY");
    ce_status status;

    if (dir)
        /* systemd may give several; the first is as good as any. */
        status = ce_buf_append(out, (ce_slice){ dir, strcspn(dir, ":") });
    else if ((dir = variable("XDG_STATE_HOME")))
        status = ce_buf_printf(out, "%s/%s", dir, program);
    else if ((dir = variable("HOME")))
        status = ce_buf_printf(out, "%s/.local/state/%s", dir, program);
    else
        return ce_fail(err, CE_EIO,
                       "no place for the inbox: neither STATE_DIRECTORY, "
                       "XDG_STATE_HOME nor HOME is set");
    return status == CE_OK ? CE_OK : ce_no_memory(err);
}

/* A name that the user gives is that of what the peer keeps, also when the
 * source takes something else from it. */
static bool is_named(const ce_settings *s, const char *const *identity)
{
    while (identity && *identity && !ce_settings_has(s, *identity))
        identity++;
    return identity && *identity;
}

void ce_state_name(char out[CE_STATE_NAME], const char *prefix,
                   const ce_settings *s, const char *const *identity)
{
    bool named = is_named(s, identity);
    const char *label = named ? ce_settings_authority(s) : ce_settings_label(s);
    uint64_t h = ce_hash(CE_HASH_START, ce_slice_of(label));
    int len;

    for (; identity && *identity; identity++)
        h = ce_hash(h, ce_slice_of(ce_settings_text(s, *identity)));
    len = snprintf(out, CE_STATE_NAME, "%s-%.100s", prefix, label);
    for (char *c = out; *c; c++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz"
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.",
                    *c))
            *c = '-';
    snprintf(out + len, CE_STATE_NAME - (size_t)len, "-%016llx",
             (unsigned long long)h);
}
