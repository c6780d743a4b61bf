/* SPDX-License-Identifier: Apache-2.0 */
/* The names that a server may be called by. A page in a browser can have its
 * own name lead to an address in here (DNS rebinding): what is asked for by a
 * name that nobody gave us comes from such a page. */
#ifndef CE_BRIDGE_WATCH_HOSTS_H
#define CE_BRIDGE_WATCH_HOSTS_H

#include <cloudevents/settings.h>

/* Whether LIST, names with commas between or "*", has no text that is no
 * name. */
ce_status br_hosts_check(const char *list, ce_error *err);
/* Whether HOST, the value of such a header or absent, names an address,
 * localhost, OWN, or one of LIST. LIST may be NULL. */
bool br_hosts_allow(ce_slice host, const char *own, const char *list);

#endif
