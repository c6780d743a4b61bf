/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters as lines for people and scripts. */
#ifndef CE_BRIDGE_COMMANDS_LETTER_TEXT_H
#define CE_BRIDGE_COMMANDS_LETTER_TEXT_H

#include <stdio.h>

#include <cloudevents/event.h>

enum { BR_LETTER_FIELD = 512 };
/* Writes TEXT without characters that could move a terminal's cursor or hide
 * others; what is too long is cut. An absent one is "-". */
void br_letter_field(ce_slice text, char *out, size_t size);

/* Writes id, time, type, source, outcome, code and reason with tabs between. */
ce_status br_letter_list(const ce_event *e, ce_arena *arena, FILE *out);
/* Writes the letter as structured JSON, one line. */
ce_status br_letter_show(const ce_event *e, ce_arena *arena, FILE *out);

#endif
