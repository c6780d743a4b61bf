/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks that send to a source of the same process, by what is written. */
#ifndef CE_BINDINGS_HTTP_CIRCLE_H
#define CE_BINDINGS_HTTP_CIRCLE_H

#include <cloudevents/transport.h>

/* The returns of a ce_transport. */
ce_overlap ce_http_returns(const ce_settings *from, const ce_settings *to);

#endif
