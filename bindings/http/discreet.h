/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons for people who need not know what the network behind us looks
 * like. */
#ifndef CE_BINDINGS_HTTP_DISCREET_H
#define CE_BINDINGS_HTTP_DISCREET_H

#include <cloudevents/result.h>

/* Replaces URLs, hosts, addresses and ports in the reason of R. */
void ce_http_hide_addresses(ce_result *r);

#endif
