/* SPDX-License-Identifier: Apache-2.0 */
/* What people see on stderr. */
#ifndef CE_BRIDGE_WATCH_CONSOLE_H
#define CE_BRIDGE_WATCH_CONSOLE_H

#include <cloudevents/log.h>

/* Log lines of LEVEL and above go to stderr from now on. */
void br_console_open(ce_level level);

#endif
