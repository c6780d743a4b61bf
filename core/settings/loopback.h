/* SPDX-License-Identifier: Apache-2.0 */
/* Which hosts are this machine. */
#ifndef CE_CORE_SETTINGS_LOOPBACK_H
#define CE_CORE_SETTINGS_LOOPBACK_H

#include <cloudevents/slice.h>

/* Whether HOST, as a URI has it, with or without a port, is a name or an
 * address that leads to this machine wherever it is used. */
bool ce_host_is_loopback(ce_slice host);

#endif
