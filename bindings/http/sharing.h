/* SPDX-License-Identifier: Apache-2.0 */
/* Which sources listen together, by their settings. */
#ifndef CE_BINDINGS_HTTP_SHARING_H
#define CE_BINDINGS_HTTP_SHARING_H

#include <cloudevents/settings.h>

/* The port of a source; 0: one that the system chooses. */
unsigned ce_http_source_port(const ce_settings *s);
/* Its host; "": every address. */
const char *ce_http_source_host(const ce_settings *s);
/* Whether both hosts mean the same. */
bool ce_http_hosts_are_equal(const ce_settings *a, const ce_settings *b);
/* Whether there is an address that both hosts mean. */
bool ce_http_hosts_overlap(const ce_settings *a, const ce_settings *b);
/* Fails with CE_EINVAL, and ERR says why, when sources at one address cannot
 * share what listens there. */
ce_status ce_http_sharing_check(const ce_settings *a, const ce_settings *b,
                                ce_error *err);
/* The same for any two: CE_ENOENT says that their addresses differ. */
ce_status ce_http_share(const ce_settings *a, const ce_settings *b,
                        ce_error *err);

#endif
