/* SPDX-License-Identifier: Apache-2.0 */
/* What a line, or a whole file, is taken for. */
#ifndef CE_BINDINGS_FILE_CONTENT_H
#define CE_BINDINGS_FILE_CONTENT_H

#include <cloudevents/delivery.h>

/* The body of D is an event in JSON, or with CE_MODE_BATCH a batch. */
void ce_file_set_json(ce_delivery *d, ce_mode mode);
/* The body of D is a plain text, for a wrap. */
void ce_file_set_text(ce_delivery *d);

#endif
