/* SPDX-License-Identifier: Apache-2.0 */
/* Options that are for TLS only. */
#ifndef CE_CORE_SETTINGS_TLS_H
#define CE_CORE_SETTINGS_TLS_H

#include <cloudevents/settings.h>

/* Refuses ca, cert and key_file with another scheme than SCHEME: whoever names
 * them counts on TLS. */
ce_status ce_settings_check_tls(const ce_settings *s, const char *scheme,
                                ce_error *err);

#endif
