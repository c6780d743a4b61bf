/* SPDX-License-Identifier: Apache-2.0 */
/* Options that a command does without, whoever has set them. */
#ifndef CE_CORE_SETTINGS_UNSET_H
#define CE_CORE_SETTINGS_UNSET_H

#include <cloudevents/settings.h>

/* Nobody has set NAME then: the preset counts, if there is one. */
void ce_settings_unset(ce_settings *s, const char *name);

#endif
