/* SPDX-License-Identifier: Apache-2.0 */
/* The syntax of RFC 3986, without resolving or normalising anything. */
#ifndef CE_CORE_BASE_URI_SYNTAX_H
#define CE_CORE_BASE_URI_SYNTAX_H

#include <cloudevents/slice.h>

/* A scheme is there, and no character that a URI may not have. A fragment is
 * tolerated. */
bool ce_uri_is_absolute(ce_slice text);
/* Not empty: a source has to say something. */
bool ce_uri_is_reference(ce_slice text);

#endif
