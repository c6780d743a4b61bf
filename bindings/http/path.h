/* SPDX-License-Identifier: Apache-2.0 */
/* The path of a sink's URL that is made of each event. */
#ifndef CE_BINDINGS_HTTP_PATH_H
#define CE_BINDINGS_HTTP_PATH_H

#include <cloudevents/transport.h>

#include "core/template/target.h"

/* Makes the path of a sink with these settings, by the rules of ce_target_open.
 * *OUT is NULL when the path is the same for all events. */
ce_status ce_http_path_open(ce_target **out, const ce_settings *s,
                            ce_error *err);
/* Appends the path of D to OUT: the aim of ce_transport. */
ce_status ce_http_aim(const ce_settings *s, ce_delivery *d, ce_buf *out,
                      ce_error *err);
/* Fails when it can never work. */
ce_status ce_http_path_check(const ce_settings *s, ce_error *err);

#endif
