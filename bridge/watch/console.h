/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines on stderr. */
#ifndef CE_BRIDGE_WATCH_CONSOLE_H
#define CE_BRIDGE_WATCH_CONSOLE_H

#include <cloudevents/log.h>

/* Call once, before other threads start: log lines of LEVEL and above go to
 * stderr from now on. */
void br_console_open(ce_level level);

#endif
