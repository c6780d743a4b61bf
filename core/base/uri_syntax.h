/* SPDX-License-Identifier: Apache-2.0 */
/* The syntax of RFC 3986, without resolving or normalising anything. */
#ifndef CE_CORE_BASE_URI_SYNTAX_H
#define CE_CORE_BASE_URI_SYNTAX_H

#include <cloudevents/slice.h>

/* Returns whether TEXT has a scheme and no character that a URI may not have. A
 * fragment is tolerated, though RFC 3986 4.3 has none. */
bool ce_uri_is_absolute(ce_slice text);
/* Returns whether TEXT is a URI-reference (RFC 3986 4.1), which may be
 * empty. */
bool ce_uri_is_reference(ce_slice text);

#endif
