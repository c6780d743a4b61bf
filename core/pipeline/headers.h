/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of the message that a delivery comes from. */
#ifndef CE_CORE_PIPELINE_HEADERS_H
#define CE_CORE_PIPELINE_HEADERS_H

#include <cloudevents/delivery.h>

/* Gives all headers of D's message, or of the one that its stages have made it
 * from; what the receiver has kept, where it can give no others. *OUT borrows
 * from D. */
ce_status ce_headers_of(ce_delivery *d, ce_attrs *out);

#endif
