/* SPDX-License-Identifier: Apache-2.0 */
/* What metrics say of an inbox. */
#ifndef CE_CORE_INBOX_LEVEL_H
#define CE_CORE_INBOX_LEVEL_H

#include "core/inbox/store.h"

/* Writes the gauges of I to TO, which may be NULL. */
void ce_inbox_tell_level(ce_inbox *i, ce_gauges *to);

#endif
