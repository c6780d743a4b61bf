/* SPDX-License-Identifier: Apache-2.0 */
/* From a damaged store into a new one. */
#ifndef CE_CORE_INBOX_SALVAGE_H
#define CE_CORE_INBOX_SALVAGE_H

#include "core/inbox/store.h"

/* Copies into I what can be read of FILE, a store that was put aside or NULL,
 * and says how much that is. */
ce_status ce_inbox_salvage(ce_inbox *i, const char *file, ce_error *err);

#endif
