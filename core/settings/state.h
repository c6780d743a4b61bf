/* SPDX-License-Identifier: Apache-2.0 */
/* The directory for files that outlive the process: $STATE_DIRECTORY, else
 * $XDG_STATE_HOME/PROGRAM, else ~/.local/state/PROGRAM. */
#ifndef CE_CORE_SETTINGS_STATE_H
#define CE_CORE_SETTINGS_STATE_H

#include <cloudevents/settings.h>

enum { CE_STATE_NAME = 140 };

/* Appends the directory's path; it need not be there yet. */
ce_status ce_state_append_base(ce_buf *out, const char *program, ce_error *err);
/* Makes a name for the folder of a source: readable, and told apart by a hash
 * of its URI; or, when the user has set one of the options that IDENTITY lists
 * up to NULL, of these and the peer's address alone. NULL: none. */
void ce_state_name(char out[CE_STATE_NAME], const char *prefix,
                   const ce_settings *s, const char *const *identity);

#endif
