/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two ways to write a place mean one. Hosts are not resolved. */
#ifndef CE_CORE_SETTINGS_PLACES_H
#define CE_CORE_SETTINGS_PLACES_H

#include <limits.h>

#include <cloudevents/settings.h>

/* Writes PATH without links and dots; of what is not there yet, as far as its
 * folders are. */
void ce_real_path(const char *path, char out[PATH_MAX]);
/* Also localhost and an address of it. */
bool ce_hosts_are_one(const char *a, const char *b);
/* Whether the first host of both is one, with its port. FALLBACK is the port of
 * those that have none. */
bool ce_peers_are_one(const ce_settings *a, const ce_settings *b,
                      unsigned fallback);

#endif
