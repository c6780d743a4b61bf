/* SPDX-License-Identifier: Apache-2.0 */
#include "core/settings/tls.h"

#include <string.h>

ce_status ce_settings_check_tls(const ce_settings *s, const char *scheme,
                                ce_error *err)
{
    static const char *const names[] = { "ca", "cert", "key_file" };

    if (!strcmp(ce_settings_scheme(s), scheme))
        return CE_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ce_settings_has(s, names[i]))
            return ce_fail(err, CE_EINVAL, "%s: needs TLS (%s://)", names[i],
                           scheme);
    return CE_OK;
}
